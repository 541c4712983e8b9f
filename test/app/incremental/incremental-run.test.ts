import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { Finding, FindingCode } from '../../../src/core/findings/finding.js';
import { DAY, HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import type { Run } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const FORGE = {
  ...EVENTS_TRAIL,
  start: START,
  hours: 6,
  logsPerHour: 2,
  recordsPerLog: 1,
};
/** When all digests of so many hours are there. */
const whenDelivered = (hours: number): number => START + hours * HOUR + 45 * MINUTE;

const codesOf = ({ findings }: Run): FindingCode[] => findings.map(({ code }) => code);
const failedOf = ({ findings }: Run): Finding[] =>
  findings.filter(({ code }) => /missing|modified|lost|checkpoint-(?:chain|digest)/.test(code));
const onlyChain = ({ events }: Run) => {
  const [report, ...more] = events.flatMap((event) => (event.type === 'chain' ? [event.report] : []));
  if (!report || more.length > 0) throw new Error('not one chain');
  return report;
};

/** A chain of six hours, of which a first run has verified all; then three hours more. */
async function begun(
  settings = {},
): Promise<{ world: World; job: ScheduledJob; first: ForgedChain; grow: () => ForgedChain }> {
  const world = emptyWorld();
  const first = forgeChain(world, FORGE);
  const job = new ScheduledJob(world, settings);
  const run = await job.run(whenDelivered(6));
  expect(run.outcome).toBe('verified');
  expect(codesOf(run)).toEqual(['checkpoint-begun']);
  const grow = () => forgeChain(world, { ...FORGE, start: START + 6 * HOUR, hours: 3, previous: digestAt(first, -1) });
  return { world, job, first, grow };
}

describe('a run that goes on from a checkpoint', () => {
  it('verifies what is new, back to the digest that is remembered', async () => {
    const { job, grow } = await begun();
    const grown = grow();
    const run = await job.run(whenDelivered(9));
    expect(run.outcome).toBe('verified');
    expect(run.findings).toEqual([]);
    const report = onlyChain(run);
    expect(report.asked).toEqual({ start: START + 5 * HOUR, end: START + 9 * HOUR });
    expect(report.digests.verified).toBe(4);
    expect(report.logs.verified).toBe(8);
    const newest = digestAt(grown, -1);
    const { sha256, signature } = newest;
    expect(job.checkpoint?.chains).toEqual([
      {
        chain: grown.id,
        history: {
          since: START + HOUR,
          anchor: { ...newest.ref, ...newest.interval, sha256, signature: signature.toLowerCase() },
          verified: [{ start: START + HOUR, end: START + 9 * HOUR }],
          open: [],
          failed: [],
        },
      },
    ]);
    expect(job.checkpoint?.runs).toBe(2);
  });

  it('is verified when there is nothing new', async () => {
    const { job } = await begun();
    const run = await job.run(whenDelivered(6));
    expect(run.outcome).toBe('verified');
    expect(run.findings).toEqual([]);
    expect(onlyChain(run).digests.verified).toBe(1);
  });

  it('does not look at what was verified before, and says so of what it has reported', async () => {
    const { world, job, first, grow } = await begun();
    modifyLog(world, logAt(first, 1, 0).ref);
    const grown = grow();
    expect((await job.run(whenDelivered(9))).outcome).toBe('verified');
    const last = forgeChain(world, { ...FORGE, start: START + 9 * HOUR, hours: 1, previous: digestAt(grown, -1) });
    modifyLog(world, logAt(last, 0, 0).ref);
    expect(codesOf(await job.run(whenDelivered(10)))).toContain('log-modified');
    forgeChain(world, { ...FORGE, start: START + 10 * HOUR, hours: 2, previous: digestAt(last, -1) });
    expect(codesOf(await job.run(whenDelivered(12)))).toContain('log-modified');
    const fourth = await job.run(whenDelivered(12));
    expect(codesOf(fourth)).toEqual(['checkpoint-earlier-failures']);
    expect(fourth.findings.find(({ code }) => code === 'checkpoint-earlier-failures')?.args).toEqual({
      count: 1,
      since: whenDelivered(10),
    });
  });

  it.each(['missing', 'modified'] as const)('finds the remembered digest %s', async (what) => {
    const { world, job, first, grow } = await begun();
    grow();
    const { ref } = digestAt(first, -1);
    if (what === 'missing') deleteObject(world, ref);
    else putObject(world, ref.bucket, ref.key, { body: new Uint8Array(100), metadata: {} });
    const run = await job.run(whenDelivered(9));
    expect(run.outcome).toBe('failed');
    expect(codesOf(run)).toContain('chain-interval-lost');
    expect(job.checkpoint?.chains[0]).toMatchObject({
      history: { open: [], failed: [digestAt(first, -1).interval] },
      failures: { since: whenDelivered(9) },
    });
  });

  it('fails, run after run, when the newest digests do not lead back to the one that is remembered', async () => {
    const { world, job, first } = await begun();
    // Another history: validly signed digests that go on from an hour before the remembered one.
    deleteObject(world, digestAt(first, 5).ref);
    forgeChain(world, { ...FORGE, start: START + 5 * HOUR, hours: 3, previous: digestAt(first, 4), seed: 'other' });
    for (const hours of [8, 9]) {
      const run = await job.run(whenDelivered(hours));
      expect(run.outcome).toBe('failed');
      expect(codesOf(run)).toContain('checkpoint-digest-changed');
      expect(job.checkpoint?.chains[0]?.history?.anchor.sha256).toBe(digestAt(first, 5).sha256);
    }
  });

  it('fails when newer digests pass the remembered one over', async () => {
    const { world, job, first } = await begun();
    forgeChain(world, { ...FORGE, start: START + 6 * HOUR, hours: 3, previous: digestAt(first, 4) });
    for (const hours of [9, 10]) {
      const run = await job.run(whenDelivered(hours));
      expect(run.outcome).toBe('failed');
      expect(codesOf(run)).toContain('checkpoint-digest-unreached');
    }
  });

  it('finds the whole chain missing, and the remembered end of it', async () => {
    const { world, job, first } = await begun();
    for (const { ref } of first.digests.slice(3)) deleteObject(world, ref);
    const cut = await job.run(whenDelivered(9));
    expect(cut.outcome).toBe('failed');
    expect(codesOf(cut)).toContain('digest-missing');
    for (const { ref } of first.digests.slice(0, 3)) deleteObject(world, ref);
    for (let run = 0; run < 2; run += 1) {
      const gone = await job.run(whenDelivered(9));
      expect(gone.outcome).toBe('failed');
      expect(codesOf(gone)).toContain('checkpoint-chain-missing');
    }
  });

  it('misses no chain that a filter leaves out, and remembers it', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    forgeChain(world, { ...FORGE, region: 'eu-west-1' });
    const job = new ScheduledJob(world);
    await job.run(whenDelivered(6));
    const run = await job.run(whenDelivered(6), { regions: ['eu-west-1'] });
    expect(run.outcome).toBe('verified');
    expect(job.checkpoint?.chains).toHaveLength(2);
  });

  it('begins new chains from their beginning', async () => {
    const { world, job } = await begun();
    forgeChain(world, { ...FORGE, trailName: 'other', start: START - 90 * DAY });
    forgeChain(world, { ...FORGE, trailName: 'other' });
    const run = await job.run(whenDelivered(6));
    expect(codesOf(run)).toEqual(['chain-gap']);
    expect(run.outcome).toBe('undetermined');
    expect(run.summary.totals.digests.verified).toBe(1 + 6 + 6);
    expect(job.checkpoint?.chains).toHaveLength(2);
  });

  it('looks at chains of which nothing could be verified from their beginning', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    const other = forgeChain(world, { ...FORGE, trailName: 'other', start: START - 90 * DAY });
    const job = new ScheduledJob(world);
    const store = memoryStore(world.buckets);
    const refused = {
      ...store,
      get: async (ref: { bucket: string; key: string }, maxBytes: number) =>
        ref.key.includes('_other_')
          ? ({ status: 'denied', refusal: { errorCode: 'AccessDenied', message: 'no' } } as const)
          : store.get(ref, maxBytes),
    };
    expect((await job.run(whenDelivered(6), { store: refused })).outcome).toBe('undetermined');
    expect(job.checkpoint?.chains).toContainEqual({ chain: other.id });
    expect((await job.run(whenDelivered(6), { store: refused })).outcome).toBe('undetermined');
    const run = await job.run(whenDelivered(6));
    expect(run.summary.totals.digests.verified).toBe(7);
    expect(job.checkpoint?.chains.filter(({ history }) => !history)).toEqual([]);
  });

  it('looks again at what was undetermined, until that is settled', async () => {
    const { world, job, grow } = await begun();
    const grown = grow();
    const store = memoryStore(world.buckets);
    const denied = logAt(grown, 0, 1).ref.key;
    const refused = {
      ...store,
      get: async (ref: { bucket: string; key: string }, maxBytes: number) =>
        ref.key === denied
          ? ({ status: 'denied', refusal: { errorCode: 'AccessDenied', message: 'no' } } as const)
          : store.get(ref, maxBytes),
    };
    expect((await job.run(whenDelivered(9), { store: refused })).outcome).toBe('undetermined');
    expect(job.checkpoint?.chains[0]?.history?.open).toEqual([digestAt(grown, 0).interval]);
    const again = await job.run(whenDelivered(9), { store: refused });
    expect(again.outcome).toBe('undetermined');
    expect(onlyChain(again).rechecked).toEqual([digestAt(grown, 0).interval]);
    modifyLog(world, { bucket: 'trails', key: denied });
    const settled = await job.run(whenDelivered(9));
    expect(failedOf(settled).map(({ code }) => code)).toEqual(['log-modified']);
    expect(job.checkpoint?.chains[0]?.history).toMatchObject({ open: [], failed: [] });
    expect(job.checkpoint?.chains[0]?.failures?.findings).toHaveLength(1);
  });

  it('picks up backfill digests of hours that were verified long ago', async () => {
    const { world, job } = await begun();
    const backfill = { ...FORGE, kind: 'backfill' as const, hours: 1, logsPerHour: 1 };
    const first = forgeChain(world, { ...backfill, start: START + 2 * HOUR, seed: 'a' });
    const run = await job.run(whenDelivered(8));
    expect(run.summary.totals.digests.verified).toBe(2);
    forgeChain(world, { ...backfill, start: START + HOUR, seed: 'b' });
    const late = forgeChain(world, { ...backfill, start: START + 3 * HOUR, seed: 'c', previous: digestAt(first, 0) });
    modifyLog(world, logAt(late, 0, 0).ref);
    const next = await job.run(whenDelivered(9));
    expect(codesOf(next).filter((code) => code === 'log-modified')).toHaveLength(1);
    const memory = job.checkpoint?.chains.find(({ chain }) => chain.kind === 'backfill');
    expect(memory?.history?.seen).toEqual([2, 3, 4].map((hour) => START + hour * HOUR));
    expect(memory?.failures?.findings).toHaveLength(1);
  });

  it('verifies again what a run had that was killed before it could leave word', async () => {
    const { job, grow } = await begun();
    grow();
    const killed = await job.run(whenDelivered(9), {}, true);
    const next = await job.run(whenDelivered(9));
    expect(next.events).toEqual(killed.events);
  });

  it('remembers nothing of a chain that it did not finish', async () => {
    const { job, grow } = await begun();
    const before = job.checkpoint?.chains;
    grow();
    const stopped = AbortSignal.abort();
    await job.run(whenDelivered(9), { stopSignals: { stop: stopped, abandon: new AbortController().signal } });
    expect(job.checkpoint?.chains).toEqual(before);
  });

  it('audits the folders over the time that it has verified, and finds what was planted there', async () => {
    const { world, job, grow } = await begun();
    const grown = grow();
    expect((await job.run(whenDelivered(9), { auditUnreferenced: true }, true)).findings).toEqual([]);
    const { ref } = logAt(grown, 1, 0);
    const planted = ref.key.replace(/_[A-Za-z0-9]{16}\.json\.gz$/, '_PLANTEDplanted12.json.gz');
    const copied = world.buckets.get('trails')?.get(ref.key);
    if (!copied) throw new Error('no such log');
    putObject(world, 'trails', planted, copied);
    expect(codesOf(await job.run(whenDelivered(9), { auditUnreferenced: true }))).toEqual(['log-unreferenced']);
  });

  it('audits the new time of each chain, however far one is behind another', async () => {
    const world = emptyWorld();
    const late = forgeChain(world, FORGE);
    forgeChain(world, { ...FORGE, bucket: 'others', trailName: 'others', hours: 63 });
    const job = new ScheduledJob(world, { recheck: { share: 0.4 } });
    await job.run(whenDelivered(63));
    const come = { start: START + 6 * HOUR, hours: 57, previous: digestAt(late, -1) };
    const { ref } = logAt(forgeChain(world, { ...FORGE, ...come }), 0, 1);
    for (let run = 0; run < 3; run += 1)
      expect((await job.run(whenDelivered(63), { auditUnreferenced: true }, true)).findings).toEqual([]);
    const copied = world.buckets.get('trails')?.get(ref.key);
    if (!copied) throw new Error('no such log');
    putObject(world, 'trails', ref.key.replace(/_[A-Za-z0-9]{16}\.json\.gz$/, '_PLANTEDplanted12.json.gz'), copied);
    expect(codesOf(await job.run(whenDelivered(63), { auditUnreferenced: true }))).toEqual(['log-unreferenced']);
    for (let run = 0; run < 3; run += 1)
      expect(codesOf(await job.run(whenDelivered(63), { auditUnreferenced: true }))).toEqual([
        'checkpoint-earlier-failures',
      ]);
  });

  it('takes no log for planted that a trail ahead of another in the same folder listed before', async () => {
    const world = emptyWorld();
    const late = forgeChain(world, FORGE);
    const ahead = forgeChain(world, { ...FORGE, trailName: 'others', hours: 63, seed: 'others' });
    const job = new ScheduledJob(world, { recheck: { share: 0.4 } });
    await job.run(whenDelivered(63));
    forgeChain(world, { ...FORGE, start: START + 6 * HOUR, hours: 58, previous: digestAt(late, -1) });
    const come = { start: START + 63 * HOUR, hours: 1, previous: digestAt(ahead, -1), seed: 'others' };
    forgeChain(world, { ...FORGE, trailName: 'others', ...come });
    for (let run = 0; run < 3; run += 1)
      expect((await job.run(whenDelivered(64), { auditUnreferenced: true })).findings).toEqual([]);
  });

  it('takes no log for planted whose digest it has not looked at, whatever older ones it looks at again', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...FORGE, hours: 60 });
    const job = new ScheduledJob(world, { recheck: { share: 0.4 } });
    await job.run(whenDelivered(60));
    const rechecked: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const told = await job.run(whenDelivered(60), { auditUnreferenced: true });
      expect(told.findings).toEqual([]);
      rechecked.push(...(onlyChain(told).rechecked ?? []).map(({ end }) => end));
    }
    // Of the hour before the remembered digest nothing is known then.
    expect(rechecked.some((end) => end < START + 58 * HOUR)).toBe(true);
  });
});

describe('checking again', () => {
  const month = async (recheck: { share: number } | { within: number }) => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...FORGE, hours: 24 * 8, logsPerHour: 1 });
    const job = new ScheduledJob(world, { recheck, salt: 'secret' });
    await job.run(whenDelivered(192));
    return { world, chain, job };
  };

  it('comes to everything within as many runs as the share says', async () => {
    const { world, chain, job } = await month({ share: 0.25 });
    const refs = [1, 40, 80, 120, 160].map((hour) => logAt(chain, hour, 0).ref);
    for (const ref of refs) modifyLog(world, ref);
    const found: string[] = [];
    for (let run = 0; run < 4; run += 1) {
      const { findings, events } = await job.run(whenDelivered(192));
      found.push(
        ...findings.flatMap(({ code, subject }) => (code === 'log-modified' && 'key' in subject ? [subject.key] : [])),
      );
      for (const event of events) if (event.type === 'chain') expect(event.report.digests.verified).toBeLessThan(192);
    }
    expect(found.sort()).toEqual(refs.map(({ key }) => key).sort());
  });

  it('comes to everything within the time that is given', async () => {
    const { job } = await month({ within: 2 * DAY });
    const rechecked: number[] = [];
    for (let hour = 0; hour < 48; hour += 6) {
      const report = onlyChain(await job.run(whenDelivered(192) + (hour + 6) * HOUR));
      for (const { start, end } of report.rechecked ?? []) rechecked.push(end - start);
    }
    expect(rechecked.reduce((sum, length) => sum + length, 0)).toBe(190 * HOUR);
  });

  it('comes to everything in every run when all is asked for', async () => {
    const { job } = await month({ share: 1 });
    const report = onlyChain(await job.run(whenDelivered(192)));
    expect(report.rechecked).toEqual([{ start: START, end: START + 191 * HOUR }]);
    expect(report.outcome).toBe('verified');
  });

  it('leaves a chain undecided by a gap in the time before', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...FORGE, hours: 3 });
    forgeChain(world, { ...FORGE, start: START + 5 * HOUR, hours: 3 });
    const job = new ScheduledJob(world, { recheck: { share: 1 } });
    for (let run = 0; run < 3; run += 1) {
      const told = await job.run(whenDelivered(8));
      expect(codesOf(told)).toContain('chain-gap');
      expect([told.outcome, onlyChain(told).outcome]).toEqual(['undetermined', 'undetermined']);
    }
  });

  it('finds digests deleted in what was verified before, though nothing is left to lead there', async () => {
    const { world, chain, job } = await month({ share: 1 });
    for (const { ref } of chain.digests.slice(0, -1)) deleteObject(world, ref);
    const run = await job.run(whenDelivered(192));
    expect(run.outcome).toBe('failed');
    expect(codesOf(run)).toContain('chain-interval-lost');
  });

  it('has nothing against time in which nothing was delivered', async () => {
    const world = emptyWorld();
    forgeChain(world, FORGE);
    forgeChain(world, { ...FORGE, start: START + 10 * DAY });
    const job = new ScheduledJob(world, { recheck: { share: 1 } });
    const first = await job.run(START + 10 * DAY + 6 * HOUR);
    expect(codesOf(first)).toEqual(['checkpoint-begun', 'chain-gap']);
    const again = await job.run(START + 10 * DAY + 6 * HOUR);
    expect(codesOf(again)).toEqual(['chain-gap']);
    expect([first.outcome, again.outcome]).toEqual(['undetermined', 'undetermined']);
  });
});
