import type { S3Client } from '@aws-sdk/client-s3';
import { isBucketName } from '../../../core/objects/object-ref.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import { S3Error } from '../errors/s3-error.js';
import { toS3Error } from '../errors/sdk-error.js';
import type { S3Clients } from './s3-clients.js';

/** Refuses buckets and keys that cannot be put in a request: they come from digests, and are nothing but text until then. */
export function checkAskable(operation: string, bucket: string, names: readonly (string | undefined)[]): void {
  const refuse = (errorCode: string, message: string): never => {
    throw new S3Error({ service: 'S3', operation }, { errorCode, message }, 400, {});
  };
  // Such a name as `xn--abc` cannot be that of a host: the SDK prints an error of its own, with a stack.
  if (!isBucketName(bucket) || !URL.canParse(`https://${bucket}.s3.amazonaws.com`))
    refuse('InvalidBucketName', 'The bucket has a name that no bucket can have.');
  if (names.some((name) => name !== undefined && /\p{Surrogate}/u.test(name))) {
    refuse('InvalidURI', 'The key has no UTF-8 form.');
  }
}

/** Makes one request in the bucket's region, and once more where S3 names another one. Throws {@link S3Error}. */
export async function ask<T>(
  clients: S3Clients,
  bucket: string,
  operation: string,
  send: (client: S3Client, call: ServiceCall) => Promise<T>,
): Promise<T> {
  for (let moved = false; ; moved = true) {
    const { client, region, call } = await clients.forBucket(bucket);
    try {
      return await send(client, call(operation));
    } catch (thrown) {
      const error = toS3Error(call(operation), thrown);
      const { bucketRegion } = error.details;
      if (moved || bucketRegion === undefined || bucketRegion === region) throw error;
      clients.relocate(bucket, bucketRegion);
    }
  }
}
