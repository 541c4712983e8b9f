import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Policies } from '../../../src/app/iam/iam-policy.js';
import { PERMISSIONS } from '../../../src/app/iam/permissions.js';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { actionOf, actionsOf, allowedBy, allows } from '../../support/aws/iam.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { LoopbackServer, ServedRequest } from '../../support/aws/server.js';
import {
  addTrail,
  digestAt,
  type ForgedChain,
  type ForgeOptions,
  forgeChain,
  logAt,
} from '../../support/forge/forge.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { inVersions } from '../../support/worlds/versions.js';
import { emptyWorld, statusKey, type World } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 2;
const END = START + HOURS * HOUR;
const NOW = END + 45 * MINUTE;
const OWNER = '111122223333';
const ROLE = 'arn:aws:iam::999988887777:role/read-logs';
const JOB = 'arn:aws:iam::444455556666:role/audit-job';
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888';
const PLACE = { bucket: 'acme-trails', accountId: OWNER, region: 'us-east-1', homeRegion: 'us-east-1' };
const TIME = { start: START, hours: HOURS, logsPerHour: 1 };
/** Stands for a file that each run has of its own. */
const KEYS_FILE = 'KEYS';
const ALONE: ForgeOptions = { ...PLACE, ...TIME, trailName: 'alone', prefix: 'a*b/$c' };
const ALL: ForgeOptions = { ...PLACE, ...TIME, trailName: 'all', seed: 'all', organizationId: 'o-exampleorgid' };

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

interface Estate {
  readonly world: World;
  readonly chains: readonly ForgedChain[];
}

/** Lie beside those that are looked at, in folders that are come across and not looked into. */
const BESIDE: readonly ForgeOptions[] = [
  { ...ALL, trailName: 'beside', organizationId: 'o-zotherorgid' },
  { ...ALL, trailName: 'beside', prefix: 'a*b/$c', accountId: '777788889999' },
];

/** A trail of one account and one of an organization, in one bucket. */
function estate(): Estate {
  const world = emptyWorld();
  world.buckets.set('acme-state', new Map());
  const chains = [ALONE, ALL].map((options) => {
    const { arn } = addTrail(world, options);
    world.trailStatus.set(statusKey(arn, 'us-east-1'), { digestDeliveredAt: END + 28 * MINUTE });
    return forgeChain(world, options);
  });
  for (const options of BESIDE) forgeChain(world, { ...options, hours: 1, logsPerHour: 0 });
  world.accounts = [{ accountId: OWNER }];
  world.roles.set(ROLE, { accessKeyId: 'ASIAASSUMED' });
  return { world, chains };
}

const arnOf = ({ trailName }: ForgeOptions): string => `arn:aws:cloudtrail:us-east-1:${OWNER}:trail/${trailName}`;

async function serve(world: World, allowed?: Policies): Promise<LoopbackServer> {
  const isRefused = (request: ServedRequest) =>
    allowed !== undefined && !(isAllowed(allowed, request) && maySee(world, allowed, request));
  const server = await startServer(world, {
    fault: (request) => (isRefused(request) ? 'deny' : undefined),
    writableBuckets: ['acme-state'],
  });
  return server;
}

/** Only who may list a bucket, whatever the prefix, is told by S3 that an object is missing; access is denied to others. */
function maySee(world: World, allowed: Policies, { operation, bucket, key, ...caller }: ServedRequest): boolean {
  if (operation !== 'GetObject' || bucket === undefined || key === undefined) return true;
  if (world.buckets.get(bucket)?.has(key)) return true;
  const { accessKeyId } = caller;
  return isAllowed(allowed, { operation: 'ListObjectsV2', bucket, ...(accessKeyId !== undefined && { accessKeyId }) });
}

const isOfRole = ({ accessKeyId }: ServedRequest): boolean => accessKeyId === 'ASIAASSUMED';

/** Where a role is assumed, whoever assumes it may do nothing else. */
function isAllowed({ identityPolicy, callerPolicy }: Policies, request: ServedRequest): boolean {
  return allows(callerPolicy && !isOfRole(request) ? callerPolicy : identityPolicy, request);
}

async function policiesFor(flags: readonly string[], url?: string): Promise<Policies> {
  const endpoint = url === undefined ? [] : ['--endpoint-url', url];
  const { status, stdout } = await runMain(['iam-policy', ...flags, ...endpoint], NOW);
  expect(status).toBe(0);
  return JSON.parse(stdout) as Policies;
}

interface Run {
  readonly verify: readonly string[];
  readonly policy: readonly string[];
}

const PLACES: readonly (readonly [string, Run])[] = [
  ['a bucket', { verify: ['s3://acme-trails'], policy: ['--bucket', 'acme-trails'] }],
  [
    'a part of a bucket',
    { verify: ['s3://acme-trails/a*b/$c'], policy: ['--bucket', 'acme-trails', '--prefix', 'a*b/$c'] },
  ],
  ['a trail', { verify: ['--trail-arn', arnOf(ALONE)], policy: ['--trail-arn', arnOf(ALONE)] }],
  ['the trail of an organization', { verify: ['--trail-arn', arnOf(ALL)], policy: ['--trail-arn', arnOf(ALL)] }],
];
const VERSIONS: Run = { verify: ['--use-versions'], policy: ['--use-versions'] };
const SAVED_KEYS: Run = { verify: ['--keys', KEYS_FILE], policy: ['--saved-keys'] };
const AS_ROLE: Run = { verify: ['--role-arn', ROLE], policy: ['--role-arn', ROLE] };
const CHECKPOINT: Run = {
  verify: ['--checkpoint', 's3://acme-state/run'],
  policy: ['--checkpoint', 's3://acme-state/run'],
};
const WAYS: readonly Run[] = [VERSIONS, SAVED_KEYS, CHECKPOINT, AS_ROLE];

/** Each place with no way, with all, and with two ways alone: each way is alone at two places. */
const combinations = PLACES.flatMap(([place, where], index) =>
  [[], WAYS, ...[0, 1].map((next) => WAYS.slice((index + next) % 4, ((index + next) % 4) + 1))].map((ways) => ({
    place,
    policy: [where, ...ways].flatMap((part) => part.policy),
    verify: [where, ...ways].flatMap((part) => part.verify),
  })),
);

/** With `--use-versions` something must be found for which older versions are looked. */
function tamper({ world, chains }: Estate, flags: readonly string[]): void {
  if (!flags.includes('--use-versions')) return;
  for (const chain of chains) {
    const { ref } = logAt(chain, 0, 0);
    inVersions(world, ref, END, () => modifyLog(world, ref));
  }
}

async function run(flags: readonly string[], world: World, server: LoopbackServer): Promise<CommandResult> {
  const keys = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, keys);
  const given = flags.map((flag) => (flag === KEYS_FILE ? keys : flag));
  const result = await runMain(['verify', ...given, '--endpoint-url', server.url, '--format', 'json'], NOW);
  return { ...result, stdout: result.stdout.replaceAll(keys, KEYS_FILE).replaceAll(server.url, 'URL') };
}

describe('the policies for a run', () => {
  it.each(combinations)('of $place with $policy allow what it does, and nothing else', async ({ policy, verify }) => {
    const forged = estate();
    tamper(forged, verify);
    const free = await serve(forged.world);
    const policies = await policiesFor(policy, free.url);
    const expected = await run(verify, forged.world, free);
    forged.world.buckets.get('acme-state')?.clear();
    expect(expected.status).toBe(verify.includes('--use-versions') ? 1 : 0);

    const bound = await serve(forged.world, policies);
    expect(await run(verify, forged.world, bound)).toEqual(expected);
    expect(bound.requests.filter((request) => !isAllowed(policies, request))).toEqual([]);
    const { identityPolicy, callerPolicy } = policies;
    const [ofReader, ofCaller] = [true, false].map((ofRole) =>
      actionsOf(bound.requests.filter((request) => isOfRole(request) === ofRole)),
    );
    expect(callerPolicy ? [ofReader, ofCaller] : [ofCaller]).toEqual(
      callerPolicy ? [allowedBy(identityPolicy), allowedBy(callerPolicy)] : [allowedBy(identityPolicy)],
    );
  });

  it('let it see what was deleted', async () => {
    const { world, chains } = estate();
    for (const chain of chains) {
      deleteObject(world, logAt(chain, 1, 0).ref);
      deleteObject(world, digestAt(chain, 0).ref);
    }
    const policies = await policiesFor(['--trail-arn', arnOf(ALL)], (await serve(world)).url);
    const { stdout, status } = await run(
      ['--trail-arn', arnOf(ALL), '--from', '2026-03-01T00:29:23Z'],
      world,
      await serve(world, policies),
    );
    const codes = (JSON.parse(stdout) as Report).findings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['log-missing', 'digest-missing']));
    expect(codes.filter((code) => code.endsWith('access-denied'))).toEqual([]);
    expect(status).toBe(1);
  });

  it('that fetches keys allows to ask for them', async () => {
    const policies = await policiesFor(['--for', 'keys-fetch']);
    const server = await serve(estate().world, policies);
    const { status } = await runMain(['keys', 'fetch', '--endpoint-url', server.url, '--region', 'us-east-1'], NOW);
    expect(status).toBe(0);
    expect(actionsOf(server.requests)).toEqual(allowedBy(policies.identityPolicy));
    expect(allowedBy(policies.identityPolicy)).toEqual(['cloudtrail:ListPublicKeys']);
  });

  it.each([ALONE, ALL])('of the trail $trailName are enough for validate-logs', async (trail) => {
    const { world } = estate();
    const policies = await policiesFor(['--trail-arn', arnOf(trail)], (await serve(world)).url);
    const server = await serve(world, policies);
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const account = trail === ALL ? ['--account-id', OWNER] : [];
    const flags = ['--trail-arn', arnOf(trail), '--start-time', '2026-03-01T00:00:00Z', '--region', 'us-east-1'];
    const { stdout } = await runMain(['validate-logs', ...flags, ...account], NOW);
    expect(stdout).toContain('2/2 digest files valid');
    expect(server.requests.filter((request) => !isAllowed(policies, request))).toEqual([]);
  });
});

describe('a call that the policies do not know', () => {
  it('is found out', async () => {
    const { world } = estate();
    const server = await serve(world);
    const policies = await policiesFor(['--bucket', 'acme-trails']);
    await run(['s3://acme-trails'], world, server);
    const called = (further: ServedRequest) => actionsOf([...server.requests, further]);
    expect(called({ operation: 'GetObject', bucket: 'acme-trails' })).toEqual(allowedBy(policies.identityPolicy));
    expect(called({ operation: 'GetTrail' })).not.toEqual(allowedBy(policies.identityPolicy));
    expect(() => called({ operation: 'GetBucketVersioning' })).toThrow(/nothing is known/);
    expect(actionOf({ operation: 'GetObject', versionId: '1' })).toBe('s3:GetObjectVersion');
  });

  it('is refused, elsewhere than the policy says too', async () => {
    const { identityPolicy } = await policiesFor(['--bucket', 'acme-trails', '--prefix', 'a*b/', '--use-versions']);
    const get = (key: string, bucket = 'acme-trails') =>
      allows(identityPolicy, { operation: 'GetObject', bucket, key });
    expect([get('a*b/AWSLogs/x'), get('aXb/AWSLogs/x'), get('a*b/x', 'other')]).toEqual([true, false, false]);
    const list = (prefix: string) =>
      allows(identityPolicy, { operation: 'ListObjectVersions', bucket: 'acme-trails', prefix });
    expect([list('a*b/'), list('a*b/AWSLogs/'), list(''), list('c/')]).toEqual([true, true, false, false]);
  });
});

it('the help names every action', async () => {
  const help = await readFile('src/help/permissions.md', 'utf8');
  const actions = Object.values(PERMISSIONS).flatMap((permissions) => permissions.map(({ action }) => action));
  expect(actions.filter((action) => !help.includes(`\`${action}\``))).toEqual([]);
});

describe('iam-policy', () => {
  it('writes the policies of everyone who is concerned', async () => {
    const { world } = estate();
    world.trails.splice(0, 2, ...world.trails.map((trail) => ({ ...trail, kmsKeyArn: KEY })));
    const server = await serve(world);
    const role = ['--role-arn', ROLE, '--external-id', 'for-audit', '--principal', JOB];
    const flags = ['iam-policy', '--trail-arn', arnOf(ALL), ...role, '--use-versions', '--endpoint-url', server.url];
    const { stdout, stderr } = await runMain(flags, NOW);
    await expect(`${stdout}\n${stderr}`).toMatchFileSnapshot('../goldens/iam-policy.txt');
  });

  it.each([
    [ALONE, ['--prefix', 'a*b/$c']],
    [ALL, ['--organization-id', 'o-exampleorgid']],
  ])('knows from flags alone what CloudTrail would tell', async (trail, flags) => {
    const { url } = await serve(estate().world);
    const told = await policiesFor(['--trail-arn', arnOf(trail)], url);
    expect(await policiesFor(['--trail-arn', arnOf(trail), '--bucket', 'acme-trails', ...flags])).toEqual(told);
  });

  it('asks nobody when the bucket is named', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    const { status, stdout } = await runMain(
      ['iam-policy', '--trail-arn', arnOf(ALONE), '--bucket', 'acme-trails'],
      NOW,
    );
    expect(status).toBe(0);
    expect(stdout).toContain(`"arn:aws:s3:::acme-trails/AWSLogs/${OWNER}/*"`);
  });

  it.each([
    ['aws-us-gov', 'us-gov-west-1', ['s3.us-gov-west-1.amazonaws.com']],
    ['aws-cn', 'cn-north-1', ['s3.cn-north-1.amazonaws.com', 's3.cn-north-1.amazonaws.com.cn']],
  ])('keeps to the partition %s', async (partition, region, services) => {
    const key = KEY.replace('arn:aws:kms:us-east-1', `arn:${partition}:kms:${region}`);
    const trail = `arn:${partition}:cloudtrail:${region}:${OWNER}:trail/main`;
    const flags = ['--trail-arn', trail, '--bucket', 'acme-trails', '--kms-key-arn', key];
    const { identityPolicy } = await policiesFor(flags);
    const resources = identityPolicy.Statement.flatMap(({ Resource }) => Resource ?? []);
    expect(resources.filter((arn) => arn !== '*' && !arn.startsWith(`arn:${partition}:`))).toEqual([]);
    const decrypt = identityPolicy.Statement.find(({ Action }) => Action.includes('kms:Decrypt'));
    expect(decrypt).toMatchObject({ Resource: [key], Condition: { StringEquals: { 'kms:ViaService': services } } });
  });

  it.each([
    [[], /name what is going to be verified/],
    [['--prefix', 'x', '--trail-arn', arnOf(ALL)], /go with --bucket/],
    [['--trail-arn', 'main'], /not the ARN of a trail/],
    [['--bucket', 'a/b'], /--bucket a\/b: not a bucket/],
    [['--bucket', 'b12', '--organization-id', 'acme'], /not the id of an organization/],
    [['--bucket', 'b12', '--kms-key-arn', 'alias/x'], /not the ARN of a KMS key/],
    [['--bucket', 'b12', '--principal', 'me'], /not the ARN of a role, a user or an account/],
    [['--bucket', 'b12', '--role-arn', 'me'], /not the ARN of a role/],
    [
      ['--bucket', 'b12', '--role-arn', ROLE.replace('arn:aws', 'arn:aws-cn'), '--principal', JOB],
      /several partitions/,
    ],
    [['--bucket', 'b12', '--for', 'keys-fetch'], /goes with none of their flags/],
    [['--bucket', 'b12', '--checkpoint', 's3://b12/run'], /in another bucket/],
    [['--bucket', 'b12', '--checkpoint', 's3://state/'], /write s3:\/\/BUCKET\/KEY/],
    [['--bucket', 'b12', '--checkpoint', 's3://st*/run'], /--checkpoint st\*: not a bucket/],
    [['--bucket', 'b12', '--bucket', 'b13'], /given more than once/],
  ])('refuses %j', async (flags, message) => {
    const { status, stderr, stdout } = await runMain(['iam-policy', ...flags], NOW);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('says so where CloudTrail knows no such trail', async () => {
    const server = await serve(emptyWorld());
    const flags = ['iam-policy', '--trail-arn', arnOf(ALL), '--endpoint-url', server.url];
    const { status, stderr } = await runMain(flags, NOW);
    expect(status).toBe(64);
    expect(stderr).toContain('us-east-1 knows no such trail');
  });

  it('allows all folders of the trail where the organization does not tell its id, and says so', async () => {
    const { world } = estate();
    const server = await startServer(world, {
      fault: ({ operation }) => (operation === 'DescribeOrganization' ? 'deny' : undefined),
    });
    const { stdout, stderr } = await runMain(
      ['iam-policy', '--trail-arn', arnOf(ALL), '--endpoint-url', server.url],
      NOW,
    );
    expect(stdout).toContain('"arn:aws:s3:::acme-trails/AWSLogs/*"');
    expect(stderr).toContain('--organization-id');
  });
});
