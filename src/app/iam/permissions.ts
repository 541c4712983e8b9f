/** What a run does that takes permissions of its own. */
export type Activity =
  /** Finds, lists and reads digests and logs in a bucket. */
  | 'read-bucket'
  /** `--use-versions` */
  | 'read-versions'
  /** Asks CloudTrail for public keys, as whenever none were saved. */
  | 'ask-for-keys'
  /** `--trail-arn` */
  | 'ask-about-trail'
  /** `--trail-arn` of an organization trail */
  | 'ask-about-organization'
  /** Reads logs that are encrypted with a KMS key. S3 asks KMS, in the name of who reads. */
  | 'decrypt'
  /** `--checkpoint s3://…` */
  | 'keep-checkpoint'
  /** `--role-arn`, with the credentials that the role is assumed with */
  | 'assume-role';

/** What an action is allowed on. `listing`: the bucket, bounded by a prefix; `cloudtrail`, `organization`: what knows no resources. */
export type ActionTarget =
  | 'bucket'
  | 'listing'
  | 'objects'
  | 'checkpoint-bucket'
  | 'checkpoint'
  | 'trail'
  | 'cloudtrail'
  | 'organization'
  | 'keys'
  | 'role';

/** An IAM action, and on what. */
export interface Permission {
  readonly action: string;
  readonly on: ActionTarget;
}

/** The IAM actions that each activity takes: all of them, and no other. */
export const PERMISSIONS: Readonly<Record<Activity, readonly Permission[]>> = {
  'read-bucket': [
    { action: 's3:GetBucketLocation', on: 'bucket' },
    // Not of a prefix alone: of an object that is missing S3 says so only to whom may list the bucket, and to others that
    // access is denied. A deleted log would be undetermined.
    { action: 's3:ListBucket', on: 'bucket' },
    { action: 's3:GetObject', on: 'objects' },
  ],
  'read-versions': [
    { action: 's3:ListBucketVersions', on: 'listing' },
    { action: 's3:GetObjectVersion', on: 'objects' },
  ],
  'ask-for-keys': [{ action: 'cloudtrail:ListPublicKeys', on: 'cloudtrail' }],
  'ask-about-trail': [
    { action: 'cloudtrail:DescribeTrails', on: 'cloudtrail' },
    { action: 'cloudtrail:GetTrailStatus', on: 'trail' },
  ],
  'ask-about-organization': [
    { action: 'organizations:DescribeOrganization', on: 'organization' },
    { action: 'organizations:ListAccounts', on: 'organization' },
  ],
  decrypt: [{ action: 'kms:Decrypt', on: 'keys' }],
  'keep-checkpoint': [
    { action: 's3:GetBucketLocation', on: 'checkpoint-bucket' },
    // Nothing is listed: before there is a checkpoint, S3 has to say that it is missing.
    { action: 's3:ListBucket', on: 'checkpoint-bucket' },
    { action: 's3:GetObject', on: 'checkpoint' },
    { action: 's3:PutObject', on: 'checkpoint' },
  ],
  'assume-role': [{ action: 'sts:AssumeRole', on: 'role' }],
};
