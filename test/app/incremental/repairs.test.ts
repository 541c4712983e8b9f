import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { FindingCode } from '../../../src/core/findings/finding.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { type ExceptionDefinition, parsePolicy } from '../../../src/core/policy/parse-policy.js';
import { DAY, HOUR, MINUTE } from '../../../src/core/time/instant.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog, objectAt, replaceObject, stripMetadata } from '../../support/tamper/tamper.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const FORGE = {
  ...EVENTS_TRAIL,
  start: START,
  hours: 12,
  logsPerHour: 1,
  recordsPerLog: 1,
};
const NOW = START + 12 * HOUR + 45 * MINUTE;
const JUNK = new Uint8Array([1]);

const codesOf = ({ findings }: Run): FindingCode[] => findings.map(({ code }) => code);
const identitiesOf = ({ findings }: Run): string[] =>
  findings.filter(({ code }) => !code.startsWith('checkpoint-')).map(identityOf);
const digestsOf = ({ events }: Run) => events.flatMap((event) => (event.type === 'digest' ? [event.ref.key] : []));

/** Takes away or changes what is there; answers with what puts it back. */
function damage(world: World, ref: ObjectRef, how: (world: World, ref: ObjectRef) => void): () => void {
  const object = objectAt(world, ref);
  how(world, ref);
  return () => putObject(world, ref.bucket, ref.key, object);
}
const spoil = (world: World, ref: ObjectRef) => replaceObject(world, ref, JUNK);

/** A store that refuses an object, for now or until it is restored. */
function refusing(world: World, key: string, status: 'denied' | 'archived'): ObjectStore {
  const store = memoryStore(world.buckets);
  const refusal = { errorCode: status === 'denied' ? 'AccessDenied' : 'InvalidObjectState', message: 'no' };
  return {
    ...store,
    get: async (ref, maxBytes) =>
      ref.key === key ? { status, refusal, storageClass: 'GLACIER' } : store.get(ref, maxBytes),
  };
}

interface Scene {
  readonly world: World;
  readonly chain: ForgedChain;
  readonly job: ScheduledJob;
  readonly run: (options?: RunOptions) => Promise<Run>;
}

function scene(settings = {}): Scene {
  const world = emptyWorld();
  const chain = forgeChain(world, FORGE);
  const job = new ScheduledJob(world, settings);
  return { world, chain, job, run: (options) => job.run(NOW, options) };
}
const historyOf = ({ job }: Scene) => job.checkpoint?.chains[0]?.history;
/** How many failures of earlier runs a run tells of. */
const earlierOf = ({ findings }: Run): number =>
  findings.reduce((sum, { code, args }) => (code === 'checkpoint-earlier-failures' ? sum + args.count : sum), 0);

describe.each([
  ['damaged', spoil],
  ['deleted', deleteObject],
] as const)('a digest that was %s', (_, how) => {
  it('fails every run as it fails a whole one, and nothing else is told again', async () => {
    const made = scene();
    const { world, chain, run } = made;
    damage(world, digestAt(chain, 4).ref, how);
    // Its neighbours were reported once.
    modifyLog(world, logAt(chain, 3, 0).ref);
    modifyLog(world, logAt(chain, 5, 0).ref);
    const whole = await verifyWorld(world, { now: NOW });
    expect(identitiesOf(await run()).sort()).toEqual(identitiesOf(whole).sort());
    const isOfHour = ({ code }: { code: string }) => code !== 'log-modified';
    const ofHour = whole.findings.filter(isOfHour).map(identityOf).sort();
    for (let turn = 0; turn < 3; turn += 1) {
      const again = await run();
      expect(identitiesOf(again).sort()).toEqual(ofHour);
      expect(again.outcome).toBe('failed');
      expect(digestsOf(again)).toEqual([digestAt(chain, -1).ref.key, digestAt(chain, 4).ref.key]);
      expect(historyOf(made)).toMatchObject({ open: [], failed: [digestAt(chain, 4).interval] });
      expect(earlierOf(again)).toBe(2);
    }
  });

  it('is verified when it is put back, with the logs that it lists', async () => {
    const made = scene();
    const { world, chain, run } = made;
    const putBack = damage(world, digestAt(chain, 4).ref, how);
    expect((await run()).outcome).toBe('failed');
    modifyLog(world, logAt(chain, 4, 0).ref);
    putBack();
    const repaired = await run();
    expect([repaired.outcome, codesOf(repaired)]).toEqual(['failed', ['log-modified', 'checkpoint-earlier-failures']]);
    expect(historyOf(made)).toMatchObject({ open: [], failed: [] });
  });

  it('is not forgotten when it is put back', async () => {
    const made = scene();
    const putBack = damage(made.world, digestAt(made.chain, 4).ref, how);
    const failed = await made.run();
    putBack();
    const repaired = await made.run();
    expect(repaired.outcome).toBe('verified');
    expect(repaired.summary.totals.digests.verified).toBe(2);
    expect(historyOf(made)).toMatchObject({ open: [], failed: [] });
    for (const later of [repaired, await made.run()])
      expect(later.findings).toMatchObject([
        { code: 'checkpoint-earlier-failures', args: { count: identitiesOf(failed).length, since: NOW } },
      ]);
  });

  it('is known in a copy without metadata, by what its successor says', async () => {
    const { world, chain, run } = scene();
    const putBack = damage(world, digestAt(chain, 4).ref, how);
    stripMetadata(world);
    const first = await run();
    expect(first.outcome).toBe('failed');
    const again = await run();
    // But for the newest, of which nobody says anything.
    const ofHour = (told: Run) => identitiesOf(told).filter((each) => identitiesOf(first).includes(each));
    expect(ofHour(again).sort()).toEqual(ofHour(first).sort());
    putBack();
    stripMetadata(world);
    const repaired = await run();
    // With its predecessor, whose only signature it holds.
    expect(repaired.summary.totals.digests).toMatchObject({ verified: 3, failed: 0, undetermined: 1 });
    expect(identitiesOf(repaired).every((each) => identitiesOf(first).includes(each))).toBe(true);
  });

  it('is accepted in every run by a policy that accepts it, and fails where none does', async () => {
    const made = scene();
    damage(made.world, digestAt(made.chain, 4).ref, how);
    const codes = codesOf(await verifyWorld(made.world, { now: NOW }));
    const exception: ExceptionDefinition = { codes, account: FORGE.accountId, reason: 'known', until: '2027-01-01' };
    const parsed = parsePolicy({ exceptions: [exception] });
    if (!('policy' in parsed)) throw new Error(JSON.stringify(parsed));
    const { policy } = parsed;
    for (let turn = 0; turn < 3; turn += 1) {
      const accepted = await made.run({ policy });
      expect(accepted.outcome).toBe('verified');
      expect(accepted.findings.filter(({ effect }) => effect === 'accepted').length).toBeGreaterThan(1);
    }
    expect((await made.run()).outcome).toBe('failed');
  });
});

describe('hours that were lost', () => {
  it('are verified when their digests are put back, all or some', async () => {
    const made = scene();
    const { world, chain, run } = made;
    const lost = [3, 4, 5, 6].map((hour) => damage(world, digestAt(chain, hour).ref, deleteObject));
    const first = await run();
    const again = await run();
    expect(identitiesOf(again)).toEqual(identitiesOf(first));
    expect(historyOf(made)?.failed).toEqual([{ start: START + 3 * HOUR, end: START + 7 * HOUR }]);
    modifyLog(world, logAt(chain, 5, 0).ref);
    for (const putBack of lost.slice(2)) putBack();
    const some = await run();
    expect(codesOf(some).sort()).toEqual([
      'chain-interval-lost',
      'checkpoint-earlier-failures',
      'digest-missing',
      'log-modified',
    ]);
    expect(earlierOf(some)).toBe(2);
    expect(historyOf(made)?.failed).toEqual([{ start: START + 3 * HOUR, end: START + 5 * HOUR }]);
    for (const putBack of lost.slice(0, 2)) putBack();
    const whole = await run();
    expect([codesOf(whole), earlierOf(whole)]).toEqual([['checkpoint-earlier-failures'], 5]);
    expect(historyOf(made)?.failed).toEqual([]);
  });

  it('before the newest digest, whose hour is told once', async () => {
    const { world, chain, run } = scene();
    damage(world, digestAt(chain, 10).ref, deleteObject);
    modifyLog(world, logAt(chain, 11, 0).ref);
    await run();
    const again = await run();
    expect(codesOf(again).sort()).toEqual(['chain-interval-lost', 'digest-missing', 'log-modified']);
    expect(again.summary.totals.digests).toMatchObject({ verified: 1, failed: 1 });
  });

  it('before a first run was asked for less, where what was verified since is gone', async () => {
    const { world, chain, run } = scene({ recheck: { share: 1 } });
    await run({ from: START + 3 * HOUR });
    for (const hour of [0, 1, 2, 3, 4, 5]) deleteObject(world, digestAt(chain, hour).ref);
    const all = await run();
    expect(all.outcome).toBe('failed');
    const lost = all.findings.find(({ code }) => code === 'chain-interval-lost');
    expect(lost?.args).toMatchObject({ start: START + 3 * HOUR, end: START + 6 * HOUR });
  });
});

describe('what is to be looked at again', () => {
  it('is left where it lies before the time asked for, and remembered', async () => {
    const made = scene();
    const { world, chain, run } = made;
    const putBack = [2, 6].map((hour) => damage(world, digestAt(chain, hour).ref, spoil));
    await run();
    const { failed } = historyOf(made) ?? {};
    expect(failed).toHaveLength(2);
    // In the middle of an hour: what is of it is looked at.
    const late = await run({ from: START + 6 * HOUR + 30 * MINUTE });
    expect(digestsOf(late)).toEqual([11, 6].map((hour) => digestAt(chain, hour).ref.key));
    expect(late.outcome).toBe('failed');
    const later = await run({ from: START + 8 * HOUR });
    expect([later.outcome, digestsOf(later)]).toEqual(['verified', [digestAt(chain, 11).ref.key]]);
    expect(historyOf(made)?.failed).toEqual(failed);
    modifyLog(world, logAt(chain, 2, 0).ref);
    for (const each of putBack) each();
    expect(codesOf(await run())).toContain('log-modified');
    expect(historyOf(made)).toMatchObject({ open: [], failed: [] });
  });

  it('is bounded, with nothing left out', async () => {
    const world = emptyWorld();
    const hours = 450;
    const now = START + hours * HOUR + 45 * MINUTE;
    const chain = forgeChain(world, { ...FORGE, hours, logsPerHour: (hour) => (hour % 3 === 1 ? 1 : 0) });
    const damaged = chain.digests.filter((_, hour) => hour % 3 === 1 && hour < 430);
    const repairs = damaged.map(({ ref }) => damage(world, ref, spoil));
    const job = new ScheduledJob(world);
    const first = await job.run(now);
    const again = await job.run(now);
    expect(identitiesOf(again).sort()).toEqual(identitiesOf(first).sort());
    const remembered = job.checkpoint?.chains[0]?.history?.failed ?? [];
    expect(remembered).toHaveLength(100);
    for (const { interval } of damaged)
      expect(remembered.some(({ start, end }) => start <= interval.start && interval.end <= end)).toBe(true);
    for (const { logs } of damaged) modifyLog(world, logs[0]?.ref ?? { bucket: '', key: '' });
    for (const putBack of repairs) putBack();
    const repaired = await job.run(now);
    expect(codesOf(repaired).filter((code) => code === 'log-modified')).toHaveLength(damaged.length);
    expect(job.checkpoint?.chains[0]?.history?.failed).toEqual([]);
    expect(job.checkpoint?.chains[0]?.failures?.findings).toHaveLength(100);
  });
});

describe('a digest at the end of the chain', () => {
  it('that fails, and is put right while it is the newest, is not forgotten', async () => {
    const made = scene();
    const object = objectAt(made.world, logAt(made.chain, 11, 0).ref);
    modifyLog(made.world, logAt(made.chain, 11, 0).ref);
    expect((await made.run()).outcome).toBe('failed');
    putObject(made.world, 'trails', logAt(made.chain, 11, 0).ref.key, object);
    for (let turn = 0; turn < 2; turn += 1) {
      const repaired = await made.run();
      expect([repaired.outcome, codesOf(repaired)]).toEqual(['verified', ['checkpoint-earlier-failures']]);
    }
  });
});

describe('a backfill digest', () => {
  const backfill = { ...FORGE, kind: 'backfill' as const, hours: 1, logsPerHour: 1 };

  function late(settings = {}) {
    const made = scene(settings);
    forgeChain(made.world, { ...backfill, start: START + 8 * HOUR, seed: 'newest' });
    const old = forgeChain(made.world, { ...backfill, start: START + 2 * HOUR, seed: 'old' });
    const ofBackfill = () => made.job.checkpoint?.chains.find(({ chain }) => chain.kind === 'backfill');
    return { ...made, old, ofBackfill };
  }

  it('that lies in another bucket than one of the same time is another one', async () => {
    const { world, run } = late();
    expect(codesOf(await run())).toEqual(['checkpoint-begun', 'chain-gap']);
    const other = forgeChain(world, { ...backfill, bucket: 'others', start: START + 2 * HOUR, seed: 'other' });
    modifyLog(world, logAt(other, 0, 0).ref);
    expect(codesOf(await run())).toContain('log-modified');
  });

  it('is not taken for delivered by what lay archived under its name', async () => {
    const { world, old, run } = late();
    const store = refusing(world, digestAt(old, 0).ref.key, 'archived');
    for (let turn = 0; turn < 2; turn += 1) {
      const told = await run({ store });
      expect(told.outcome).toBe('undetermined');
      expect(codesOf(told)).toContain('digest-archived');
    }
    modifyLog(world, logAt(old, 0, 0).ref);
    expect(codesOf(await run())).toContain('log-modified');
  });

  it('that is archived for longer than one may be late is passed over, and counted', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...backfill, kind: 'standard' });
    const old = forgeChain(world, { ...backfill, seed: 'old' });
    forgeChain(world, { ...backfill, start: START + 30 * DAY });
    const store = refusing(world, digestAt(old, 0).ref.key, 'archived');
    const job = new ScheduledJob(world);
    const now = START + 33 * DAY;
    expect((await job.run(now, { store })).outcome).toBe('undetermined');
    expect(codesOf(await job.run(now, { store }))).toEqual(['checkpoint-earlier-failures']);
  });

  it('that is verified and has a failure of its own is told once, and counted once', async () => {
    const { world, old, run } = late();
    const { bucket, key } = digestAt(old, 0).ref;
    const { body, metadata } = objectAt(world, { bucket, key });
    putObject(world, bucket, key, { body, metadata: { ...metadata, 'signature-algorithm': 'other' } });
    expect((await run()).outcome).toBe('failed');
    for (let turn = 0; turn < 2; turn += 1) {
      const later = await run();
      expect([codesOf(later), earlierOf(later)]).toEqual([['checkpoint-earlier-failures'], 1]);
    }
  });

  it('that is no digest fails every run until it is gone, and is not forgotten', async () => {
    const { world, old, run } = late();
    spoil(world, digestAt(old, 0).ref);
    const first = await run();
    for (let turn = 0; turn < 2; turn += 1) {
      const told = await run();
      expect(told.outcome).toBe('failed');
      expect(told.findings.map(identityOf)).toEqual(identitiesOf(first));
    }
    deleteObject(world, digestAt(old, 0).ref);
    for (let turn = 0; turn < 2; turn += 1) {
      const gone = await run();
      expect([gone.outcome, codesOf(gone)]).toEqual(['verified', ['checkpoint-earlier-failures']]);
    }
  });

  it('that was verified, deleted and put back is verified again', async () => {
    const { world, old, run, ofBackfill } = late({ recheck: { share: 1 } });
    await run();
    const putBack = damage(world, digestAt(old, 0).ref, deleteObject);
    expect(codesOf(await run())).toContain('digest-missing');
    expect(ofBackfill()?.history?.failed).toEqual([digestAt(old, 0).interval]);
    modifyLog(world, logAt(old, 0, 0).ref);
    putBack();
    expect(codesOf(await run())).toContain('log-modified');
  });
});

it('a digest is looked at again through a store that refuses, and then through one that does not', async () => {
  const made = scene();
  const { world, chain, run } = made;
  const { key } = digestAt(chain, 4).ref;
  const store = refusing(world, key, 'denied');
  const putBack = damage(world, { bucket: 'trails', key }, spoil);
  expect((await run({ store })).outcome).toBe('undetermined');
  expect((await run()).outcome).toBe('failed');
  expect((await run({ store })).outcome).toBe('undetermined');
  modifyLog(world, logAt(chain, 4, 0).ref);
  putBack();
  expect(codesOf(await run())).toContain('log-modified');
  expect(historyOf(made)).toMatchObject({ open: [], failed: [] });
});
