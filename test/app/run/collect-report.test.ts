import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { nodeSha256 } from '../../../src/adapters/node/sha256.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { collectReport, withReport } from '../../../src/app/run/collect-report.js';
import { verifyTrails } from '../../../src/app/run/verify-trails.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { worldKeys } from '../../support/run/verify-world.js';
import { emptyWorld } from '../../support/worlds/world.js';

const BUCKET = 'acme-trails';
const NOW = Date.parse('2026-06-01T00:00:00Z');
const HEADER = {
  tool: { name: 'trailproof', version: '0.0.0' },
  checkedAt: NOW,
  request: { sources: [BUCKET], auditUnreferenced: false },
  keySource: 'forged keys',
} as const;

/** A run over more than is read ahead of the first event, and how many objects it has asked for. */
function longRun() {
  const world = emptyWorld();
  const chain: ForgeOptions = {
    bucket: BUCKET,
    accountId: '111122223333',
    region: 'us-east-1',
    homeRegion: 'us-east-1',
    trailName: 'main',
    start: Date.parse('2026-03-01T00:29:23Z'),
    hours: 400,
    logsPerHour: 0,
  };
  forgeChain(world, chain);
  const asked = { objects: 0 };
  const memory = memoryStore(world.buckets);
  const store: ObjectStore = {
    ...memory,
    async get(ref, maxBytes) {
      asked.objects += 1;
      await setImmediate();
      return memory.get(ref, maxBytes);
    },
  };
  const run = verifyTrails(
    { sources: [{ bucket: BUCKET, prefix: '' }] },
    {
      store,
      inflater: nodeInflater,
      newSha256: nodeSha256,
      hasher: storeHasher(store, nodeInflater, 32),
      keys: worldKeys(world),
      now: NOW,
    },
  );
  return { run, asked };
}

it('shows every event of a run', async () => {
  const { run, asked } = longRun();
  let events = 0;
  const report = await collectReport(withReport(HEADER, run), () => {
    events += 1;
  });
  expect(report.outcome).toBe('verified');
  expect(events).toBeGreaterThan(400);
  expect(asked.objects).toBe(400);
});

it('asks for nothing more once whom it shows events to has thrown', async () => {
  const { run, asked } = longRun();
  const collected = collectReport(withReport(HEADER, run), () => {
    throw new Error('enough');
  });
  await expect(collected).rejects.toThrow('enough');
  const { objects } = asked;
  expect(objects).toBeLessThan(400);
  for (let turn = 0; turn < 1_000; turn += 1) await setImmediate();
  expect(asked.objects).toBe(objects);
  expect(await run.next()).toEqual({ done: true, value: undefined });
});
