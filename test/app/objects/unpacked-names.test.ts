import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { UnpackedNames } from '../../../src/app/objects/unpacked-names.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';

const DAY = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/';
const log = (id: string) => `${DAY}111122223333_CloudTrail_us-east-1_20260301T0005Z_${id.padEnd(16, '0')}.json`;

/** A store that gives so many keys in a page. */
function open(keys: readonly string[], pageSize = 2) {
  const objects = new Map(keys.map((key) => [key, { body: Buffer.from(key), metadata: {} }]));
  const memory = memoryStore(new Map([['trails', objects]]));
  const store: ObjectStore = {
    ...memory,
    async *list(request) {
      for await (const page of memory.list(request))
        for (let start = 0; start < page.length; start += pageSize) yield page.slice(start, start + pageSize);
    },
  };
  return new UnpackedNames(store, storeHasher(store, nodeInflater, 4));
}

async function keysOf({ store }: UnpackedNames, startAfter?: string): Promise<string[]> {
  const keys: string[] = [];
  const request = { bucket: 'trails', prefix: '', ...(startAfter !== undefined && { startAfter }) };
  for await (const page of store.list(request)) keys.push(...page.map(({ key }) => key));
  return keys;
}

async function read({ store }: UnpackedNames, key: string): Promise<string> {
  const found = await store.get({ bucket: 'trails', key }, 1000);
  return found.status === 'found' ? Buffer.from(found.body).toString() : found.status;
}

const exampleOf = ({ remarks }: UnpackedNames) => remarks.map(({ code, args }) => [code, args]);

describe('X.json, where there is no X.json.gz', () => {
  it('is listed and read as X.json.gz, and the first of them is named', async () => {
    const names = open([log('B'), log('A'), 'notes.json']);
    expect(await keysOf(names)).toEqual([`${log('A')}.gz`, `${log('B')}.gz`, 'notes.json']);
    expect(await read(names, `${log('B')}.gz`)).toBe(log('B'));
    expect(exampleOf(names)).toEqual([['objects-unpacked', { example: { bucket: 'trails', key: `${log('A')}.gz` } }]]);
  });

  it('is hashed as X.json.gz, each in its place', async () => {
    const names = open([log('A'), `${log('B')}.gz`]);
    const refs = ['C', 'A', 'B'].map((id) => ({ bucket: 'trails', key: `${log(id)}.gz` }));
    const facts = await names.hasher.hash(refs);
    expect(facts.map(({ status }) => status)).toEqual(['not-found', 'read', 'read']);
    expect(exampleOf(names)).toEqual([['objects-unpacked', { example: refs[1] }]]);
  });

  it('stays in the order of keys, whatever stands between, at any page', async () => {
    const between = [`${log('A')} (1).gz`, `${log('A')}-1.gz`];
    for (const pageSize of [1, 2, 3, 10]) {
      const names = open([log('A'), ...between, log('B')], pageSize);
      expect(await keysOf(names)).toEqual([...between, `${log('A')}.gz`, `${log('B')}.gz`]);
    }
  });

  it('goes on after the key of the packed one', async () => {
    expect(await keysOf(open([log('A'), log('B')]), `${log('A')}.gz`)).toEqual([`${log('B')}.gz`]);
  });

  it('is not waited for without end: behind a thousand keys it keeps its name', async () => {
    const between = Array.from({ length: 1001 }, (_, index) => `${log('A')} (${String(index).padStart(4, '0')}).gz`);
    const keys = await keysOf(open([log('A'), ...between], 100));
    expect(keys).toHaveLength(1002);
    expect(new Set(keys).size).toBe(1002);
  });
});

describe('X.json beside X.json.gz', () => {
  it('is listed for itself, and never read in the place of the other', async () => {
    for (const pageSize of [1, 2, 10]) {
      const names = open([log('A'), `${log('A')} (1).gz`, `${log('A')}.gz`], pageSize);
      expect(await keysOf(names)).toEqual([log('A'), `${log('A')} (1).gz`, `${log('A')}.gz`]);
      expect(await read(names, `${log('A')}.gz`)).toBe(`${log('A')}.gz`);
      expect(names.remarks).toEqual([]);
    }
  });

  it('is nothing to anybody where the names are none of CloudTrail', async () => {
    const names = open(['a.json']);
    expect(await read(names, 'a.json.gz')).toBe('not-found');
    expect(await keysOf(names)).toEqual(['a.json']);
  });
});
