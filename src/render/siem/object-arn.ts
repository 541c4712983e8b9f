import type { ObjectRef } from '../../core/objects/object-ref.js';
import { partitionOf } from '../../core/objects/partition.js';

/** The ARN of an object in S3. */
export const toObjectArn = ({ bucket, key }: ObjectRef, region: string): string =>
  `arn:${partitionOf(region)}:s3:::${bucket}/${key}`;
