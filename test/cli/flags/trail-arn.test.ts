import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { verify as verifyAsLibrary } from '../../../src/index.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { LoopbackServer, ServerOptions } from '../../support/aws/server.js';
import { addTrail, digestAt, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { LINKED, plantDigest } from '../../support/tamper/plant-digest.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { emptyWorld, statusKey, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 4;
const END = START + HOURS * HOUR;
const NOW = END + 45 * MINUTE;
const OWNER = '111122223333';
const MEMBER = '444455556666';
const ORGANIZATION: ForgeOptions = {
  bucket: 'acme-trails',
  prefix: 'audit/all',
  organizationId: 'o-exampleorgid',
  accountId: OWNER,
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'all',
  start: START,
  hours: HOURS,
  logsPerHour: 1,
};

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

async function serve(world: World, options: ServerOptions = {}): Promise<LoopbackServer> {
  return startServer(world, options);
}

/** A trail in two accounts and two regions, beside other trails in its bucket. */
function organization(): { world: World; arn: string; chains: Map<string, ReturnType<typeof forgeChain>> } {
  const world = emptyWorld();
  const { arn } = addTrail(world, ORGANIZATION);
  const chains = new Map<string, ReturnType<typeof forgeChain>>();
  for (const accountId of [OWNER, MEMBER]) {
    for (const region of ['us-east-1', 'eu-west-1']) {
      chains.set(`${accountId} ${region}`, forgeChain(world, { ...ORGANIZATION, accountId, region }));
      world.trailStatus.set(statusKey(arn, region), { digestDeliveredAt: END + 28 * MINUTE });
    }
  }
  forgeChain(world, { ...ORGANIZATION, trailName: 'other', seed: 'other' });
  forgeChain(world, { ...ORGANIZATION, prefix: 'elsewhere', trailName: 'third', seed: 'third' });
  world.accounts = [{ accountId: OWNER }, { accountId: MEMBER }, { accountId: '777788889999', state: 'SUSPENDED' }];
  return { world, arn, chains };
}

const verify = (server: LoopbackServer, flags: readonly string[], now = NOW): Promise<CommandResult> =>
  runMain(['verify', '--endpoint-url', server.url, '--format', 'json', ...flags], now);
const reportOf = ({ stdout }: CommandResult): Report => JSON.parse(stdout) as Report;
const operationsOf = (server: LoopbackServer): string[] =>
  [...new Set(server.requests.map(({ operation }) => operation))].sort();

describe('verify --trail-arn', () => {
  it('finds bucket, prefix and organization by itself, and verifies all of the trail and nothing else', async () => {
    const { world, arn } = organization();
    const server = await serve(world);
    const result = await verify(server, ['--trail-arn', arn]);
    const report = reportOf(result);
    expect(report.findings).toEqual([]);
    expect(report.request).toMatchObject({
      sources: ['s3://acme-trails/audit/all/AWSLogs/o-exampleorgid/'],
      trailArn: arn,
    });
    expect(report.chains.map(({ chain }) => `${chain.accountId} ${chain.region} ${chain.trailName}`)).toEqual([
      `${OWNER} eu-west-1 all`,
      `${OWNER} us-east-1 all`,
      `${MEMBER} eu-west-1 all`,
      `${MEMBER} us-east-1 all`,
    ]);
    expect(result.status).toBe(0);
    expect(operationsOf(server)).toEqual([
      'DescribeOrganization',
      'DescribeTrails',
      'GetBucketLocation',
      'GetObject',
      'GetTrailStatus',
      'ListAccounts',
      'ListObjectsV2',
      'ListPublicKeys',
    ]);
  });

  it('proves that the newest digest was deleted', async () => {
    const { world, arn, chains } = organization();
    const newest = digestAt(chains.get(`${OWNER} eu-west-1`) ?? expect.fail(), -1).ref;
    deleteObject(world, newest);
    const server = await serve(world);
    for (const source of [[], ['s3://acme-trails']]) {
      const result = await verify(server, [...source, '--trail-arn', arn]);
      expect(reportOf(result).findings).toMatchObject([
        {
          code: 'chain-newest-digest-deleted',
          subject: { chain: { accountId: OWNER, region: 'eu-west-1' } },
          args: { deliveredAt: new Date(END + 28 * MINUTE).toISOString().replace('.000', '') },
        },
      ]);
      expect(result.status).toBe(1);
    }
  });

  it('proves it too where digests without a signature were planted after those that are left', async () => {
    const { world, arn, chains } = organization();
    const chain = chains.get(`${OWNER} eu-west-1`) ?? expect.fail();
    for (const hour of [1, 2, 3]) deleteObject(world, digestAt(chain, hour).ref);
    plantDigest(world, digestAt(chain, 0), END, LINKED);
    const result = await verify(await serve(world), ['--trail-arn', arn]);
    expect(reportOf(result).findings.map(({ code }) => code)).toEqual([
      'digest-signature-missing',
      'chain-newest-digest-deleted',
    ]);
    expect(result.status).toBe(1);
  });

  it('misses a region that is gone from every account: CloudTrail is asked in each region there is', async () => {
    const { world, arn, chains } = organization();
    for (const accountId of [OWNER, MEMBER])
      for (const { ref } of chains.get(`${accountId} eu-west-1`)?.digests ?? []) deleteObject(world, ref);
    const server = await serve(world);
    const result = await verify(server, ['--trail-arn', arn]);
    const deleted = reportOf(result).findings.filter(({ code }) => code === 'chain-newest-digest-deleted');
    expect(deleted).toMatchObject([{ subject: { chain: { accountId: OWNER, region: 'eu-west-1' } } }]);
    expect(result.status).toBe(1);
    const asked = server.requests.filter(({ operation }) => operation === 'GetTrailStatus').map(({ region }) => region);
    expect(asked).toEqual(expect.arrayContaining(['ap-southeast-2', 'eu-west-1', 'sa-east-1', 'us-east-1']));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('misses a member account that has nothing in the bucket', async () => {
    const { world, arn } = organization();
    world.accounts = [...(world.accounts ?? []), { accountId: '999900001111', joinedAt: START }];
    const result = await verify(await serve(world), ['--trail-arn', arn]);
    expect(reportOf(result).findings).toMatchObject([
      { code: 'expected-digests-missing', args: { accountId: '999900001111' } },
    ]);
    expect(result.status).toBe(1);
  });

  it('goes on where the organization may not be looked into', async () => {
    const { world, arn } = organization();
    const fault: ServerOptions['fault'] = ({ operation }) =>
      operation === 'ListAccounts' || operation === 'DescribeOrganization' ? 'deny' : undefined;
    const result = await verify(await serve(world, { fault }), ['--trail-arn', arn]);
    const { findings, chains } = reportOf(result);
    expect(findings.map(({ code }) => code)).toEqual(['organization-accounts-unavailable']);
    expect(chains).toHaveLength(4);
    expect(result.status).toBe(0);
  });

  it.each([
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-iso', 'us-iso-east-1'],
  ])('knows the partition %s', async (partition, region) => {
    const world = emptyWorld();
    const { organizationId: _, ...alone } = { ...ORGANIZATION, region, homeRegion: region };
    forgeChain(world, alone);
    world.bucketRegions.set(alone.bucket, region);
    const trail = addTrail(world, alone, false);
    const arn = trail.arn.replace(/^arn:[^:]+/, `arn:${partition}`);
    world.trails.splice(0, 1, { ...trail, arn });
    world.trailStatus.set(statusKey(arn, region), { digestDeliveredAt: END + 28 * MINUTE });
    const server = await serve(world);
    const result = await verify(server, ['--trail-arn', arn]);
    expect(reportOf(result).findings).toEqual([]);
    expect(result.status).toBe(0);
    expect(new Set(server.requests.map((request) => request.region))).toEqual(new Set([region]));
  });

  it('of a folder takes its digests alone, and asks nobody', async () => {
    const { world, arn, chains } = organization();
    for (const [place, chain] of chains) if (place.startsWith(MEMBER)) deleteObject(world, digestAt(chain, -1).ref);
    const folder = path.join(temporaryFolder(), 'archive');
    const keys = path.join(folder, '..', 'keys.json');
    await writeArchive(world, folder, { layout: 'flat', sidecars: true });
    await writeKeySnapshot(world, keys);
    const server = await serve(world);
    const result = await verify(server, [folder, '--keys', keys, '--trail-arn', arn], NOW + 9000 * HOUR);
    expect(reportOf(result).chains).toHaveLength(4);
    expect(result.status).toBe(0);
    expect(server.requests).toEqual([]);
  });

  it('of a trail that is no more needs to be told its bucket', async () => {
    const { world, arn } = organization();
    world.trails.splice(0);
    const server = await serve(world);
    const alone = await verify(server, ['--trail-arn', arn]);
    expect(alone).toMatchObject({ status: 64, stdout: '' });
    expect(alone.stderr).toContain(`${arn}: us-east-1 knows no such trail`);
    const result = await verify(server, ['s3://acme-trails', '--trail-arn', arn]);
    expect(reportOf(result).findings).toMatchObject([
      { code: 'trail-status-unavailable', args: { errorCode: 'TrailNotFoundException' } },
    ]);
    expect(reportOf(result).chains).toHaveLength(4);
    expect(result.status).toBe(0);
  });

  it('does the same as a library', async () => {
    const { world, arn } = organization();
    const server = await serve(world);
    const report = await verifyAsLibrary({ trailArn: arn, endpointUrl: server.url, now: new Date(NOW) });
    expect(report.outcome).toBe('verified');
    expect(report.chains).toHaveLength(4);
    expect(report).toEqual(reportOf(await verify(server, ['--trail-arn', arn])));
    const expecting = { expectRegions: ['sa-east-1'], maxAge: HOUR, now: new Date(END + 2 * HOUR) };
    const stale = await verifyAsLibrary({ source: 's3://acme-trails', endpointUrl: server.url, ...expecting });
    expect(new Set(stale.findings.map(({ code }) => code))).toEqual(
      new Set(['chain-ends-early', 'expected-digests-missing']),
    );
  });
});

describe('verify', () => {
  it('of a bucket warns of a newest digest that is old, and fails with --max-age', async () => {
    const { world } = organization();
    const server = await serve(world);
    const late = END + 3 * HOUR + 1000;
    const warned = await verify(server, ['s3://acme-trails/elsewhere'], late);
    expect(reportOf(warned).findings.map(({ code }) => code)).toEqual(['chain-newest-digest-old']);
    expect(warned.status).toBe(0);
    const failed = await verify(server, ['s3://acme-trails/elsewhere', '--max-age', '3h'], late);
    expect(reportOf(failed).findings.map(({ code }) => code)).toEqual(['chain-ends-early']);
    expect(reportOf(failed).request.maxAge).toBe(3 * HOUR);
    expect(failed.status).toBe(1);
    expect((await verify(server, ['s3://acme-trails/elsewhere', '--max-age', '1d'], late)).status).toBe(0);
  });

  it('fails without what is expected', async () => {
    const server = await serve(organization().world);
    const flags = ['s3://acme-trails', '--expect-account', MEMBER, '--expect-account', '999900001111'];
    const result = await verify(server, [...flags, '--expect-region', 'eu-west-1', '--expect-account', MEMBER]);
    expect(reportOf(result).findings).toMatchObject([
      { code: 'expected-digests-missing', args: { accountId: '999900001111', region: 'eu-west-1' } },
    ]);
    expect(reportOf(result).request).toMatchObject({
      expectAccounts: [MEMBER, '999900001111'],
      expectRegions: ['eu-west-1'],
    });
    expect(result.status).toBe(1);
  });

  it.each([
    [['--trail-arn', 'arn:aws:cloudtrail:us-east-1:1111:trail/x'], /--trail-arn .+: not the ARN of a trail/],
    [['--trail-arn', 'all'], /not the ARN of a trail/],
    [['s3://b', '--max-age', '3'], /--max-age 3: not a length of time; write it like 90m, 3h or 1d/],
    [['s3://b', '--max-age', '0h'], /not a length of time/],
    [['s3://b', '--max-age', '-3h'], /max-age/],
    [['s3://b', '--expect-account', '12'], /an account id has 12 digits/],
    [['s3://b', '--expect-region', 'nowhere'], /no region has such a name/],
    [['s3://b', '--expect-region', 'us-east-1', '--region', 'eu-west-1'], /--region leaves it out/],
    [['s3://b', '--expect-account', OWNER, '--account', MEMBER], /--account leaves it out/],
    [[], /name what to verify: .+ or the ARN of a trail/],
  ])('refuses %j', async (flags, message) => {
    const { status, stderr, stdout } = await runMain(['verify', ...flags], NOW);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
