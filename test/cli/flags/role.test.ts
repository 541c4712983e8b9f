import { describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { verify as verifyAsLibrary } from '../../../src/index.js';
import { CredentialsError } from '../../../src/ports/object-store.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { LoopbackServer, ServerOptions } from '../../support/aws/server.js';
import { addTrail, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, type World, type WorldRole } from '../../support/worlds/world.js';

const ROLE = 'arn:aws:iam::999988887777:role/security/read-logs';
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: Date.parse('2026-03-01T00:29:23Z'),
  hours: 3,
  logsPerHour: 2,
};
const NOW = TRAIL.start + 3 * HOUR + 45 * MINUTE;

const startServer = loopbackServers();

async function serve(role?: WorldRole, options: ServerOptions = {}) {
  const world: World = emptyWorld();
  const { arn } = addTrail(world, TRAIL);
  forgeChain(world, TRAIL);
  if (role) world.roles.set(ROLE, role);
  const server = await startServer(world, options);
  const verify = (...flags: string[]) =>
    runMain(['verify', '--endpoint-url', server.url, '--format', 'json', ...flags], NOW);
  return { arn, server, verify };
}

const callers = (server: LoopbackServer): Record<string, string[]> => {
  const operations: Record<string, Set<string>> = {};
  for (const { operation, accessKeyId = 'nobody' } of server.requests) {
    operations[accessKeyId] ??= new Set();
    operations[accessKeyId].add(operation);
  }
  return Object.fromEntries(Object.entries(operations).map(([key, names]) => [key, [...names].sort()]));
};

describe('verify --role-arn', () => {
  it('is `roleArn` and `externalId` in the library', async () => {
    const { server } = await serve({ accessKeyId: 'ASIAASSUMED', externalId: 'for-audit' });
    const report = await verifyAsLibrary({
      source: `s3://${TRAIL.bucket}`,
      endpointUrl: server.url,
      roleArn: ROLE,
      externalId: 'for-audit',
      now: new Date(NOW),
    });
    expect(report.totals.logs.verified).toBe(6);
    expect(callers(server).AKIDEXAMPLE).toEqual(['AssumeRole']);
    const refused = verifyAsLibrary({ source: `s3://${TRAIL.bucket}`, endpointUrl: server.url, roleArn: ROLE });
    await expect(refused).rejects.toBeInstanceOf(CredentialsError);
  });

  it('asks everything but for the role itself with the credentials of the role', async () => {
    const { arn, server, verify } = await serve({ accessKeyId: 'ASIAASSUMED', externalId: 'for-audit' });
    const { status, stdout } = await verify('--trail-arn', arn, '--role-arn', ROLE, '--external-id', 'for-audit');
    expect((JSON.parse(stdout) as Report).totals.logs.verified).toBe(6);
    expect(status).toBe(0);
    expect(callers(server)).toEqual({
      AKIDEXAMPLE: ['AssumeRole'],
      ASIAASSUMED: [
        'DescribeTrails',
        'GetBucketLocation',
        'GetObject',
        'GetTrailStatus',
        'ListObjectsV2',
        'ListPublicKeys',
      ],
    });
    // Once for S3 and once for CloudTrail, whichever and however many regions they are asked in.
    expect(server.requests.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(2);
  });

  it('assumes the role again when its credentials are about to end', async () => {
    const { server, verify } = await serve({ accessKeyId: 'ASIAASSUMED', expiration: Date.now() + 4 * MINUTE });
    const { status } = await verify('s3://acme-trails', '--role-arn', ROLE);
    expect(status).toBe(0);
    const asked = server.requests.filter(({ operation }) => operation === 'AssumeRole');
    expect(asked.length).toBeGreaterThan(4);
    expect(new Set(asked.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['AKIDEXAMPLE']));
  });

  it.each([
    ['us-east-1', ROLE, 'eu-west-1', 'eu-west-1'],
    ['another partition', ROLE.replace('arn:aws:', 'arn:aws-cn:'), 'eu-west-1', 'cn-northwest-1'],
    ['no region at all', ROLE.replace('arn:aws:', 'arn:aws-us-gov:'), undefined, 'us-gov-west-1'],
  ])('asks for the role where it is known: %s', async (_, arn, region, expected) => {
    vi.stubEnv('AWS_REGION', region);
    const { server, verify } = await serve();
    await verify('s3://acme-trails', '--role-arn', arn);
    expect(server.requests[0]).toMatchObject({ operation: 'AssumeRole', region: expected });
  });

  it.each([
    ['of a bucket', ['s3://acme-trails']],
    ['of a trail', ['--trail-arn', 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main']],
  ])('%s ends without a verdict where the role is refused', async (_, what) => {
    const { server, verify } = await serve({ accessKeyId: 'ASIAASSUMED', externalId: 'for-audit' });
    const { status, stderr } = await verify(...what, '--role-arn', ROLE, '--external-id', 'guessed');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^trailproof: the role arn:aws:iam::999988887777:role\/security\/read-logs cannot be assumed \(AccessDenied\): .+\nCheck .+\n$/,
    );
    expect(new Set(server.requests.map(({ operation }) => operation))).toEqual(new Set(['AssumeRole']));
  });

  it('tells bad credentials of the caller from a refused role, and asks no region for another opinion', async () => {
    const fault = ({ operation }: { operation: string }) =>
      operation === 'AssumeRole'
        ? { status: 403, errorCode: 'InvalidClientTokenId', message: 'The token is invalid' }
        : undefined;
    const { verify } = await serve({ accessKeyId: 'ASIAASSUMED' }, { fault });
    const bucket = await verify('s3://acme-trails', '--role-arn', ROLE);
    expect(bucket.stderr).toMatch(/role .+ cannot be assumed: STS at .+ cannot be asked with these credentials/);
    expect(bucket.status).toBe(2);
    const { status } = await verify(
      '--trail-arn',
      'arn:aws:cloudtrail:us-east-1:111122223333:trail/main',
      '--role-arn',
      ROLE,
    );
    expect(status).toBe(2);
  });

  it('asks again after passing faults of STS', async () => {
    let faults = 2;
    const fault = ({ operation }: { operation: string }) =>
      operation === 'AssumeRole' && faults-- > 0 ? ('error-500' as const) : undefined;
    const { verify } = await serve({ accessKeyId: 'ASIAASSUMED' }, { fault });
    expect((await verify('s3://acme-trails', '--role-arn', ROLE)).status).toBe(0);
  });

  it.each([
    [['--role-arn', 'read-logs'], /--role-arn read-logs: not the ARN of a role/],
    [['--role-arn', 'arn:aws:iam::1:user/x'], /not the ARN of a role/],
    [['--external-id', 'x'], /--external-id is for a role/],
  ])('refuses %j', async (flags, message) => {
    const { status, stderr } = await runMain(['verify', 's3://b', ...flags], NOW);
    expect(status).toBe(64);
    expect(stderr).toMatch(message);
  });
});
