import { TrailproofError } from '../core/errors/trailproof-error.js';
import type { Refusal } from '../core/findings/finding.js';

/** One kind of call to a service. */
export interface ServiceCall {
  /** Whom was asked, for people: `S3 in us-east-1`, `CloudTrail at http://127.0.0.1:4566`. */
  readonly service: string;
  /** In the service's own spelling: `GetObject`, `ListPublicKeys`. */
  readonly operation: string;
}

/**
 * One call failed. Stores and clients that do not retry throw it; what retries decides by it, and either turns it into
 * an answer or lets it through. `message` is the service's own, or the system's; from outside, escape before showing.
 */
export class ServiceError extends TrailproofError {
  override readonly code = 'service';
  override readonly name = 'ServiceError';
  readonly call: ServiceCall;
  /** The code of the service (`AccessDenied`), or of the system (`ECONNRESET`); the HTTP status where the answer held none. */
  readonly errorCode: string;
  /** Undefined when no answer came at all. */
  readonly httpStatus: number | undefined;

  constructor(call: ServiceCall, refusal: Refusal, httpStatus: number | undefined, options?: ErrorOptions) {
    super(refusal.message, options);
    this.call = call;
    this.errorCode = refusal.errorCode;
    this.httpStatus = httpStatus;
  }

  get refusal(): Refusal {
    return { errorCode: this.errorCode, message: this.message };
  }
}

/** Runs one attempt after another until one succeeds or it is no use, and then throws what the last one threw. */
export type Retry = <T>(attempt: () => Promise<T>) => Promise<T>;

/** The code of a body that ended before its announced length. */
export const TRUNCATED_BODY = 'TruncatedBody';

const CLOCK_SKEW_CODES: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestInTheFuture', 'RequestExpired']);
const CREDENTIALS_CODES: ReadonlySet<string> = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'InvalidToken',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
]);
const PASSING_CODES =
  /Throttl|^(?:SlowDown|RequestLimitExceeded|TooManyRequests.*|BandwidthLimitExceeded|PriorRequestNotComplete|RequestTimeout(?:Exception)?|KMS\.(?:KMSInternal|DependencyTimeout).*)$/;

/** Whether the caller's credentials, or the clock that signs with them, are at fault: then every other call fails as well. */
export const isCredentialsFailure = (error: ServiceError): boolean =>
  CREDENTIALS_CODES.has(error.errorCode) || CLOCK_SKEW_CODES.has(error.errorCode);

/** Whether no answer came at all: connection refused, name not resolved, timed out. */
export const isConnectionFailure = (error: ServiceError): boolean =>
  error.httpStatus === undefined && !isCredentialsFailure(error);

/** Whether the same call may succeed when made again. */
export function mayPass(error: ServiceError): boolean {
  // The SDK sets its clock by the Date of such an answer, so that the next signature is right.
  if (CLOCK_SKEW_CODES.has(error.errorCode)) return true;
  if (isCredentialsFailure(error)) return false;
  const { httpStatus } = error;
  // A failure after a good status is a body that was cut short or garbled.
  if (httpStatus === undefined || httpStatus < 300) return true;
  return httpStatus === 429 || (httpStatus >= 500 && httpStatus !== 501) || PASSING_CODES.test(error.errorCode);
}

/** Whether a failure says that too much was asked for at once: throttling, overload, or time-outs. */
export function isOverload(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const { httpStatus, errorCode } = error;
  return (
    httpStatus === 503 || httpStatus === 429 || PASSING_CODES.test(errorCode) || /TIMEOUT|TIMEDOUT/i.test(errorCode)
  );
}
