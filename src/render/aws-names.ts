import type { ObjectRef } from '../core/objects.js';

/** The partition of a region, as ARNs name it, told by how the region's name begins. */
export function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

/** The ARN of an object in S3. */
export const toObjectArn = ({ bucket, key }: ObjectRef, region: string): string =>
  `arn:${partitionOf(region)}:s3:::${bucket}/${key}`;
