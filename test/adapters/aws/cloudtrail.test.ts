import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CloudTrail, openCloudTrail } from '../../../src/adapters/aws/cloudtrail.js';
import { describeOrganization, listAccounts } from '../../../src/adapters/aws/organizations.js';
import { DAY } from '../../../src/core/time/instant.js';
import type { PublicKeyRecord } from '../../../src/ports/key-source.js';
import { CredentialsError, StoreUnreachableError } from '../../../src/ports/object-store.js';
import { ServiceError } from '../../../src/ports/service-error.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { retryAtOnce } from '../../support/aws/s3-over-server.js';
import { type Fault, type LoopbackServer, type ServerOptions, startServer } from '../../support/aws/server.js';
import { emptyWorld, statusKey, type World } from '../../support/worlds/world.js';

const MARCH = Date.UTC(2026, 2, 1);
const closing: (() => void | Promise<void>)[] = [];
beforeEach(setThrowawayCredentials);
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

const keyOf = (fingerprint: string, region: string, firstDay: number): PublicKeyRecord => ({
  fingerprint,
  der: Buffer.from(`der of ${fingerprint}`),
  region,
  validity: { start: MARCH + firstDay * DAY, end: MARCH + (firstDay + 30) * DAY },
});

function worldOfTrails(): World {
  const world = emptyWorld();
  world.publicKeys.push(
    keyOf('aa', 'us-east-1', 0),
    keyOf('bb', 'us-east-1', 20),
    keyOf('cc', 'us-east-1', 40),
    keyOf('dd', 'eu-west-1', 0),
  );
  const home = { bucket: 'acme-trail-logs', homeRegion: 'us-east-1' };
  world.trails.push(
    {
      ...home,
      name: 'all',
      arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/all',
      multiRegion: true,
      organization: true,
      prefix: 'audit',
    },
    {
      ...home,
      name: 'one',
      arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/one',
      multiRegion: false,
      organization: false,
    },
  );
  world.organizationId = 'o-exampleorgid';
  return world;
}

async function open(
  options: ServerOptions = {},
  world = worldOfTrails(),
): Promise<{ server: LoopbackServer; cloudTrail: CloudTrail }> {
  const server = await startServer(world, options);
  const cloudTrail = openCloudTrail({ endpointUrl: server.url, newRetry: () => retryAtOnce() });
  closing.push(
    () => cloudTrail.close(),
    () => server.close(),
  );
  return { server, cloudTrail };
}

const fingerprintsOf = (answer: Awaited<ReturnType<CloudTrail['keys']['keysFor']>>): string[] =>
  answer.status === 'found' ? answer.keys.map(({ fingerprint }) => fingerprint) : [answer.refusal.errorCode];
const during = (firstDay: number, lastDay: number) => ({ start: MARCH + firstDay * DAY, end: MARCH + lastDay * DAY });

describe('ListPublicKeys', () => {
  it('gives a region keys of a time, whole', async () => {
    const { cloudTrail } = await open();
    expect(await cloudTrail.keys.keysFor('eu-west-1', during(5, 6))).toEqual({
      status: 'found',
      keys: [{ ...keyOf('dd', 'eu-west-1', 0), der: Uint8Array.from(Buffer.from('der of dd')) }],
    });
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('us-east-1', during(5, 6)))).toEqual(['aa']);
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('us-east-1', during(25, 26)))).toEqual(['aa', 'bb']);
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('us-east-1', during(100, 101)))).toEqual([]);
  });

  it('has no validity where a time of it cannot be written', async () => {
    const world = worldOfTrails();
    const key = keyOf('ee', 'sa-east-1', 0);
    for (const end of [1e16, 1e25]) {
      world.publicKeys.splice(0, Number.POSITIVE_INFINITY, { ...key, validity: { start: MARCH, end } });
      const { cloudTrail } = await open({}, world);
      const answer = await cloudTrail.keys.keysFor('sa-east-1', during(0, 1));
      expect(answer).toEqual({
        status: 'found',
        keys: [{ fingerprint: 'ee', region: 'sa-east-1', der: Uint8Array.from(Buffer.from('der of ee')) }],
      });
    }
  });

  it('is asked in whole seconds, with nothing left out', async () => {
    const { cloudTrail } = await open();
    const before = { start: MARCH - 5000, end: MARCH - 1 };
    const after = { start: MARCH + 30 * DAY + 1, end: MARCH + 30 * DAY + 5000 };
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('eu-west-1', before))).toEqual(['dd']);
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('eu-west-1', after))).toEqual(['dd']);
  });

  it('is followed over its pages', async () => {
    const { server, cloudTrail } = await open({ pageSize: 1 });
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('us-east-1', during(0, 90)))).toEqual(['aa', 'bb', 'cc']);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['the same token again and again', () => 'a'],
    ['ever other tokens', (page: number) => String(page)],
  ])('of %s ends, and passes for no whole list', async (_, token) => {
    let page = 0;
    const fault = () => {
      page += 1;
      return { status: 200, body: JSON.stringify({ PublicKeyList: [], NextToken: token(page) }) };
    };
    const { cloudTrail, server } = await open({ fault });
    expect(await cloudTrail.keys.keysFor('us-east-1', during(0, 1))).toMatchObject({
      status: 'unavailable',
      refusal: { errorCode: 'InvalidAnswer' },
    });
    expect(server.requests.length).toBeLessThan(1_100);
  });

  it('is asked the same thing once, also at once', async () => {
    const { server, cloudTrail } = await open();
    const ask = () => cloudTrail.keys.keysFor('us-east-1', during(0, 1));
    await Promise.all([ask(), ask(), cloudTrail.keys.keysFor('us-east-1', during(0, 2)), ask()]);
    await ask();
    expect(server.requests).toHaveLength(2);
  });

  it('is asked again after throttling', async () => {
    const faults: Fault[] = [
      { status: 400, errorCode: 'ThrottlingException', message: 'Rate exceeded' },
      'error-500',
      'reset',
    ];
    const { server, cloudTrail } = await open({ fault: () => faults.shift() });
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('us-east-1', during(0, 1)))).toEqual(['aa']);
    expect(server.requests).toHaveLength(4);
  });

  it.each<[Fault, string, string]>([
    [
      { status: 400, errorCode: 'AccessDeniedException', message: 'You may not' },
      'AccessDeniedException',
      'You may not',
    ],
    [
      { status: 400, errorCode: 'UnrecognizedClientException', message: 'Not here' },
      'UnrecognizedClientException',
      'Not here',
    ],
    [{ status: 404 }, '404', "HTTP status 404, and no answer of the service's"],
  ])('that is refused (%j) is unavailable', async (fault, errorCode, message) => {
    const { server, cloudTrail } = await open({ fault: ({ region }) => (region === 'us-east-1' ? fault : undefined) });
    expect(await cloudTrail.keys.keysFor('us-east-1', during(0, 1))).toEqual({
      status: 'unavailable',
      refusal: { errorCode, message },
    });
    expect(fingerprintsOf(await cloudTrail.keys.keysFor('eu-west-1', during(0, 1)))).toEqual(['dd']);
    expect(server.requests).toHaveLength(2);
  });

  it('that cannot be reached is unavailable', async () => {
    const cloudTrail = openCloudTrail({ endpointUrl: 'http://127.0.0.1:1', newRetry: () => retryAtOnce() });
    closing.push(() => cloudTrail.close());
    expect(await cloudTrail.keys.keysFor('us-east-1', during(0, 1))).toEqual({
      status: 'unavailable',
      refusal: { errorCode: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:1' },
    });
    await expect(cloudTrail.describeTrails('us-east-1')).rejects.toBeInstanceOf(StoreUnreachableError);
  });

  it('with an expired session ends the run', async () => {
    const fault: Fault = { status: 400, errorCode: 'ExpiredTokenException', message: 'The security token has expired' };
    const { cloudTrail } = await open({ fault: () => fault });
    await expect(cloudTrail.keys.keysFor('us-east-1', during(0, 1))).rejects.toBeInstanceOf(CredentialsError);
  });
});

describe('DescribeTrails', () => {
  it('tells of the trails that a region knows', async () => {
    const { cloudTrail } = await open();
    const all = {
      name: 'all',
      arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/all',
      bucket: 'acme-trail-logs',
      prefix: 'audit',
      homeRegion: 'us-east-1',
      isMultiRegion: true,
      isOrganization: true,
    };
    expect(await cloudTrail.describeTrails('eu-west-1')).toEqual([all]);
    expect(await cloudTrail.describeTrails('us-east-1')).toEqual([
      all,
      {
        name: 'one',
        arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/one',
        bucket: 'acme-trail-logs',
        homeRegion: 'us-east-1',
        isMultiRegion: false,
        isOrganization: false,
      },
    ]);
  });

  it('that is refused throws what the service said', async () => {
    const fault: Fault = { status: 400, errorCode: 'AccessDeniedException', message: 'You may not' };
    const { cloudTrail } = await open({ fault: () => fault });
    const failure = cloudTrail.describeTrails('us-east-1');
    await expect(failure).rejects.toBeInstanceOf(ServiceError);
    await expect(failure).rejects.toMatchObject({
      call: { operation: 'DescribeTrails' },
      errorCode: 'AccessDeniedException',
      message: 'You may not',
      httpStatus: 400,
    });
  });

  it('without credentials says so', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const { server, cloudTrail } = await open();
    await expect(cloudTrail.describeTrails('us-east-1')).rejects.toBeInstanceOf(CredentialsError);
    expect(server.requests).toEqual([]);
  });
});

it('a client that could not be opened is nothing to close', async () => {
  const cloudTrail = openCloudTrail({
    newRetry: () => {
      throw new Error('no retry');
    },
  });
  await expect(cloudTrail.describeTrails('us-east-1')).rejects.toThrow('no retry');
  // A rejection that nobody handles would end the process: the runner fails on one.
  cloudTrail.close();
  await new Promise(setImmediate);
});

describe('DescribeOrganization', () => {
  it('gives the id', async () => {
    const { server } = await open();
    const settings = { endpointUrl: server.url, newRetry: () => retryAtOnce() };
    expect(await describeOrganization(settings, 'us-east-1')).toBe('o-exampleorgid');
  });

  it('throws what the service said', async () => {
    const server = await startServer(emptyWorld());
    closing.push(() => server.close());
    const settings = { endpointUrl: server.url, newRetry: () => retryAtOnce() };
    await expect(describeOrganization(settings, 'us-east-1')).rejects.toMatchObject({
      name: 'ServiceError',
      call: { operation: 'DescribeOrganization' },
      errorCode: 'AWSOrganizationsNotInUseException',
      message: 'Your account is not a member of an organization.',
    });
  });
});

describe('GetTrailStatus', () => {
  const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/all';

  it('tells of one region', async () => {
    const world = worldOfTrails();
    const status = {
      isLogging: false,
      stoppedAt: MARCH,
      digestDeliveredAt: MARCH + DAY,
      digestDeliveryError: 'AccessDenied',
      logDeliveryError: 'NoSuchBucket',
    };
    world.trailStatus.set(statusKey(ARN, 'eu-west-1'), status);
    const { server, cloudTrail } = await open({}, world);
    expect(await cloudTrail.trailStatus(ARN, 'eu-west-1')).toEqual({ status: 'found', trail: status });
    expect(await cloudTrail.trailStatus(ARN, 'us-east-1')).toEqual({ status: 'found', trail: { isLogging: true } });
    expect(server.requests.map(({ operation, region }) => `${operation} ${region}`)).toEqual([
      'GetTrailStatus eu-west-1',
      'GetTrailStatus us-east-1',
    ]);
  });

  it('leaves out times that cannot be written', async () => {
    const world = worldOfTrails();
    world.trailStatus.set(statusKey(ARN, 'eu-west-1'), { stoppedAt: 1e16, digestDeliveredAt: 1e25 });
    const { cloudTrail } = await open({}, world);
    expect(await cloudTrail.trailStatus(ARN, 'eu-west-1')).toEqual({ status: 'found', trail: { isLogging: true } });
  });

  it('that is throttled is asked again', async () => {
    const faults: Fault[] = [{ status: 400, errorCode: 'ThrottlingException', message: 'Rate exceeded' }];
    const { server, cloudTrail } = await open({ fault: () => faults.shift() });
    expect(await cloudTrail.trailStatus(ARN, 'us-east-1')).toMatchObject({ status: 'found' });
    expect(server.requests).toHaveLength(2);
  });

  it.each<[string, Fault | undefined, string]>([
    [ARN, { status: 400, errorCode: 'AccessDeniedException', message: 'You may not' }, 'AccessDeniedException'],
    [
      ARN,
      { status: 400, errorCode: 'UnrecognizedClientException', message: 'Not here' },
      'UnrecognizedClientException',
    ],
    [`${ARN}-not`, undefined, 'TrailNotFoundException'],
  ])('of %s that is refused (%j) is unavailable', async (arn, fault, errorCode) => {
    const { cloudTrail } = await open({ fault: () => fault });
    expect(await cloudTrail.trailStatus(arn, 'us-east-1')).toMatchObject({
      status: 'unavailable',
      refusal: { errorCode },
    });
  });
});

describe('ListAccounts', () => {
  it('is followed over its pages', async () => {
    const world = emptyWorld();
    world.accounts = [
      { accountId: '111122223333', joinedAt: MARCH },
      { accountId: '444455556666', state: 'SUSPENDED' },
      { accountId: '777788889999', state: 'CLOSED', joinedAt: 1e25 },
    ];
    const server = await startServer(world, { pageSize: 2 });
    closing.push(() => server.close());
    expect(await listAccounts({ endpointUrl: server.url, newRetry: () => retryAtOnce() }, 'us-east-1')).toEqual([
      { accountId: '111122223333', isActive: true, joinedAt: MARCH },
      { accountId: '444455556666', isActive: false },
      { accountId: '777788889999', isActive: false },
    ]);
    expect(server.requests).toHaveLength(2);
  });

  it('throws what the service said', async () => {
    const body = JSON.stringify({ Accounts: [{ Id: '111122223333', Status: 'ACTIVE' }], NextToken: 'same' });
    const circle = await startServer(emptyWorld(), { fault: () => ({ status: 200, body }) });
    closing.push(() => circle.close());
    const going = listAccounts({ endpointUrl: circle.url, newRetry: () => retryAtOnce() }, 'us-east-1');
    // A list that breaks off would tell accounts that are missing from those that left.
    await expect(going).rejects.toMatchObject({ errorCode: 'InvalidAnswer' });
    const server = await startServer(emptyWorld());
    closing.push(() => server.close());
    const settings = { endpointUrl: server.url, newRetry: () => retryAtOnce() };
    await expect(listAccounts(settings, 'us-east-1')).rejects.toMatchObject({ errorCode: 'AccessDeniedException' });
  });
});
