import { afterEach, describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../src/core/objects/object-ref.js';
import { ListingError, type ListRequest, type ObjectStore } from '../../src/ports/object-store.js';
import { emptyWorld, putObject, type World, type WorldObject } from '../support/worlds/world.js';

export interface OpenStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** What a kind of store can do beyond what every store must. */
export interface StoreCapabilities {
  /** Gives back user metadata. Otherwise it must give none. */
  readonly metadata: boolean;
  /** Knows which buckets there are. */
  readonly buckets: boolean;
  /** Holds keys that are no paths: `../x`, `a//b`, `a/` and `a/b` side by side, control characters. */
  readonly anyKey: boolean;
  /** Tells that an object is archived. */
  readonly archived: boolean;
  /** Refuses the keys that `open` was told to refuse. */
  readonly denied: boolean;
  /** How many keys fill several pages; more than two of S3's when absent. */
  readonly manyKeys?: number;
}

const BUCKET = 'acme-trail-logs';
const LARGE = 1_000_000;

/** The suite that every object store must pass. `open` makes a store over the world's objects as they are at that time. */
export function describeObjectStore(
  name: string,
  open: (world: World, denied: readonly string[]) => Promise<OpenStore>,
  capabilities: StoreCapabilities,
): void {
  describe(`object store: ${name}`, () => {
    let opened: OpenStore | undefined;
    const openOver = async (
      objects: Readonly<Record<string, Partial<WorldObject>>>,
      denied: readonly string[] = [],
    ): Promise<ObjectStore> => {
      const world = emptyWorld();
      for (const [key, object] of Object.entries(objects)) {
        putObject(world, BUCKET, key, { body: new Uint8Array([1]), metadata: {}, ...object });
      }
      opened = await open(world, denied);
      return opened.store;
    };
    afterEach(async () => {
      await opened?.close();
      opened = undefined;
    });

    describe('get', () => {
      it('gives the bytes as they were stored, whatever they are', async () => {
        const body = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256);
        const gzip = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0]);
        const store = await openOver({ 'a/bytes': { body }, 'a/log.json.gz': { body: gzip } });
        expect(await bytesOf(store, 'a/bytes')).toEqual(Buffer.from(body));
        expect(await bytesOf(store, 'a/log.json.gz')).toEqual(Buffer.from(gzip));
      });

      it('gives an empty body', async () => {
        const store = await openOver({ 'a/empty': { body: new Uint8Array() } });
        expect(await bytesOf(store, 'a/empty')).toEqual(Buffer.alloc(0));
      });

      it('gives the metadata it has', async () => {
        const metadata = { signature: '00ff', 'signature-algorithm': 'SHA256withRSA' };
        const store = await openOver({ 'a/digest': { metadata }, 'a/plain': {} });
        expect(await store.get({ bucket: BUCKET, key: 'a/digest' }, LARGE)).toMatchObject({
          status: 'found',
          metadata: capabilities.metadata ? metadata : {},
        });
        expect(await store.get({ bucket: BUCKET, key: 'a/plain' }, LARGE)).toMatchObject({ metadata: {} });
      });

      it('says not-found where nothing is', async () => {
        const store = await openOver({ 'a/b.json.gz': {} });
        for (const key of ['a/c.json.gz', 'a', 'a/b', 'a/b.json', 'a/b.json.gz.gz', 'a/b.json.gz/c', 'A/b.json.gz']) {
          expect(await store.get({ bucket: BUCKET, key }, LARGE), key).toEqual({ status: 'not-found' });
        }
      });

      it('says too-large beyond the cap, and not at it', async () => {
        const store = await openOver({ 'a/five': { body: new Uint8Array(5) } });
        const ref = { bucket: BUCKET, key: 'a/five' };
        expect(await store.get(ref, 4)).toEqual({ status: 'too-large', measure: 'stored', limit: 4 });
        expect(await store.get(ref, 5)).toMatchObject({ status: 'found' });
      });

      it.each(AWKWARD_KEYS)('finds the key %j', async (key) => {
        const store = await openOver({ [key]: { body: Buffer.from(key) }, 'z/other': {} });
        expect(await bytesOf(store, key)).toEqual(Buffer.from(key));
        expect(await keysOf(store)).toEqual([key, 'z/other']);
      });
    });

    describe('open', () => {
      it('gives the same bytes piece by piece, and their number beforehand', async () => {
        const body = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 7) % 251);
        const store = await openOver({ 'a/bytes.json.gz': { body }, 'a/empty': { body: new Uint8Array() } });
        const { size, bytes } = await piecesOf(store, 'a/bytes.json.gz');
        expect([size, bytes.equals(body)]).toEqual([body.length, true]);
        expect(await piecesOf(store, 'a/empty')).toEqual({ size: 0, bytes: Buffer.alloc(0) });
      });

      it('does not hold a large object in one piece', async () => {
        const store = await openOver({ 'a/large': { body: new Uint8Array(3_000_000) } });
        const opened = await store.open({ bucket: BUCKET, key: 'a/large' }, 3_000_000);
        if (opened.status !== 'found') throw new Error(opened.status);
        for await (const piece of opened.body) expect(piece.length).toBeLessThanOrEqual(2 ** 20);
      });

      it('can be given up half way, and read again', async () => {
        const store = await openOver({ 'a/large': { body: new Uint8Array(3_000_000).fill(7) } });
        for (let time = 0; time < 3; time += 1) {
          const opened = await store.open({ bucket: BUCKET, key: 'a/large' }, 3_000_000);
          if (opened.status !== 'found') throw new Error(opened.status);
          for await (const piece of opened.body) {
            expect(piece[0]).toBe(7);
            break;
          }
        }
        expect((await piecesOf(store, 'a/large')).size).toBe(3_000_000);
      });

      it('says the same as get of what cannot be read', async () => {
        const store = await openOver({ 'a/five': { body: new Uint8Array(5) } });
        const ref = { bucket: BUCKET, key: 'a/five' };
        expect(await store.open({ ...ref, key: 'a/six' }, LARGE)).toEqual({ status: 'not-found' });
        expect(await store.open({ ...ref, key: 'a' }, LARGE)).toEqual({ status: 'not-found' });
        expect(await store.open(ref, 4)).toEqual({ status: 'too-large', measure: 'stored', limit: 4 });
        expect((await piecesOf(store, 'a/five')).size).toBe(5);
      });
    });

    describe('list', () => {
      it('gives objects in the order of the UTF-8 bytes of their keys', async () => {
        const ordered = ORDERED_KEYS.map((key) => ({ bucket: BUCKET, key }));
        const store = await openOver(Object.fromEntries(ordered.map(({ key }) => [key, {}]).reverse()));
        expect(await listed(store, {})).toEqual(ordered);
      });

      it('goes on after any key, present or not', async () => {
        const store = await openOver(Object.fromEntries(ORDERED_KEYS.map((key) => [key, {}])));
        for (const [index, key] of ORDERED_KEYS.entries()) {
          expect(await keysOf(store, { startAfter: key }), key).toEqual(ORDERED_KEYS.slice(index + 1));
        }
        expect(await keysOf(store, { startAfter: 'x/' })).toEqual(ORDERED_KEYS.slice(ORDERED_KEYS.indexOf('x/1')));
        expect(await keysOf(store, { startAfter: '' })).toEqual(ORDERED_KEYS);
      });

      it('takes a prefix to the byte, also in the middle of a name', async () => {
        const store = await openOver({ 'p/log-1': {}, 'p/log-2': {}, 'p/lot': {}, 'p.log': {}, 'q/p/log-1': {} });
        expect(await keysOf(store, { prefix: 'p/log' })).toEqual(['p/log-1', 'p/log-2']);
        expect(await keysOf(store, { prefix: 'p' })).toEqual(['p.log', 'p/log-1', 'p/log-2', 'p/lot']);
        expect(await keysOf(store, { prefix: 'p/log', startAfter: 'p/log-1' })).toEqual(['p/log-2']);
        expect(await keysOf(store, { prefix: 'p/log-1' })).toEqual(['p/log-1']);
        expect(await keysOf(store, { prefix: 'p/log-1/' })).toEqual([]);
        expect(await keysOf(store, { prefix: 'nothing/' })).toEqual([]);
      });

      it('gives every key of many pages once', async () => {
        const { manyKeys = 2_500 } = capabilities;
        const keys = Array.from({ length: manyKeys }, (_, index) => `d${index % 7}/${String(index).padStart(5, '0')}`);
        const store = await openOver(Object.fromEntries(keys.map((key) => [key, {}])));
        expect(await keysOf(store)).toEqual([...keys].sort());
      });
    });

    describe('listFolders', () => {
      it('names the folders directly under the prefix, in byte order', async () => {
        const store = await openOver({
          'a/x/1': {},
          'a/x/y/2': {},
          'a/\u{ff5e}/1': {},
          'a/\u{1f600}/1': {},
          'a/x-/1': {},
          'a/file': {},
          'b/z/1': {},
        });
        expect(await store.listFolders(BUCKET, 'a/')).toEqual(['x', 'x-', '\u{ff5e}', '\u{1f600}']);
        expect(await store.listFolders(BUCKET, '')).toEqual(['a', 'b']);
        expect(await store.listFolders(BUCKET, 'a/x/y/')).toEqual([]);
        expect(await store.listFolders(BUCKET, 'nothing/')).toEqual([]);
      });

      it('names as many as are enough, and all where there are fewer', async () => {
        const names = Array.from({ length: 25 }, (_, index) => String(index).padStart(5, '0'));
        const store = await openOver(Object.fromEntries(names.map((name) => [`a/${name}/x`, {}])));
        const first = await store.listFolders(BUCKET, 'a/', 10);
        expect(first.length).toBeGreaterThanOrEqual(10);
        expect(first).toEqual(names.slice(0, first.length));
        expect(await store.listFolders(BUCKET, 'a/', 26)).toEqual(names);
      });
    });

    describe.runIf(capabilities.anyKey)('keys that are no paths', () => {
      it('resolves nothing in them', async () => {
        const keys = ['/lead', 'a/../b', 'a/./c', 'a//d', '../up', 'a', 'a/b', 'c/\u0001\n\r\u007f', '.', '..'];
        const store = await openOver(Object.fromEntries(keys.map((key) => [key, { body: Buffer.from(key) }])));
        for (const key of keys) {
          expect(await bytesOf(store, key), key).toEqual(Buffer.from(key));
          expect((await piecesOf(store, key)).bytes, key).toEqual(Buffer.from(key));
        }
        expect(await keysOf(store)).toEqual([...keys].sort());
        expect(await store.get({ bucket: BUCKET, key: 'b' }, LARGE)).toEqual({ status: 'not-found' });
      });

      it('leaves markers out of listings, and nothing else', async () => {
        const empty = { body: new Uint8Array() };
        const store = await openOver({ 'a/': empty, 'a/b': {}, 'a/c/': {}, 'a/d': empty, 'e/': empty });
        expect(await keysOf(store)).toEqual(['a/b', 'a/c/', 'a/d']);
        expect(await store.listFolders(BUCKET, '')).toEqual(['a', 'e']);
        expect(await store.get({ bucket: BUCKET, key: 'e/' }, LARGE)).toMatchObject({ status: 'found' });
      });

      it('has folders whose names are empty, where slashes follow one another', async () => {
        const marker = { body: new Uint8Array() };
        const store = await openOver({ '/a': {}, 'b/': marker, 'b//': marker, 'b//c': {}, 'b///d/e': {}, 'b/f/g': {} });
        expect(await store.listFolders(BUCKET, '')).toEqual(['', 'b']);
        expect(await store.listFolders(BUCKET, 'b/')).toEqual(['', 'f']);
        expect(await store.listFolders(BUCKET, 'b//')).toEqual(['']);
        expect(await store.listFolders(BUCKET, 'b///')).toEqual(['d']);
        expect(await store.listFolders(BUCKET, 'b/f/')).toEqual([]);
      });
    });

    describe.runIf(capabilities.buckets)('a bucket that does not exist', () => {
      const bucket = 'no-such-bucket';

      it('is not an object that does not exist', async () => {
        const store = await openOver({ a: {} });
        const refusal = { errorCode: 'NoSuchBucket', message: 'The specified bucket does not exist' };
        expect(await store.get({ bucket, key: 'a' }, LARGE)).toEqual({ status: 'unavailable', refusal });
        expect(await store.open({ bucket, key: 'a' }, LARGE)).toEqual({ status: 'unavailable', refusal });
      });

      it('cannot be listed', async () => {
        const store = await openOver({ a: {} });
        const failure = { name: 'ListingError', reason: { status: 'not-found' } };
        await expect(listed(store, { bucket })).rejects.toMatchObject(failure);
        await expect(listed(store, { bucket })).rejects.toBeInstanceOf(ListingError);
        await expect(store.listFolders(bucket, '')).rejects.toMatchObject(failure);
      });
    });

    it.runIf(capabilities.archived)(
      'says archived, with the storage class, and lists the object all the same',
      async () => {
        const store = await openOver({ 'a/cold': { storageClass: 'DEEP_ARCHIVE' } });
        const archived = {
          status: 'archived',
          storageClass: 'DEEP_ARCHIVE',
          refusal: { errorCode: 'InvalidObjectState' },
        };
        expect(await store.get({ bucket: BUCKET, key: 'a/cold' }, LARGE)).toMatchObject(archived);
        expect(await store.open({ bucket: BUCKET, key: 'a/cold' }, LARGE)).toMatchObject(archived);
        expect(await keysOf(store)).toEqual(['a/cold']);
      },
    );

    it.runIf(capabilities.denied)('says denied of what is refused, be it there or not', async () => {
      const store = await openOver({ 'a/secret': {}, 'a/open': {} }, ['a/secret', 'a/nothing']);
      for (const key of ['a/secret', 'a/nothing']) {
        expect(await store.get({ bucket: BUCKET, key }, LARGE), key).toMatchObject({ status: 'denied' });
        expect(await store.open({ bucket: BUCKET, key }, LARGE), key).toMatchObject({ status: 'denied' });
      }
      expect(await store.get({ bucket: BUCKET, key: 'a/open' }, LARGE)).toMatchObject({ status: 'found' });
    });
  });
}

const AWKWARD_KEYS = [
  'a/with space',
  'a/+plus+',
  'a/100%',
  'a/%2F',
  "a/it's (1)!*",
  'a/&<>"',
  'a/ä/日本',
  'a/e\u0301',
  'a/\u{1f600}',
  'a/..b',
  'a/b..',
  'a/#?x=1',
  'a/b\\c',
  'a/~',
  'a/=:@,;$',
];

// What each step tells apart: `-` `.` `/` `0` around the slash, case, then 2, 3 and 4 bytes of UTF-8, where UTF-16 has another order.
const ORDERED_KEYS = [
  'X/1',
  'x-1/1',
  'x.1',
  'x/1',
  'x/1-',
  'x/2/a',
  'x0',
  'y/z',
  'y/\u00e9',
  'y/\u20ac',
  'y/\uff5e',
  'y/\u{1f600}',
];

async function bytesOf(store: ObjectStore, key: string): Promise<Buffer | string> {
  const answer = await store.get({ bucket: BUCKET, key }, LARGE);
  return answer.status === 'found' ? Buffer.from(answer.body) : answer.status;
}

async function piecesOf(store: ObjectStore, key: string): Promise<{ size: number; bytes: Buffer }> {
  const opened = await store.open({ bucket: BUCKET, key }, 10_000_000);
  if (opened.status !== 'found') throw new Error(opened.status);
  const pieces: Uint8Array[] = [];
  for await (const piece of opened.body) pieces.push(piece);
  return { size: opened.size, bytes: Buffer.concat(pieces) };
}

async function listed(store: ObjectStore, request: Partial<ListRequest>): Promise<ObjectRef[]> {
  const objects: ObjectRef[] = [];
  for await (const page of store.list({ bucket: BUCKET, prefix: '', ...request })) objects.push(...page);
  return objects;
}

const keysOf = async (store: ObjectStore, request: Partial<ListRequest> = {}): Promise<string[]> =>
  (await listed(store, request)).map(({ key }) => key);
