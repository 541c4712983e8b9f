import { describe, expect, it } from 'vitest';
import { RETRY_POLICY } from '../../../src/adapters/decorators/retry.js';
import {
  atFirst,
  BODY,
  BUCKET,
  countOf,
  LARGE,
  open,
  REF,
  useS3Harness,
  worldOfLogs,
} from '../../support/aws/s3-harness.js';
import { WAYS } from '../../support/aws/s3-over-server.js';
import type { Fault, ServedRequest } from '../../support/aws/server.js';

useS3Harness();

/** By name: the fault, and the code that it is told with by the SDK and, where that differs, the lean way. */
const PASSING: [string, Fault, string, RegExp?][] = [
  ['throttling', 'slow-down', 'SlowDown'],
  ['an internal error', 'error-500', 'InternalError'],
  ['a reset in the middle of the body', 'reset', 'ECONNRESET', /^(?:ECONNRESET|UND_ERR_SOCKET)$/],
  ['a body shorter than announced', 'truncate', 'ECONNRESET', /^UND_ERR_SOCKET$/],
  ['a body that stops coming', 'stall', 'TimeoutError', /^UND_ERR_BODY_TIMEOUT$/],
  ['a gateway page', { status: 502 }, '502'],
  ['too many requests', { status: 429, errorCode: 'TooManyRequestsException' }, 'TooManyRequestsException'],
  ['a request that S3 timed out', { status: 400, errorCode: 'RequestTimeout' }, 'RequestTimeout'],
];

const PART = { 'content-range': `bytes 0-9/${BODY.length}` };
/** By name: what comes instead of the object, though nothing is said to be wrong. */
const NOT_WHOLE: [string, Fault][] = [
  ['a part of it', { status: 206, body: 'first ten.', headers: PART }],
  ['a part of it that is called all', { status: 200, body: 'first ten.', headers: PART }],
  ['what a proxy has made of it', { status: 203, body: 'something else' }],
  ['nothing', { status: 204, body: '' }],
];

describe.each(WAYS)('an answer that is not the object, %s', (way) => {
  it.each(NOT_WHOLE)('%s is asked for again', async (_, fault) => {
    const { store } = await open({ fault: atFirst('GetObject', 2, fault) }, {}, worldOfLogs(), way);
    const answer = await store.get(REF, LARGE);
    expect(answer.status === 'found' && Buffer.from(answer.body).equals(BODY)).toBe(true);
  });

  it.each(NOT_WHOLE)('%s is never taken for it', async (_, fault) => {
    const { store } = await open({ fault: atFirst('GetObject', 100, fault) }, {}, worldOfLogs(), way);
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'unavailable' });
    expect(await store.open(REF, LARGE)).toMatchObject({ status: 'unavailable' });
  });
});

describe('a passing fault', () => {
  // A fifth of a second without a byte is no longer a pause on loopback.
  const settings = { idleTimeout: 200 };

  describe.each(WAYS)('%s', (way) => {
    it.each(PASSING)('%s passes', async (_, fault) => {
      const { store, server } = await open({ fault: atFirst('GetObject', 2, fault) }, settings, worldOfLogs(), way);
      const answer = await store.get(REF, LARGE);
      expect(answer.status === 'found' && Buffer.from(answer.body).equals(BODY)).toBe(true);
      expect(countOf(server, 'GetObject')).toBe(3);
    });

    it.each(PASSING)('%s that does not pass is unavailable, in its own words', async (_, fault, errorCode, lean) => {
      const { store, server } = await open({ fault: atFirst('GetObject', 100, fault) }, settings, worldOfLogs(), way);
      expect(await store.get(REF, LARGE)).toEqual({
        status: 'unavailable',
        refusal: {
          errorCode: way === 'lean' && lean ? expect.stringMatching(lean) : errorCode,
          message: expect.stringMatching(/./),
        },
      });
      // What is unusual to the lean way is asked for again by the SDK.
      const isUnusual = typeof fault === 'object' && fault.status === 400;
      expect(countOf(server, 'GetObject')).toBe(RETRY_POLICY.attempts * (way === 'lean' && isUnusual ? 2 : 1));
    });
  });

  it.each(PASSING)('%s loses nothing of a listing', async (_, fault) => {
    const { store } = await open({ pageSize: 2, fault: atFirst('ListObjectsV2', 2, fault) }, settings);
    const keys: string[] = [];
    for await (const page of store.list({ bucket: BUCKET, prefix: '' })) keys.push(...page.map(({ key }) => key));
    expect(keys).toEqual([REF.key, 'b/0', 'b/1', 'b/2', 'b/3', 'b/4']);
    expect(await store.listFolders(BUCKET, '')).toEqual(['a', 'b']);
  });

  it('in the middle of a listing does not begin it anew', async () => {
    let lists = 0;
    const fault = ({ operation }: ServedRequest): Fault | undefined => {
      lists += operation === 'ListObjectsV2' ? 1 : 0;
      return lists === 2 ? 'reset' : undefined;
    };
    const { store } = await open({ pageSize: 2, fault });
    const pages: string[][] = [];
    for await (const page of store.list({ bucket: BUCKET, prefix: '' })) pages.push(page.map(({ key }) => key));
    expect(pages).toEqual([
      [REF.key, 'b/0'],
      ['b/1', 'b/2'],
      ['b/3', 'b/4'],
    ]);
    expect(lists).toBe(4);
  });

  it('that does not pass ends a listing with an error', async () => {
    let lists = 0;
    const fault = ({ operation }: ServedRequest): Fault | undefined => {
      lists += operation === 'ListObjectsV2' ? 1 : 0;
      return lists > 1 ? 'slow-down' : undefined;
    };
    const { store } = await open({ pageSize: 2, fault });
    const pages = store.list({ bucket: BUCKET, prefix: '' })[Symbol.asyncIterator]();
    expect((await pages.next()).done).toBe(false);
    await expect(pages.next()).rejects.toMatchObject({
      name: 'ListingError',
      reason: {
        status: 'unavailable',
        refusal: { errorCode: 'SlowDown', message: 'Please reduce your request rate.' },
      },
    });
  });

  it('while the region is looked up passes too', async () => {
    const { store, server } = await open({ fault: atFirst('GetBucketLocation', 2, 'slow-down') });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found' });
    expect(server.requests.map(({ operation }) => operation)).toEqual([
      'GetBucketLocation',
      'GetBucketLocation',
      'GetBucketLocation',
      'GetObject',
    ]);
  });
});

describe.each(WAYS)('a lasting refusal, %s', (way) => {
  /** Whatever the lean way cannot tell, the SDK is asked about. */
  const asked = way === 'sdk' ? 1 : 2;

  it.each<[string, Fault, object]>([
    ['deny', 'deny', { status: 'denied', refusal: { errorCode: 'AccessDenied', message: 'Access Denied' } }],
    [
      'archived',
      'archived',
      {
        status: 'archived',
        storageClass: 'GLACIER',
        refusal: {
          errorCode: 'InvalidObjectState',
          message: "The operation is not valid for the object's storage class",
        },
      },
    ],
    [
      'archived, with the class in a header',
      { status: 403, errorCode: 'InvalidObjectState', headers: { 'x-amz-storage-class': 'DEEP_ARCHIVE' } },
      { status: 'archived', storageClass: 'DEEP_ARCHIVE' },
    ],
    [
      'a disabled KMS key',
      { status: 400, errorCode: 'KMS.DisabledException', message: 'key is disabled.' },
      { status: 'denied', refusal: { errorCode: 'KMS.DisabledException', message: 'key is disabled.' } },
    ],
    [
      'a 404 that is not of S3',
      { status: 404 },
      { status: 'unavailable', refusal: { errorCode: '404', message: "HTTP status 404, and no answer of S3's" } },
    ],
    ['a 403 that is not of S3', { status: 403 }, { status: 'denied', refusal: { errorCode: '403' } }],
    [
      'a bad request',
      { status: 400, errorCode: 'InvalidRequest', message: 'm' },
      { status: 'unavailable', refusal: { errorCode: 'InvalidRequest', message: 'm' } },
    ],
  ])('%s is not retried, and told as it is', async (_, fault, expected) => {
    const { store, server } = await open(
      { fault: ({ key }) => (key === REF.key ? fault : undefined) },
      {},
      worldOfLogs(),
      way,
    );
    expect(await store.get(REF, LARGE)).toMatchObject(expected);
    expect(countOf(server, 'GetObject')).toBe(asked);
  });

  it.each([
    [{ bucket: '', key: 'k' }, 'InvalidBucketName'],
    [{ bucket: 'evil.example/x', key: 'k' }, 'InvalidBucketName'],
    [{ bucket: 'arn:aws:s3:us-east-1:111122223333:accesspoint/x', key: 'k' }, 'InvalidBucketName'],
    [{ bucket: BUCKET, key: '' }, 'InvalidURI'],
    [{ bucket: BUCKET, key: 'a\ud800b' }, 'InvalidURI'],
  ])('%j is never asked for', async (ref, errorCode) => {
    const { store, server } = await open({}, {}, worldOfLogs(), way);
    expect(await store.get(ref, LARGE)).toMatchObject({ status: 'unavailable', refusal: { errorCode } });
    expect(server.requests).toEqual([]);
  });

  it('of an object too large leaves nothing open', async () => {
    const { store, server } = await open({}, {}, worldOfLogs(), way);
    for (let index = 0; index < 20; index += 1) {
      expect(await store.get(REF, BODY.length - 1)).toMatchObject({ status: 'too-large', measure: 'stored' });
    }
    expect(await store.get(REF, BODY.length)).toMatchObject({ status: 'found' });
    expect(countOf(server, 'GetObject')).toBe(21);
  });
});

it('a lasting refusal ends a listing', async () => {
  const { store } = await open({ fault: atFirst('ListObjectsV2', 100, 'deny') });
  const failure = {
    name: 'ListingError',
    reason: { status: 'denied', refusal: { errorCode: 'AccessDenied', message: 'Access Denied' } },
  };
  await expect(store.list({ bucket: BUCKET, prefix: '' })[Symbol.asyncIterator]().next()).rejects.toMatchObject(
    failure,
  );
  await expect(store.listFolders(BUCKET, '')).rejects.toMatchObject(failure);
});
