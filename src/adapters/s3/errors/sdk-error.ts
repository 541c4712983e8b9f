import { TrailproofError } from '../../../core/errors/trailproof-error.js';
import { isRegionName } from '../../../core/objects/cloudtrail-key.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import { S3Error } from './s3-error.js';

interface SystemError extends Error {
  readonly errors?: readonly Error[];
}

/** What an error of the SDK, or of Node underneath it, may carry; none of it can be relied on. */
interface SdkError extends SystemError {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  /** S3's own code: present only if the answer was an S3 error document. */
  readonly Code?: string;
  /** Node's code. */
  readonly code?: string;
  readonly StorageClass?: string;
}

const NAMED_FAILURES: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError', 'TimeoutError']);

/** Reads an error that the SDK threw. Throws it again when it is none of S3, the network or the credentials, but a bug. */
export function toS3Error(call: ServiceCall, thrown: unknown, statusSoFar?: number): S3Error {
  if (thrown instanceof S3Error) return thrown;
  // The code of our own errors is none of Node's: what the SDK passes on of them, such as a refused role, stays what it is.
  if (thrown instanceof TrailproofError || !(thrown instanceof Error)) throw thrown;
  const error: SdkError = thrown;
  // No host could be made of the name of the bucket.
  if (error.name === 'EndpointError')
    return new S3Error(call, { errorCode: 'InvalidBucketName', message: error.message }, 400, {}, { cause: error });
  const httpStatus = error.$metadata?.httpStatusCode ?? statusSoFar;
  const errorCode =
    error.Code ?? (NAMED_FAILURES.has(error.name) ? error.name : (error.code ?? httpStatus?.toString()));
  if (errorCode === undefined) throw error;
  const headers = error.$response?.headers ?? {};
  const storageClass = error.StorageClass ?? headers['x-amz-storage-class'];
  const bucketRegion = headers['x-amz-bucket-region'];
  return new S3Error(
    call,
    { errorCode, message: messageOf(error, httpStatus) },
    httpStatus,
    {
      ...(storageClass !== undefined && { storageClass }),
      ...(bucketRegion !== undefined && isRegionName(bucketRegion) && { bucketRegion }),
    },
    { cause: error },
  );
}

function messageOf(error: SdkError, httpStatus: number | undefined): string {
  if (error.Code !== undefined) return error.message;
  if (httpStatus !== undefined && error.code === undefined) return `HTTP status ${httpStatus}, and no answer of S3's`;
  return systemMessage(error);
}

/** What Node says of a failure. It tries the addresses of a name one by one and then gathers what each said, with no message of its own. */
export const systemMessage = (error: SystemError): string =>
  error.message || (error.errors ?? []).map(({ message }) => message).join('; ');
