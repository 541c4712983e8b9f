import type { Argv } from 'yargs';
import { findTrail } from '../../app/expected/find-trail.js';
import { type Policies, type PolicyRequest, toPolicies } from '../../app/iam/iam-policy.js';
import type { Activity } from '../../app/iam/permissions.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { openAws } from '../../compose/source/open-source.js';
import { parseSource, toTrailArn } from '../../compose/source/parse-source.js';
import { toAwsOptions } from '../../config/aws-options.js';
import { fromFlags } from '../../config/settings.js';
import { isOrganizationId } from '../../core/objects/cloudtrail-key.js';
import { isBucketName, type ObjectRef } from '../../core/objects/object-ref.js';
import type { TrailArn } from '../../core/objects/trail-arn.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';
import { policyNotes } from './iam-policy-notes.js';

/** The flags of `trailproof iam-policy`. */
export const iamPolicyFlags = (yargs: Argv) =>
  yargs
    .option('trail-arn', {
      type: 'string',
      requiresArg: true,
      describe: 'for verify --trail-arn; without --bucket, CloudTrail is asked where the trail delivers to',
    })
    .option('bucket', { type: 'string', requiresArg: true, describe: 'the bucket to read' })
    .option('prefix', { type: 'string', requiresArg: true, describe: 'what stands before AWSLogs in the bucket' })
    .option('organization-id', {
      type: 'string',
      requiresArg: true,
      describe: 'the organization of an organization trail, like o-exampleorgid',
    })
    .option('kms-key-arn', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'what the logs are encrypted with (repeatable)',
    })
    .option('use-versions', { type: 'boolean', describe: 'for verify --use-versions' })
    .option('saved-keys', { type: 'boolean', describe: 'for verify --keys: CloudTrail is not asked for public keys' })
    .option('checkpoint', { type: 'string', requiresArg: true, describe: 'for verify --checkpoint s3://BUCKET/KEY' })
    .option('role-arn', { type: 'string', requiresArg: true, describe: 'for verify --role-arn: who reads' })
    .option('external-id', {
      type: 'string',
      requiresArg: true,
      describe: 'what the trust policy of that role asks for',
    })
    .option('principal', {
      type: 'string',
      requiresArg: true,
      describe: 'the ARN of who runs it: also write the policies of bucket, keys and role that name it',
    })
    .option('for', { choices: ['verify', 'keys-fetch'] as const, default: 'verify' as const, describe: 'what is run' })
    .option('profile', { type: 'string', requiresArg: true, describe: 'AWS profile to ask CloudTrail with' })
    .option('endpoint-url', { type: 'string', requiresArg: true, describe: 'ask at this URL' })
    .check(refuseRepeated('kms-key-arn'))
    .example(
      example(
        '$0 iam-policy --trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/main',
        'all that verify --trail-arn takes; asks CloudTrail',
      ),
    )
    .example(example('$0 iam-policy --bucket audit-logs --prefix acme', 'for verify s3://audit-logs/acme; asks nobody'))
    .example(
      example(
        '$0 iam-policy --bucket audit-logs --principal arn:aws:iam::444455556666:role/audit',
        'also the policy of a bucket in another account',
      ),
    )
    .epilog(
      'Policies go to standard output as JSON, without any --format, what to know of them to standard error. Exit status: 0, 64 wrong usage.',
    );

type IamPolicyFlags = Awaited<ReturnType<typeof iamPolicyFlags>['argv']>;

/** Where the logs lie, and what is known of them. */
interface Place {
  readonly bucket: string;
  readonly folder: string;
  readonly isOrganization: boolean;
  readonly kmsKeyArns: readonly string[];
}

/** Writes the IAM policies that a run takes. */
export async function runIamPolicy(flags: IamPolicyFlags, terminal: Terminal): Promise<number> {
  refuseContradictions(flags);
  const arn = flags.trailArn === undefined ? undefined : toTrailArn('--trail-arn', flags.trailArn);
  const { role } = toAwsOptions(fromFlags({ roleArn: flags.roleArn, externalId: flags.externalId }));
  for (const keyArn of flags.kmsKeyArn ?? [])
    refuseUnless(isKmsKeyArn, '--kms-key-arn', keyArn, 'the ARN of a KMS key');
  if (flags.principal !== undefined)
    refuseUnless(isPrincipalArn, '--principal', flags.principal, 'the ARN of a role, a user or an account');
  const partition = onePartition([flags.trailArn, ...(flags.kmsKeyArn ?? []), flags.roleArn, flags.principal]);
  const place = flags.for === 'verify' ? await findPlace(flags, arn) : undefined;
  const checkpoint = toCheckpoint(flags.checkpoint, place?.bucket);
  const request: PolicyRequest = {
    activities: toActivities(flags, place, checkpoint !== undefined),
    partition,
    ...(place && { bucket: place.bucket }),
    folder: place?.folder ?? '',
    ...(checkpoint && { checkpoint }),
    kmsKeyArns: place?.kmsKeyArns ?? [],
    ...(arn && { trailArn: arn.text }),
    ...(role && { role }),
    ...(flags.principal !== undefined && { principal: flags.principal }),
  };
  const policies: Policies = toPolicies(request);
  await write(terminal.stdout, `${JSON.stringify(policies, undefined, 2)}\n`);
  for (const note of policyNotes(request, policies))
    await write(terminal.stderr, `trailproof: ${escapeTerminal(note)}\n`);
  return EXIT.verified;
}

function refuseContradictions(flags: IamPolicyFlags): void {
  const { bucket, prefix, organizationId, trailArn } = flags;
  if (flags.for === 'keys-fetch') {
    if (
      [bucket, trailArn, flags.kmsKeyArn, flags.useVersions, flags.savedKeys, flags.checkpoint].some(
        (flag) => flag !== undefined,
      )
    )
      throw new UsageError('keys fetch reads no bucket and no trail: --for keys-fetch goes with none of their flags');
    return;
  }
  if (bucket === undefined && trailArn === undefined)
    throw new UsageError('name what is going to be verified: --trail-arn ARN or --bucket BUCKET');
  if (bucket === undefined && (prefix !== undefined || organizationId !== undefined))
    throw new UsageError('--prefix and --organization-id go with --bucket');
  if (bucket !== undefined) refuseUnless(isBucketName, '--bucket', bucket, 'a bucket');
  if (organizationId !== undefined)
    refuseUnless(isOrganizationId, '--organization-id', organizationId, 'the id of an organization');
}

const isKmsKeyArn = (text: string): boolean => /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(text);
const isPrincipalArn = (text: string): boolean =>
  /^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:role|user|assumed-role)\/[\w+=,.@/-]+)$/.test(text);

/** What fits no form might stand for more in an ARN than was meant. */
function refuseUnless(isFit: (text: string) => boolean, flag: string, text: string, what: string): void {
  if (!isFit(text)) throw new UsageError(`${flag} ${text}: not ${what}`);
}

/** Nothing of one partition can be allowed in another. */
function onePartition(arns: readonly (string | undefined)[]): string {
  const named = new Set(arns.flatMap((arn) => arn?.split(':')[1] ?? []));
  if (named.size > 1) throw new UsageError(`the ARNs are of several partitions: ${[...named].join(', ')}`);
  return [...named][0] ?? 'aws';
}

async function findPlace(flags: IamPolicyFlags, arn: TrailArn | undefined): Promise<Place> {
  const { bucket, organizationId, kmsKeyArn: kmsKeyArns = [] } = flags;
  if (bucket === undefined && arn) return askForPlace(flags, arn);
  const prefix = (flags.prefix ?? '').replace(/\/*$/, '');
  const root = prefix === '' ? '' : `${prefix}/`;
  const below = organizationId ?? arn?.accountId;
  return {
    bucket: bucket ?? '',
    folder: below === undefined ? root : `${root}AWSLogs/${below}/`,
    isOrganization: organizationId !== undefined,
    kmsKeyArns,
  };
}

async function askForPlace(flags: IamPolicyFlags, arn: TrailArn): Promise<Place> {
  const { profile, endpointUrl, kmsKeyArn } = flags;
  const aws = await openAws({ ...toAwsOptions(fromFlags({ profile, endpointUrl })), region: arn.homeRegion });
  try {
    const found = await findTrail(arn, aws.trails);
    if (!found)
      throw new UsageError(
        `${arn.text}: ${arn.homeRegion} knows no such trail\nCheck the ARN, or name --bucket as well.`,
      );
    return {
      bucket: found.source.bucket,
      folder: found.source.prefix,
      isOrganization: found.trail.members !== undefined,
      kmsKeyArns: kmsKeyArn ?? (found.kmsKeyArn === undefined ? [] : [found.kmsKeyArn]),
    };
  } finally {
    await aws.close();
  }
}

/** A checkpoint in a file takes no permission. @throws {UsageError} */
function toCheckpoint(place: string | undefined, bucket: string | undefined): ObjectRef | undefined {
  const parsed = place === undefined ? undefined : parseSource(place);
  if (parsed?.type !== 's3') return undefined;
  if (parsed.key === '' || parsed.key.endsWith('/') || parsed.bucket === bucket)
    throw new UsageError(
      `--checkpoint ${place}: write s3://BUCKET/KEY, in another bucket than the one that is verified`,
    );
  refuseUnless(isBucketName, '--checkpoint', parsed.bucket, 'a bucket');
  return { bucket: parsed.bucket, key: parsed.key };
}

function toActivities(flags: IamPolicyFlags, place: Place | undefined, hasCheckpoint: boolean): readonly Activity[] {
  const wanted: readonly (readonly [Activity, boolean])[] = [
    ['read-bucket', place !== undefined],
    ['read-versions', flags.useVersions === true],
    ['decrypt', (place?.kmsKeyArns.length ?? 0) > 0],
    ['ask-for-keys', flags.savedKeys !== true],
    ['ask-about-trail', flags.trailArn !== undefined],
    ['ask-about-organization', flags.trailArn !== undefined && place?.isOrganization === true],
    ['keep-checkpoint', hasCheckpoint],
    ['assume-role', flags.roleArn !== undefined],
  ];
  return wanted.filter(([, isWanted]) => isWanted).map(([activity]) => activity);
}
