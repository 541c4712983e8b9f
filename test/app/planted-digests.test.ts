import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/memory/memory-store.js';
import type { ChainReport } from '../../src/core/events.js';
import { HOUR, type Instant, MINUTE } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/ports/object-store.js';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../support/forge.js';
import { plantDigest } from '../support/plant-digest.js';
import { ScheduledJob } from '../support/run-incrementally.js';
import { deleteObject, modifyLog, rewriteDigest, stripMetadata } from '../support/tamper.js';
import { type Run, verifyWorld } from '../support/verify-world.js';
import { inVersions } from '../support/versions.js';
import { emptyWorld, type World } from '../support/world.js';

/*
 * Who can write to the bucket and cannot sign must not turn a proven failure into one that could not be decided, by planting
 * digests without a signature before, beside or in the place of those that prove it.
 */

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 14;
const TRAIL: ForgeOptions = {
  bucket: 'acme-trails',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: HOURS,
  logsPerHour: 1,
  recordsPerLog: 1,
};
const at = (hour: number): Instant => START + hour * HOUR;
/** In the middle of the hour of the twelfth digest. */
const TO = at(11) + 30 * MINUTE;
const RANGE = { from: at(1), to: TO };

function archive(options: Partial<ForgeOptions> = {}) {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, { ...TRAIL, ...options }) };
}

const codesOf = ({ findings }: Run): string[] => findings.map(({ code }) => code);
const coverageOf = ({ events }: Run): string[] =>
  events
    .flatMap((event): ChainReport[] => (event.type === 'chain' ? [event.report] : []))
    .flatMap(({ coverage }) => coverage.map(({ state, start, end }) => `${state} ${hoursOf(start)}-${hoursOf(end)}`));
const hoursOf = (instant: Instant): number => (instant - START) / HOUR;

/** A store that counts what is read of it. */
function counting(world: World) {
  const store = memoryStore(world.buckets);
  const read: string[] = [];
  const counted: ObjectStore = {
    ...store,
    get: (ref, maxBytes) => {
      read.push(ref.key);
      return store.get(ref, maxBytes);
    },
  };
  return { store: counted, read };
}

describe('a digest planted just behind the end of the time asked for', () => {
  it.each([
    ['without a signature', {}],
    ['with a wrong one', { metadata: { signature: 'ab'.repeat(256), 'signature-algorithm': 'SHA256withRSA' } }],
  ])('%s, does not hide the one that covers it', async (_, planting) => {
    const { world, chain } = archive();
    modifyLog(world, logAt(chain, 11, 0).ref);
    plantDigest(world, digestAt(chain, 11), TO + MINUTE, planting);
    const run = await verifyWorld(world, RANGE);
    expect(codesOf(run)).toContain('log-modified');
    expect(run.outcome).toBe('failed');
    expect(coverageOf(run)).toEqual(['proven 1-11.5']);
  });

  it('does not hide what the one after that says, where the one that covers it was deleted', async () => {
    const { world, chain } = archive();
    deleteObject(world, digestAt(chain, 11).ref);
    plantDigest(world, digestAt(chain, 10), TO + MINUTE);
    const run = await verifyWorld(world, RANGE);
    expect(codesOf(run)).toContain('digest-missing');
    expect(run.outcome).toBe('failed');
    expect(coverageOf(run)).toEqual(['proven 1-11', 'lost 11-11.5']);
  });

  it('does not hide that one changed, which nothing verifies', async () => {
    const { world, chain } = archive({ hours: 12 });
    rewriteDigest(world, digestAt(chain, 11).ref, (document) => {
      document.logFiles = [];
    });
    plantDigest(world, digestAt(chain, 10), TO + MINUTE);
    const run = await verifyWorld(world, RANGE);
    expect(codesOf(run)).toContain('digest-signature-invalid');
    expect(run.outcome).toBe('failed');
  });

  it('does not hide the one that covers it where only the one after that keeps its signature', async () => {
    const { world, chain } = archive();
    stripMetadata(world);
    modifyLog(world, logAt(chain, 11, 0).ref);
    plantDigest(world, digestAt(chain, 11), TO + MINUTE);
    plantDigest(world, digestAt(chain, 11), at(12) + MINUTE);
    const run = await verifyWorld(world, RANGE);
    expect(codesOf(run)).toContain('log-modified');
    expect(run.outcome).toBe('failed');
  });

  it('does not hide one that was deleted and has an older version', async () => {
    const { world, chain } = archive({ hours: 12 });
    const { ref } = digestAt(chain, 11);
    inVersions(world, ref, at(13), () => deleteObject(world, ref));
    modifyLog(world, logAt(chain, 11, 0).ref);
    plantDigest(world, digestAt(chain, 10), TO + MINUTE);
    const run = await verifyWorld(world, { ...RANGE, useVersions: true, now: at(14) });
    expect(codesOf(run)).toEqual(expect.arrayContaining(['digest-missing', 'digest-recovered', 'log-modified']));
    expect(run.outcome).toBe('failed');
  });
});

it('a digest planted in the place of the last one is convicted by the one after it', async () => {
  const { world, chain } = archive();
  plantDigest(world, digestAt(chain, 11), at(12));
  const run = await verifyWorld(world, RANGE);
  expect(codesOf(run)).toEqual(['digest-signature-invalid', 'digest-link-mismatch', 'chain-interval-lost']);
  expect(run.outcome).toBe('failed');
  expect(coverageOf(run)).toEqual(['proven 1-11', 'lost 11-11.5']);
});

it('a digest planted in a hole behind the end of the time asked for does not hide what lies behind the hole', async () => {
  const { world, chain } = archive({ hours: 24 });
  for (let hour = 11; hour < 20; hour += 1) deleteObject(world, digestAt(chain, hour).ref);
  for (const hour of [14, 16, 18]) plantDigest(world, digestAt(chain, 10), at(hour));
  const run = await verifyWorld(world, RANGE);
  expect(codesOf(run)).toContain('digest-missing');
  expect(run.outcome).toBe('failed');
  expect(coverageOf(run)).toEqual(['proven 1-11', 'lost 11-11.5']);
});

it('what lies behind the end of the time asked for is read only where the digest at the end is not verified', async () => {
  const { world, chain } = archive();
  const { store, read } = counting(world);
  expect((await verifyWorld(world, { ...RANGE, store })).outcome).toBe('verified');
  expect(read).not.toContain(digestAt(chain, 12).ref.key);
});

it('where a part that was verified before is looked at again, none stands for the one that ends with that part', async () => {
  const { world, chain } = archive();
  const job = new ScheduledJob(world, { recheck: { share: 1 } });
  expect((await job.run(at(15))).outcome).toBe('verified');
  modifyLog(world, logAt(chain, 12, 0).ref);
  // Of the same time, in a folder that comes first.
  plantDigest(world, digestAt(chain, 12), at(13), { prefix: 'A' });
  const run = await job.run(at(15));
  expect(codesOf(run)).toContain('log-modified');
  expect(run.outcome).toBe('failed');
});
