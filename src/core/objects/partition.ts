/** A set of regions that share accounts, as ARNs name it. They are told apart by how their regions' names begin. */
export type Partition = 'aws' | 'aws-us-gov' | 'aws-cn';

/** The partition of a region. Regions of partitions that are not public count as `aws`. */
export function partitionOf(region: string): Partition {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}
