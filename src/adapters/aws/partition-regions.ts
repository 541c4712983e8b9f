import { type Partition, partitionOf } from '../../core/objects/partition.js';

/** Every region of a partition that this version of the SDK knows of, in byte order. */
export async function regionsOf(partition: Partition): Promise<readonly string[]> {
  const { BucketLocationConstraint } = await import('@aws-sdk/client-s3');
  // S3 has no constraint for its first region, and an old name for another.
  const regions = [...Object.values(BucketLocationConstraint), 'us-east-1'].filter((region) => region !== 'EU');
  return regions.filter((region) => partitionOf(region) === partition).sort();
}
