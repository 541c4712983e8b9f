import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RETRY_POLICY } from '../../../../src/adapters/decorators/retry.js';
import { retryingStore } from '../../../../src/adapters/decorators/retrying-store.js';
import { retryingVersions } from '../../../../src/adapters/decorators/retrying-versions.js';
import { leanStore } from '../../../../src/adapters/s3/direct/direct-store.js';
import { leanGet } from '../../../../src/adapters/s3/direct/signed-get.js';
import { checkpointObject } from '../../../../src/adapters/s3/s3-checkpoint-store.js';
import { openS3Store } from '../../../../src/adapters/s3/s3-store.js';
import { setThrowawayCredentials } from '../../../support/aws/aws-environment.js';
import { retryAtOnce, WAYS, type Way } from '../../../support/aws/s3-over-server.js';
import {
  inChunks,
  type RawRequest,
  type RawServer,
  rawAnswer,
  startRawServer,
} from '../../../support/network/raw-server.js';

const BUCKET = 'acme-trail-logs';
const REF = { bucket: BUCKET, key: 'AWSLogs/111122223333/log.json.gz' };
const PLAIN = Buffer.from(JSON.stringify({ Records: Array.from({ length: 400 }, (_, id) => ({ id })) }));
const STORED = gzipSync(PLAIN);
const LARGE = 1_000_000;

const closing: (() => Promise<void> | void)[] = [];
beforeEach(setThrowawayCredentials);
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

/** Stores of production over a server that answers each GET of an object so, one answer after the other, the last one for ever. */
async function open(way: Way, ...answers: readonly Uint8Array[]) {
  let next = 0;
  return openWith(way, ({ url }) => {
    if (url.includes('?location')) return LOCATION;
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    return answer ?? '';
  });
}

async function openWith(way: Way, answer: (request: RawRequest) => Uint8Array | string) {
  const server: RawServer = await startRawServer(answer);
  const settings = { region: 'us-east-1', endpointUrl: server.url, idleTimeout: 2_000 };
  const sdk = openS3Store(settings);
  const lean = leanGet(sdk.describeAccess, Date.now, 2_000);
  closing.push(
    () => server.close(),
    () => sdk.close(),
    () => lean.close(),
  );
  return {
    server,
    settings,
    store: retryingStore(way === 'sdk' ? sdk : leanStore(sdk, lean), retryAtOnce()),
    versions: retryingVersions(sdk, retryAtOnce()),
  };
}

const LOCATION = rawAnswer(
  { 'content-length': '63', 'content-type': 'application/xml' },
  '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/"/>     ',
);

const PAGE = '<!DOCTYPE html><html><head><title>Blocked</title></head><body>Ask your administrator.</body></html>';
const pageWith = (headers: Record<string, string>): Buffer =>
  rawAnswer({ 'content-length': String(PAGE.length), ...headers }, PAGE);
const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** By name: an answer of 200 that no S3 has given. */
const FOREIGN: [string, Buffer][] = [
  ['a page', pageWith(HTML)],
  ['a page with the ETag of a web server', pageWith({ ...HTML, etag: '"5f-61a"' })],
  ['a page that does not say what it is', pageWith({})],
  ['a page that says it is JSON', pageWith({ 'content-type': 'application/json' })],
  ['a page in chunks', rawAnswer({ ...HTML, 'transfer-encoding': 'chunked' }, inChunks(Buffer.from(PAGE), 10))],
  ['nothing at all', rawAnswer({ 'content-length': '0' }, '')],
];

const asStored = (headers: Record<string, string> = {}): Buffer =>
  rawAnswer({ etag: '"e"', 'content-length': String(STORED.length), 'x-amz-meta-signature': 'ab', ...headers }, STORED);

describe.each(WAYS)('200 that is not of S3, %s', (way) => {
  it.each(FOREIGN)('%s is asked for again', async (_, foreign) => {
    const { store } = await open(way, foreign, foreign, asStored());
    expect(await store.get(REF, LARGE)).toEqual({ status: 'found', body: STORED, metadata: { signature: 'ab' } });
  });

  it.each(FOREIGN)('%s is never an object', async (_, foreign) => {
    const { store, server } = await open(way, foreign);
    const unavailable = { status: 'unavailable', refusal: { errorCode: 'ForeignAnswer' } };
    expect(await store.get(REF, LARGE)).toMatchObject(unavailable);
    expect(server.requests.filter(({ url }) => !url.includes('location'))).toHaveLength(RETRY_POLICY.attempts);
    expect(await store.open(REF, LARGE)).toMatchObject(unavailable);
  });

  it('a page of S3 itself is an object, and so is one without a header that begins with x-amz-', async () => {
    const page = pageWith({ ...HTML, etag: '"e"', 'x-amz-request-id': '1' });
    const { store } = await open(way, page, rawAnswer({ etag: '"e"', 'content-length': '2' }, 'ab'));
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found', body: Buffer.from(PAGE) });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found', body: Buffer.from('ab') });
  });
});

describe('200 that is not of S3', () => {
  it.each(FOREIGN)('%s is no version of an object', async (_, foreign) => {
    const { versions } = await open('sdk', foreign);
    expect(await versions.getVersion(REF, '1', LARGE)).toMatchObject({ status: 'unavailable' });
  });

  it.each(FOREIGN)('%s is no listing, of whatever kind', async (_, foreign) => {
    const { store, versions } = await open('sdk', foreign);
    const unavailable = { name: 'ListingError', reason: { status: 'unavailable' } };
    const first = async (pages: AsyncIterable<unknown>) => pages[Symbol.asyncIterator]().next();
    await expect(first(store.list({ bucket: BUCKET, prefix: '' }))).rejects.toMatchObject(unavailable);
    await expect(store.listFolders(BUCKET, '')).rejects.toMatchObject(unavailable);
    await expect(first(versions.listNewest({ bucket: BUCKET, prefix: '' }))).rejects.toMatchObject(unavailable);
    await expect(versions.listVersionFolders(BUCKET, '')).rejects.toMatchObject(unavailable);
    expect(await versions.versions(REF)).toMatchObject({ status: 'unavailable' });
  });

  it.each(FOREIGN)('%s says nothing of where a bucket lies', async (_, foreign) => {
    let asked = 0;
    const { store, server } = await openWith('sdk', ({ method, url }) => {
      if (!url.includes('?location') && method === 'GET') return asStored();
      asked += 1;
      return asked === 1 ? foreign : LOCATION;
    });
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found', body: STORED });
    expect(server.requests.at(-1)?.headers.authorization).toContain('/us-east-1/');
  });

  it.each(FOREIGN)('%s is no checkpoint, and none that was written', async (_, foreign) => {
    const { settings } = await open('sdk', foreign);
    const checkpoint = checkpointObject(settings, { bucket: BUCKET, key: 'checkpoint.json' }, retryAtOnce);
    closing.push(() => checkpoint.close());
    await expect(checkpoint.read()).rejects.toMatchObject({ fault: 'unavailable' });
    await expect(checkpoint.write(Buffer.from('{}'), undefined)).rejects.toMatchObject({ fault: 'unavailable' });
  });
});

const CHUNKED = { etag: 'W/"e"', 'x-amz-meta-signature': 'ab', 'transfer-encoding': 'chunked' };
const whole = rawAnswer(CHUNKED, inChunks(PLAIN, 100));
/** By name: what a store sends of an object that it inflates, broken off. */
const BROKEN: [string, Buffer][] = [
  ['in the middle of a chunk', whole.subarray(0, -250)],
  ['between two chunks', rawAnswer(CHUNKED, inChunks(PLAIN.subarray(0, 300), 100).subarray(0, -5))],
  ['before the mark of its end', whole.subarray(0, -5)],
  ['without a length or chunks', rawAnswer({ etag: '"e"' }, PLAIN)],
  ['and goes on in another language', Buffer.concat([whole.subarray(0, -250), Buffer.from('nonsense\r\n\0')])],
];

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe.each(WAYS)('a store that inflates, %s', (way) => {
  it.each([
    ['a log', REF.key, 'gzip'],
    ['an unpacked log', 'AWSLogs/111122223333/log.json', 'identity'],
  ])('is asked for %s as it is stored, with a signature that does not depend on it', async (_, key, encoding) => {
    const { store, server } = await open(way, asStored());
    await store.get({ bucket: BUCKET, key }, LARGE);
    const opened = await store.open({ bucket: BUCKET, key }, LARGE);
    if (opened.status === 'found') await bytesOf(opened.body);
    const gets = server.requests.filter(({ url }) => url.includes('log.json'));
    expect(gets.map(({ headers }) => headers['accept-encoding'])).toEqual([encoding, encoding]);
    for (const { headers } of gets) expect(headers.authorization).not.toContain('accept-encoding');
  });

  it('nevertheless gives an object that is whole when its last chunk came', async () => {
    const { store } = await open(way, whole);
    expect(await store.get(REF, LARGE)).toEqual({ status: 'found', body: PLAIN, metadata: { signature: 'ab' } });
    const opened = await store.open(REF, LARGE);
    if (opened.status !== 'found') throw new Error(opened.status);
    expect(opened.size).toBe(PLAIN.length);
    expect(await bytesOf(opened.body)).toEqual(PLAIN);
  });

  it('and sends more than is wanted is cut off', async () => {
    const { store } = await open(way, whole);
    const tooLarge = { status: 'too-large', measure: 'stored', limit: PLAIN.length - 1 };
    expect(await store.get(REF, PLAIN.length - 1)).toEqual(tooLarge);
    expect(await store.open(REF, PLAIN.length - 1)).toEqual(tooLarge);
  });

  it.each(BROKEN)('and breaks off %s is asked again', async (_, broken) => {
    const { store } = await open(way, broken, whole);
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'found', body: PLAIN });
  });

  it.each(BROKEN)('and breaks off %s gives no object', async (_, broken) => {
    const { store } = await open(way, broken);
    expect(await store.get(REF, LARGE)).toMatchObject({ status: 'unavailable' });
    expect(await store.open(REF, LARGE)).toMatchObject({ status: 'unavailable' });
  });

  it('and changes between the measuring and the reading gives no object', async () => {
    const shorter = rawAnswer(CHUNKED, inChunks(PLAIN.subarray(0, 300), 100));
    const { store } = await open(way, whole, shorter);
    const opened = await store.open(REF, LARGE);
    if (opened.status !== 'found') throw new Error(opened.status);
    await expect(bytesOf(opened.body)).rejects.toMatchObject({ name: 'BodyError' });
  });
});
