import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { ChainReport, DigestEvent } from '../../../src/core/report/verify-events.js';
import { DAY, HOUR, type Instant } from '../../../src/core/time/instant.js';
import { ListingError } from '../../../src/ports/object-store.js';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import {
  deleteObject,
  modifyLog,
  objectAt,
  resignDigest,
  setMetadata,
  stripMetadata,
} from '../../support/tamper/tamper.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const TRAIL: ForgeOptions = {
  bucket: 'acme-recent',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: 4,
  logsPerHour: 1,
};
const RECENT = { sources: [{ bucket: 'acme-recent', prefix: '' }] };

const at = (hour: number): Instant => START + hour * HOUR;
const chainsOf = ({ events }: Run): ChainReport[] =>
  events.flatMap((event) => (event.type === 'chain' ? [event.report] : []));
const digestsOf = ({ events }: Run): DigestEvent[] =>
  events.flatMap((event) => (event.type === 'digest' ? [event] : []));
const codesOf = ({ findings }: Run): string[] => findings.map(({ code }) => code);

/** Four hours in one place, then four in another; the links hold. */
function moved(before: Partial<ForgeOptions>, after: Partial<ForgeOptions> = {}) {
  const world = emptyWorld();
  const old = forgeChain(world, { ...TRAIL, ...before });
  const recent = forgeChain(world, { ...TRAIL, start: at(4), previous: digestAt(old, -1), ...after });
  return { world, old, recent, all: [...old.digests, ...recent.digests].map(({ ref }) => ref).reverse() };
}

describe.each([
  ['another bucket', { bucket: 'acme-old' }],
  ['another prefix', { prefix: 'before' }],
  ['another bucket and prefix', { bucket: 'acme-old', prefix: 'x/y' }],
  ['an organization folder', { organizationId: 'o-exampleorgid' }],
])('a chain that comes from %s', (_, before) => {
  it('is one chain, followed to its beginning', async () => {
    const { world, all } = moved(before);
    const run = await verifyWorld(world, RECENT);
    expect(run.findings).toEqual([]);
    expect(digestsOf(run).map(({ ref }) => ref)).toEqual(all);
    expect(chainsOf(run)).toMatchObject([
      { coverage: [{ state: 'proven', start: at(1), end: at(8) }], logs: { verified: 8 } },
    ]);
  });

  it('is followed no further than asked', async () => {
    const { world } = moved(before);
    expect(digestsOf(await verifyWorld(world, { ...RECENT, from: at(3) }))).toHaveLength(5);
    expect(digestsOf(await verifyWorld(world, { ...RECENT, from: at(4) }))).toHaveLength(4);
  });

  it('shows what is missing there, though no link names it', async () => {
    const { world, old } = moved(before);
    for (const hour of [1, 2]) deleteObject(world, digestAt(old, hour).ref);
    const run = await verifyWorld(world, RECENT);
    expect(run.findings).toMatchObject([
      { code: 'digest-missing', subject: digestAt(old, 2).ref },
      { code: 'chain-interval-lost', args: { start: at(1), end: at(3) } },
    ]);
  });

  it('shows a change there', async () => {
    const { world, old } = moved(before);
    modifyLog(world, logAt(old, 0, 0).ref);
    expect((await verifyWorld(world, RECENT)).outcome).toBe('failed');
  });

  it('is lost from there on when the last digest there is', async () => {
    const { world, old } = moved(before);
    for (const { ref } of old.digests) deleteObject(world, ref);
    const run = await verifyWorld(world, { ...RECENT, from: at(0) });
    expect(run.findings.slice(0, 2)).toMatchObject([
      { code: 'digest-missing', subject: digestAt(old, 3).ref },
      { code: 'chain-interval-lost', args: { start: at(0), end: at(4) } },
    ]);
    expect(run.findings.slice(2).filter(({ code }) => code !== 'folder-logs-alone')).toEqual([]);
  });
});

it('names the places that a chain was found in, newest first', async () => {
  const { world } = moved({ bucket: 'acme-old', prefix: 'x/y' });
  expect(chainsOf(await verifyWorld(world, RECENT))[0]?.places).toEqual([
    { bucket: 'acme-recent', prefix: '' },
    { bucket: 'acme-old', prefix: 'x/y' },
  ]);
});

describe('another bucket', () => {
  it('may not be listed: links lead on all the same', async () => {
    const { world } = moved({ bucket: 'acme-old' });
    const store = memoryStore(world.buckets);
    const refusing = {
      ...store,
      list: (request: Parameters<typeof store.list>[0]) => {
        if (request.bucket !== 'acme-old') return store.list(request);
        throw new ListingError(request, { status: 'denied', refusal: { errorCode: 'AccessDenied', message: '' } });
      },
    };
    const run = await verifyWorld(world, { ...RECENT, store: refusing });
    expect(run.findings).toEqual([]);
    expect(digestsOf(run)).toHaveLength(8);
  });

  it('may be gone: then nothing is known of the time before', async () => {
    const { world, old } = moved({ bucket: 'acme-old' });
    world.buckets.delete('acme-old');
    const run = await verifyWorld(world, { ...RECENT, from: at(0) });
    expect(run.findings).toMatchObject([
      { code: 'digest-unavailable', subject: digestAt(old, 3).ref, args: { errorCode: 'NoSuchBucket' } },
      { code: 'chain-interval-undetermined', args: { start: at(0), end: at(4) } },
    ]);
    expect(run.outcome).toBe('undetermined');
  });

  it('may hold the logs alone', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...TRAIL, logBucket: 'acme-logs' });
    expect((await verifyWorld(world, RECENT)).findings).toEqual([]);
    deleteObject(world, logAt(chain, 1, 0).ref);
    expect((await verifyWorld(world, RECENT)).findings).toMatchObject([
      { code: 'log-missing', subject: { bucket: 'acme-logs' } },
    ]);
  });

  it('may be a source itself: the chain stays one, each digest seen once', async () => {
    const { world, all } = moved({ bucket: 'acme-old' });
    for (const buckets of [
      ['acme-old', 'acme-recent'],
      ['acme-recent', 'acme-old'],
    ]) {
      const run = await verifyWorld(world, { sources: buckets.map((bucket) => ({ bucket, prefix: '' })) });
      expect(run.findings).toEqual([]);
      expect(digestsOf(run).map(({ ref }) => ref)).toEqual(all);
    }
  });
});

describe('a link', () => {
  it('that leads forward in time is not followed in circles', async () => {
    const world = emptyWorld();
    const recent = forgeChain(world, TRAIL);
    const newest = digestAt(recent, 3);
    resignDigest(world, digestAt(recent, 1).ref, (document) => {
      document.previousDigestS3Object = newest.ref.key;
      document.previousDigestHashValue = newest.sha256;
      document.previousDigestSignature = newest.signature;
    });
    const run = await verifyWorld(world, RECENT);
    expect(digestsOf(run)).toHaveLength(4);
    expect(run.outcome).toBe('failed');
  });

  it('that passes digests over leaves them to be verified apart', async () => {
    const world = emptyWorld();
    const stray = forgeChain(world, { ...TRAIL, start: at(1), hours: 2, seed: 'stray' });
    const passedOver = stray.digests.map(({ ref }) => [ref, objectAt(world, ref)] as const);
    const first = forgeChain(world, { ...TRAIL, hours: 1 });
    const rest = forgeChain(world, { ...TRAIL, start: at(3), hours: 2, previous: digestAt(first, 0) });
    for (const [ref, object] of passedOver) putObject(world, ref.bucket, ref.key, object);
    const run = await verifyWorld(world, RECENT);
    expect(digestsOf(run).map(({ ref }) => ref)).toEqual(
      [...[...first.digests, ...rest.digests].reverse(), ...[...stray.digests].reverse()].map(({ ref }) => ref),
    );
    expect(run.findings.filter(({ code }) => code === 'digest-unlinked')).toMatchObject(
      [...stray.digests].reverse().map(({ ref }) => ({ subject: ref })),
    );
    expect(codesOf(run)).toContain('digest-interval-break');
    modifyLog(world, logAt(stray, 0, 0).ref);
    expect((await verifyWorld(world, RECENT)).outcome).toBe('failed');
  });
});

describe('backfill digests', () => {
  const BACKFILL = { kind: 'backfill', seed: 'late' } as const;

  it('form a chain of their own beside the standard one', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const backfill = forgeChain(world, { ...TRAIL, ...BACKFILL, hours: 2 });
    const run = await verifyWorld(world, RECENT);
    expect(run.findings).toEqual([]);
    expect(chainsOf(run).map(({ chain, coverage }) => [chain.kind, coverage])).toEqual([
      ['backfill', [{ state: 'proven', start: at(0), end: at(2) }]],
      ['standard', [{ state: 'proven', start: at(1), end: at(4) }]],
    ]);
    modifyLog(world, logAt(backfill, 0, 0).ref);
    expect((await verifyWorld(world, RECENT)).findings).toMatchObject([
      { code: 'log-modified', subject: logAt(backfill, 0, 0).ref },
    ]);
  });

  it('may leave hours out and end early: CloudTrail makes them when logs come late', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...TRAIL, hours: 40 });
    const first = forgeChain(world, { ...TRAIL, ...BACKFILL, hours: 1 });
    forgeChain(world, { ...TRAIL, ...BACKFILL, start: at(9), hours: 1, previous: digestAt(first, 0) });
    const run = await verifyWorld(world, { ...RECENT, from: at(0), to: at(40), now: at(41) });
    expect(codesOf(run)).toEqual([]);
    expect(run.outcome).toBe('verified');
  });

  it('that are missing are named by the link to them', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const backfill = forgeChain(world, { ...TRAIL, ...BACKFILL });
    deleteObject(world, digestAt(backfill, 1).ref);
    expect((await verifyWorld(world, RECENT)).findings).toMatchObject([
      { code: 'digest-missing', subject: digestAt(backfill, 1).ref },
    ]);
  });

  it('are verified with the key of the time they were made, not of their hour', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const late = { ...BACKFILL, key: KEY_B, backfillDelay: 60 * DAY };
    const backfill = forgeChain(world, { ...TRAIL, ...late });
    const asked: Instant[] = [];
    const keys = {
      description: '',
      keysFor: async (_region: string, during: { start: Instant; end: Instant }) => {
        asked.push(during.start);
        const valid = world.publicKeys.filter(
          ({ validity }) => validity !== undefined && validity.start < during.end && validity.end > during.start,
        );
        return { status: 'found' as const, keys: valid };
      },
    };
    const run = await verifyWorld(world, { ...RECENT, keys });
    expect(run.findings).toEqual([]);
    expect(run.summary.keysUsed.map(({ fingerprint }) => fingerprint).sort()).toEqual(
      [KEY_A.fingerprint, KEY_B.fingerprint].sort(),
    );
    expect(Math.max(...asked) - Math.min(...asked)).toBeGreaterThanOrEqual(30 * DAY);
    setMetadata(world, digestAt(backfill, 2).ref, { 'backfill-generation-timestamp': undefined });
    expect(codesOf(await verifyWorld(world, { ...RECENT, keys }))).toContain('digest-key-unknown');
  });
});

describe('keys that rotate', () => {
  const rotating = (hour: number) => (hour < 2 ? KEY_A : KEY_B);

  it('change nothing, also where only copies of signatures are left', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...TRAIL, key: rotating });
    const run = await verifyWorld(world, RECENT);
    expect(run.findings).toEqual([]);
    expect(run.summary.keysUsed).toHaveLength(2);
    stripMetadata(world);
    expect((await verifyWorld(world, { ...RECENT, to: at(3) })).outcome).toBe('verified');
  });

  it('leave undetermined what a missing one has signed, and no more', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...TRAIL, key: rotating });
    world.publicKeys.splice(
      world.publicKeys.findIndex(({ fingerprint }) => fingerprint === KEY_A.fingerprint),
      1,
    );
    const run = await verifyWorld(world, RECENT);
    expect(run.summary.totals.digests).toEqual({ verified: 2, failed: 0, undetermined: 2 });
    expect(run.summary.totals.logs).toEqual({ verified: 2, failed: 0, undetermined: 2 });
    expect(new Set(codesOf(run))).toEqual(
      new Set([
        'digest-key-unknown',
        'digest-logs-unverifiable',
        'chain-begins-unanchored',
        'chain-interval-undetermined',
      ]),
    );
  });
});
