import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeletedDigests } from '../../../src/app/listing/deleted-digests.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { Report } from '../../../src/core/report/report.js';
import type { VerifyEvent } from '../../../src/core/report/verify-events.js';
import { DAY, HOUR } from '../../../src/core/time/instant.js';
import { ListingError } from '../../../src/ports/object-store.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { type ServerOptions, startServer } from '../../support/aws/server.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { memoryVersions } from '../../support/worlds/memory-versions.js';
import { inVersions } from '../../support/worlds/versions.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 8;
const END = START + HOURS * HOUR;
const NOW = END + HOUR;
const LATER = START + 100 * HOUR;
const BUCKET = 'acme-trails';
const TRAIL: ForgeOptions = {
  bucket: BUCKET,
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: HOURS,
  logsPerHour: 2,
};
const OTHER: ForgeOptions = { ...TRAIL, trailName: 'other', start: START - 60_000, hours: HOURS + 1 };
const RANGE = { from: START, to: END, now: NOW };
const ALL = Array.from({ length: HOURS }, (_, hour) => hour);

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

function archive(options = TRAIL): { world: World; chain: ForgedChain } {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, options) };
}

/** Leaves marks of deletion over the digests of the hours. */
function deleteDigests(world: World, chain: ForgedChain, hours: readonly number[]): void {
  for (const hour of hours) {
    const { ref } = digestAt(chain, hour);
    inVersions(world, ref, LATER + hour * 1_000, () => deleteObject(world, ref));
  }
}

/** Takes the older versions away for good; the marks stay. */
function purge(world: World, chain: ForgedChain, hours: readonly number[]): void {
  for (const hour of hours) {
    const { bucket, key } = digestAt(chain, hour).ref;
    const kept = world.versions.get(`${bucket}/${key}`) ?? [];
    world.versions.set(
      `${bucket}/${key}`,
      kept.filter(({ object }) => !object),
    );
  }
}

const keyAt = (chain: ForgedChain, hour: number) => digestAt(chain, hour).ref.key;
const recoveredAt = (chain: ForgedChain, hours: readonly number[]) =>
  hours.flatMap((hour) => [
    ['digest-missing', keyAt(chain, hour)],
    ['digest-recovered', keyAt(chain, hour)],
  ]);
const said = ({ findings }: { readonly findings: readonly Pick<Finding, 'code' | 'subject'>[] }) =>
  findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : '']);
const coverageOf = (events: readonly VerifyEvent[]) =>
  events.flatMap((event) => (event.type === 'chain' ? event.report.coverage : []));
const verify = (world: World, options = {}) => verifyWorld(world, { ...RANGE, useVersions: true, ...options });

async function overS3(world: World, options: ServerOptions = {}): Promise<Report> {
  const keys = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, keys);
  const server = await startServer(world, { pageSize: 2, ...options });
  const range = ['--from', '2026-03-01T20:29:23Z', '--to', '2026-03-02T04:29:23Z'];
  const source = [`s3://${BUCKET}`, '--endpoint-url', server.url, '--keys', keys, '--format', 'json'];
  const { stdout } = await runMain(['verify', ...source, ...range, '--use-versions'], NOW).finally(server.close);
  return JSON.parse(stdout) as Report;
}

describe('the newest digests of a chain', () => {
  it('that were deleted are found, and count as proven by their older versions', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [5, 6, 7]);
    modifyLog(world, logAt(chain, 6, 0).ref);
    for (const options of [{}, { from: undefined, to: undefined }]) {
      const { events, findings, summary, outcome } = await verify(world, options);
      expect(said({ findings }).filter(([code]) => code?.startsWith('digest-'))).toEqual(recoveredAt(chain, [7, 6, 5]));
      expect(findings.filter(({ code }) => code === 'digest-recovered').map(({ args }) => args)).toEqual(
        [7, 6, 5].map((hour) => ({ versionId: 'first', act: 'deleted', replacedAt: LATER + hour * 1_000 })),
      );
      expect(findings.filter(({ code }) => code === 'log-modified')).toHaveLength(1);
      expect(coverageOf(events).at(-1)).toEqual({ state: 'proven', start: START + HOUR, end: END });
      expect(summary.totals.digests).toEqual({ verified: HOURS - 3, failed: 3, undetermined: 0 });
      expect(outcome).toBe('failed');
    }
  });

  it('are verified by the copy of a signature in the one after them, where their own is gone', async () => {
    const { world, chain } = archive();
    stripMetadata(world, digestAt(chain, 6).ref);
    deleteDigests(world, chain, [6, 7]);
    expect(said(await verify(world))).toEqual(recoveredAt(chain, [7, 6]));
  });

  it('that were deleted for good are missing, each of them, and their time is lost', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [5, 6, 7]);
    purge(world, chain, [6, 7]);
    const { events, findings } = await verify(world);
    expect(said({ findings })).toEqual([
      ...[7, 6].flatMap((hour) => [
        ['digest-missing', keyAt(chain, hour)],
        ['object-versions-unmatched', keyAt(chain, hour)],
      ]),
      ...recoveredAt(chain, [5]),
      ['chain-interval-lost', ''],
    ]);
    expect(coverageOf(events)).toEqual([
      { state: 'gap', start: START, end: START + HOUR },
      { state: 'proven', start: START + HOUR, end: START + 6 * HOUR },
      { state: 'lost', start: START + 6 * HOUR, end: END },
    ]);
  });

  it('are looked for only where they end in the time asked for', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [5, 6, 7]);
    const { findings, events } = await verify(world, { to: START + 5 * HOUR });
    expect(findings).toEqual([]);
    expect(coverageOf(events)).toEqual([
      { state: 'gap', start: START, end: START + HOUR },
      { state: 'proven', start: START + HOUR, end: START + 5 * HOUR },
    ]);
  });

  it('are found where the only ones left end before the time asked for', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [3, 4, 5, 6, 7]);
    const { findings } = await verify(world, { from: START + 3 * HOUR });
    expect(said({ findings })).toEqual(recoveredAt(chain, [7, 6, 5, 4, 3]));
  });

  it('are not looked for behind the digest that reaches the end of the time asked for', async () => {
    const { world, chain } = archive();
    const [planted] = forgeChain(emptyWorld(), { ...TRAIL, start: START + 4 * HOUR + 600_000, hours: 1 }).digests;
    world.versions.set(`${BUCKET}/${planted?.ref.key}`, [{ versionId: 'mark', at: LATER }]);
    expect(said(await verify(world, { to: START + 4.5 * HOUR }))).toEqual([]);
    expect(said(await verify(world)).map(([code]) => code)).toEqual(['digest-missing', 'object-versions-unmatched']);
    expect(chain.digests).toHaveLength(HOURS);
  });

  it('are not found where older versions are not asked for', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [5, 6, 7]);
    const { findings } = await verify(world, { useVersions: false });
    expect(findings.filter(({ code }) => code.startsWith('digest-'))).toEqual([]);
  });

  it('of the time before logging was started again are found too', async () => {
    const { world, chain } = archive();
    const again = forgeChain(world, { ...TRAIL, start: END + 5 * HOUR, hours: 2 });
    deleteDigests(world, chain, [6, 7]);
    const { findings } = await verify(world, { to: undefined, from: undefined, now: END + 8 * HOUR });
    expect(said({ findings })).toEqual([...recoveredAt(chain, [7, 6]), ['chain-gap', '']]);
    expect(digestAt(again, 0).interval.start).toBe(END + 5 * HOUR);
  });

  it('that end after the time of the run were never digests', async () => {
    const { world, chain } = archive();
    const { ref } = digestAt(forgeChain(emptyWorld(), { ...TRAIL, start: NOW + 2 * HOUR, hours: 1 }), 0);
    world.versions.set(`${ref.bucket}/${ref.key}`, [{ versionId: 'mark', at: LATER }]);
    deleteDigests(world, chain, [7]);
    const { findings } = await verify(world, { to: undefined });
    expect(said({ findings })).toEqual(recoveredAt(chain, [7]));
  });
});

it('a folder that is there is not looked at twice', async () => {
  const { world, chain } = archive();
  deleteDigests(world, chain, [7]);
  const strange = `${keyAt(chain, 6)}.old`;
  putObject(world, BUCKET, strange, { body: new Uint8Array([1]), metadata: {} });
  expect(said(await verify(world))).toEqual([['digest-key-unrecognised', strange], ...recoveredAt(chain, [7])]);
});

it('what is there is not among what was deleted', async () => {
  const { world, chain } = archive();
  forgeChain(world, OTHER);
  deleteDigests(world, chain, [2, 7]);
  const deleted = new DeletedDigests(memoryVersions(world.versions, world.buckets), RANGE, NOW);
  const folder = { prefix: '', accountId: TRAIL.accountId, region: TRAIL.region };
  const listed: ObjectRef[] = [];
  for await (const ref of deleted.list(BUCKET, folder, START)) listed.push(ref);
  expect(listed).toEqual([digestAt(chain, 2).ref, digestAt(chain, 7).ref]);
});

describe('the oldest digests of a chain', () => {
  it('may have expired, and are let lie', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [0, 1, 2, 3, 4]);
    purge(world, chain, [0, 1, 2, 3, 4]);
    const { findings } = await verify(world, { from: undefined });
    expect(findings.map(({ code }) => code)).toEqual(['chain-begins-unanchored']);
    // The link of the oldest that is left leads to one of them, and no further.
    expect(said(await verify(world)).filter(([code]) => code === 'digest-missing')).toEqual([
      ['digest-missing', keyAt(chain, 4)],
    ]);
  });

  it('are let lie together with all others that expired, where no start is asked for', async () => {
    const { world, chain } = archive();
    forgeChain(world, OTHER);
    deleteDigests(world, chain, ALL);
    const { findings } = await verify(world, { from: undefined });
    expect(findings.filter(({ code }) => code.startsWith('digest-'))).toEqual([]);
  });
});

describe('a chain whose digests were all deleted', () => {
  const chainsOf = ({ events }: Run) =>
    events.flatMap((event) => (event.type === 'chain' ? [event.report.chain.trailName] : []));

  it('is found in the time asked for, with account and region', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, ALL);
    const run = await verify(world);
    expect(said(run)).toEqual(recoveredAt(chain, [...ALL].reverse()));
    expect(coverageOf(run.events)).toEqual([
      { state: 'gap', start: START, end: START + HOUR },
      { state: 'proven', start: START + HOUR, end: END },
    ]);
    expect(run.summary.totals.logs.verified).toBe(2 * HOURS);
  });

  it('is found where its logs are gone too, and nothing else is in the bucket', async () => {
    const { world, chain } = archive({
      ...TRAIL,
      logsPerHour: 0,
      prefix: 'some/where',
      organizationId: 'o-exampleorg1',
    });
    deleteDigests(world, chain, ALL);
    expect(said(await verify(world))).toEqual(recoveredAt(chain, [...ALL].reverse()));
    const unmet = said(await verify(world, { accounts: ['444455556666'] }));
    expect(unmet.map(([code]) => code)).toEqual(['selection-not-found']);
  });

  it('is found beside another trail of the folder, which is as it was', async () => {
    const { world, chain } = archive();
    forgeChain(world, OTHER);
    deleteDigests(world, chain, ALL);
    const run = await verify(world);
    expect(said(run)).toEqual(recoveredAt(chain, [...ALL].reverse()));
    expect(chainsOf(run)).toEqual(['main', 'other']);
    expect(said(await verify(world, { trails: ['other'] }))).toEqual([]);
  });

  it('is missing where no older version is left of it', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, ALL);
    purge(world, chain, ALL);
    const { events, outcome, findings } = await verify(world);
    expect(findings.filter(({ code }) => code === 'digest-missing')).toHaveLength(HOURS);
    expect(coverageOf(events)).toEqual([{ state: 'lost', start: START, end: END }]);
    expect(outcome).toBe('failed');
  });

  it('is no matter where its logs lie beside the time asked for', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, ALL);
    const range = { from: END + 10 * DAY, to: END + 11 * DAY, now: END + 12 * DAY };
    for (const useVersions of [true, false]) {
      const { findings } = await verify(world, { ...range, useVersions });
      expect(findings.map(({ code }) => code)).toEqual(['nothing-found']);
    }
  });

  it('is found in a second bucket, beside the region of the first', async () => {
    const { world } = archive();
    const { digests } = forgeChain(world, { ...OTHER, bucket: 'other-trails' });
    for (const { ref } of digests) inVersions(world, ref, LATER, () => deleteObject(world, ref));
    const run = await verify(world);
    expect(said(run).filter(([code]) => code === 'digest-recovered')).toHaveLength(HOURS + 1);
    expect(chainsOf(run)).toEqual(['main', 'other']);
  });
});

describe('where older versions may not be listed', () => {
  const refuse = (world: World, isRefused: (prefix: string) => boolean) => {
    const versions = memoryVersions(world.versions, world.buckets);
    const check = (bucket: string, prefix: string) => {
      const refusal = { errorCode: 'AccessDenied', message: 'no' };
      if (isRefused(prefix)) throw new ListingError({ bucket, prefix }, { status: 'denied', refusal });
    };
    return {
      ...versions,
      listNewest: async function* (request: Parameters<typeof versions.listNewest>[0]) {
        check(request.bucket, request.prefix);
        yield* versions.listNewest(request);
      },
      listVersionFolders: async (bucket: string, prefix: string) => {
        check(bucket, prefix);
        return versions.listVersionFolders(bucket, prefix);
      },
    };
  };

  it('that is said once of each folder, and all else goes on', async () => {
    const { world, chain } = archive();
    forgeChain(world, OTHER);
    modifyLog(world, logAt(chain, 6, 0).ref);
    const folder = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';
    const run = await verify(world, { versions: refuse(world, () => true) });
    expect(said(run).filter(([code]) => code === 'object-versions-unavailable')).toEqual([
      ['object-versions-unavailable', ''],
      ['object-versions-unavailable', folder],
    ]);
    expect(run.summary.totals.digests.verified).toBe(2 * HOURS + 1);
    const unbounded = await verify(world, { from: undefined, versions: refuse(world, () => true) });
    expect(said(unbounded).filter(([code]) => code === 'object-versions-unavailable')).toEqual([
      ['object-versions-unavailable', folder],
    ]);
  });

  it('of a part only, the rest is found', async () => {
    const { world, chain } = archive();
    const denied = forgeChain(world, { ...TRAIL, accountId: '444455556666' });
    deleteDigests(world, chain, ALL);
    deleteDigests(world, denied, ALL);
    const run = await verify(world, { versions: refuse(world, (prefix) => /444455556666.+us-east-1/.test(prefix)) });
    expect(said(run)).toEqual([
      ['object-versions-unavailable', 'AWSLogs/444455556666/CloudTrail-Digest/us-east-1/'],
      ...recoveredAt(chain, [...ALL].reverse()),
      ['folder-without-digests', 'AWSLogs/444455556666/CloudTrail/us-east-1/'],
    ]);
  });
});

describe('over S3', () => {
  it('deleted digests at the end of a chain, and of a whole account, are found', async () => {
    const { world, chain } = archive();
    const gone = forgeChain(world, { ...TRAIL, accountId: '444455556666', logsPerHour: 0 });
    deleteDigests(world, chain, [6, 7]);
    deleteDigests(world, gone, ALL);
    // An old mark that hides no digest.
    putObject(world, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/x', {
      body: new Uint8Array([1]),
      metadata: {},
    });
    const strange = { bucket: BUCKET, key: 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/x' };
    inVersions(world, strange, LATER, () => deleteObject(world, strange));
    const report = await overS3(world);
    expect(said(report)).toEqual([...recoveredAt(chain, [7, 6]), ...recoveredAt(gone, [...ALL].reverse())]);
    expect(report.findings[1]).toMatchObject({
      code: 'digest-recovered',
      args: { versionId: 'first', act: 'deleted', replacedAt: '2026-03-06T00:29:30Z' },
    });
    expect(report.outcome).toBe('failed');
    expect(report.chains.flatMap(({ coverage }) => coverage.map(({ state }) => state))).toEqual([
      'gap',
      'proven',
      'gap',
      'proven',
    ]);
  });

  it('what may not be listed is said of the folder', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, [6, 7]);
    const fault = ({ operation }: { operation: string }) =>
      operation === 'ListObjectVersions' ? ('deny' as const) : undefined;
    const { findings } = await overS3(world, { fault });
    expect(findings.filter(({ code }) => code === 'object-versions-unavailable')).toMatchObject([
      { subject: { type: 'folder', bucket: BUCKET, key: '' }, args: { errorCode: 'AccessDenied' } },
      { subject: { type: 'folder', key: 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/' } },
    ]);
  });
});
