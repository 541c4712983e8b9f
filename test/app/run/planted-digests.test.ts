import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import type { ChainReport } from '../../../src/core/report/verify-events.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import type { KeySource } from '../../../src/ports/key-source.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import type { DigestDocument } from '../../support/forge/digest-document.js';
import { digestAt, type ForgedDigest, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { LINKED, type Planting, plantDigest } from '../../support/tamper/plant-digest.js';
import { deleteObject, modifyLog, rewriteDigest, setMetadata, stripMetadata } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { inVersions } from '../../support/worlds/versions.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

/*
 * Who can write to the bucket and cannot sign must not turn a proven failure into one that could not be decided, by planting
 * digests without a signature before, beside or in the place of those that prove it.
 */

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 14;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
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

describe('where all digests of the time asked for were deleted and have older versions, one planted after them', () => {
  it('does not hide that', async () => {
    const { world, chain } = archive({ hours: 6 });
    plantDigest(world, digestAt(chain, 5), at(7));
    for (const { ref } of chain.digests) inVersions(world, ref, at(7), () => deleteObject(world, ref));
    const run = await verifyWorld(world, { from: at(1), useVersions: true, now: at(8) });
    expect(codesOf(run)).toEqual(expect.arrayContaining(['digest-missing', 'digest-recovered']));
    expect(run.outcome).toBe('failed');
  });

  it('is no sign of it where another is verified: expiry takes the oldest', async () => {
    const { world, chain } = archive({ hours: 4 });
    plantDigest(world, digestAt(chain, 3), at(7));
    for (const { ref } of chain.digests) inVersions(world, ref, at(7), () => deleteObject(world, ref));
    forgeChain(world, { ...TRAIL, start: at(5), hours: 1 });
    const run = await verifyWorld(world, { from: at(1), useVersions: true, now: at(8) });
    expect(codesOf(run)).toEqual(['digest-signature-missing', 'chain-interval-undetermined', 'chain-begins-late']);
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

describe('a digest planted after the newest that are left', () => {
  const NOW = at(HOURS) + 45 * MINUTE;
  const arn = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/main') ?? expect.fail();
  /** CloudTrail says that it delivered the last digest in time. */
  const BY_WORD: RunOptions = {
    now: NOW,
    trail: { arn, isMultiRegion: false },
    trailDirectory: {
      trailStatus: async () => ({
        status: 'found',
        trail: { isLogging: true, digestDeliveredAt: at(HOURS) + 28 * MINUTE },
      }),
    },
  };

  /** Of 14 digests, those from the ninth on are deleted. */
  function truncated() {
    const forged = archive();
    for (let hour = 8; hour < HOURS; hour += 1) deleteObject(forged.world, digestAt(forged.chain, hour).ref);
    return forged;
  }

  it.each([
    ['where the time asked for goes on until now', { to: NOW }],
    ['where the highest age is said', { maxAge: 3 * HOUR }],
    ['where the highest age is said and the end was asked for before', { maxAge: 3 * HOUR, from: at(10) }],
  ])('does not hide that they end too early, %s', async (_, options) => {
    const { world, chain } = truncated();
    plantDigest(world, digestAt(chain, 7), at(HOURS), LINKED);
    plantDigest(world, digestAt(chain, 7), at(HOURS - 1), LINKED);
    const run = await verifyWorld(world, { now: NOW, ...options });
    expect(codesOf(run)).toEqual(['digest-signature-missing', 'digest-signature-missing', 'chain-ends-early']);
    expect(run.findings.at(-1)?.args).toEqual({ start: at(8), end: NOW, last: digestAt(chain, 7).ref });
    expect(run.outcome).toBe('failed');
    expect(coverageOf(run).at(-2)).toMatch(/^lost (?:8|10)-14$/);
  });

  it('does not hide that they end too early for an end that was asked for and is past', async () => {
    const { world, chain } = truncated();
    plantDigest(world, digestAt(chain, 7), at(9), LINKED);
    const run = await verifyWorld(world, { now: at(5000), from: at(1), to: at(11) });
    expect(codesOf(run)).toEqual(['digest-signature-missing', 'chain-ends-early']);
    expect(run.outcome).toBe('failed');
    expect(coverageOf(run)).toEqual(['proven 1-8', 'lost 8-11']);
  });

  it('does not hide it where the newest that are left have lost their signatures too', async () => {
    const { world, chain } = truncated();
    for (const hour of [5, 6, 7]) stripMetadata(world, digestAt(chain, hour).ref);
    plantDigest(world, digestAt(chain, 7), at(HOURS), LINKED);
    const run = await verifyWorld(world, { ...BY_WORD, to: NOW });
    expect(codesOf(run).at(-1)).toBe('chain-newest-digest-deleted');
    expect(run.findings.at(-1)?.args).toMatchObject({ start: at(7), end: at(HOURS), last: digestAt(chain, 6).ref });
    expect(run.outcome).toBe('failed');
    expect(coverageOf(run)).toEqual(['proven 1-7', 'lost 7-14', expect.stringMatching(/^pending 14-/)]);
  });

  it('does not hide it together with others planted before the time asked for', async () => {
    const { world, chain } = truncated();
    for (const hour of [9, 10, 13, 14]) plantDigest(world, digestAt(chain, 7), at(hour), LINKED);
    const run = await verifyWorld(world, { now: NOW, from: at(12), to: NOW });
    expect(codesOf(run)).toContain('chain-ends-early');
    expect(run.outcome).toBe('failed');
  });

  it.each([
    ['with the name that CloudTrail gave the newest', at(HOURS)],
    ['of a time after that', at(HOURS) + 30 * MINUTE],
    ['of a time to come', at(HOURS + 100)],
  ])('does not hide what CloudTrail says that it delivered, %s', async (_, end) => {
    const { world, chain } = truncated();
    plantDigest(world, digestAt(chain, 7), end, LINKED);
    const run = await verifyWorld(world, BY_WORD);
    expect(run.findings.filter(({ code }) => code === 'chain-newest-digest-deleted')).toMatchObject([
      { args: { start: at(8), end: at(HOURS), deliveredAt: at(HOURS) + 28 * MINUTE, last: digestAt(chain, 7).ref } },
    ]);
    expect(run.outcome).toBe('failed');
  });

  describe('leaves undetermined', () => {
    const refusal = { errorCode: 'No', message: 'no' };
    it.each([
      ['cannot be fetched', 'digest-access-denied', { status: 'denied', refusal }],
      ['is archived', 'digest-archived', { status: 'archived', storageClass: 'GLACIER', refusal }],
      ['does not come', 'digest-unavailable', { status: 'unavailable', refusal }],
    ] as const)('what %s', async (_, code, answer) => {
      const { world, chain } = truncated();
      const newest = plantDigest(world, digestAt(chain, 7), at(HOURS));
      plantDigest(world, digestAt(chain, 7), at(HOURS - 1));
      const store = memoryStore(world.buckets);
      const get: ObjectStore['get'] = async (ref, maxBytes) =>
        ref.key === newest.key ? answer : store.get(ref, maxBytes);
      const run = await verifyWorld(world, { ...BY_WORD, to: NOW, store: { ...store, get } });
      expect(codesOf(run)).toEqual([code, 'digest-signature-missing', 'chain-interval-undetermined']);
      expect(run.outcome).toBe('undetermined');
    });

    it.each([
      ['asked for until now', { to: NOW }],
      ['by the age', { maxAge: 3 * HOUR }],
      ['by what CloudTrail delivered', BY_WORD],
    ])('what claims to be a starting digest, and may have lost its signature, %s', async (_, options) => {
      const { world, chain } = truncated();
      plantDigest(world, digestAt(chain, 7), at(HOURS));
      const run = await verifyWorld(world, { now: NOW, ...options });
      expect(codesOf(run)).toEqual(['digest-signature-missing', 'chain-interval-undetermined']);
      expect(run.outcome).toBe('undetermined');
    });

    it('what names a key that nobody knows', async () => {
      const { world, chain } = truncated();
      plantDigest(world, digestAt(chain, 7), at(HOURS), {
        change: (document) => {
          document.digestPublicKeyFingerprint = '0'.repeat(32);
        },
      });
      const run = await verifyWorld(world, { ...BY_WORD, to: NOW });
      expect(codesOf(run)).toEqual(['digest-key-unknown', 'chain-interval-undetermined']);
    });

    it.each([
      ['the age', { maxAge: 90 * MINUTE }],
      ['what CloudTrail delivered', {}],
      ['a time long past', { from: at(1), to: at(HOURS), now: at(5000) }],
      ['a time long past that is not reached', { from: at(1), to: at(HOURS - 1) + MINUTE, now: at(5000) }],
    ])('the newest digest of a copy that lost its signatures, by %s', async (_, options) => {
      const { world } = archive();
      stripMetadata(world);
      const run = await verifyWorld(world, { ...BY_WORD, ...options });
      expect(codesOf(run)).toEqual([
        'digest-signature-missing',
        'digest-logs-unverifiable',
        'chain-interval-undetermined',
      ]);
      expect(run.outcome).toBe('undetermined');
    });

    it.each([
      ['asked for until now', { to: NOW }],
      ['by the age', { maxAge: 90 * MINUTE }],
      ['by what CloudTrail delivered', {}],
    ])('the end of such a copy where logging has just begun again, %s', async (_, options) => {
      const { world } = archive({ hours: 8 });
      forgeChain(world, { ...TRAIL, start: at(HOURS - 1), hours: 1 });
      stripMetadata(world);
      const run = await verifyWorld(world, { ...BY_WORD, ...options });
      expect(codesOf(run).at(-1)).toBe('chain-interval-undetermined');
      expect(run.outcome).toBe('undetermined');
      expect(coverageOf(run)).toEqual(['proven 1-7', expect.stringMatching(/^undetermined 7-14/)]);
    });

    it('the last hour of such a copy, of which the digest before it is verified', async () => {
      const { world, chain } = archive();
      stripMetadata(world);
      const run = await verifyWorld(world, { from: at(HOURS - 1), to: at(HOURS), now: at(5000) });
      expect(codesOf(run)).toEqual([
        'digest-signature-missing',
        'digest-logs-unverifiable',
        'chain-interval-undetermined',
      ]);
      expect(run.findings.at(-1)?.args).toMatchObject({ previous: digestAt(chain, -2).ref });
      expect(run.summary.totals.digests).toEqual({ verified: 0, failed: 0, undetermined: 1 });
    });
  });

  it('and of a later time than the delivery does not hide it, even with a key that nobody knows', async () => {
    const { world, chain } = truncated();
    const change = (document: { digestPublicKeyFingerprint: string }) => {
      document.digestPublicKeyFingerprint = '0'.repeat(32);
    };
    plantDigest(world, digestAt(chain, 7), at(HOURS) + 30 * MINUTE, { change });
    const run = await verifyWorld(world, BY_WORD);
    expect(codesOf(run)).toContain('chain-newest-digest-deleted');
    expect(run.outcome).toBe('failed');
  });

  it('says nothing of a deletion where only what was delivered after the answer lies in the time asked for', async () => {
    const { world } = archive();
    const digestDeliveredAt = at(HOURS - 1) + 28 * MINUTE;
    const run = await verifyWorld(world, {
      ...BY_WORD,
      from: at(HOURS - 1) + 10 * MINUTE,
      trailDirectory: { trailStatus: async () => ({ status: 'found', trail: { isLogging: true, digestDeliveredAt } }) },
    });
    expect(codesOf(run)).toEqual([]);
  });
});

describe('in the place of the digest that is remembered', () => {
  async function remembered(tamper: (forged: ReturnType<typeof archive>) => void) {
    const forged = archive();
    const job = new ScheduledJob(forged.world);
    expect((await job.run(at(15))).outcome).toBe('verified');
    const { chains } = job.checkpoint ?? expect.fail();
    tamper(forged);
    const run = await job.run(at(15));
    expect(job.checkpoint?.chains[0]?.history?.anchor).toEqual(chains[0]?.history?.anchor);
    return { run, remembered: chains[0]?.history?.anchor ?? expect.fail() };
  }

  it('a planted one is another, by what is remembered', async () => {
    const { run, remembered: anchor } = await remembered(({ world, chain }) =>
      plantDigest(world, digestAt(chain, -1), at(HOURS)),
    );
    expect(run.findings).toContainEqual(
      expect.objectContaining({
        code: 'checkpoint-digest-changed',
        subject: { type: 'digest', bucket: anchor.bucket, key: anchor.key },
        args: expect.objectContaining({ part: 'hash', expected: anchor.sha256 }),
      }),
    );
    expect(run.outcome).toBe('failed');
  });

  it('the same one without its signature is the same', async () => {
    const { run } = await remembered(({ world, chain }) => stripMetadata(world, digestAt(chain, -1).ref));
    expect(codesOf(run)).toContain('digest-signature-missing');
    expect(codesOf(run)).not.toContain('checkpoint-digest-changed');
    expect(run.outcome).toBe('undetermined');
  });
});

it('the unsigned time of a backfill digest does not decide alone which keys it is checked with', async () => {
  const { world, chain } = archive({ kind: 'backfill' });
  forgeChain(world, TRAIL);
  modifyLog(world, logAt(chain, -1, 0).ref);
  setMetadata(world, digestAt(chain, -1).ref, { 'backfill-generation-timestamp': '2001-01-01T00:00:00Z' });
  const keys: KeySource = {
    description: 'the keys of a time',
    keysFor: async (_region, during) => ({
      status: 'found',
      keys: world.publicKeys.filter(
        ({ validity }) => validity && validity.start < during.end && during.start < validity.end,
      ),
    }),
  };
  const run = await verifyWorld(world, { keys });
  expect(codesOf(run)).toEqual(['log-modified']);
  expect(run.outcome).toBe('failed');
});

describe('in a copy that lost its signatures, digests planted between one and the one before it', () => {
  const asCopies = (of: ForgedDigest, signature: string) => (document: DigestDocument) => {
    Object.assign(document, {
      previousDigestS3Bucket: of.ref.bucket,
      previousDigestS3Object: of.ref.key,
      previousDigestHashValue: of.sha256,
      previousDigestHashAlgorithm: 'SHA-256',
      previousDigestSignature: signature,
    });
  };
  const PLANTINGS: readonly [string, (of: ForgedDigest) => Planting][] = [
    ['without a link', () => ({})],
    ['with a wrong copy of its signature', (of) => ({ change: asCopies(of, 'cd'.repeat(256)) })],
  ];

  it.each(PLANTINGS)('%s, do not hide the copy that the newest has', async (_, plantingOf) => {
    const { world, chain } = archive();
    stripMetadata(world);
    modifyLog(world, logAt(chain, -2, 0).ref);
    for (let minute = 1; minute <= 40; minute += 1)
      plantDigest(world, digestAt(chain, 0), at(HOURS - 1) + minute * MINUTE, plantingOf(digestAt(chain, -2)));
    const run = await verifyWorld(world);
    expect(codesOf(run)).toContain('log-modified');
    expect(coverageOf(run)).toEqual(['proven 1-13', 'undetermined 13-14']);
    expect(run.outcome).toBe('failed');
  });

  it.each(PLANTINGS)('%s, do not hide the one that was asked for last', async (_, plantingOf) => {
    const { world, chain } = archive();
    stripMetadata(world);
    modifyLog(world, logAt(chain, 11, 0).ref);
    for (let minute = 1; minute <= 40; minute += 1)
      plantDigest(world, digestAt(chain, 0), at(12) + minute * MINUTE, plantingOf(digestAt(chain, 11)));
    const run = await verifyWorld(world, RANGE);
    expect(codesOf(run)).toContain('log-modified');
    expect(coverageOf(run)).toEqual(['proven 1-11.5']);
  });

  it('do not hide the last one before the time asked for', async () => {
    const { world, chain } = archive();
    stripMetadata(world);
    for (let minute = 1; minute <= 40; minute += 1)
      plantDigest(world, digestAt(chain, 0), at(HOURS - 1) + minute * MINUTE);
    const run = await verifyWorld(world, { from: at(HOURS - 1), to: at(HOURS), now: at(5000) });
    expect(run.findings.at(-1)?.args).toMatchObject({ previous: digestAt(chain, -2).ref });
    expect(run.summary.totals.digests).toEqual({ verified: 0, failed: 0, undetermined: 41 });
  });

  it('cost a few reads each at the end of the time asked for', async () => {
    const { world, chain } = archive({ hours: 12 });
    stripMetadata(world);
    for (let second = 1; second <= 300; second += 1)
      plantDigest(world, digestAt(chain, 0), TO + second * 1000, PLANTINGS[1]?.[1](digestAt(chain, 11)));
    const { store, read } = counting(world);
    expect((await verifyWorld(world, { ...RANGE, store })).outcome).toBe('undetermined');
    expect(read.length).toBeLessThan(5 * 300);
  });
});

it('a copy that lost its signatures fails only where it would with them', async () => {
  // Logging was off for three hours.
  const { world } = archive({ hours: 6 });
  forgeChain(world, { ...TRAIL, start: at(9), hours: 5, seed: 'again' });
  const bare = structuredClone(world);
  stripMetadata(bare);
  let failed = 0;
  for (let half = 1; half <= 30; half += 3) {
    const to = START + (half * HOUR) / 2 + MINUTE;
    for (const from of [START, at(5), at(8), at(10)].filter((each) => each < to)) {
      for (const age of [0, 9 * HOUR]) {
        const asked = { from, to, now: to + age, maxAge: 100 * MINUTE };
        const [whole, copy] = [await verifyWorld(world, asked), await verifyWorld(bare, asked)];
        expect(copy.outcome === 'failed' && whole.outcome !== 'failed', JSON.stringify(asked)).toBe(false);
        if (whole.outcome === 'failed') failed += 1;
      }
    }
  }
  expect(failed).toBeGreaterThan(0);
});

it.each([31, 45, 60, 90])('nor does a copy of what is there %i minutes after the end of a digest', async (minutes) => {
  for (const hours of [2, 5]) {
    const { world } = archive({ hours });
    stripMetadata(world);
    const now = at(hours) + minutes * MINUTE;
    for (const asked of [{ maxAge: 91 * MINUTE }, { to: now, from: at(hours - 1) }, { to: now, from: now - HOUR }]) {
      const run = await verifyWorld(world, { now, ...asked });
      expect(run.findings.filter(({ code }) => code.startsWith('chain-end'))).toEqual([]);
      expect(run.outcome).toBe('undetermined');
    }
  }
});
