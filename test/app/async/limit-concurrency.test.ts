import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { mapAtOnce } from '../../../src/app/async/limit-concurrency.js';
import { fetchKeys } from '../../../src/app/keys/fetch-keys.js';
import { discover } from '../../../src/app/listing/discover-folders.js';
import type { KeySource } from '../../../src/ports/key-source.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

const NAMES = Array.from({ length: 20 }, (_, index) => `name-${String(index).padStart(2, '0')}`);

/** Lets everything pass but the first name, which waits until it is let go. */
function heldFirst() {
  const passed: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const pass = async (name: string): Promise<void> => {
    if (name === NAMES[0]) await held;
    else await setImmediate();
    passed.push(name);
  };
  const settle = async () => {
    for (let round = 0; round < 10 * NAMES.length; round += 1) await setImmediate();
  };
  return { pass, passed, letGo: () => letGo(), settle };
}

it('a slow item keeps its own place occupied, and no other', async () => {
  const { pass, passed, letGo, settle } = heldFirst();
  let [underWay, most] = [0, 0];
  const answers = mapAtOnce(NAMES, 3, async (name) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await pass(name);
    underWay -= 1;
    return name.toUpperCase();
  });
  await settle();
  expect(passed).toEqual(NAMES.slice(1));
  expect(most).toBe(3);
  letGo();
  expect(await answers).toEqual(NAMES.map((name) => name.toUpperCase()));
});

it('a slow region does not hold up the keys of the others', async () => {
  const { pass, passed, letGo, settle } = heldFirst();
  const source: KeySource = {
    description: 'one slow region',
    keysFor: async (region) => {
      await pass(region);
      return { status: 'found', keys: [] };
    },
  };
  const answers = fetchKeys(source, NAMES, { start: 0, end: 1 });
  await settle();
  expect(passed).toEqual(NAMES.slice(1));
  letGo();
  expect((await answers).map(({ region }) => region)).toEqual(NAMES);
});

it('a slow folder does not hold up the search of the others', async () => {
  const { pass, passed, letGo, settle } = heldFirst();
  const world = emptyWorld();
  for (const name of NAMES) putObject(world, 'b', `${name}/x`, { body: new Uint8Array([1]), metadata: {} });
  const memory = memoryStore(world.buckets);
  const listFolders = async (bucket: string, prefix: string) => {
    if (prefix !== '') await pass(prefix.slice(0, -1));
    return memory.listFolders(bucket, prefix);
  };
  const discovery = discover({ ...memory, listFolders }, [{ bucket: 'b', prefix: '' }], {});
  await settle();
  expect(passed).toEqual(NAMES.slice(1));
  letGo();
  expect((await discovery).exportFolders.map(({ prefix }) => prefix)).toEqual(['', ...NAMES.map((name) => `${name}/`)]);
});
