import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import { DAY, formatDateFolder, HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { ListingError } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { stripMetadata } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

/* A copy of the folders of single days. What is left of the days around decides whether a log is missing or was not copied. */

const FIRST_DAY = Date.parse('2026-03-01T00:00:00Z');
const START = FIRST_DAY + 91_000;
const TRAIL: ForgeOptions = { ...MAIN_TRAIL, start: START, hours: 72, logsPerHour: 2, recordsPerLog: 1 };
/** The day that is copied, and the hour of the digest that ends shortly after its beginning. */
const COPIED = FIRST_DAY + DAY;
const MIDNIGHT = 23;
const at = (hour: number): Instant => START + hour * HOUR;

function archive(options: Partial<ForgeOptions> = {}): { world: World; chain: ForgedChain } {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, { ...TRAIL, ...options }) };
}

/** Leaves the folders of these days alone, and what is named besides. */
function keepDays(world: World, days: readonly Instant[], ...besides: readonly ObjectRef[]): void {
  const folders = days.map((day) => `/${formatDateFolder(day)}/`);
  for (const objects of world.buckets.values())
    for (const key of [...objects.keys()])
      if (!folders.some((folder) => key.includes(folder)) && !besides.some((ref) => ref.key === key))
        objects.delete(key);
}

/** A copy of one day of three. */
function oneDay(...besides: readonly ((chain: ForgedChain) => ObjectRef)[]) {
  const { world, chain } = archive();
  keepDays(world, [COPIED], ...besides.map((of) => of(chain)));
  return { world, chain, logs: digestAt(chain, MIDNIGHT).logs.map(({ ref }) => ref.key) };
}

const NOW = at(80);
const verify = (world: World, options: RunOptions = {}): Promise<Run> =>
  verifyWorld(world, { auditUnreferenced: true, now: NOW, ...options });
const severe = ({ findings }: Run): readonly Finding[] =>
  findings.filter(({ code }) => !['log-pending', 'chain-begins-unanchored'].includes(code));
const codesOf = (run: Run) => severe(run).map(({ code }) => code);

describe('a copy of one day', () => {
  it('is undetermined for logs of the day before, with the bounds that verify: log-day-absent', async () => {
    const { world, chain, logs } = oneDay();
    const run = await verify(world);
    expect(severe(run).map(({ subject }) => 'key' in subject && subject.key)).toEqual(logs);
    const verifyFrom = digestAt(chain, MIDNIGHT).interval.end;
    const { sha256: expected } = logAt(chain, MIDNIGHT, 0);
    expect(severe(run)[0]).toMatchObject({ code: 'log-day-absent', args: { expected, verifyFrom } });
    expect(codesOf(run)).toEqual(['log-day-absent', 'log-day-absent']);
    expect(run.outcome).toBe('undetermined');
    const bounded = await verify(world, { from: verifyFrom });
    expect(severe(bounded)).toEqual([]);
    expect(bounded.outcome).toBe('verified');
  });

  it('verifies within bounds without metadata too, up to its last digest', async () => {
    const { world, chain } = oneDay();
    stripMetadata(world);
    const bounds = { from: digestAt(chain, MIDNIGHT).interval.end, to: digestAt(chain, MIDNIGHT + 22).interval.end };
    expect(severe(await verify(world, bounds))).toEqual([]);
  });

  it('names bounds after the last digest that lists logs of the day before', async () => {
    const { world, chain } = archive({
      logsPerHour: (hour) => (hour === MIDNIGHT + 1 ? 61 : 2),
      amend: ({ logFiles: [file] }, hour) => {
        if (hour === MIDNIGHT + 1 && file)
          file.s3Object = file.s3Object.replace('/02/', '/01/').replace(/20260302T\d{4}/, '20260301T2355');
      },
    });
    keepDays(world, [COPIED]);
    const run = await verify(world);
    expect(codesOf(run)).toContain('log-day-absent');
    const verifyFrom = digestAt(chain, MIDNIGHT + 1).interval.end;
    const absent = severe(run).filter(({ code }) => code === 'log-day-absent');
    expect(absent.map(({ args }) => args)).toEqual(absent.map(() => ({ expected: expect.any(String), verifyFrom })));
    expect(absent).toHaveLength(3);
  });

  it.each<[string, RunOptions]>([
    ['since the beginning of the day', { from: COPIED }],
    ['since a minute after the last log', { from: COPIED - 4 * MINUTE }],
    ['without a beginning', { to: at(40) }],
  ])('asked for %s is undetermined', async (_, range) => {
    const { world } = oneDay();
    const run = await verify(world, range);
    expect(new Set(codesOf(run))).toEqual(new Set(['log-day-absent']));
    expect(run.outcome).toBe('undetermined');
  });

  it.each<[string, RunOptions]>([
    ['since the day before', { from: COPIED - DAY }],
    ['since the time in the name of a log', { from: COPIED - 30 * MINUTE }],
  ])('asked for %s fails: log-missing', async (_, range) => {
    const { world } = oneDay();
    const run = await verify(world, range);
    expect(codesOf(run)).toContain('log-missing');
    expect(run.outcome).toBe('failed');
  });
});

describe('a log is missing where anything is left of its day or of a day beyond', () => {
  it.each<[string, (chain: ForgedChain) => ObjectRef]>([
    ['a log of its day', (chain) => logAt(chain, 2, 0).ref],
    ['the other log of its hour', (chain) => logAt(chain, MIDNIGHT, 1).ref],
    ['the digest before', (chain) => digestAt(chain, MIDNIGHT - 1).ref],
    ['an older digest', (chain) => digestAt(chain, 0).ref],
  ])('%s', async (_, besides) => {
    const { world, chain } = oneDay(besides);
    const run = await verify(world);
    const missing = severe(run).filter(({ code }) => code.startsWith('log-'));
    expect(new Set(missing.map(({ code }) => code))).toEqual(new Set(['log-missing']));
    expect(missing[0]?.subject).toMatchObject(logAt(chain, MIDNIGHT, 0).ref);
    expect(run.outcome).toBe('failed');
  });

  it.each<[string, (key: string) => string]>([
    ['an object that is neither', (key) => key.replace(/[^/]*$/, 'notes.txt')],
    ['an object of the day before that', (key) => key.replace('/03/01/', '/02/28/')],
    ['a log of another kind', (key) => key.replace('/CloudTrail/', '/CloudTrail-Insight/')],
  ])('%s', async (_, keyOf) => {
    const { world, chain } = oneDay();
    const { ref } = logAt(chain, MIDNIGHT, 0);
    putObject(world, ref.bucket, keyOf(ref.key), { body: new Uint8Array(1), metadata: {} });
    expect(codesOf(await verify(world, { auditUnreferenced: false }))).toEqual(['log-missing', 'log-missing']);
  });

  it('a digest of another trail', async () => {
    const { world, chain } = archive();
    const other = forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other' });
    keepDays(world, [COPIED], digestAt(other, 3).ref);
    const run = await verify(world, { trails: ['main'], auditUnreferenced: false });
    expect(codesOf(run)).toEqual(['log-missing', 'log-missing']);
    expect(chain.digests).toHaveLength(72);
  });

  it('a digest below the prefix that the trail left that day', async () => {
    const world = emptyWorld();
    const before = forgeChain(world, { ...TRAIL, hours: MIDNIGHT });
    forgeChain(world, { ...TRAIL, start: at(MIDNIGHT), hours: 20, prefix: 'new', previous: digestAt(before, -1) });
    for (const key of [...(world.buckets.get(TRAIL.bucket)?.keys() ?? [])])
      if (key.startsWith('new/') && key.includes('/2026/03/01/')) world.buckets.get(TRAIL.bucket)?.delete(key);
    expect(codesOf(await verify(world, { auditUnreferenced: false }))).toEqual(['log-missing', 'log-missing']);
  });

  it('a log in the bucket of the logs, where that is another', async () => {
    const { world, chain } = archive({ logBucket: 'acme-logs' });
    keepDays(world, [COPIED], logAt(chain, MIDNIGHT, 1).ref);
    expect(codesOf(await verify(world, { auditUnreferenced: false }))).toEqual(['log-missing']);
    keepDays(world, [COPIED]);
    expect(codesOf(await verify(world, { auditUnreferenced: false }))).toEqual(['log-day-absent', 'log-day-absent']);
  });

  it('but not the mark of an empty folder', async () => {
    const { world, chain } = oneDay();
    const { ref } = logAt(chain, MIDNIGHT, 0);
    putObject(world, ref.bucket, ref.key.replace(/[^/]*$/, ''), { body: new Uint8Array(), metadata: {} });
    const run = await verify(world, { auditUnreferenced: false });
    expect(codesOf(run)).toEqual(['log-day-absent', 'log-day-absent']);
  });
});

describe('a log is missing', () => {
  it('where folders of its day may not be listed', async () => {
    const { world } = oneDay();
    const store = memoryStore(world.buckets);
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const run = await verify(world, {
      auditUnreferenced: false,
      store: {
        ...store,
        async *list(request) {
          if (request.prefix.endsWith('/CloudTrail/us-east-1/'))
            throw new ListingError(request, { status: 'denied', refusal });
          yield* store.list(request);
        },
      },
    });
    expect(codesOf(run)).toEqual(['log-missing', 'log-missing']);
  });

  it('where older versions are looked for', async () => {
    const { world } = oneDay();
    expect(codesOf(await verify(world, { useVersions: true }))).toContain('log-missing');
  });

  it('in a chain that an earlier run remembers, but not in the first run', async () => {
    const first = new ScheduledJob(oneDay().world);
    expect(codesOf(await first.run(NOW))).toContain('log-day-absent');
    const { world } = archive();
    const job = new ScheduledJob(world, { recheck: { share: 1 } });
    expect((await job.run(NOW)).outcome).toBe('verified');
    keepDays(world, [COPIED, COPIED + DAY]);
    const codes = codesOf(await job.run(NOW));
    expect(codes).toContain('log-missing');
    expect(codes).not.toContain('log-day-absent');
  });

  it('in the middle of a day', async () => {
    const { world, chain } = oneDay();
    world.buckets.get(TRAIL.bucket)?.delete(logAt(chain, MIDNIGHT + 5, 0).ref.key);
    expect(codesOf(await verify(world))).toEqual(['log-missing', 'log-day-absent', 'log-day-absent']);
  });
});

describe('a log named after the end of the day by the digest of its last hour', () => {
  const LAST = 22;
  /** Digests end at 58:30, so that the last log of the day is named 00:00. */
  function named(days: readonly Instant[] = [FIRST_DAY]) {
    const start = FIRST_DAY + 58 * MINUTE + 30_000;
    const { world, chain } = archive({ start, hours: 40, logsPerHour: (hour) => (hour === LAST ? 20 : 1) });
    keepDays(world, days);
    return { world, chain, log: logAt(chain, LAST, 19).ref, last: digestAt(chain, LAST) };
  }

  it('is undetermined in a copy of that day, with the bounds that verify: log-day-absent', async () => {
    const { world, log, last } = named();
    expect(log.key).toContain('20260302T0000Z');
    const run = await verify(world);
    expect(severe(run)).toMatchObject([
      { code: 'log-day-absent', subject: log, args: { verifyTo: last.interval.start } },
    ]);
    expect((await verify(world, { to: last.interval.start })).outcome).toBe('verified');
    expect(codesOf(await verify(world, { to: last.interval.end }))).toEqual(['log-day-absent']);
  });

  it('is missing where the time asked for reaches to it, or CloudTrail says that it delivered later digests', async () => {
    const { world } = named();
    expect(codesOf(await verify(world, { to: FIRST_DAY + DAY + MINUTE }))).toContain('log-missing');
    const arn = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/main');
    const trail = { isLogging: true, digestDeliveredAt: NOW - HOUR };
    const run = await verify(world, {
      ...(arn && { trail: { arn, isMultiRegion: true } }),
      trailDirectory: { trailStatus: async () => ({ status: 'found', trail }) },
    });
    expect(codesOf(run)).toContain('log-missing');
  });

  it('is missing where anything is left of a later day', async () => {
    const { world, chain, log } = named();
    const { ref } = digestAt(chain, 30);
    putObject(world, ref.bucket, ref.key.replace('/02/', '/05/'), { body: new Uint8Array(1), metadata: {} });
    const missing = severe(await verify(world)).filter(({ code }) => code.startsWith('log-'));
    expect(missing).toMatchObject([{ code: 'log-missing', subject: log }]);
  });
});
