import { TrailproofError } from '../../core/errors/trailproof-error.js';
import { type Retry, type ServiceCall, ServiceError } from '../../ports/service-error.js';

/** What an error of the SDK, or of Node underneath it, may carry; none of it can be relied on. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** Present only if the answer was an error of the service; its name is then the service's code. */
  readonly $fault?: string;
  /** Node's code. */
  readonly code?: string;
  readonly errors?: readonly Error[];
}

const NAMED_FAILURES: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError', 'TimeoutError']);

/** Makes a call until it succeeds or it is no use. Throws {@link ServiceError}, and what `retry` throws. */
export const callService = <T>(retry: Retry, call: ServiceCall, send: () => Promise<T>): Promise<T> =>
  retry(async () => {
    try {
      return await send();
    } catch (error) {
      throw toServiceError(call, error);
    }
  });

/**
 * What a call lists over its pages. Throws as {@link callService} does, and {@link ServiceError} where the pages do not end: a
 * list that breaks off must not pass for a whole one.
 * @param most pages, far more than any real list has
 */
export async function listAll<T>(
  retry: Retry,
  call: ServiceCall,
  most: number,
  ask: (token: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  for (let page = 0; page < most; page += 1) {
    const asked = token;
    const { items, next } = await callService(retry, call, () => ask(asked));
    for (const item of items) all.push(item);
    if (next === undefined || next === '') return all;
    if (next === token) break;
    token = next;
  }
  throw new ServiceError(call, { errorCode: 'InvalidAnswer', message: 'The pages of the answer do not end.' }, 200);
}

/**
 * What an answer of success must hold. A proxy that answers 200 in the service's place sends none of it, and "no keys" or "not
 * logging" would be believed. Throws {@link ServiceError} where it is absent; to be called within {@link callService}.
 */
export function present<T>(call: ServiceCall, name: string, value: T | undefined): T {
  if (value !== undefined && value !== null) return value;
  throw new ServiceError(call, { errorCode: 'InvalidAnswer', message: `The answer has no ${name}.` }, 200);
}

/** Throws again what is neither of the service, the network nor the credentials, but a bug. */
function toServiceError(call: ServiceCall, thrown: unknown): ServiceError {
  if (thrown instanceof TrailproofError || !(thrown instanceof Error)) throw thrown;
  const error: SdkError = thrown;
  const httpStatus = error.$metadata?.httpStatusCode;
  if (httpStatus !== undefined && !isServiceAnswer(error)) {
    const message = `HTTP status ${httpStatus}, and no answer of the service's`;
    return new ServiceError(call, { errorCode: String(httpStatus), message }, httpStatus, { cause: error });
  }
  const errorCode = isServiceAnswer(error) || NAMED_FAILURES.has(error.name) ? error.name : error.code;
  if (errorCode === undefined) throw error;
  // Node tries the addresses of a name one by one and then gathers what each said, with no message of its own.
  const message = error.message || (error.errors ?? []).map((each) => each.message).join('; ');
  return new ServiceError(call, { errorCode, message }, httpStatus, { cause: error });
}

/** The SDK calls an error `Unknown` when it has made it up from nothing but a status. */
const isServiceAnswer = (error: SdkError): boolean => error.$fault !== undefined && error.name !== 'Unknown';
