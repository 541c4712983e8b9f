import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import { LOG_KINDS } from '../../../src/core/objects/cloudtrail-key.js';
import { parsePolicy } from '../../../src/core/policy/parse-policy.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { ListingError } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { forgeQueryResults } from '../../support/forge/forge-query-results.js';
import { SeededRandom } from '../../support/forge/seeded-random.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 12;
const END = START + HOURS * HOUR;
const NOW = END + 45 * MINUTE;
const BUCKET = 'acme-trails';
const ACCOUNT = '111122223333';
const TRAIL: ForgeOptions = {
  bucket: BUCKET,
  accountId: ACCOUNT,
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: HOURS,
  logsPerHour: 1,
};
const BACKFILL = { kind: 'backfill', backfillDelay: 5 * HOUR, seed: 'late' } as const;
const at = (hour: number): Instant => START + hour * HOUR;

const codesOf = ({ findings }: Run): string[] => findings.map(({ code }) => code);
const placesOf = ({ findings }: Run): (readonly [Finding['code'], string])[] =>
  findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : '']);
const verify = (world: World, options: RunOptions = {}) => verifyWorld(world, { now: NOW, ...options });

function deleteDigests(world: World, { digests }: ForgedChain): void {
  for (const { ref } of digests) deleteObject(world, ref);
}

function deleteLogs(world: World, { digests }: ForgedChain): void {
  for (const { logs } of digests) for (const { ref } of logs) deleteObject(world, ref);
}

/** Times that a run may be asked for. */
const TIMES: readonly (readonly [string, RunOptions])[] = [
  ['no time', {}],
  ['from', { from: at(2) }],
  ['to now', { to: NOW }],
  ['from and to', { from: at(2), to: at(8) }],
  ['maxAge', { maxAge: 3 * HOUR }],
];

describe('backfill digests stand for no hourly digest', () => {
  const both = (): { world: World; hourly: ForgedChain; backfill: ForgedChain } => {
    const world = emptyWorld();
    const hourly = forgeChain(world, TRAIL);
    return { world, hourly, backfill: forgeChain(world, { ...TRAIL, ...BACKFILL, hours: 6 }) };
  };

  it.each(TIMES)('and say nothing beside them: %s', async (_, options) => {
    const run = await verify(both().world, options);
    expect(run.findings.filter(({ code }) => code !== 'chain-begins-unanchored')).toEqual([]);
    expect(run.outcome).toBe('verified');
  });

  it.each(TIMES)('nor where all of those were deleted: chain-hourly-digests-missing, %s', async (_, options) => {
    const { world, hourly, backfill } = both();
    deleteDigests(world, hourly);
    deleteLogs(world, hourly);
    const run = await verify(world, options);
    const missing = run.findings.filter(({ code }) => code === 'chain-hourly-digests-missing');
    expect(missing).toEqual([
      {
        code: 'chain-hourly-digests-missing',
        subject: { type: 'chain', chain: hourly.id },
        args: { backfill: digestAt(backfill, -1).ref },
      },
    ]);
    expect(run.outcome).toBe('failed');
  });

  it('nor do those of another trail', async () => {
    const { world, hourly } = both();
    forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other' });
    deleteDigests(world, hourly);
    deleteLogs(world, hourly);
    const run = await verify(world, { to: NOW });
    expect(codesOf(run)).toEqual(['chain-hourly-digests-missing']);
    expect(run.outcome).toBe('failed');
    expect((await verify(world, { to: NOW, trails: ['other'] })).outcome).toBe('verified');
  });

  it('but where they are planted and not verified, no more is concluded than that', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other' });
    const planted = forgeChain(emptyWorld(), { ...TRAIL, ...BACKFILL, hours: 1 });
    const { ref } = digestAt(planted, 0);
    putObject(world, ref.bucket, ref.key, { body: Buffer.from('{}'), metadata: {} });
    const { findings, outcome } = await verify(world, { to: NOW });
    expect(findings.map(({ code }) => code)).not.toContain('chain-hourly-digests-missing');
    expect(outcome).not.toBe('verified');
  });

  it('and where a policy accepts that, nothing is verified by it', async () => {
    const { world, hourly } = both();
    deleteDigests(world, hourly);
    deleteLogs(world, hourly);
    const parsed = parsePolicy({ rules: { 'chain-hourly-digests-missing': 'accept' } });
    const run = await verify(world, 'policy' in parsed ? { policy: parsed.policy } : {});
    expect(run.findings).toMatchObject([{ code: 'chain-hourly-digests-missing', effect: 'accepted' }]);
    expect(run.summary.totals.chains.verified).toBe(1);
    expect(run.outcome).toBe('undetermined');
  });
});

describe('saved query results stand for no trail', () => {
  const results = (): World => {
    const world = emptyWorld();
    forgeQueryResults(world, { bucket: BUCKET });
    return world;
  };

  it('where none is in question, they are verified by themselves', async () => {
    const run = await verify(results());
    expect(run.findings).toEqual([]);
    expect(run.outcome).toBe('verified');
  });

  it.each<[string, RunOptions]>([
    ...TIMES.slice(1).map(([name, options]): [string, RunOptions] => [name, options]),
    ['an account that is expected', { expectAccounts: [ACCOUNT] }],
    ['a region that is expected', { expectRegions: ['us-east-1'] }],
  ])('is nothing-found, where trails are asked for: %s', async (_, options) => {
    const run = await verify(results(), options);
    expect(codesOf(run)).toContain('nothing-found');
    expect(run.outcome).not.toBe('verified');
  });

  it.each(LOG_KINDS.flatMap((kind) => [kind, 'CloudTrail-Digest']))(
    'is nothing-found, where a folder of a region is left: %s',
    async (kind) => {
      const world = results();
      putObject(world, BUCKET, `AWSLogs/${ACCOUNT}/${kind}/us-east-1/`, { body: new Uint8Array(), metadata: {} });
      const run = await verify(world);
      expect(codesOf(run)).toEqual(['nothing-found']);
      expect(run.outcome).toBe('undetermined');
    },
  );

  it('is selection-not-found, where an account is asked for with a time', async () => {
    const run = await verify(results(), { accounts: [ACCOUNT], to: NOW });
    expect(run.outcome).toBe('undetermined');
    expect((await verify(results(), { accounts: [ACCOUNT] })).outcome).toBe('verified');
  });
});

describe('logs without digests beside them', () => {
  it.each(LOG_KINDS)('are folder-without-digests, of any kind: %s', async (kind) => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    deleteDigests(world, forgeChain(world, { ...TRAIL, region: 'eu-west-1', logKinds: [kind] }));
    for (const [name, options] of TIMES) {
      const run = await verify(world, options);
      expect(placesOf(run), name).toContainEqual(['folder-without-digests', `AWSLogs/${ACCOUNT}/${kind}/eu-west-1/`]);
      expect(run.outcome, name).toBe('failed');
    }
    expect(codesOf(await verify(world, { regions: ['us-east-1'] }))).toEqual([]);
  });

  it('are folder-without-digests of each kind, so that a wider time has what a narrower one has', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const region = { ...TRAIL, region: 'eu-west-1', hours: 2 };
    deleteDigests(world, forgeChain(world, { ...region, start: at(4) }));
    deleteDigests(world, forgeChain(world, { ...region, logKinds: ['CloudTrail-Insight'] }));
    const ofKind = (kind: string) => ['folder-without-digests', `AWSLogs/${ACCOUNT}/${kind}/eu-west-1/`];
    const [narrow, wide] = [
      await verify(world, { from: at(3), to: NOW }),
      await verify(world, { from: at(0), to: NOW }),
    ];
    expect(placesOf(narrow)).toEqual([ofKind('CloudTrail')]);
    expect(placesOf(wide)).toEqual([ofKind('CloudTrail'), ofKind('CloudTrail-Insight')]);
  });

  it('are folder-without-digests beside an empty folder of digests too', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    deleteDigests(world, forgeChain(world, { ...TRAIL, region: 'eu-west-1' }));
    const marker = { body: new Uint8Array(), metadata: {} };
    putObject(world, BUCKET, `AWSLogs/${ACCOUNT}/CloudTrail-Digest/eu-west-1/`, marker);
    for (const [name, options] of TIMES)
      expect(placesOf(await verify(world, options)), name).toEqual([
        ['folder-without-digests', `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/`],
      ]);
  });

  it('are folder-without-digests where only digests of long before are left', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...TRAIL, start: START - 2000 * HOUR, hours: 3, logsPerHour: 0 });
    deleteDigests(world, forgeChain(world, TRAIL));
    const run = await verify(world, { from: at(1), to: at(10) });
    expect(placesOf(run)[0]).toEqual(['folder-without-digests', `AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/`]);
    expect(run.outcome).toBe('failed');
  });

  it.each<[string, Partial<ForgeOptions>, string]>([
    ['of another prefix', { prefix: 'p' }, 'p/AWSLogs/111122223333/CloudTrail/us-east-1/'],
    [
      'of an organization',
      { organizationId: 'o-exampleorgid' },
      'AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-east-1/',
    ],
    ['of another bucket', { bucket: 'acme-others' }, 'AWSLogs/111122223333/CloudTrail/us-east-1/'],
  ])('are folder-logs-alone where digests of the region lie elsewhere: %s', async (_, elsewhere, folder) => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    deleteDigests(world, forgeChain(world, { ...TRAIL, ...elsewhere, trailName: 'other', seed: 'other' }));
    for (const [name, options] of TIMES) {
      const run = await verify(world, options);
      expect(placesOf(run), name).toEqual([['folder-logs-alone', folder]]);
      expect(run.outcome, name).toBe('undetermined');
    }
  });

  it.each(TIMES)('are as they should be where verified digests list them from elsewhere: %s', async (_, options) => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...TRAIL, logBucket: 'acme-logs' });
    expect((await verify(world, options)).findings.filter(({ code }) => code.startsWith('folder-'))).toEqual([]);
    deleteDigests(world, chain);
    expect(codesOf(await verify(world, options))).toContain('folder-without-digests');
  });

  it('of another time are nobody’s business', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    deleteDigests(world, forgeChain(world, { ...TRAIL, region: 'eu-west-1', hours: 3 }));
    expect(codesOf(await verify(world, { from: at(4), to: NOW }))).toEqual([]);
    expect(codesOf(await verify(world, { from: at(2), to: NOW }))).toEqual(['folder-without-digests']);
  });

  it('may not be listed: folder-access-denied', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    deleteDigests(world, forgeChain(world, { ...TRAIL, region: 'eu-west-1' }));
    const folder = `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/`;
    const store = memoryStore(world.buckets);
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const run = await verify(world, {
      store: {
        ...store,
        list: (request) => {
          if (request.prefix === folder) throw new ListingError(request, { status: 'denied', refusal });
          return store.list(request);
        },
      },
    });
    expect(placesOf(run)).toEqual([['folder-access-denied', folder]]);
    expect(run.outcome).toBe('undetermined');
  });

  it.each([
    ['X.json.gz', 'folder-without-digests'],
    ['2026/03/01/log.json', 'folder-without-digests'],
    ['2026/03/01/note.txt', undefined],
    ['2026/03/01/', undefined],
  ])('may have any name that ends like a log: %s', async (name, code) => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const body = name.endsWith('/') ? new Uint8Array() : Buffer.from('{"Records":[]}');
    putObject(world, BUCKET, `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/${name}`, { body, metadata: {} });
    for (const options of [{}, { to: NOW }, { from: at(1), to: at(9) }])
      expect(codesOf(await verify(world, options))).toEqual(code === undefined ? [] : [code]);
  });

  it('are no logs where copying has left them over', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const body = Buffer.from([0, 5, 0x16, 7, 0, 2, 0, 0, 1, 2, 3]);
    putObject(world, BUCKET, `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/._X.json.gz`, { body, metadata: {} });
    expect((await verify(world, { to: NOW })).findings).toEqual([]);
  });
});

describe('a folder of a region in which no log lies', () => {
  it.each(LOG_KINDS.flatMap((kind) => [kind, 'CloudTrail-Digest']))('is in no question: %s', async (kind) => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    putObject(world, BUCKET, `AWSLogs/${ACCOUNT}/${kind}/eu-west-1/`, { body: new Uint8Array(), metadata: {} });
    for (const [name, options] of TIMES) {
      const run = await verify(world, options);
      expect(run.findings, name).toEqual([]);
      expect(run.outcome, name).toBe('verified');
    }
  });

  it('is folder-without-digests-in-range where digests of another time lie there, and undetermined', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    forgeChain(world, { ...TRAIL, region: 'eu-west-1', start: START - 2000 * HOUR, hours: 3 });
    expect(codesOf(await verify(world))).toEqual(['chain-ends-before-siblings']);
    const run = await verify(world, { from: at(1), to: NOW });
    expect(placesOf(run)).toEqual([
      ['folder-without-digests-in-range', `AWSLogs/${ACCOUNT}/CloudTrail-Digest/eu-west-1/`],
    ]);
    expect(run.outcome).toBe('undetermined');
  });
});

describe('a new region', () => {
  /** Logs of a region since so long ago, before its first digest. */
  const begun = (age: number) => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const young = { ...TRAIL, region: 'eu-west-1', start: NOW - age - 2 * MINUTE - 20_000, hours: 1, logsPerHour: 30 };
    const chain = forgeChain(world, young);
    deleteDigests(world, chain);
    return { world, oldest: logAt(chain, 0, 0).ref.key };
  };

  it.each<[string, RunOptions]>([
    ['in a bucket in use', { isLive: true }],
    ['until now', { to: NOW }],
    ['of the last hours', { from: at(2), to: NOW }],
    ['in a copy', { now: NOW + 9000 * HOUR }],
  ])('has no digest for two hours: folder-digests-pending, %s', async (_, options) => {
    const { world } = begun(80 * MINUTE);
    const run = await verify(world, options);
    expect(placesOf(run)).toEqual([['folder-digests-pending', `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/`]]);
    expect(run.outcome).toBe('verified');
  });

  it.each<[string, RunOptions]>([
    ['in a bucket in use', { isLive: true }],
    ['until now', { to: NOW }],
    ['in a copy', { now: NOW + 9000 * HOUR }],
  ])('has one after that: folder-without-digests, %s', async (_, options) => {
    const { world } = begun(150 * MINUTE);
    expect(codesOf(await verify(world, options))).toEqual(['folder-without-digests']);
  });

  it('is not new any more when a bucket is asked for an earlier time: folder-without-digests', async () => {
    const { world } = begun(80 * MINUTE);
    const run = await verify(world, { from: at(1), to: END, now: NOW + 3 * HOUR, isLive: true });
    expect(codesOf(run)).toEqual(['folder-without-digests']);
  });

  it.each<[string, RunOptions]>([
    ['no time', {}],
    ['from', { from: at(1) }],
    ['from and to', { from: at(1), to: END }],
  ])('stays new in a copy, whenever it is verified: folder-digests-pending, %s', async (_, options) => {
    const { world } = begun(80 * MINUTE);
    const run = await verify(world, { ...options, now: NOW + 9000 * HOUR });
    expect(codesOf(run)).toEqual(['folder-digests-pending']);
    expect(run.outcome).toBe('verified');
  });

  it('is not new where digests of others are newer than the time asked for: folder-without-digests', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    deleteDigests(world, forgeChain(world, { ...TRAIL, region: 'eu-west-1', start: at(2), hours: 1 }));
    const run = await verify(world, { from: at(1), to: at(4), now: NOW + 9000 * HOUR });
    expect(codesOf(run)).toEqual(['folder-without-digests']);
  });

  it.each<[string, Partial<ForgeOptions>, readonly RunOptions[]]>([
    ['of the same kind', { start: END, hours: 4 }, [{}, { from: at(1) }, { from: at(1), to: END + HOUR }]],
    ['of another', { start: END + 3 * HOUR, hours: 1, logKinds: ['CloudTrail-Insight'] }, [{}, { from: at(1) }]],
  ])('is not new where its logs go on for two hours: folder-without-digests, %s', async (_, later, times) => {
    const { world } = begun(80 * MINUTE);
    const more = forgeChain(emptyWorld(), { ...TRAIL, region: 'eu-west-1', logsPerHour: 2, ...later });
    for (const { logs } of more.digests)
      for (const { ref } of logs) putObject(world, ref.bucket, ref.key, { body: Buffer.from('{}'), metadata: {} });
    for (const options of times) {
      const run = await verify(world, { ...options, now: NOW + 9000 * HOUR });
      expect(codesOf(run)).toContain('folder-without-digests');
      expect(run.outcome).toBe('failed');
    }
  });

  it('proves nothing where it is all that there is: nothing-found', async () => {
    const world = emptyWorld();
    deleteDigests(world, forgeChain(world, { ...TRAIL, hours: 1, logsPerHour: 10 }));
    const run = await verify(world);
    expect(codesOf(run)).toEqual(['folder-digests-pending', 'nothing-found']);
    expect(run.outcome).toBe('undetermined');
  });
});

/** Of every place with logs or backfill digests of the time asked for, a chain of hourly digests has proven some of it. */
function isEveryPlaceProven(world: World, run: Run, { from, to }: { readonly from: Instant; readonly to: Instant }) {
  const proven = new Set(
    run.events.flatMap((event) =>
      event.type === 'chain' &&
      event.report.chain.kind === 'standard' &&
      event.report.coverage.some(({ state }) => state === 'proven')
        ? [`${event.report.chain.accountId}/${event.report.chain.region}`, JSON.stringify(event.report.chain)]
        : [],
    ),
  );
  return [...(world.buckets.get(BUCKET)?.keys() ?? [])].every((key) => {
    const log = /(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/.exec(key);
    if (log) {
      const time = Date.UTC(+(log[3] ?? 0), +(log[4] ?? 0) - 1, +(log[5] ?? 0), +(log[6] ?? 0), +(log[7] ?? 0));
      const isAsked = time - 5 * MINUTE >= from && time + 30 * MINUTE <= to;
      return !isAsked || proven.has(`${log[1]}/${log[2]}`);
    }
    const backfill =
      /(\d{12})_CloudTrail-Digest_([a-z0-9-]+)_(\w+)_us-east-1_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z_backfill/.exec(
        key,
      );
    if (!backfill) return true;
    const [, accountId, region, trailName, ...parts] = backfill;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
    const end = Date.UTC(year, month - 1, day, hour, minute, second);
    const chain = { accountId, region, trailName, homeRegion: 'us-east-1', kind: 'standard' };
    return end <= from || end - HOUR >= to || proven.has(JSON.stringify(chain));
  });
}

describe('whatever is deleted', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'a run that is verified has a proven interval of an hourly chain in every place in question: %i',
    async (seed) => {
      const random = new SeededRandom(`places ${seed}`);
      const world = emptyWorld();
      const chains = ['us-east-1', 'eu-west-1'].flatMap((region) => [
        forgeChain(world, { ...TRAIL, region, hours: 6 }),
        forgeChain(world, { ...TRAIL, region, ...BACKFILL, hours: 2 }),
        forgeChain(world, { ...TRAIL, region, trailName: 'other', seed: 'other', hours: 6 }),
      ]);
      forgeQueryResults(world, { bucket: BUCKET });
      for (const chain of chains) {
        if (random.below(3) > 0) deleteDigests(world, chain);
        if (random.below(2) > 0) deleteLogs(world, chain);
      }
      const range = { from: at(1), to: at(5) };
      const run = await verify(world, range);
      if (run.outcome === 'verified') expect(isEveryPlaceProven(world, run, range)).toBe(true);
      else expect(run.findings.length).toBeGreaterThan(0);
    },
  );
});
