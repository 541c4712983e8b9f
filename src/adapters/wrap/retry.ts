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
  /** The longest delay before the second call; it doubles with each further one. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** No further call is begun once so much has passed since the first. */
  readonly patience: number;
  /** After so many operations one after another without any answer, the service counts as unreachable. */
  readonly unansweredOperations: number;
}

export const RETRY_POLICY: RetryPolicy = {
  attempts: 5,
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

/**
 * Exponential backoff with full jitter, for one service. Throws what the last attempt threw when it cannot pass or has not
 * passed; {@link CredentialsError} in place of a failure of the credentials; and {@link StoreUnreachableError} when the
 * service gave no answer at all to the first operation, or to many in a row, from then on at once.
 */
export function createRetry(environment: RetryEnvironment, policy: RetryPolicy = RETRY_POLICY): Retry {
  let answeredEver = false;
  let unanswered = 0;
  let lastUnanswered = Number.NEGATIVE_INFINITY;
  let unreachable: StoreUnreachableError | undefined;

  const onAnswer = (): void => {
    answeredEver = true;
    unanswered = 0;
  };
  const onFailure = (error: ServiceError, start: number): void => {
    if (isCredentialsFailure(error)) throw toCredentialsError(error);
    if (unreachable && isConnectionFailure(error)) throw unreachable;
    // Operations under way together fail together: what fails them all is counted once, however many they are.
    if (!isConnectionFailure(error) || start < lastUnanswered) return;
    lastUnanswered = environment.elapsed();
    unanswered += 1;
    if (answeredEver && unanswered < policy.unansweredOperations) return;
    unreachable = new StoreUnreachableError(`${error.call.service} cannot be reached: ${error.message}`, {
      cause: error,
    });
    throw unreachable;
  };

  return async (attempt) => {
    const start = environment.elapsed();
    for (let made = 1; ; made += 1) {
      if (unreachable) throw unreachable;
      try {
        const result = await attempt();
        onAnswer();
        return result;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        if (error.httpStatus !== undefined) onAnswer();
        const last = made >= policy.attempts || environment.elapsed() - start >= policy.patience;
        if (last || !mayPass(error)) {
          onFailure(error, start);
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
