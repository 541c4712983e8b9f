import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RECOVERIES_AT_ONCE } from '../../../src/app/limits.js';
import { Recovery } from '../../../src/app/objects/recover-versions.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type { Unread } from '../../../src/core/content/object-content.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR } from '../../../src/core/time/instant.js';
import type { Inflater } from '../../../src/ports/inflater.js';
import type { KeySource } from '../../../src/ports/key-source.js';
import type { VersionedObjects } from '../../../src/ports/versioned-objects.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { type ServedRequest, type ServerOptions, startServer } from '../../support/aws/server.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { TAILS } from '../../support/tamper/corrupt-gzip.js';
import { appendToObject, deleteObject, modifyLog, rewriteDigest } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { memoryVersions } from '../../support/worlds/memory-versions.js';
import { inVersions } from '../../support/worlds/versions.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 8;
const NOW = START + (HOURS + 1) * HOUR;
const LATER = START + 100 * HOUR;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: HOURS,
  logsPerHour: 2,
};
const RANGE = { from: START, to: START + HOURS * HOUR, now: NOW };

const DENIAL = { errorCode: 'AccessDenied', message: 'no' };
const ARCHIVED = { errorCode: 'InvalidObjectState', message: 'archived' };
const SLOW_DOWN = { errorCode: 'SlowDown', message: 'too many requests' };

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

function archive(): { world: World; chain: ForgedChain } {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, TRAIL) };
}

const said = ({ findings }: Run) => findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : '']);
const verify = (world: World, options = {}) => verifyWorld(world, { ...RANGE, useVersions: true, ...options });

/** Runs the command against a server, with older versions. */
async function overS3(world: World, options: ServerOptions = {}, flags: readonly string[] = []): Promise<Report> {
  const keys = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, keys);
  const server = await startServer(world, { pageSize: 2, ...options });
  const range = ['--from', '2026-03-01T20:29:23Z', '--to', '2026-03-02T04:29:23Z'];
  const source = ['s3://acme-trails', '--endpoint-url', server.url, '--keys', keys, '--format', 'json'];
  const { stdout } = await runMain(['verify', ...source, ...range, ...flags, '--use-versions'], NOW).finally(
    server.close,
  );
  return JSON.parse(stdout) as Report;
}

describe('a log in a versioned bucket', () => {
  it('that was overwritten stays failed, and the version is named that its digest vouches for', async () => {
    const { world, chain } = archive();
    const { ref } = logAt(chain, 3, 1);
    inVersions(world, ref, LATER, () => modifyLog(world, ref));
    inVersions(world, ref, LATER + 1_000, () => modifyLog(world, ref));
    const run = await verify(world);
    expect(said(run)).toEqual([
      ['log-modified', ref.key],
      ['log-recovered', ref.key],
    ]);
    expect(run.findings[1]?.args).toEqual({ versionId: 'first', act: 'overwritten', replacedAt: LATER });
    expect(run.summary.totals.logs).toEqual({ verified: 2 * HOURS - 1, failed: 1, undetermined: 0 });
  });

  it('that was deleted, too, over S3', async () => {
    const { world, chain } = archive();
    const [deleted, appended] = [logAt(chain, 3, 1).ref, logAt(chain, 5, 0).ref];
    inVersions(world, deleted, LATER, () => deleteObject(world, deleted));
    inVersions(world, appended, LATER, () => appendToObject(world, appended, TAILS.secondMember));
    const report = await overS3(world);
    expect(report.findings).toMatchObject([
      { code: 'log-gzip-trailing-data', subject: appended },
      { code: 'log-recovered', subject: appended, args: { versionId: 'first', act: 'overwritten' } },
      { code: 'log-missing', subject: deleted },
      {
        code: 'log-recovered',
        subject: deleted,
        args: { versionId: 'first', act: 'deleted', replacedAt: '2026-03-06T00:29:23Z' },
      },
    ]);
    expect(report.request.useVersions).toBe(true);
    expect(report.outcome).toBe('failed');
  });

  it('is not taken for recovered by a version that says something else, nor when none is kept', async () => {
    const { world, chain } = archive();
    const [forged, unkept] = [logAt(chain, 3, 1).ref, logAt(chain, 4, 1).ref];
    modifyLog(world, forged);
    inVersions(world, forged, LATER, () => deleteObject(world, forged));
    modifyLog(world, unkept);
    const counts = (await verify(world)).findings.filter(({ code }) => code === 'object-versions-unmatched');
    expect(counts).toMatchObject([
      { subject: unkept, args: { count: 0 } },
      { subject: forged, args: { count: 1 } },
    ]);
  });

  const overwrittenTwice = () => {
    const { world, chain } = archive();
    const { ref } = logAt(chain, 3, 1);
    inVersions(world, ref, LATER, () => modifyLog(world, ref));
    inVersions(world, ref, LATER + 1_000, () => modifyLog(world, ref));
    return { world, kept: memoryVersions(world.versions, world.buckets) };
  };
  const recoveryOf = ({ findings }: Run) =>
    findings.flatMap(({ code, args }) => (code === 'log-modified' ? [] : [[code, args]]));

  it.each<[string, Unread, string]>([
    ['denied', { status: 'denied', refusal: DENIAL }, 'AccessDenied'],
    ['archived', { status: 'archived', storageClass: 'GLACIER', refusal: ARCHIVED }, 'InvalidObjectState'],
    ['too large', { status: 'too-large', measure: 'stored', limit: 7 }, 'TooLarge'],
    ['refused in passing', { status: 'unavailable', refusal: SLOW_DOWN }, 'SlowDown'],
    ['gone meanwhile', { status: 'not-found' }, 'NoSuchVersion'],
  ])('of which an older version is %s may still be recovered, or not be known', async (_, unread, errorCode) => {
    const { world, kept } = overwrittenTwice();
    const refusing = (refused: string): VersionedObjects => ({
      ...kept,
      getVersion: async (ref, id, most) => (id === refused ? unread : kept.getVersion(ref, id, most)),
    });
    const newer = recoveryOf(await verify(world, { versions: refusing('version-1') }));
    expect(newer).toMatchObject([['log-recovered', { versionId: 'first' }]]);
    const right = recoveryOf(await verify(world, { versions: refusing('first') }));
    expect(right).toMatchObject([['object-versions-unavailable', { errorCode }]]);
  });

  it('says the first refusal of several', async () => {
    const { world, kept } = overwrittenTwice();
    const getVersion: VersionedObjects['getVersion'] = async (_, id) =>
      id === 'first' ? { status: 'not-found' } : { status: 'denied', refusal: DENIAL };
    const said = recoveryOf(await verify(world, { versions: { ...kept, getVersion } }));
    expect(said).toEqual([['object-versions-unavailable', DENIAL]]);
  });

  it('is not known where a version inflates to too much', async () => {
    const { world, kept } = overwrittenTwice();
    const [place] = world.versions.keys();
    const inflater: Inflater = {
      ...nodeInflater,
      open: () => ({ status: 'too-large', measure: 'inflated', limit: 7 }),
    };
    const ref = { bucket: TRAIL.bucket, key: place?.slice(TRAIL.bucket.length + 1) ?? '' };
    expect(await new Recovery(kept, inflater).ofLog({ ...ref, sha256: '' })).toMatchObject([
      { code: 'object-versions-unavailable', args: { errorCode: 'TooLarge' } },
    ]);
  });

  it('is not known where there are more versions than are read', async () => {
    const { world, kept } = overwrittenTwice();
    const [place = '', versions = []] = [...world.versions][0] ?? [];
    const of = (count: number) => {
      const [present, forged] = versions;
      if (!present || !forged) throw new Error('no versions');
      world.versions.set(place, [present, ...Array.from({ length: count }, () => forged)]);
      return verify(world).then(recoveryOf);
    };
    expect(await of(100)).toEqual([['object-versions-unmatched', { count: 100 }]]);
    expect(await of(101)).toMatchObject([['object-versions-unavailable', { errorCode: 'TooManyVersions' }]]);
    const cut: VersionedObjects = {
      ...kept,
      versions: async () => ({ status: 'listed', versions: [], isCut: true }),
    };
    const said = recoveryOf(await verify(world, { versions: cut }));
    expect(said).toMatchObject([['object-versions-unavailable', { errorCode: 'TooManyVersions' }]]);
  });

  it('whose versions may not be listed is told apart', async () => {
    const { world, chain } = archive();
    const { ref } = logAt(chain, 3, 1);
    inVersions(world, ref, LATER, () => deleteObject(world, ref));
    const fault = ({ operation }: { operation: string }) =>
      operation === 'ListObjectVersions' ? ('deny' as const) : undefined;
    const { findings } = await overS3(world, { fault });
    expect(findings.filter(({ subject }) => subject.type !== 'folder')).toMatchObject([
      { code: 'log-missing' },
      { code: 'object-versions-unavailable', args: { errorCode: 'AccessDenied' } },
    ]);
  });
});

describe('a digest in a versioned bucket', () => {
  it('that was deleted, with others in a row, is verified as it was, and so are its logs', async () => {
    const { world, chain } = archive();
    for (const hour of [3, 4, 5]) {
      const { ref } = digestAt(chain, hour);
      inVersions(world, ref, LATER + hour, () => deleteObject(world, ref));
    }
    modifyLog(world, logAt(chain, 4, 0).ref);
    const run = await verify(world);
    const deleted = [5, 4, 3].map((hour) => digestAt(chain, hour).ref.key);
    expect(said(run).filter(([code]) => code?.startsWith('digest-'))).toEqual(
      deleted.flatMap((key) => [
        ['digest-missing', key],
        ['digest-recovered', key],
      ]),
    );
    expect(said(run).filter(([code]) => code === 'log-modified')).toHaveLength(1);
    expect(run.summary.totals.digests).toEqual({ verified: HOURS - 3, failed: 3, undetermined: 0 });
    expect(run.summary.totals.logs).toEqual({ verified: 2 * HOURS - 1, failed: 1, undetermined: 0 });
    const coverage = run.events.flatMap((event) => (event.type === 'chain' ? event.report.coverage : []));
    const begin = digestAt(chain, 0).interval.end;
    expect(coverage).toEqual([
      { state: 'gap', start: RANGE.from, end: begin },
      { state: 'proven', start: begin, end: RANGE.to },
    ]);
  });

  it('that was changed is verified as it was, over S3', async () => {
    const { world, chain } = archive();
    const { ref } = digestAt(chain, 4);
    inVersions(world, ref, LATER, () => rewriteDigest(world, ref, (document) => document.logFiles.pop()));
    const report = await overS3(world);
    expect(report.findings.map(({ code }) => code)).toEqual([
      'digest-signature-invalid',
      'digest-link-mismatch',
      'digest-recovered',
    ]);
    expect(report.totals.logs.verified).toBe(2 * HOURS);
    expect(report.outcome).toBe('failed');
  });

  it('is not replaced by a version of which nothing is proven', async () => {
    const { world, chain } = archive();
    const { ref } = digestAt(chain, 4);
    rewriteDigest(world, ref, (document) => document.logFiles.pop());
    inVersions(world, ref, LATER, () => deleteObject(world, ref));
    const codes = (await verify(world)).findings.map(({ code }) => code);
    expect(codes).toEqual(['digest-missing', 'object-versions-unmatched', 'chain-interval-lost']);
  });
});

it('a version of a digest for which keys cannot be had is not said to be invalid', async () => {
  const { world, chain } = archive();
  const { ref } = digestAt(chain, 4);
  inVersions(world, ref, LATER, () => deleteObject(world, ref));
  const keys: KeySource = {
    description: 'no keys',
    keysFor: async () => ({ status: 'unavailable', refusal: SLOW_DOWN }),
  };
  const run = await verify(world, { keys });
  const ofDeleted = run.findings.filter(({ subject }) => 'key' in subject && subject.key === ref.key);
  expect(ofDeleted.map(({ code, args }) => [code, args])).toEqual([
    ['digest-missing', {}],
    ['object-versions-unavailable', SLOW_DOWN],
  ]);
  expect(run.outcome).toBe('failed');
});

describe('a mass deletion', () => {
  const LOGS = 12;

  function massDeletion(): World {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...TRAIL, logsPerHour: LOGS });
    for (const { ref } of chain.digests.flatMap(({ logs }) => logs))
      inVersions(world, ref, LATER, () => deleteObject(world, ref));
    return world;
  }

  it('has no more objects looked for at once than can be held', async () => {
    const world = massDeletion();
    const kept = memoryVersions(world.versions, world.buckets);
    const underWay = new Set<string>();
    let most = 0;
    const noted =
      <A extends [ObjectRef, ...unknown[]], R>(ask: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        underWay.add(args[0].key);
        most = Math.max(most, underWay.size);
        await setImmediate();
        return ask(...args).finally(() => underWay.delete(args[0].key));
      };
    const versions = { ...kept, versions: noted(kept.versions), getVersion: noted(kept.getVersion) };
    const { findings } = await verify(world, { versions });
    expect(findings.filter(({ code }) => code === 'log-recovered')).toHaveLength(HOURS * LOGS);
    expect(most).toBe(RECOVERIES_AT_ONCE);
  });

  it('never has more requests under way than --concurrency allows', async () => {
    const world = massDeletion();
    const isOfVersion = ({ operation, prefix, versionId }: ServedRequest) =>
      versionId !== undefined || (operation === 'ListObjectVersions' && prefix?.endsWith('.json.gz') === true);
    let [underWay, most] = [0, 0];
    const onArrival = (request: ServedRequest) => {
      if (isOfVersion(request)) underWay += 1;
      most = Math.max(most, underWay);
    };
    const fault = (request: ServedRequest) => {
      if (isOfVersion(request)) underWay -= 1;
      return undefined;
    };
    const report = await overS3(world, { onArrival, fault, latencyMs: 1 }, ['--concurrency', '3', '--threads', '0']);
    expect(report.findings.filter(({ code }) => code === 'log-recovered')).toHaveLength(HOURS * LOGS);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(3);
  });
});

it('versions are asked for only when that is wanted, and only for what failed', async () => {
  const { world, chain } = archive();
  const { ref } = logAt(chain, 3, 1);
  inVersions(world, ref, LATER, () => modifyLog(world, ref));
  const asked: string[] = [];
  const versions: VersionedObjects = {
    versions: async ({ key }) => {
      asked.push(key);
      return { status: 'listed', versions: [], isCut: false };
    },
    getVersion: async () => ({ status: 'not-found' }),
    listNewest: async function* () {},
    listVersionFolders: async () => [],
  };
  await verify(world, { versions, useVersions: false });
  expect(asked).toEqual([]);
  await verify(world, { versions });
  expect(asked).toEqual([ref.key]);
});
