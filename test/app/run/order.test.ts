import { expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import { formatChainId } from '../../../src/core/objects/chain-id.js';
import { HOUR } from '../../../src/core/time/instant.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { forgeChain } from '../../support/forge/forge.js';
import { SeededRandom } from '../../support/forge/seeded-random.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { applyEdits, type Edit } from '../../support/tamper/random-edits.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 6;
const EDITS: readonly Edit[] = [0, 3, 8, 11, 22, 35, 60, 71].map((object, index) => ({
  act: (['delete', 'flip-content', 'strip-metadata', 'flip-stored'] as const)[index % 4] ?? 'delete',
  object,
  at: 777,
}));

/** More folders than are worked on at once, and a dozen chains, tampered with. */
function archive(): World {
  const world = emptyWorld();
  const place = { bucket: 'acme-trails', homeRegion: 'us-east-1', start: START, hours: HOURS, logsPerHour: 2 };
  for (const region of ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-south-1']) {
    for (const accountId of ['111122223333', '222233334444', '999900001111']) {
      forgeChain(world, { ...place, accountId, region, trailName: 'main' });
    }
  }
  forgeChain(world, { ...place, accountId: '222233334444', region: 'us-west-2', trailName: 'Zeta' });
  forgeChain(world, {
    ...place,
    accountId: '222233334444',
    region: 'us-west-2',
    trailName: 'main',
    kind: 'backfill',
    seed: 'b',
  });
  applyEdits(world, EDITS);
  return world;
}

/** Answers after a while, which is another one each time: some turns of the event loop. */
function delayed(store: ObjectStore, seed: string): ObjectStore {
  const random = new SeededRandom(seed);
  const pause = async () => {
    for (let turns = random.below(12); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    knowsBuckets: store.knowsBuckets,
    identify: store.identify,
    async get(ref, maxBytes) {
      await pause();
      const answer = await store.get(ref, maxBytes);
      await pause();
      return answer;
    },
    async open(ref, maxBytes) {
      await pause();
      return store.open(ref, maxBytes);
    },
    async *list(request) {
      for await (const page of store.list(request)) {
        await pause();
        yield page;
      }
    },
    async listFolders(bucket, prefix) {
      await pause();
      return store.listFolders(bucket, prefix);
    },
  };
}

it.each(['one', 'two', 'three', 'four'])('events depend on the archive, not on what comes first: %s', async (seed) => {
  const world = archive();
  const request = { from: START, to: START + HOURS * HOUR, now: START + 100 * HOUR };
  const expected = await verifyWorld(world, request);
  expect(expected.outcome).toBe('failed');
  expect(await verifyWorld(world, { ...request, store: delayed(memoryStore(world.buckets), seed) })).toEqual(expected);
});

it('chains come in order, each whole, from its newest digest to its oldest', async () => {
  const world = archive();
  const { events } = await verifyWorld(world, { store: delayed(memoryStore(world.buckets), 'order') });
  const chains: string[] = [];
  const finished = new Set<string>();
  const lastEnd = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'findings') continue;
    const chain = formatChainId(
      event.type === 'chain' ? event.report.chain : 'chain' in event ? event.chain : expect.fail(),
    );
    expect(finished.has(chain)).toBe(false);
    if (chains.at(-1) !== chain) chains.push(chain);
    if (event.type === 'chain') finished.add(chain);
    if (event.type === 'digest') {
      expect(event.end).toBeLessThan(lastEnd.get(chain) ?? Number.POSITIVE_INFINITY);
      lastEnd.set(chain, event.end);
    }
  }
  expect(chains).toHaveLength(14);
  expect(chains).toEqual([...chains].sort());
  expect(finished.size).toBe(14);
});

it('who hashes logs is told of the digests of a folder before its first log comes', async () => {
  const world = archive();
  const hasher = storeHasher(memoryStore(world.buckets), nodeInflater, 1);
  const calls: string[] = [];
  await verifyWorld(world, {
    to: START + HOURS * HOUR,
    accounts: ['111122223333'],
    regions: ['us-east-1'],
    hasher: {
      ...hasher,
      announce: (digests) => calls.push(`${digests} digests`),
      hash: (refs) => {
        calls.push('logs');
        return hasher.hash(refs);
      },
    },
  });
  expect(calls.slice(0, 2)).toEqual(['5 digests', 'logs']);
  expect(calls.filter((call) => call !== 'logs')).toEqual(['5 digests']);
});
