import type { Unread } from '../../../core/content/object-content.js';
import type { Refusal } from '../../../core/findings/finding.js';
import type { Unlisted } from '../../../ports/object-store.js';
import { isCredentialsFailure, mayPass, type ServiceCall, ServiceError } from '../../../ports/service-error.js';

/** What S3 says in an error answer beside code and message. */
export interface S3Details {
  /** Of the archived object that was asked for. */
  readonly storageClass?: string;
  /** Where the bucket really lies. */
  readonly bucketRegion?: string;
}

/** A call to S3 failed. */
export class S3Error extends ServiceError {
  readonly details: S3Details;

  constructor(
    call: ServiceCall,
    refusal: Refusal,
    httpStatus: number | undefined,
    details: S3Details,
    options?: ErrorOptions,
  ) {
    super(call, refusal, httpStatus, options);
    this.details = details;
  }
}

/**
 * What S3's refusal of a GET says for good about the object; undefined when it says nothing about it.
 * Only S3's own `NoSuchKey` means that nothing is there: a 404 of a proxy, or of a bucket that does not exist, does not.
 */
export function classifyGet(
  error: S3Error,
): Extract<Unread, { status: 'not-found' | 'denied' | 'archived' }> | undefined {
  const { httpStatus, errorCode, refusal } = error;
  if (httpStatus === 404 && errorCode === 'NoSuchKey') return { status: 'not-found' };
  if (errorCode === 'InvalidObjectState') {
    return { status: 'archived', storageClass: error.details.storageClass ?? 'unknown', refusal };
  }
  return isDenied(error) ? { status: 'denied', refusal } : undefined;
}

/** What S3's refusal of a listing says for good; undefined when it says nothing. */
export function classifyList(error: S3Error): Exclude<Unlisted, { status: 'unavailable' }> | undefined {
  if (error.httpStatus === 404 && error.errorCode === 'NoSuchBucket') return { status: 'not-found' };
  return isDenied(error) ? { status: 'denied', refusal: error.refusal } : undefined;
}

/** Access was refused, by S3 or by KMS, whose errors come with other statuses and their own codes. */
function isDenied(error: S3Error): boolean {
  if (isCredentialsFailure(error) || mayPass(error)) return false;
  return error.httpStatus === 403 || error.errorCode.startsWith('KMS.');
}
