const words = (text: string): readonly string[] => text.split(' ');

/** What the AWS SDK knows of partitions, which a test compares with this. */
const PARTITIONS = {
  aws: {
    prefix: '',
    dnsSuffix: 'amazonaws.com',
    mainRegion: 'us-east-1',
    regions: words(
      'af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2',
    ),
  },
  'aws-cn': {
    prefix: 'cn-',
    dnsSuffix: 'amazonaws.com.cn',
    mainRegion: 'cn-northwest-1',
    regions: words('cn-north-1 cn-northwest-1'),
  },
  'aws-eusc': {
    prefix: 'eusc-',
    dnsSuffix: 'amazonaws.eu',
    mainRegion: 'eusc-de-east-1',
    regions: words('eusc-de-east-1'),
  },
  'aws-iso': {
    prefix: 'us-iso-',
    dnsSuffix: 'c2s.ic.gov',
    mainRegion: 'us-iso-east-1',
    regions: words('us-iso-east-1 us-iso-west-1'),
  },
  'aws-iso-b': {
    prefix: 'us-isob-',
    dnsSuffix: 'sc2s.sgov.gov',
    mainRegion: 'us-isob-east-1',
    regions: words('us-isob-east-1 us-isob-west-1'),
  },
  'aws-iso-e': {
    prefix: 'eu-isoe-',
    dnsSuffix: 'cloud.adc-e.uk',
    mainRegion: 'eu-isoe-west-1',
    regions: words('eu-isoe-west-1'),
  },
  'aws-iso-f': {
    prefix: 'us-isof-',
    dnsSuffix: 'csp.hci.ic.gov',
    mainRegion: 'us-isof-south-1',
    regions: words('us-isof-east-1 us-isof-south-1'),
  },
  'aws-us-gov': {
    prefix: 'us-gov-',
    dnsSuffix: 'amazonaws.com',
    mainRegion: 'us-gov-west-1',
    regions: words('us-gov-east-1 us-gov-west-1'),
  },
} as const;

/** A set of regions that share accounts, as ARNs name it. They are told apart by how their regions' names begin. */
export type Partition = keyof typeof PARTITIONS;

const NAMES = Object.keys(PARTITIONS) as readonly Partition[];

/** The partition of a region. Regions whose names begin in no way that is known count as `aws`. */
export const partitionOf = (region: string): Partition =>
  NAMES.find((name) => PARTITIONS[name].prefix !== '' && region.startsWith(PARTITIONS[name].prefix)) ?? 'aws';

/** The partition that an ARN is of; `aws` where it is of none that is known. */
export const partitionOfArn = (arn: string): Partition => NAMES.find((name) => arn.split(':')[1] === name) ?? 'aws';

/** The regions of a partition, in byte order. */
export const regionsIn = (partition: Partition): readonly string[] => PARTITIONS[partition].regions;

/** Where the services of a partition that are not of one region are asked. */
export const mainRegionOf = (partition: Partition): string => PARTITIONS[partition].mainRegion;

/** How the names of the hosts of a partition end: `amazonaws.com`. */
export const dnsSuffixOf = (partition: Partition): string => PARTITIONS[partition].dnsSuffix;
