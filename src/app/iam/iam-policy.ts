import { isAccountId, splitAtLogRoot } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { dnsSuffixOf, partitionOfArn } from '../../core/objects/partition.js';
import { type ActionTarget, type Activity, PERMISSIONS } from './permissions.js';

/** A run, as far as its permissions go. ARNs are all of one partition. */
export interface PolicyRequest {
  readonly activities: readonly Activity[];
  /** For example `aws`, `aws-us-gov`, `aws-cn`. */
  readonly partition: string;
  /** None where no bucket is read. */
  readonly bucket?: string;
  /** What of the bucket is read: all below this folder; empty, or ending in a slash. */
  readonly folder: string;
  /** Where the checkpoint lies. */
  readonly checkpoint?: ObjectRef;
  readonly trailArn?: string;
  readonly kmsKeyArns: readonly string[];
  /** The role that is assumed for the run, and what its trust policy asks for. */
  readonly role?: { readonly arn: string; readonly externalId?: string };
  /** Who runs it: a role, a user or an account. */
  readonly principal?: string;
}

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A statement of an IAM policy that allows something. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Condition;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** The policies that a run takes, each where it belongs. */
export interface Policies {
  /** Of the role that reads: the one that is assumed, or else that of the job. */
  readonly identityPolicy: PolicyDocument;
  /** Of the bucket, where it belongs to another account than the reader. Only with a principal. */
  readonly bucketPolicy?: PolicyDocument;
  /** To be added to the policy of each KMS key. Only with a principal. */
  readonly keyPolicy?: PolicyDocument;
  /** Of whoever assumes the role. */
  readonly callerPolicy?: PolicyDocument;
  /** Of the role that is assumed. Only with a principal. */
  readonly trustPolicy?: PolicyDocument;
}

/** Makes up the policies that allow a run and nothing beyond it. */
export function toPolicies(request: PolicyRequest): Policies {
  const { role, principal } = request;
  const reader = role?.arn ?? principal;
  const own = statementsFor(request, (on) => on !== 'role');
  const ofBucket = statementsFor(request, (on) => on === 'bucket' || on === 'listing' || on === 'objects');
  const ofKeys = statementsFor(request, (on) => on === 'keys');
  const ofCaller = statementsFor(request, (on) => on === 'role');
  return {
    identityPolicy: toDocument(own),
    ...(reader !== undefined && ofBucket.length > 0 && { bucketPolicy: toDocument(ofBucket, reader) }),
    // In the policy of a key, every resource is that key.
    ...(reader !== undefined &&
      ofKeys.length > 0 && {
        keyPolicy: toDocument(
          ofKeys.map((statement) => ({ ...statement, Resource: ['*'] })),
          reader,
        ),
      }),
    ...(ofCaller.length > 0 && { callerPolicy: toDocument(ofCaller) }),
    ...(role && principal !== undefined && { trustPolicy: toTrustPolicy(principal, role.externalId) }),
  };
}

const toDocument = (statements: readonly Statement[], principal?: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements.map(({ Sid, Effect, ...rest }) => ({
    Sid,
    Effect,
    ...(principal !== undefined && { Principal: { AWS: principal } }),
    ...rest,
  })),
});

const SIDS: Readonly<Record<ActionTarget, string>> = {
  bucket: 'ListBucket',
  listing: 'ListVersions',
  objects: 'ReadDigestsAndLogs',
  'checkpoint-bucket': 'FindCheckpoint',
  checkpoint: 'KeepCheckpoint',
  trail: 'AskAboutTrail',
  keys: 'DecryptLogs',
  cloudtrail: 'AskCloudTrail',
  organization: 'AskAboutOrganization',
  role: 'AssumeReader',
};

/** One for each target, with the actions of all activities on it. */
function statementsFor(request: PolicyRequest, includes: (on: ActionTarget) => boolean): readonly Statement[] {
  const actions = new Map<ActionTarget, string[]>();
  for (const { action, on } of request.activities.flatMap((activity) => PERMISSIONS[activity])) {
    if (includes(on)) actions.set(on, [...(actions.get(on) ?? []), action]);
  }
  return [...actions].map(([on, Action]) => ({ Sid: SIDS[on], Effect: 'Allow', Action, ...scopeOf(on, request) }));
}

function scopeOf(on: ActionTarget, request: PolicyRequest): { Resource: readonly string[]; Condition?: Condition } {
  const { partition, bucket = '', folder, checkpoint, trailArn = '', kmsKeyArns, role } = request;
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  const checkpointBucketArn = `arn:${partition}:s3:::${checkpoint?.bucket}`;
  switch (on) {
    case 'bucket':
      return { Resource: [bucketArn] };
    case 'listing':
      return {
        Resource: [bucketArn],
        ...(folder !== '' && { Condition: { StringLike: { 's3:prefix': listedIn(folder) } } }),
      };
    case 'objects':
      return { Resource: readIn(folder).map((pattern) => `${bucketArn}/${pattern}`) };
    case 'checkpoint-bucket':
      return { Resource: [checkpointBucketArn] };
    case 'checkpoint':
      return { Resource: [`${checkpointBucketArn}/${literally(checkpoint?.key ?? '')}`] };
    case 'trail':
      return { Resource: [trailArn] };
    case 'keys':
      return {
        Resource: kmsKeyArns,
        Condition: { StringEquals: { 'kms:ViaService': [...new Set(kmsKeyArns.flatMap(viaS3))] } },
      };
    case 'role':
      return { Resource: role ? [role.arn] : [] };
    case 'cloudtrail':
    case 'organization':
      return { Resource: ['*'] };
  }
}

/** What is read of a folder. An account's digests lie in the folder of an organization, too, once its trail is the organization's. */
function readIn(folder: string): readonly string[] {
  const { root, accountId } = partsOf(folder);
  return [`${literally(folder)}*`, ...(accountId === undefined ? [] : [`${literally(root)}o-*/${accountId}/*`])];
}

/** Who is asked for a folder below `AWSLogs/` still has to find it there. */
function listedIn(folder: string): readonly string[] {
  const { root, accountId } = partsOf(folder);
  const above = root === '' || root === folder ? [] : [literally(root)];
  return [...above, ...(accountId === undefined ? [] : [`${literally(root)}o-*/`]), ...readIn(folder)];
}

function partsOf(folder: string): { readonly root: string; readonly accountId?: string } {
  const { root = '', below = '' } = splitAtLogRoot(folder) ?? {};
  const [accountId = '', ...behind] = below.split('/');
  return { root, ...(behind.length > 0 && isAccountId(accountId) && { accountId }) };
}

/** IAM would take these for wildcards and variables. */
const literally = (text: string): string => text.replace(/[*?$]/g, (character) => `\${${character}}`);

/** S3 in the region of a key, which is also that of the bucket. In partitions with names of their own it goes by either name. */
function viaS3(keyArn: string): readonly string[] {
  const [, , , region] = keyArn.split(':');
  const suffixes = ['amazonaws.com', dnsSuffixOf(partitionOfArn(keyArn))];
  return [...new Set(suffixes)].map((suffix) => `s3.${region}.${suffix}`);
}

const toTrustPolicy = (principal: string, externalId: string | undefined): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'AssumeReader',
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: ['sts:AssumeRole'],
      ...(externalId !== undefined && { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
    },
  ],
});
