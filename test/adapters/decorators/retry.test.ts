import { describe, expect, it } from 'vitest';
import { createRetry, RETRY_POLICY } from '../../../src/adapters/decorators/retry.js';
import { CredentialsError, StoreUnreachableError } from '../../../src/ports/object-store.js';
import { isCredentialsFailure, mayPass, ServiceError } from '../../../src/ports/service-error.js';
import { retryAtOnce } from '../../support/aws/s3-over-server.js';

const errorOf = (errorCode: string, httpStatus?: number): ServiceError =>
  new ServiceError({ service: 'S3 in us-east-1', operation: 'GetObject' }, { errorCode, message: 'why' }, httpStatus);
const SLOW_DOWN = errorOf('SlowDown', 503);
const REFUSED = errorOf('ECONNREFUSED');
/** What one operation waits, all others have waited too. */
const ENDLESS = { patience: Number.POSITIVE_INFINITY };

/** An attempt that fails with each error in turn and then succeeds. */
function failing(...errors: Error[]): { attempt(): Promise<string>; made: number } {
  const state = {
    made: 0,
    async attempt() {
      const error = errors[state.made];
      state.made += 1;
      if (error) throw error;
      return 'done';
    },
  };
  return state;
}

describe('retrying', () => {
  it('waits twice as long each time, up to a ceiling', async () => {
    const waited: number[] = [];
    const retry = retryAtOnce({ attempts: 9 }, waited);
    expect(await retry(failing(...Array.from({ length: 8 }, () => SLOW_DOWN)).attempt)).toBe('done');
    expect(waited).toEqual([500, 1000, 2000, 4000, 5000, 5000, 5000, 5000]);
  });

  it('waits anything from nothing to that', async () => {
    const waited: number[] = [];
    const chances = [0, 0.5, 0.25];
    const retry = createRetry({
      random: () => chances.shift() ?? 0,
      sleep: async (milliseconds) => {
        waited.push(milliseconds);
      },
      elapsed: () => 0,
    });
    await retry(failing(SLOW_DOWN, SLOW_DOWN, SLOW_DOWN).attempt);
    expect(waited).toEqual([0, 500, 500]);
  });

  it('ends after the last attempt with its error', async () => {
    const work = failing(SLOW_DOWN, SLOW_DOWN, SLOW_DOWN, SLOW_DOWN, errorOf('InternalError', 500), SLOW_DOWN);
    await expect(retryAtOnce()(work.attempt)).rejects.toMatchObject({ errorCode: 'InternalError' });
    expect(work.made).toBe(RETRY_POLICY.attempts);
  });

  it('ends when its patience does', async () => {
    const work = failing(SLOW_DOWN, SLOW_DOWN, SLOW_DOWN, SLOW_DOWN);
    await expect(retryAtOnce({ patience: 1500 })(work.attempt)).rejects.toBe(SLOW_DOWN);
    expect(work.made).toBe(3);
  });

  it('does not repeat what cannot pass, or is a bug', async () => {
    for (const error of [errorOf('AccessDenied', 403), errorOf('NoSuchBucket', 404), new TypeError('bug')]) {
      const work = failing(error);
      await expect(retryAtOnce()(work.attempt)).rejects.toBe(error);
      expect(work.made).toBe(1);
    }
  });

  it('says that the first operation reached nobody', async () => {
    const work = failing(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED);
    const failure = retryAtOnce()(work.attempt);
    await expect(failure).rejects.toBeInstanceOf(StoreUnreachableError);
    await expect(failure).rejects.toMatchObject({ message: 'S3 in us-east-1 cannot be reached: why', cause: REFUSED });
    expect(work.made).toBe(RETRY_POLICY.attempts);
  });

  it('gives up a service only after operations in a row without an answer', async () => {
    const retry = retryAtOnce({ attempts: 1, silentAttempts: 1, unansweredOperations: 3 });
    const ask = (...errors: Error[]): Promise<unknown> =>
      retry(failing(...errors).attempt).catch((error: Error) => error);
    await ask();
    expect(await ask(REFUSED)).toBe(REFUSED);
    expect(await ask(REFUSED)).toBe(REFUSED);
    expect(await ask(errorOf('AccessDenied', 403))).toMatchObject({ errorCode: 'AccessDenied' });
    expect(await ask(REFUSED)).toBe(REFUSED);
    expect(await ask(REFUSED)).toBe(REFUSED);
    expect(await ask(REFUSED)).toBeInstanceOf(StoreUnreachableError);
    expect(await ask()).toBeInstanceOf(StoreUnreachableError);
  });

  it('survives a moment in which everything under way fails', async () => {
    const retry = retryAtOnce(ENDLESS);
    await retry(failing().attempt);
    const moment = Array.from({ length: RETRY_POLICY.silentAttempts - 1 }, () => REFUSED);
    const lost = Array.from({ length: 93 }, () => failing(...moment));
    expect(await Promise.all(lost.map(({ attempt }) => retry(attempt)))).toEqual(lost.map(() => 'done'));
  });

  it('gives up a service when operations under way together get no answer, however often they ask', async () => {
    const retry = retryAtOnce(ENDLESS);
    const never = Array.from({ length: RETRY_POLICY.silentAttempts }, () => REFUSED);
    const ask = (): Promise<unknown> => retry(failing(...never).attempt).catch((error: Error) => error);
    await retry(failing().attempt);
    const together = await Promise.all(Array.from({ length: RETRY_POLICY.unansweredOperations }, ask));
    expect(together.slice(0, -1)).toEqual(together.slice(1).map(() => REFUSED));
    expect(together.at(-1)).toBeInstanceOf(StoreUnreachableError);
  });

  it('takes objects that never answer for what they are while others do', async () => {
    const retry = retryAtOnce(ENDLESS);
    await retry(failing().attempt);
    const made: number[] = [];
    const poisoned = Array.from({ length: 20 }, async () => {
      const { attempts } = RETRY_POLICY;
      const work = failing(...Array.from({ length: attempts }, () => REFUSED));
      const failure: unknown = await retry(work.attempt).catch((error: Error) => error);
      made.push(work.made);
      return failure;
    });
    await retry(failing().attempt);
    expect(new Set(await Promise.all(poisoned))).toEqual(new Set([REFUSED]));
    expect(new Set(made)).toEqual(new Set([RETRY_POLICY.attempts]));
  });

  it('has patience from the first failure on, not from when it had to wait for its turn', async () => {
    const waited: number[] = [];
    const work = failing(SLOW_DOWN);
    const late = async (): Promise<string> => {
      if (work.made === 0) waited.push(RETRY_POLICY.patience);
      return work.attempt();
    };
    expect(await retryAtOnce({}, waited)(late)).toBe('done');
  });

  it('says to all who ask first that they reach nobody', async () => {
    const retry = retryAtOnce();
    const errors = Array.from({ length: RETRY_POLICY.attempts }, () => REFUSED);
    const ask = (): Promise<unknown> => retry(failing(...errors).attempt).catch((error: Error) => error);
    for (const failure of await Promise.all([ask(), ask(), ask()])) {
      expect(failure).toBeInstanceOf(StoreUnreachableError);
    }
  });

  it.each([
    ['ExpiredToken', 'Renew the session and run again.'],
    ['RequestTimeTooSkewed', "Set this machine's clock and run again."],
    ['CredentialsProviderError', 'Name a profile, log in, or set the AWS environment variables.'],
    ['SignatureDoesNotMatch', 'Check the access key, its secret and the session token.'],
  ])('says what to do about %s', async (errorCode, remedy) => {
    const errors = Array.from({ length: RETRY_POLICY.attempts }, () => errorOf(errorCode, 403));
    const failure = retryAtOnce()(failing(...errors).attempt);
    await expect(failure).rejects.toBeInstanceOf(CredentialsError);
    await expect(failure).rejects.toMatchObject({
      errorCode,
      message: `S3 in us-east-1 cannot be asked with these credentials (${errorCode}): why. ${remedy}`,
    });
  });
});

describe('a failure', () => {
  it.each<[string, number | undefined, boolean]>([
    ['SlowDown', 503, true],
    ['InternalError', 500, true],
    ['502', 502, true],
    ['RequestLimitExceeded', 400, true],
    ['ThrottlingException', 400, true],
    ['KMS.ThrottlingException', 400, true],
    ['RequestTimeout', 400, true],
    ['429', 429, true],
    ['ECONNRESET', 200, true],
    ['ECONNREFUSED', undefined, true],
    ['EAI_AGAIN', undefined, true],
    ['TimeoutError', undefined, true],
    ['RequestTimeTooSkewed', 403, true],
    ['CredentialsProviderError', undefined, false],
    ['ExpiredToken', 400, false],
    ['AccessDenied', 403, false],
    ['NoSuchKey', 404, false],
    ['NotImplemented', 501, false],
    ['PermanentRedirect', 301, false],
    ['KMS.DisabledException', 400, false],
  ])('%s (%s) may pass: %s', (errorCode, httpStatus, expected) => {
    expect(mayPass(errorOf(errorCode, httpStatus))).toBe(expected);
  });

  it.each([
    ['ExpiredToken', true],
    ['RequestTimeTooSkewed', true],
    ['CredentialsProviderError', true],
    ['AccessDenied', false],
    ['ECONNREFUSED', false],
  ])('%s is of the credentials: %s', (errorCode, expected) => {
    expect(isCredentialsFailure(errorOf(errorCode, 403))).toBe(expected);
  });
});
