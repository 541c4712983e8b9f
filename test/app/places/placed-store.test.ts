import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { localStore } from '../../../src/adapters/local/local-store.js';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { placedHasher, placedStore } from '../../../src/app/places/placed-store.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { Mount } from '../../../src/core/places/mount.js';
import { Placement, type PlacementParts } from '../../../src/core/places/placement.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { describeObjectStore } from '../../contracts/object-store.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const BUCKET = 'acme-trail-logs';
const LARGE = 1_000_000;
const temporaryFolder = temporaryFolders();

/** Where a bucket, or a part of it, lies in a folder. */
const mount = (bucket: string, at: string, more: Partial<Mount> = {}): Mount => ({
  buckets: [bucket],
  isOpen: false,
  knowsBucket: true,
  prefix: '',
  at: { bucket: '', prefix: at },
  ...more,
});

const placementOf = (parts: Partial<PlacementParts>, literal = ['']): Placement =>
  new Placement({ mounts: [], hidden: [], homes: [], lots: [], ...parts }, new Set(literal));

/** A folder with files in it, each of which holds its own path. */
function open(files: readonly string[], parts: Partial<PlacementParts>) {
  const root = temporaryFolder();
  for (const file of files) write(root, file, file);
  const placement = placementOf(parts);
  return { root, placement, store: placedStore(localStore(root), placement), raw: localStore(root) };
}

function write(root: string, key: string, body: Uint8Array | string): void {
  const file = path.join(root, ...key.split('/'));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, body);
}

async function read(store: ObjectStore, bucket: string, key: string): Promise<string> {
  const answer = await store.get({ bucket, key }, LARGE);
  if (answer.status === 'found') return Buffer.from(answer.body).toString();
  return 'refusal' in answer ? `${answer.status}: ${answer.refusal.errorCode}` : answer.status;
}

async function keysOf(store: ObjectStore, bucket: string, prefix = '', startAfter?: string): Promise<string[]> {
  const keys: string[] = [];
  const request = { bucket, prefix, ...(startAfter !== undefined && { startAfter }) };
  for await (const page of store.list(request)) keys.push(...page.map((ref) => `${ref.bucket}:${ref.key}`));
  return keys;
}

describeObjectStore(
  'a bucket in a folder of another name',
  async ({ buckets }) => {
    const root = temporaryFolder();
    mkdirSync(path.join(root, 'case/copy'), { recursive: true });
    for (const [key, { body }] of buckets.get(BUCKET) ?? []) write(root, `case/copy/${key}`, body);
    const placement = placementOf({ mounts: [mount(BUCKET, 'case/copy/')] });
    return { store: placedStore(localStore(root), placement), close: async () => {} };
  },
  { metadata: false, buckets: false, anyKey: false, archived: false, denied: false },
);

describe('what was delivered', () => {
  it('is read, listed and told apart where its bucket lies', async () => {
    const { store } = open(['one/key', 'x/two/key'], { mounts: [mount('one', 'one/'), mount('two', 'x/two/')] });
    expect(await read(store, 'one', 'key')).toBe('one/key');
    expect(await read(store, 'two', 'key')).toBe('x/two/key');
    expect(await read(store, 'three', 'key')).toBe('not-found');
    expect(await keysOf(store, 'two')).toEqual(['two:key']);
    expect(store.knowsBuckets({ bucket: 'one', key: 'key' })).toBe(true);
    expect(store.knowsBuckets({ bucket: 'three', key: 'key' })).toBe(false);
  });

  it('is read where the longest prefix that it has lies', async () => {
    const parts = {
      mounts: [mount('b', 'a/'), mount('b', 'c/', { prefix: 'p/q/' }), mount('b', 'd/', { prefix: 'p/' })],
    };
    const { store } = open(['a/key', 'c/key', 'd/key'], parts);
    expect(await read(store, 'b', 'key')).toBe('a/key');
    expect(await read(store, 'b', 'p/q/key')).toBe('c/key');
    expect(await read(store, 'b', 'p/key')).toBe('d/key');
  });

  it('is listed in its order where it lies in several parts, from any key on', async () => {
    const mounts = [mount('b', 'x/', { prefix: 'p/2/' }), mount('b', 'y/', { prefix: 'p/1/' })];
    const { store } = open(['x/a', 'x/b', 'y/c'], { mounts });
    expect(await keysOf(store, 'b', 'p/')).toEqual(['b:p/1/c', 'b:p/2/a', 'b:p/2/b']);
    expect(await keysOf(store, 'b', 'p/', 'p/1/c')).toEqual(['b:p/2/a', 'b:p/2/b']);
    expect(await keysOf(store, 'b', 'p/', 'p/2/a')).toEqual(['b:p/2/b']);
    expect(await keysOf(store, 'b', 'p/', 'p/3')).toEqual([]);
    expect(await store.listFolders('b', '')).toEqual(['p']);
    expect(await store.listFolders('b', 'p/')).toEqual(['1', '2']);
  });

  it('is listed without what another part of the same folder holds', async () => {
    const account = 'AWSLogs/111122223333';
    const digest = '111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20260301T010000Z.json.gz';
    const log = '111122223333_CloudTrail_us-east-1_20260301T0005Z_0123456789abcdef.json.gz';
    const mounts = ['CloudTrail-Digest', 'CloudTrail'].map((kind) =>
      mount('b', 'x/', { prefix: `${account}/${kind}/us-east-1/` }),
    );
    const { store } = open([`x/${digest}`, `x/${log}`, 'x/note'], { mounts });
    expect(await keysOf(store, 'b', `${account}/CloudTrail/`)).toEqual([
      `b:${account}/CloudTrail/us-east-1/${log}`,
      `b:${account}/CloudTrail/us-east-1/note`,
    ]);
    expect(await keysOf(store, 'b', `${account}/CloudTrail-Digest/`)).toHaveLength(2);
  });

  it('is nowhere where its part of a bucket was not copied: a log is not missing, a digest is not there', async () => {
    const account = 'AWSLogs/111122223333';
    const { store, placement, raw } = open(['x/a'], {
      mounts: [
        mount('b', 'x/', { prefix: `${account}/CloudTrail-Digest/us-east-1/`, isOpen: true, knowsBucket: false }),
      ],
    });
    const log = `${account}/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T0005Z_0123456789abcdef.json.gz`;
    const digest = `${account}/CloudTrail-Digest/eu-west-1/2026/03/01/111122223333_CloudTrail-Digest_eu-west-1_main_us-east-1_20260301T010000Z.json.gz`;
    for (const bucket of ['b', 'other']) expect(await read(store, bucket, log)).toBe('unavailable: NotInSource');
    expect(await read(store, 'b', digest)).toBe('not-found');
    const hasher = placedHasher(storeHasher(raw, nodeInflater, 1), placement);
    const present = { bucket: 'b', key: `${account}/CloudTrail-Digest/us-east-1/a` };
    const facts = await hasher.hash([{ bucket: 'b', key: log }, present]);
    expect(facts).toMatchObject([{ status: 'unavailable', refusal: { errorCode: 'NotInSource' } }, { status: 'read' }]);
  });
});

describe('a folder into which a tool has put several', () => {
  const name = (minute: string) =>
    `2026/03/01/111122223333_CloudTrail_us-east-1_20260301T00${minute}Z_0123456789abcdef.json.gz`;
  const below = (prefix: string, minute: string) =>
    `${prefix}AWSLogs/111122223333/CloudTrail/us-east-1/${name(minute)}`;
  const whole = mount('b', '', { prefix: 'new/' });
  const lot = {
    lies: { bucket: '', key: 'AWSLogs/111122223333/' },
    delivered: { key: 'new/AWSLogs/111122223333/', mount: whole },
  };
  const files = [below('', '05'), below('', '10')];

  it('is listed once, and gives what was delivered below another prefix', async () => {
    const told = { bucket: 'b', key: 'old/AWSLogs/111122223333/' };
    for (const merged of [[], [told]]) {
      const { store } = open(files, { mounts: [whole], lots: [{ ...lot, merged }] });
      expect(await keysOf(store, 'b')).toEqual([`b:${below('new/', '05')}`, `b:${below('new/', '10')}`]);
      for (const prefix of ['old/', 'new/']) expect(await read(store, 'b', below(prefix, '05'))).toBe(files[0]);
      const [one, other] = ['old/', 'new/'].map((prefix) => store.identify({ bucket: 'b', key: below(prefix, '05') }));
      expect(one).toBe(other);
    }
  });

  it('lacks what digests say to be in it, and nothing else: what was not copied is not missing', async () => {
    const absent = below('old/', '15');
    const openWith = (merged: readonly ObjectRef[]) => open(files, { mounts: [whole], lots: [{ ...lot, merged }] });
    expect(await read(openWith([]).store, 'b', absent)).toBe('unavailable: NotInSource');
    const { store } = openWith([{ bucket: 'b', key: 'old/AWSLogs/111122223333/' }]);
    expect(await read(store, 'b', absent)).toBe('not-found');
    expect(await read(store, 'b', below('new/', '15'))).toBe('not-found');
  });

  it('stands for none where the folder of that prefix is there', async () => {
    const both = mount('b', '');
    const lots = ['', 'old/'].map((prefix) => ({
      lies: { bucket: '', key: `${prefix}AWSLogs/111122223333/` },
      delivered: { key: `${prefix}AWSLogs/111122223333/`, mount: both },
    }));
    const { store } = open([...files, below('old/', '15')], { mounts: [both], lots });
    expect(await read(store, 'b', below('old/', '05'))).toBe('not-found');
    expect(await read(store, 'b', below('third/', '05'))).toBe('not-found');
  });

  it('of files of many days is listed by the keys that they had, in their order', async () => {
    const folder = 'AWSLogs/111122223333/CloudTrail/us-east-1/';
    const days = ['0301', '0228', '0302'].map(
      (day) => `111122223333_CloudTrail_us-east-1_2026${day}T0005Z_0123456789abcdef.json.gz`,
    );
    const flat = mount('b', 'x/', { prefix: folder, datesKept: 0 });
    const { store } = open([...days.map((file) => `x/${file}`), 'x/notes.json'], { mounts: [flat] });
    const keys = ['2026/02/28/', '2026/03/01/', '2026/03/02/'].map(
      (date, index) => `${folder}${date}${days[[1, 0, 2][index] ?? 0]}`,
    );
    expect(await keysOf(store, 'b', folder)).toEqual(keys.map((key) => `b:${key}`));
    expect(await keysOf(store, 'b', `${folder}2026/03/`, keys[1])).toEqual([`b:${keys[2]}`]);
    expect(await read(store, 'b', keys[1] ?? '')).toBe(`x/${days[0]}`);
    expect(await store.listFolders('b', `${folder}2026/`)).toEqual([]);
  });
});

describe('a bucket that no digest names', () => {
  const flat = mount('b', '', { isOpen: true, knowsBucket: false });
  const home = { at: { bucket: '', prefix: '' }, names: new Set(['other']) };

  it('lies by its keys alone, or in a folder of its name', async () => {
    const { store } = open(['key', 'other/alone'], { mounts: [flat], homes: [home] });
    expect(await read(store, 'any', 'key')).toBe('key');
    expect(await read(store, 'other', 'alone')).toBe('other/alone');
    expect(await read(store, 'other', 'key')).toBe('key');
  });

  it('is not read where two files may stand for an object, unless they are the same', async () => {
    const { store, root, placement, raw } = open(['key', 'other/key'], { mounts: [flat], homes: [home] });
    const ref = { bucket: 'other', key: 'key' };
    const hasher = placedHasher(storeHasher(raw, nodeInflater, 1), placement);
    expect(await read(store, 'other', 'key')).toBe('unavailable: AmbiguousPlace');
    expect(await store.open(ref, LARGE)).toMatchObject({ refusal: { errorCode: 'AmbiguousPlace' } });
    expect(await hasher.hash([ref])).toMatchObject([{ refusal: { errorCode: 'AmbiguousPlace' } }]);
    write(root, 'other/key', 'key');
    expect(await read(store, 'other', 'key')).toBe('key');
    expect(await hasher.hash([ref])).toMatchObject([{ status: 'read' }]);
  });

  it('leads nowhere else, whatever it is called', async () => {
    const { store } = open(['archive/key', 'outside'], {
      mounts: [mount('b', 'archive/', { isOpen: true, knowsBucket: false })],
      homes: [{ at: { bucket: '', prefix: 'archive/' }, names: new Set(['..']) }],
    });
    expect(await read(store, '..', 'outside')).toBe('unavailable: UnsafeKey');
    for (const bucket of ['.', '../..', '/', 'a\0']) expect(await read(store, bucket, 'key')).toBe('archive/key');
  });
});

describe('a folder that is mounted', () => {
  it('is not listed where it lies, but by its mount, and one that is passed over by none', async () => {
    const one = mount('one', 'a/');
    const two = mount('two', 'a/b/');
    const hidden = [
      { folder: { bucket: '', key: 'a' }, mount: one },
      { folder: { bucket: '', key: 'a/b' }, mount: two },
      { folder: { bucket: '', key: 'a/c' } },
    ];
    const { store } = open(['a/b/x/1', 'a/c/2', 'a/d/3', 'e/4'], { mounts: [one, two], hidden });
    expect(await store.listFolders('', '')).toEqual(['e']);
    expect(await store.listFolders('one', '')).toEqual(['d']);
    expect(await store.listFolders('two', '')).toEqual(['x']);
  });
});

it('a bucket that is a source is read where it is, but for what was moved', async () => {
  const bodies = ['delivered/key', 'copy/b/key'].map((key) => [key, { body: Buffer.from(key), metadata: {} }] as const);
  const memory = memoryStore(new Map([['source', new Map(bodies)]]));
  const mounts = [mount('source', '', { prefix: 'x/', at: { bucket: 'source', prefix: 'copy/b/' } })];
  const moved = mount('elsewhere', '', { at: { bucket: 'source', prefix: 'copy/' } });
  const store = placedStore(memory, placementOf({ mounts: [...mounts, moved] }, ['source']));
  expect(await read(store, 'source', 'delivered/key')).toBe('delivered/key');
  expect(await read(store, 'source', 'x/key')).toBe('copy/b/key');
  expect(await read(store, 'elsewhere', 'b/key')).toBe('copy/b/key');
  expect(await read(store, 'another', 'key')).toBe('unavailable: NoSuchBucket');
  expect(await store.listFolders('source', '')).toEqual(['copy', 'delivered', 'x']);
});

it('a hasher is told what is to come, and that it is done', async () => {
  const calls: unknown[] = [];
  const hasher = placedHasher(
    {
      announce: (digests) => calls.push(digests),
      hash: async () => [],
      close: async () => {
        calls.push('closed');
      },
    },
    placementOf({}),
  );
  hasher.announce(7);
  await hasher.close();
  expect(calls).toEqual([7, 'closed']);
});
