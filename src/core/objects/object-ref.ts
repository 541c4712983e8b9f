/** The place of an object: an S3 bucket and key, or what stands for them in a copy of the bucket. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
}

/** A key of S3 has at most so many bytes in UTF-8. */
export const MAX_KEY_BYTES = 1_024;

/** Whether the text names a place in S3, well formed or not. */
export const isS3Uri = (text: string): boolean => /^s3:/i.test(text);

/** `s3://bucket/key`, as the AWS CLI writes it. Not escaped: renderers escape for their own medium. */
export const toS3Uri = (ref: ObjectRef): string => `s3://${ref.bucket}/${ref.key}`;

/** What tells one object from all others by its name alone. Not to be shown: {@link toS3Uri} is. */
export const identifyByName = ({ bucket, key }: ObjectRef): string => `${bucket}/${key}`;

/** Whether two references name the same object, to the byte. */
export const isSameObject = (a: ObjectRef, b: ObjectRef): boolean => a.bucket === b.bucket && a.key === b.key;

/**
 * Whether the text is shaped like the name of a bucket, as S3 has ever allowed them. Anything else might end up in another
 * host's name, or be taken for an ARN.
 */
export const isBucketName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(text);
