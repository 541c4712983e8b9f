/** A set of regions that share accounts. They are told apart by how their regions' names begin. */
export type Partition = 'aws' | 'aws-us-gov' | 'aws-cn';

/** The partition of a region. Regions of partitions that are not public count as `aws`. */
export function partitionOf(region: string): Partition {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

/** Every region of a partition that this version of the SDK knows of, in byte order. */
export async function regionsOf(partition: Partition): Promise<readonly string[]> {
  const { BucketLocationConstraint } = await import('@aws-sdk/client-s3');
  // S3 has no constraint for its first region, and an old name for another.
  const regions = [...Object.values(BucketLocationConstraint), 'us-east-1'].filter((region) => region !== 'EU');
  return regions.filter((region) => partitionOf(region) === partition).sort();
}
