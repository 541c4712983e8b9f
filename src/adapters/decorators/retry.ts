import { CredentialsError, StoreUnreachableError } from '../../ports/object-store.js';
import {
  isConnectionFailure,
  isCredentialsFailure,
  mayPass,
  type Retry,
  ServiceError,
} from '../../ports/service-error.js';

/** How often and how long a call is made again. Times in milliseconds. */
export interface RetryPolicy {
  /** Calls in all, the first one included. */
  readonly attempts: number;
  /** So many while the whole service is silent: then it is the service that fails, and not what is asked for. */
  readonly silentAttempts: number;
  /** The longest delay before the second call; it doubles with each further one. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** No further call is begun once so much has passed since the first failure. */
  readonly patience: number;
  /** After so many operations that ended in silence, with no answer to any other, the service counts as unreachable. */
  readonly unansweredOperations: number;
}

export const RETRY_POLICY: RetryPolicy = {
  attempts: 5,
  silentAttempts: 10,
  firstDelay: 500,
  longestDelay: 5_000,
  patience: 90_000,
  unansweredOperations: 8,
};

/** What retrying needs of the world. */
export interface RetryEnvironment {
  /** In [0, 1). */
  random(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  elapsed(): number;
}

/** The first failure of an operation. */
interface FirstFailure {
  readonly at: number;
  /** How many answers had come until then, to whatever operation. */
  readonly answers: number;
}

/**
 * Exponential backoff with full jitter, for one service. Throws what the last attempt threw when it cannot pass or has not
 * passed; {@link CredentialsError} in place of a failure of the credentials; and {@link StoreUnreachableError}, from then on
 * at once, when the service gave no answer at all to the first operation, or to many: each of them asked again and again, with
 * no answer to any operation since its first failure. A moment in which everything fails is survived by asking again.
 */
export function createRetry(environment: RetryEnvironment, policy: RetryPolicy = RETRY_POLICY): Retry {
  let answers = 0;
  let unanswered = 0;
  let unreachable: StoreUnreachableError | undefined;

  const onAnswer = (): void => {
    answers += 1;
    unanswered = 0;
  };
  const isSilentSince = (failure: FirstFailure): boolean => failure.answers === answers;
  const isLast = (made: number, failure: FirstFailure): boolean => {
    const attempts = answers > 0 && isSilentSince(failure) ? policy.silentAttempts : policy.attempts;
    return made >= attempts || environment.elapsed() - failure.at >= policy.patience;
  };
  const onEnd = (error: ServiceError, failure: FirstFailure): void => {
    if (isCredentialsFailure(error)) throw toCredentialsError(error);
    if (!isConnectionFailure(error)) return;
    if (unreachable) throw unreachable;
    // While others are answered, it is the object, not the service.
    if (!isSilentSince(failure)) return;
    unanswered += 1;
    if (answers > 0 && unanswered < policy.unansweredOperations) return;
    unreachable = new StoreUnreachableError(`${error.call.service} cannot be reached: ${error.message}`, {
      cause: error,
    });
    throw unreachable;
  };

  return async (attempt) => {
    let failure: FirstFailure | undefined;
    for (let made = 1; ; made += 1) {
      if (unreachable) throw unreachable;
      try {
        const result = await attempt();
        onAnswer();
        return result;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        failure ??= { at: environment.elapsed(), answers };
        if (error.httpStatus !== undefined) onAnswer();
        if (!mayPass(error) || isLast(made, failure)) {
          onEnd(error, failure);
          throw error;
        }
      }
      const ceiling = Math.min(policy.longestDelay, policy.firstDelay * 2 ** (made - 1));
      await environment.sleep(environment.random() * ceiling);
    }
  };
}

function toCredentialsError(error: ServiceError): CredentialsError {
  return new CredentialsError(
    error.errorCode,
    `${error.call.service} cannot be asked with these credentials (${error.errorCode}): ${firstLine(error.message)} ${remedyFor(error.errorCode)}`,
    { cause: error },
  );
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0]?.trim() ?? '';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function remedyFor(errorCode: string): string {
  if (/^(?:ExpiredToken|TokenRefresh)/.test(errorCode)) return 'Renew the session and run again.';
  if (/Skewed|Future|RequestExpired/.test(errorCode)) return "Set this machine's clock and run again.";
  if (/Provider/.test(errorCode)) return 'Name a profile, log in, or set the AWS environment variables.';
  return 'Check the access key, its secret and the session token.';
}
