import { describe, expect, it, vi } from 'vitest';
import { RETRY_POLICY } from '../../../src/adapters/decorators/retry.js';
import { retryingStore } from '../../../src/adapters/decorators/retrying-store.js';
import { openS3Store } from '../../../src/adapters/s3/s3-store.js';
import { CredentialsError, StoreUnreachableError } from '../../../src/ports/object-store.js';
import {
  atFirst,
  BUCKET,
  closing,
  countOf,
  LARGE,
  open,
  REF,
  useS3Harness,
  worldOfLogs,
} from '../../support/aws/s3-harness.js';
import { openS3OverServer, retryAtOnce } from '../../support/aws/s3-over-server.js';
import type { Fault, LoopbackServer, ServedRequest, ServerOptions } from '../../support/aws/server.js';
import type { World } from '../../support/worlds/world.js';

useS3Harness();

describe('the region of a bucket', () => {
  const inFrankfurt = (): World => {
    const world = worldOfLogs();
    world.bucketRegions.set(BUCKET, 'eu-central-1');
    return world;
  };
  const regionsOf = (server: LoopbackServer): string[] =>
    server.requests.map(({ operation, region }) => `${operation} ${region}`);

  it('is asked for once, also by many at once', async () => {
    const { store, server } = await open({ enforceRegions: true }, {}, inFrankfurt());
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.get(REF, LARGE)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['found']));
    expect(regionsOf(server)).toEqual([
      'GetBucketLocation us-east-1',
      ...Array.from({ length: 10 }, () => 'GetObject eu-central-1'),
    ]);
  });

  it('is told by HeadBucket where GetBucketLocation is denied', async () => {
    const options = { enforceRegions: true, fault: atFirst('GetBucketLocation', 1, 'deny') };
    const { store, server } = await open(options, {}, inFrankfurt());
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(regionsOf(server)).toEqual([
      'GetBucketLocation us-east-1',
      'HeadBucket us-east-1',
      'GetObject eu-central-1',
    ]);
  });

  it('is told by a refusal', async () => {
    const headers = { 'x-amz-bucket-region': 'eu-central-1' };
    const refusal = { status: 403, errorCode: 'AccessDenied', headers };
    const options = { enforceRegions: true, fault: atFirst('GetBucketLocation', 1, refusal) };
    const { store, server } = await open(options, {}, inFrankfurt());
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(regionsOf(server)).toEqual(['GetBucketLocation us-east-1', 'GetObject eu-central-1']);
  });

  it('is the configured one where nothing tells, and is corrected by a redirect', async () => {
    const fault = ({ operation }: ServedRequest): Fault | undefined =>
      operation === 'GetBucketLocation' || operation === 'HeadBucket' ? 'deny' : undefined;
    const { store, server } = await open({ enforceRegions: true, fault }, { region: 'sa-east-1' }, inFrankfurt());
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(await store.listFolders(BUCKET, '')).toEqual(['a', 'b']);
    expect(regionsOf(server)).toEqual([
      'GetBucketLocation sa-east-1',
      'HeadBucket sa-east-1',
      'GetObject sa-east-1',
      'GetObject eu-central-1',
      'ListObjectsV2 eu-central-1',
    ]);
  });

  it('is eu-west-1 where S3 says EU, as it does of old buckets', async () => {
    const fault: Fault = {
      status: 200,
      body: '<?xml version="1.0"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">EU</LocationConstraint>',
    };
    const { store, server } = await open({ fault: atFirst('GetBucketLocation', 1, fault) });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(regionsOf(server)).toEqual(['GetBucketLocation us-east-1', 'GetObject eu-west-1']);
  });

  it('is never what is no region', async () => {
    const headers = { 'x-amz-bucket-region': 'evil.example/' };
    const fault: Fault = { status: 301, errorCode: 'PermanentRedirect', headers };
    const { store, server } = await open({ fault: () => fault });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'unavailable' });
    expect(regionsOf(server)).toEqual(['GetBucketLocation us-east-1', 'HeadBucket us-east-1', 'GetObject us-east-1']);
  });

  it('is not searched for in circles', async () => {
    const fault = ({ operation, region }: ServedRequest): Fault | undefined => {
      const elsewhere = region === 'eu-west-1' ? 'eu-west-2' : 'eu-west-1';
      const headers = { 'x-amz-bucket-region': elsewhere };
      return operation === 'GetObject' ? { status: 301, errorCode: 'PermanentRedirect', headers } : undefined;
    };
    const { store, server } = await open({ fault });
    expect(await store.get(REF, LARGE)).toMatchObject({
      status: 'unavailable',
      refusal: { errorCode: 'PermanentRedirect' },
    });
    expect(countOf(server, 'GetObject')).toBe(2);
  });

  it('need not be configured', async () => {
    const opened = await openS3OverServer(inFrankfurt(), { enforceRegions: true });
    closing.push(opened.close);
    const s3 = openS3Store({ endpointUrl: opened.server.url });
    closing.push(async () => s3.close());
    expect(await s3.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(regionsOf(opened.server)).toEqual(['GetBucketLocation us-east-1', 'GetObject eu-central-1']);
  });

  it('is reached at an endpoint from the environment, and by path at localhost', async () => {
    const { server } = await open({}, {}, inFrankfurt());
    vi.stubEnv('AWS_ENDPOINT_URL', server.url.replace('127.0.0.1', 'localhost'));
    vi.stubEnv('AWS_REGION', 'eu-west-2');
    const s3 = openS3Store({});
    closing.push(async () => s3.close());
    expect(await s3.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(regionsOf(server)).toEqual(['GetBucketLocation eu-west-2', 'GetObject eu-central-1']);
  });
});

describe('credentials', () => {
  it.each(['ExpiredToken', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'])(
    '%s ends the run, though answers came before',
    async (errorCode) => {
      let refuse = false;
      const fault = (): Fault | undefined => (refuse ? { status: 403, errorCode, message: 'The reason' } : undefined);
      const { store, server } = await open({ fault });
      expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
      refuse = true;
      const failure = store.get(REF, LARGE);
      await expect(failure).rejects.toBeInstanceOf(CredentialsError);
      await expect(failure).rejects.toMatchObject({ errorCode, message: expect.stringContaining('The reason.') });
      await expect(store.listFolders(BUCKET, '')).rejects.toBeInstanceOf(CredentialsError);
      expect(countOf(server, 'GetObject')).toBe(2);
    },
  );

  it('a clock that is wrong is set by the answer', async () => {
    const fault: Fault = { status: 403, errorCode: 'RequestTimeTooSkewed', message: 'Too large a difference' };
    const { store } = await open({ fault: atFirst('GetObject', 1, fault) });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
  });

  it('a clock that stays wrong ends the run', async () => {
    const fault: Fault = { status: 403, errorCode: 'RequestTimeTooSkewed', message: 'Too large a difference' };
    const { store } = await open({ fault: atFirst('GetObject', 100, fault) });
    await expect(store.get(REF, LARGE)).rejects.toMatchObject({
      name: 'CredentialsError',
      message: expect.stringContaining('clock'),
    });
  });

  it.each([
    ['that are not there', {}],
    ['of a profile that is not there', { profile: 'nobody' }],
  ])('%s are said to be missing', async (_, settings) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { store, server } = await open({}, settings);
    await expect(store.get(REF, LARGE)).rejects.toMatchObject({
      name: 'CredentialsError',
      errorCode: 'CredentialsProviderError',
      message: expect.stringContaining('Could not load credentials from any providers. Name a profile'),
    });
    expect(server.requests).toEqual([]);
  });
});

describe('the lean way', () => {
  const openLean = (options: ServerOptions, world = worldOfLogs()) =>
    open(options, { region: 'us-east-1' }, world, 'lean');

  it('goes where the SDK was redirected to', async () => {
    const world = worldOfLogs();
    world.bucketRegions.set(BUCKET, 'eu-central-1');
    const fault = ({ operation }: ServedRequest): Fault | undefined =>
      operation === 'GetBucketLocation' || operation === 'HeadBucket' ? 'deny' : undefined;
    const { store, server } = await openLean({ enforceRegions: true, fault }, world);
    for (let time = 0; time < 3; time += 1) expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    const gets = server.requests.filter(({ operation }) => operation === 'GetObject').map(({ region }) => region);
    // Both are sent to where the bucket does not lie, and then none any more.
    expect(gets).toEqual(['us-east-1', 'us-east-1', 'eu-central-1', 'eu-central-1', 'eu-central-1']);
  });

  it.each(['ExpiredToken', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'])('ends the run on %s', async (errorCode) => {
    let refuse = false;
    const fault = (): Fault | undefined => (refuse ? { status: 403, errorCode, message: 'The reason' } : undefined);
    const { store } = await openLean({ fault });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    refuse = true;
    await expect(store.get(REF, LARGE)).rejects.toMatchObject({ name: 'CredentialsError', errorCode });
  });

  it('goes on with a clock that the SDK has set', async () => {
    const fault: Fault = { status: 403, errorCode: 'RequestTimeTooSkewed', message: 'Too large a difference' };
    const { store } = await openLean({ fault: atFirst('GetObject', 2, fault) });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
  });

  it('says that credentials are missing, and asks nobody', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { store, server } = await openLean({});
    await expect(store.get(REF, LARGE)).rejects.toBeInstanceOf(CredentialsError);
    expect(server.requests).toEqual([]);
  });

  it('says that the store cannot be reached, with host and cause', async () => {
    const { server, store } = await openLean({});
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    await server.close();
    for (let operation = 1; operation < RETRY_POLICY.unansweredOperations; operation += 1) {
      expect(await store.get(REF, LARGE)).toMatchObject({
        status: 'unavailable',
        refusal: { errorCode: expect.stringMatching(/^(?:ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)$/) },
      });
    }
    await expect(store.get(REF, LARGE)).rejects.toThrow(
      /^S3 at http:\/\/127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED/,
    );
  });

  it('is slowed down by what S3 asks, and loses nothing', async () => {
    let count = 0;
    const fault = ({ operation }: ServedRequest): Fault | undefined => {
      count += operation === 'GetObject' ? 1 : 0;
      return operation === 'GetObject' && count % 3 === 0 ? 'slow-down' : undefined;
    };
    const { store } = await openLean({ fault });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => store.get({ bucket: BUCKET, key: `b/${index % 5}` }, LARGE)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['found']));
  });
});

describe('a store that cannot be reached', () => {
  it('is said so at once, with host and cause', async () => {
    const s3 = openS3Store({ region: 'us-east-1', endpointUrl: 'http://127.0.0.1:1' });
    closing.push(async () => s3.close());
    const failure = retryingStore(s3, retryAtOnce()).get(REF, LARGE);
    await expect(failure).rejects.toBeInstanceOf(StoreUnreachableError);
    await expect(failure).rejects.toThrow(
      'S3 at http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
    );
  });

  it('after it had answered is given up once nothing answers any more', async () => {
    const { store, server } = await open({});
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    await server.close();
    for (let operation = 1; operation < RETRY_POLICY.unansweredOperations; operation += 1) {
      expect(await store.get(REF, LARGE)).toMatchObject({
        status: 'unavailable',
        refusal: { errorCode: 'ECONNREFUSED' },
      });
    }
    await expect(store.get(REF, LARGE)).rejects.toBeInstanceOf(StoreUnreachableError);
    await expect(store.listFolders(BUCKET, '')).rejects.toBeInstanceOf(StoreUnreachableError);
  });

  it('in the middle of a body gives no short body', async () => {
    const { store, server } = await open({
      fault: ({ operation }) => (operation === 'GetObject' ? 'stall' : undefined),
    });
    const reading = store.get(REF, LARGE);
    await vi.waitUntil(() => countOf(server, 'GetObject') === 1);
    await server.close();
    expect(await reading).toMatchObject({ status: 'unavailable', refusal: { errorCode: 'ECONNREFUSED' } });
  });
});
