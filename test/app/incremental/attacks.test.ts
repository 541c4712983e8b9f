import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { DAY, HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { ListingError, type ListRequest, type ObjectStore } from '../../../src/ports/object-store.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const FORGE = {
  ...EVENTS_TRAIL,
  start: START,
  hours: 6,
  logsPerHour: 1,
  recordsPerLog: 1,
};
const whenDelivered = (hours: number): number => START + hours * HOUR + 45 * MINUTE;
const codesOf = ({ findings }: Run) => findings.map(({ code }) => code);
const historyOf = (job: ScheduledJob) => job.checkpoint?.chains[0]?.history;
const digestsOf = ({ events }: Run) => events.flatMap((event) => (event.type === 'digest' ? [event.ref.key] : []));
const twiceTold = (run: Run) => digestsOf(run).filter((key, index, all) => all.indexOf(key) !== index);

/** A store that refuses what it is told to. */
function refusing(
  world: World,
  isRefused: (ref: ObjectRef) => boolean,
  isUnlisted: (request: ListRequest) => boolean = () => false,
): ObjectStore {
  const store = memoryStore(world.buckets);
  const refusal = { errorCode: 'AccessDenied', message: 'no' };
  return {
    ...store,
    get: async (ref, maxBytes) => (isRefused(ref) ? { status: 'denied', refusal } : store.get(ref, maxBytes)),
    list: (request) => {
      if (isUnlisted(request)) throw new ListingError(request, { status: 'denied', refusal });
      return store.list(request);
    },
  };
}

/** Six hours verified; then three hours more. */
async function begun(settings = {}) {
  const world = emptyWorld();
  const first = forgeChain(world, FORGE);
  const job = new ScheduledJob(world, settings);
  await job.run(whenDelivered(6));
  const grown = forgeChain(world, { ...FORGE, start: START + 6 * HOUR, hours: 3, previous: digestAt(first, -1) });
  return { world, job, first, grown };
}

describe('nothing is passed over', () => {
  it('what is missing below a digest that could not be read', async () => {
    const { world, job, grown } = await begun();
    const [missing, denied] = [digestAt(grown, 0).ref, digestAt(grown, 1).ref];
    deleteObject(world, missing);
    const store = refusing(world, ({ key }) => key === denied.key);
    expect((await job.run(whenDelivered(9), { store })).outcome).toBe('undetermined');
    expect(historyOf(job)?.open).toEqual([
      { start: digestAt(grown, 0).interval.start, end: digestAt(grown, 1).interval.end },
    ]);
    const run = await job.run(whenDelivered(9));
    expect(run.findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : ''])).toContainEqual([
      'digest-missing',
      missing.key,
    ]);
    expect(historyOf(job)).toMatchObject({ open: [], failed: [digestAt(grown, 0).interval] });
  });

  it('what is to be looked at again while it cannot be listed', async () => {
    const { world, job, grown } = await begun();
    const { key } = logAt(grown, 0, 0).ref;
    await job.run(whenDelivered(9), { store: refusing(world, (ref) => ref.key === key) });
    const { open } = historyOf(job) ?? {};
    expect(open).toHaveLength(1);
    let listings = 0;
    const unlisted = refusing(
      world,
      () => false,
      // The first looks for a digest that tells where all of them were delivered.
      ({ prefix }) => prefix.includes('CloudTrail-Digest/') && ++listings > 2,
    );
    const run = await job.run(whenDelivered(9), { store: unlisted });
    expect(run.outcome).toBe('undetermined');
    expect(historyOf(job)?.open).toEqual(open);
    modifyLog(world, { bucket: 'trails', key });
    expect(codesOf(await job.run(whenDelivered(9)))).toContain('log-modified');
  });

  it('a chain that was never read and then deleted', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    const other = forgeChain(world, { ...FORGE, region: 'eu-west-1' });
    const job = new ScheduledJob(world);
    const store = refusing(world, ({ key }) => key.includes('/eu-west-1/'));
    expect((await job.run(whenDelivered(6), { store })).outcome).toBe('undetermined');
    for (const digest of other.digests)
      for (const ref of [digest.ref, ...digest.logs.map((log) => log.ref)]) deleteObject(world, ref);
    expect((await job.run(whenDelivered(6), { regions: ['us-east-1'] })).outcome).toBe('verified');
    for (let run = 0; run < 2; run += 1) {
      const gone = await job.run(whenDelivered(6));
      expect(gone.outcome).toBe('undetermined');
      expect(codesOf(gone)).toEqual(['checkpoint-chain-unseen']);
    }
  });

  it('a backfill digest that is to be looked at again while it cannot be listed', async () => {
    const world = emptyWorld();
    const backfill = { ...FORGE, kind: 'backfill' as const, hours: 1 };
    forgeChain(world, FORGE);
    const old = forgeChain(world, backfill);
    forgeChain(world, { ...backfill, start: START + 2 * HOUR });
    const job = new ScheduledJob(world);
    const { key } = logAt(old, 0, 0).ref;
    await job.run(whenDelivered(12), { store: refusing(world, (ref) => ref.key === key) });
    const { open } = historyOf(job) ?? {};
    expect(open).toHaveLength(1);
    let listings = 0;
    const store = refusing(
      world,
      () => false,
      // The first looks for a digest that tells where all of them were delivered.
      ({ prefix }) => prefix.includes('CloudTrail-Digest/') && ++listings > 2,
    );
    const run = await job.run(whenDelivered(12), { store });
    expect(run.outcome).toBe('undetermined');
    expect(new Set(codesOf(run))).toEqual(new Set(['folder-access-denied']));
    expect(historyOf(job)?.open).toEqual(open);
  });

  it('an old chain that a run was stopped before, beside one that it had finished', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...FORGE, start: START + 90 * DAY });
    const middle = forgeChain(world, { ...FORGE, trailName: 'middle' });
    const old = forgeChain(world, { ...FORGE, trailName: 'older' });
    modifyLog(world, logAt(old, 2, 0).ref);
    const job = new ScheduledJob(world);
    const stop = new AbortController();
    let reads = 0;
    const store = memoryStore(world.buckets);
    const stopping: ObjectStore = {
      ...store,
      get: async (ref, maxBytes) => {
        // The first is read to see where all were delivered. With the next object of the second chain, the first chain is done.
        if (ref.key.includes('_middle_') && ++reads > 1) stop.abort();
        return store.get(ref, maxBytes);
      },
    };
    const now = START + 90 * DAY + 7 * HOUR;
    await job.run(now, { store: stopping, stopSignals: { stop: stop.signal, abandon: new AbortController().signal } });
    expect(job.checkpoint?.chains).toEqual([
      expect.objectContaining({ chain: expect.objectContaining({ trailName: 'events' }), history: expect.anything() }),
      { chain: middle.id },
      { chain: old.id },
    ]);
    expect(codesOf(await job.run(now))).toContain('log-modified');
  });

  it('an old chain that an earlier run was not asked for', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...FORGE, start: START + 90 * DAY });
    const old = forgeChain(world, { ...FORGE, trailName: 'older' });
    modifyLog(world, logAt(old, 2, 0).ref);
    const job = new ScheduledJob(world);
    const now = START + 90 * DAY + 7 * HOUR;
    expect((await job.run(now, { trails: ['events'] })).outcome).toBe('verified');
    expect((await job.run(now, { trails: ['events'] })).outcome).toBe('verified');
    expect(codesOf(await job.run(now))).toContain('log-modified');
  });

  it('an old chain in a folder that could not be listed at first', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...FORGE, start: START + 90 * DAY });
    const old = forgeChain(world, { ...FORGE, trailName: 'older', prefix: 'moved' });
    modifyLog(world, logAt(old, 2, 0).ref);
    const job = new ScheduledJob(world);
    const now = START + 90 * DAY + 7 * HOUR;
    const store = refusing(
      world,
      () => false,
      ({ prefix }) => prefix.startsWith('moved/'),
    );
    expect((await job.run(now, { store })).outcome).toBe('undetermined');
    expect(codesOf(await job.run(now))).toContain('log-modified');
  });

  it('time that a later run is asked for first', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...FORGE, hours: 72 });
    modifyLog(world, logAt(chain, 2, 0).ref);
    const job = new ScheduledJob(world);
    const from = START + 48 * HOUR;
    expect((await job.run(whenDelivered(72), { from })).outcome).toBe('verified');
    expect((await job.run(whenDelivered(72), { from })).outcome).toBe('verified');
    expect(codesOf(await job.run(whenDelivered(72), { from: START }))).toEqual(['log-modified']);
    expect(codesOf(await job.run(whenDelivered(72), { from: START }))).toEqual(['checkpoint-earlier-failures']);
  });

  it('verify what lies before an earlier beginning once none is asked for any more', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...FORGE, hours: 24 * 70, logsPerHour: 1 });
    const job = new ScheduledJob(world);
    const now = whenDelivered(24 * 70);
    const from = now - DAY;
    expect((await job.run(now, { from })).outcome).toBe('verified');
    expect((await job.run(now, { from })).outcome).toBe('verified');
    modifyLog(world, logAt(chain, 3, 0).ref);
    expect(codesOf(await job.run(now))).toEqual(['log-modified']);
    expect(historyOf(job)?.since).toBe(START);
    const settled = await job.run(now);
    expect(codesOf(settled)).toEqual(['checkpoint-earlier-failures']);
    for (const event of settled.events) if (event.type === 'chain') expect(event.report.rechecked).toBeUndefined();
  });

  it('do not forget an earlier beginning while what lies before it cannot be listed', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...FORGE, hours: 72, logsPerHour: 1 });
    const job = new ScheduledJob(world);
    await job.run(whenDelivered(72), { from: START + 48 * HOUR });
    modifyLog(world, logAt(chain, 3, 0).ref);
    const isUnlisted = ({ prefix, startAfter }: ListRequest) =>
      prefix.includes('CloudTrail-Digest') && startAfter === undefined;
    const run = await job.run(whenDelivered(72), { store: refusing(world, () => false, isUnlisted) });
    expect(codesOf(run)).toEqual(['folder-access-denied']);
    expect(run.outcome).toBe('undetermined');
    expect(codesOf(await job.run(whenDelivered(72)))).toEqual(['log-modified']);
  });

  it('what had its turn to be looked at again in a run that was stopped', async () => {
    const { job } = await begun({ recheck: { share: 0.4 } });
    const stopSignals = { stop: AbortSignal.abort(), abandon: new AbortController().signal };
    await job.run(whenDelivered(9), { stopSignals });
    expect(historyOf(job)?.rechecked).toBeUndefined();
    await job.run(whenDelivered(9));
    expect(historyOf(job)?.rechecked).toBeDefined();
  });

  it('what failed since the run before, though it had been the newest then', async () => {
    const { world, job, first } = await begun();
    modifyLog(world, logAt(first, 5, 0).ref);
    expect(codesOf(await job.run(whenDelivered(9)))).toEqual(['log-modified']);
    expect(codesOf(await job.run(whenDelivered(9)))).toEqual(['checkpoint-earlier-failures']);
    expect(job.checkpoint?.chains[0]?.failures?.findings).toHaveLength(1);
  });

  it('a backfill digest that was never read and then deleted, or verified and then deleted', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    const backfill = { ...FORGE, kind: 'backfill' as const, hours: 1 };
    const [old, denied, newest] = ['a', 'b', 'c'].map((seed, hour) =>
      forgeChain(world, { ...backfill, seed, start: START + (2 * hour + 1) * HOUR }),
    );
    if (!old || !denied || !newest) throw new Error('not three');
    const job = new ScheduledJob(world, { recheck: { share: 1 } });
    const { ref } = digestAt(denied, 0);
    const store = refusing(world, ({ key }) => key === ref.key);
    expect((await job.run(whenDelivered(12), { store })).outcome).toBe('undetermined');
    expect(twiceTold(await job.run(whenDelivered(12), { store }))).toEqual([]);
    deleteObject(world, ref);
    deleteObject(world, digestAt(old, 0).ref);
    const run = await job.run(whenDelivered(12));
    const missing = run.findings.flatMap(({ code, subject }) =>
      code === 'digest-missing' && 'key' in subject ? [subject.key] : [],
    );
    expect(missing.sort()).toEqual([digestAt(old, 0).ref.key, ref.key].sort());
  });

  it('what the digest after the remembered one says of it, where that one cannot be read', async () => {
    const world = emptyWorld();
    const first = forgeChain(world, FORGE);
    const job = new ScheduledJob(world);
    await job.run(whenDelivered(6));
    const other = forgeChain(world, {
      ...FORGE,
      start: START + 5 * HOUR,
      hours: 3,
      previous: digestAt(first, 4),
      seed: 'x',
    });
    const { key } = digestAt(other, 0).ref;
    const run = await job.run(whenDelivered(8), { store: refusing(world, (ref) => ref.key === key) });
    expect(codesOf(run).filter((code) => code === 'checkpoint-digest-changed')).toHaveLength(1);
    expect(historyOf(job)?.anchor.sha256).toBe(digestAt(first, 5).sha256);
  });
});

describe('nothing is said twice', () => {
  it('of what is both undetermined and due', async () => {
    const { world, job, grown } = await begun({ recheck: { share: 1 } });
    const { key } = logAt(grown, 0, 0).ref;
    const store = refusing(world, (ref) => ref.key === key);
    await job.run(whenDelivered(9), { store });
    const run = await job.run(whenDelivered(9), { store });
    expect(codesOf(run).filter((code) => code === 'log-access-denied')).toHaveLength(1);
    expect(twiceTold(run)).toEqual([]);
  });

  it('of a remembered digest that cannot be read', async () => {
    const { world, job, grown } = await begun();
    await job.run(whenDelivered(9));
    const { key } = digestAt(grown, -1).ref;
    const store = refusing(world, (ref) => ref.key === key);
    for (let run = 0; run < 3; run += 1) expect(twiceTold(await job.run(whenDelivered(9), { store }))).toEqual([]);
    expect((await job.run(whenDelivered(9))).outcome).toBe('verified');
  });

  it('of a newest digest that fails run after run', async () => {
    const { world, job, grown } = await begun();
    modifyLog(world, logAt(grown, 2, 0).ref);
    for (let run = 0; run < 3; run += 1) expect(codesOf(await job.run(whenDelivered(9)))).toEqual(['log-modified']);
  });
});

describe('no false alarm is raised', () => {
  const RUNS = 8;
  /** A first run, and then everything again in parts. */
  const inParts = async (world: World, now: number) => {
    const job = new ScheduledJob(world, { recheck: { share: 1 / RUNS } });
    const first = await job.run(now);
    const more: Run[] = [];
    for (let run = 0; run < RUNS; run += 1) more.push(await job.run(now));
    return { first, more };
  };

  it.each([3, 70, 200])('about a gap of %i days', async (days) => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    forgeChain(world, { ...FORGE, start: START + days * DAY });
    const { first, more } = await inParts(world, START + days * DAY + 7 * HOUR);
    expect(codesOf(first)).toEqual(['checkpoint-begun', 'chain-gap']);
    expect(new Set(more.map(({ outcome }) => outcome))).toEqual(new Set(['undetermined']));
    const identities = more.flatMap(({ findings }) => findings.map(identityOf));
    expect(new Set(identities)).toEqual(new Set(first.findings.slice(1).map(identityOf)));
  });

  it('about the time before a bucket was changed', async () => {
    const world = emptyWorld();
    const hours = 34 * 24;
    const old = forgeChain(world, { ...FORGE, hours, logsPerHour: (hour) => (hour === 3 ? 1 : 0) });
    const after = { start: START + hours * HOUR, previous: digestAt(old, -1) };
    forgeChain(world, { ...FORGE, bucket: 'other', ...after });
    const sources = [{ bucket: 'other', prefix: '' }];
    const job = new ScheduledJob(world, { recheck: { share: 1 / 8 } });
    const codes: string[] = [];
    const runs = async (count: number) => {
      for (let run = 0; run < count; run += 1)
        codes.push(...codesOf(await job.run(whenDelivered(hours + 6), { sources })));
    };
    await runs(9);
    expect(codes).toEqual(['checkpoint-begun']);
    modifyLog(world, logAt(old, 3, 0).ref);
    await runs(8);
    expect(codes.filter((code) => code === 'log-modified')).toHaveLength(1);
  });

  it('about a remembered digest that covers less than an hour', async () => {
    const world = emptyWorld();
    forgeChain(world, {
      ...FORGE,
      hours: 1,
      amend: (document) => {
        document.digestStartTime = '2026-03-01T00:31:31Z';
      },
    });
    const job = new ScheduledJob(world);
    await job.run(whenDelivered(1));
    expect((await job.run(whenDelivered(1))).findings).toEqual([]);
  });

  it('about a chain that ended long before the time asked for and has expired', async () => {
    const world = emptyWorld();
    const old = forgeChain(world, { ...FORGE, trailName: 'older' });
    forgeChain(world, { ...FORGE, start: START + 90 * DAY });
    const job = new ScheduledJob(world);
    const now = START + 90 * DAY + 7 * HOUR;
    await job.run(now);
    for (const { ref } of old.digests) deleteObject(world, ref);
    expect(codesOf(await job.run(now))).toContain('checkpoint-chain-missing');
    expect((await job.run(now, { from: START + 90 * DAY })).outcome).toBe('verified');
  });

  it('about chains that end after the time asked for', async () => {
    const { job } = await begun();
    const run = await job.run(whenDelivered(9), { from: START - 100 * DAY, to: START - 90 * DAY });
    expect(codesOf(run)).not.toContain('checkpoint-chain-missing');
  });
});

it('a whole run says the same as one that goes on, of everything at once', async () => {
  const { world, job, first, grown } = await begun({ recheck: { share: 1 } });
  modifyLog(world, logAt(first, 1, 0).ref);
  deleteObject(world, digestAt(first, 3).ref);
  modifyLog(world, logAt(grown, 1, 0).ref);
  const whole = await verifyWorld(world, { now: whenDelivered(9) });
  const run = await job.run(whenDelivered(9));
  expect(run.findings.map(identityOf).sort()).toEqual(whole.findings.map(identityOf).sort());
});

describe('a backfill digest is known only when it was verified', () => {
  const backfill = { ...FORGE, kind: 'backfill' as const, hours: 1, logsPerHour: 1 };

  it('so that what lay under its name before it was delivered does not take its place', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    forgeChain(world, { ...backfill, start: START + 4 * HOUR });
    const later = emptyWorld();
    const late = forgeChain(later, { ...backfill, start: START + HOUR, seed: 'late' });
    putObject(world, FORGE.bucket, digestAt(late, 0).ref.key, { body: new Uint8Array([1, 2, 3]), metadata: {} });
    const job = new ScheduledJob(world);
    expect((await job.run(whenDelivered(6))).outcome).toBe('failed');
    for (const [key, object] of later.buckets.get(FORGE.bucket) ?? []) putObject(world, FORGE.bucket, key, object);
    modifyLog(world, logAt(late, 0, 0).ref);
    const run = await job.run(whenDelivered(7));
    expect(codesOf(run)).toContain('log-modified');
    expect(run.outcome).toBe('failed');
  });

  it('so that another one of the same time in another folder does not take its place', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    forgeChain(world, { ...backfill, hours: 3 });
    const job = new ScheduledJob(world);
    expect((await job.run(whenDelivered(6))).outcome).toBe('verified');
    const other = forgeChain(world, { ...backfill, prefix: 'new', seed: 'other' });
    modifyLog(world, logAt(other, 0, 0).ref);
    const run = await job.run(whenDelivered(7));
    expect(codesOf(run)).toContain('log-modified');
    expect(run.outcome).toBe('failed');
  });
});
