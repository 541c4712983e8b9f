import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { corruptObject, deleteObject, modifyLog, rewriteDigest, stripMetadata } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

/* Findings concern the time asked for alone, and a copy without metadata has no planted logs. */

const START = Date.parse('2026-03-01T00:01:31Z');
const HOURS = 10;
const TRAIL: ForgeOptions = { ...MAIN_TRAIL, start: START, hours: HOURS, logsPerHour: 2, recordsPerLog: 1 };
const at = (hour: number): Instant => START + hour * HOUR;

function archive(options: Partial<ForgeOptions> = {}): { world: World; chain: ForgedChain } {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, { ...TRAIL, ...options }) };
}

/** Late logs: the backfill digests of some hours, each with one log. */
const backfill = (world: World, options: Partial<ForgeOptions> = {}): ForgedChain =>
  forgeChain(world, { ...TRAIL, kind: 'backfill', seed: 'late', logsPerHour: 1, ...options });

function plant(world: World, time: Instant, prefix = ''): ObjectRef {
  const { accountId, region, bucket } = TRAIL;
  const key = toLogKey({ prefix, accountId, region, kind: 'CloudTrail', time, uniqueId: 'Planted0Planted0' });
  putObject(world, bucket, key, { body: new Uint8Array([1]), metadata: {} });
  return { bucket, key };
}

const audit = (world: World, options: RunOptions = {}): Promise<Run> =>
  verifyWorld(world, { auditUnreferenced: true, now: at(HOURS) + 40 * MINUTE, ...options });
const said = ({ findings }: Run) =>
  findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : subject.type]);
const unaccounted = (...refs: readonly ObjectRef[]) => refs.map(({ key }) => ['log-unaccounted', key]).sort();
const ofLogs = (run: Run) =>
  said(run)
    .filter(([code]) => code?.startsWith('log-'))
    .sort();

describe('a log outside of the time asked for', () => {
  /** A trail that got another prefix after four hours. */
  function moved() {
    const { world, chain } = archive({ hours: 4 });
    const rest = { start: at(4), hours: 6, prefix: 'moved', previous: digestAt(chain, -1) };
    return { world, chain, later: forgeChain(world, { ...TRAIL, ...rest }) };
  }

  it.each([
    ['hours after the change', { from: at(7), to: at(9) }],
    ['right after the change', { from: at(4), to: at(9) }],
    ['minutes after the change', { from: at(4) + 20 * MINUTE, to: at(9) }],
    ['without an end', { from: at(7) }],
    ['up to the change', { to: at(4) }],
    ['around the change', { from: at(3), to: at(5) }],
    ['without bounds', {}],
  ])('of a prefix that the trail left is no finding: %s', async (_, range) => {
    const run = await audit(moved().world, range);
    expect(said(run)).toEqual([]);
    expect(run.outcome).toBe('verified');
  });

  it('of a prefix that the trail left is unaccounted if it is planted in the time asked for', async () => {
    const { world } = moved();
    const ref = plant(world, at(8));
    const run = await audit(world, { from: at(7), to: at(9) });
    expect(said(run)).toEqual(unaccounted(ref));
    expect(run.outcome).toBe('undetermined');
  });

  it('is pending after the only digest, though that lies before the time asked for: no log-unaccounted', async () => {
    const { world } = archive({ hours: 1 });
    plant(world, at(1) + 9 * MINUTE);
    const run = await audit(world, { from: at(1) + 2 * MINUTE, to: at(2), now: at(2) });
    expect(said(run)).toEqual([]);
  });

  it.each([
    ['before it', at(5) + 5 * MINUTE],
    ['after it', at(6) + 50 * MINUTE],
  ])('is no finding though a digest of the time asked for reaches to it: %s', async (_, time) => {
    const range = { from: at(5) + 40 * MINUTE, to: at(6) + 40 * MINUTE };
    const { world } = archive();
    const ref = plant(world, time);
    expect(said(await audit(world, range))).toEqual([]);
    expect(said(await audit(world))).toEqual([['log-unreferenced', ref.key]]);
  });

  it('is no finding for its key either', async () => {
    const { world, chain } = archive();
    for (const { ref } of [logAt(chain, 2, 0), digestAt(chain, 2)])
      putObject(
        world,
        ref.bucket,
        ref.key.replace(/\/([^/]*)$/, (_, name: string) => `/${name.toUpperCase()}`),
        {
          body: new Uint8Array([1]),
          metadata: {},
        },
      );
    const codes = async (range: RunOptions) => said(await audit(world, range)).map(([code]) => code);
    expect(await codes({})).toContain('object-key-collides');
    // Names in capitals are none that CloudTrail gives, so that nobody knows their time.
    const { findings } = await audit(world, { from: at(5), to: at(7) });
    expect(findings.every(({ subject }) => 'key' in subject && /[A-Z]\.JSON\.GZ$/.test(subject.key))).toBe(true);
  });
});

describe('a digest outside of the time asked for', () => {
  it('after a gap shows what the gap is, and is not checked: its broken log is no finding', async () => {
    const { world } = archive({ hours: 3 });
    const later = forgeChain(world, { ...TRAIL, start: at(7), hours: 3, seed: 'again' });
    modifyLog(world, logAt(later, 0, 0).ref);
    const run = await audit(world, { from: at(1), to: at(5) });
    expect(run.findings.map(({ code }) => code)).toEqual(['chain-gap']);
    expect(run.events.filter(({ type }) => type === 'digest')).toHaveLength(2);
    expect((await audit(world)).findings.map(({ code }) => code)).toEqual(['log-modified', 'chain-gap']);
  });

  it('of a backfill chain is not reported, whatever is wrong with it', async () => {
    const { world } = archive();
    const late = backfill(world, { start: at(8), hours: 1 });
    corruptObject(world, digestAt(late, 0).ref, () => new Uint8Array([1]));
    expect(said(await audit(world, { from: at(1), to: at(5), auditUnreferenced: false }))).toEqual([]);
    expect(said(await audit(world, { from: at(1), to: at(9) })).map(([code]) => code)).toContain('digest-not-json');
  });
});

describe('a backfill digest that lost its signature', () => {
  /** A trail with backfill digests of the hours 2 and 5, all without metadata: only the last one cannot be verified. */
  function copy() {
    const { world } = archive();
    const first = backfill(world, { start: at(2), hours: 1 });
    const last = backfill(world, { start: at(5), hours: 1, previous: digestAt(first, -1) });
    for (const { ref } of [digestAt(first, 0), digestAt(last, 0)]) stripMetadata(world, ref);
    return { world, last: logAt(last, 0, 0).ref };
  }

  it('makes its logs unaccounted, and no others', async () => {
    const { world, last } = copy();
    const ref = plant(world, at(5) + 20 * MINUTE);
    const run = await audit(world);
    expect(ofLogs(run)).toEqual([...unaccounted(last), ['log-unreferenced', ref.key]]);
    expect(run.outcome).toBe('failed');
  });

  it.each<[string, RunOptions]>([
    ['without bounds', {}],
    ['of the hours around it', { from: at(4), to: at(7) }],
    ['since its hour', { from: at(5) }],
    ['up to the middle of the next hour', { to: at(6) + 30 * MINUTE }],
    ['when only another trail is asked for', { trails: ['other'] }],
  ])('makes its logs unaccounted: %s', async (_, options) => {
    const { world, last } = copy();
    forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other' });
    const run = await audit(world, options);
    expect(ofLogs(run)).toEqual(unaccounted(last));
    expect(run.outcome).toBe('undetermined');
  });

  it('is verified by the next one, however late that came and wherever the time asked for ends', async () => {
    const { world, chain } = archive({ hours: 60 });
    const first = backfill(world, { start: at(2), hours: 1 });
    const last = backfill(world, { start: at(55), hours: 1, previous: digestAt(first, -1) });
    stripMetadata(world, digestAt(first, 0).ref);
    for (const range of [{}, { to: at(3) }, { from: at(1), to: at(4) }, { from: at(2), to: at(30) }]) {
      const run = await audit(world, { ...range, now: at(60) + 40 * MINUTE });
      expect(said(run)).toEqual([]);
      expect(run.outcome).toBe('verified');
    }
    modifyLog(world, logAt(first, 0, 0).ref);
    const run = await audit(world, { from: at(1), to: at(4), now: at(60) });
    expect(said(run)).toEqual([['log-modified', logAt(first, 0, 0).ref.key]]);
    expect([chain, last]).toHaveLength(2);
  });
});

describe('a backfill digest after the time asked for', () => {
  const range = { from: at(1), to: at(4) };
  /** Late logs of the hour 2 that only the backfill digest of the hour 6 lists. */
  function lateLog() {
    const { world } = archive();
    const ref = plant(world, at(2) + 31 * MINUTE);
    const late = backfill(world, {
      start: at(6),
      hours: 1,
      amend: ({ logFiles }) => {
        for (const file of logFiles) file.s3Object = ref.key;
      },
    });
    return { world, ref, digest: digestAt(late, 0).ref };
  }

  it('vouches for the logs that it lists', async () => {
    const { world } = lateLog();
    expect(said(await audit(world, range))).toEqual([]);
  });

  it.each<[string, (world: World, ref: ObjectRef) => void]>([
    ['has lost its signature', stripMetadata],
    ['is empty', (world, ref) => corruptObject(world, ref, () => new Uint8Array())],
    ['was changed', (world, ref) => rewriteDigest(world, ref, (document) => document.logFiles.pop())],
  ])('leaves them unaccounted where it %s', async (_, tamper) => {
    const { world, ref, digest } = lateLog();
    tamper(world, digest);
    const run = await audit(world, range);
    expect(said(run)).toEqual(unaccounted(ref));
    expect(run.outcome).toBe('undetermined');
  });

  it('says nothing of logs that are older than a day', async () => {
    const { world } = archive({ hours: 40 });
    const late = backfill(world, { start: at(32), hours: 1 });
    corruptObject(world, digestAt(late, 0).ref, () => new Uint8Array());
    const ref = plant(world, at(2) + 31 * MINUTE);
    expect(said(await audit(world, range))).toEqual([['log-unreferenced', ref.key]]);
  });
});

describe('a backfill digest that cannot be read', () => {
  it.each<[string, 'lost' | 'undetermined', (world: World, ref: ObjectRef) => void]>([
    ['deleted, though the next one names it', 'lost', deleteObject],
    ['changed', 'lost', (world, ref) => rewriteDigest(world, ref, (document) => document.logFiles.pop())],
  ])('leaves what it may list unaccounted: %s', async (_, state, tamper) => {
    const { world } = archive();
    const late = backfill(world, { start: at(3), hours: 2 });
    tamper(world, digestAt(late, 0).ref);
    const run = await audit(world, { trails: ['main'] });
    expect(ofLogs(run)).toEqual(unaccounted(logAt(late, 0, 0).ref));
    expect(run.findings.find(({ code }) => code === 'log-unaccounted')?.args).toMatchObject({ state });
  });

  it('leaves what it may list undetermined where reading it is denied', async () => {
    const { world } = archive();
    const late = backfill(world, { start: at(3), hours: 1 });
    const store = memoryStore(world.buckets);
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const run = await audit(world, {
      store: {
        ...store,
        get: async (ref, maxBytes) =>
          ref.key === digestAt(late, 0).ref.key ? { status: 'denied', refusal } : store.get(ref, maxBytes),
      },
    });
    expect(ofLogs(run)).toEqual(unaccounted(logAt(late, 0, 0).ref));
    expect(run.findings.find(({ code }) => code === 'log-unaccounted')?.args).toMatchObject({ state: 'undetermined' });
    expect(run.outcome).toBe('undetermined');
  });

  it('leaves nothing unaccounted that was delivered after it', async () => {
    const { world } = archive();
    const late = backfill(world, { start: at(3), hours: 1 });
    corruptObject(world, digestAt(late, 0).ref, () => new Uint8Array());
    const ref = plant(world, at(4) + 15 * MINUTE);
    expect(ofLogs(await audit(world))).toContainEqual(['log-unreferenced', ref.key]);
  });
});

it('an hourly digest that lost its signature leaves its late logs unaccounted by its own list', async () => {
  const late = plant(emptyWorld(), at(3) + 20 * MINUTE);
  const { world, chain } = archive({
    amend: ({ logFiles: [file] }, hour) => {
      if (hour === HOURS - 1 && file) file.s3Object = late.key;
    },
  });
  plant(world, at(3) + 20 * MINUTE);
  stripMetadata(world, digestAt(chain, -1).ref);
  expect(ofLogs(await audit(world))).toContainEqual(['log-unaccounted', late.key]);
});

it('backfill digests after the time asked for are not read where no folder of logs is listed', async () => {
  const { world } = archive();
  const store = memoryStore(world.buckets);
  const read: string[] = [];
  const counted = {
    ...store,
    get: (ref: ObjectRef, maxBytes: number) => {
      read.push(ref.key);
      return store.get(ref, maxBytes);
    },
  };
  backfill(world, { start: at(8), hours: 1 });
  await verifyWorld(world, { from: at(1), to: at(4), store: counted });
  expect(read.filter((key) => key.includes('_backfill'))).toEqual([]);
});
