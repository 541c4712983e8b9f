import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { jsonRenderer } from '../../../src/render/data/json.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { KEY_B } from '../../support/forge/throwaway-keys.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { TAILS } from '../../support/tamper/corrupt-gzip.js';
import { anyEdit, applyEdits } from '../../support/tamper/random-edits.js';
import {
  appendToObject,
  copyObject,
  deleteObject,
  modifyLog,
  resignDigest,
  rewriteDigest,
  setMetadata,
  storePlain,
  stripMetadata,
  swapObjects,
  truncateObject,
} from '../../support/tamper/tamper.js';
import { holds } from '../../support/worlds/holds.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 8;
const NOW = START + (HOURS + 5) * HOUR;
const BUCKET = 'acme-trails';
const SHARED = { bucket: BUCKET, region: 'us-east-1', homeRegion: 'us-east-1', start: START, hours: HOURS } as const;

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A bucket with trails of one account, of an organization, below a prefix, with backfill digests and a gap. */
function archive() {
  const world = emptyWorld();
  const main = forgeChain(world, { ...SHARED, accountId: '111122223333', trailName: 'main', logsPerHour: 2 });
  const member = { organizationId: 'o-exampleorgid', accountId: '444455556666', region: 'eu-west-1', trailName: 'all' };
  const organization = forgeChain(world, { ...SHARED, ...member, prefix: 'audit/x', logsPerHour: 1 });
  const late = { accountId: '111122223333', trailName: 'main', kind: 'backfill', hours: 3 } as const;
  const backfill = forgeChain(world, { ...SHARED, ...late, logsPerHour: 1, seed: 'late' });
  const rest = { accountId: '111122223333', region: 'us-west-2', trailName: 'main', hours: 2 };
  forgeChain(world, { ...SHARED, ...rest, logsPerHour: 1 });
  forgeChain(world, { ...SHARED, ...rest, start: START + 4 * HOUR, logsPerHour: 1 });
  return { world, main, organization, backfill };
}

const TAMPERED: Readonly<Record<string, (forged: ReturnType<typeof archive>) => void>> = {
  nothing: () => {},
  'logs changed, damaged and gone': ({ world, main }) => {
    modifyLog(world, logAt(main, 1, 0).ref);
    deleteObject(world, logAt(main, 2, 0).ref);
    appendToObject(world, logAt(main, 3, 0).ref, TAILS.secondMember);
    truncateObject(world, logAt(main, 4, 0).ref, 60);
    truncateObject(world, logAt(main, 5, 0).ref, 0);
    storePlain(world, logAt(main, 6, 0).ref);
    swapObjects(world, logAt(main, 1, 1).ref, logAt(main, 2, 1).ref);
  },
  'digests changed, moved and gone': ({ world, main, organization, backfill }) => {
    rewriteDigest(world, digestAt(main, 2).ref, (document) => document.logFiles.pop());
    deleteObject(world, digestAt(main, 4).ref);
    deleteObject(world, digestAt(main, 5).ref);
    swapObjects(world, digestAt(organization, 1).ref, digestAt(organization, 2).ref);
    resignDigest(world, digestAt(organization, 5).ref, (document) => document.logFiles.pop());
    truncateObject(world, digestAt(backfill, 1).ref, 40);
  },
  'the newest digests gone': ({ world, main }) => {
    for (const hour of [5, 6, 7]) deleteObject(world, digestAt(main, hour).ref);
  },
  'metadata gone and forged': ({ world, main, organization }) => {
    stripMetadata(world);
    setMetadata(world, digestAt(main, 3).ref, { signature: digestAt(main, 2).signature });
    setMetadata(world, digestAt(main, 4).ref, { signature: digestAt(main, 4).signature.toUpperCase() });
    setMetadata(world, digestAt(main, 5).ref, { 'signature-algorithm': 'none' });
    setMetadata(world, digestAt(organization, 2).ref, { signature: 'no hexadecimal' });
  },
  'digests of one chain at the places of another': ({ world, main, organization }) => {
    copyObject(world, digestAt(main, 7).ref, digestAt(organization, 7).ref);
    copyObject(world, digestAt(main, 1).ref, {
      bucket: BUCKET,
      key: `${digestAt(main, 1).ref.key.slice(0, -8)}_x.json.gz`,
    });
  },
  'a key that is not the one it is named as': ({ world }) => {
    const [record] = world.publicKeys;
    if (record) world.publicKeys[0] = { ...record, der: KEY_B.pkcs1 };
  },
};

describe('one archive gives one report, from disk, from S3 and from memory', () => {
  const INTERVAL = ['--from', '2026-03-01T22:00:00Z', '--to', '2026-03-02T04:00:00Z'];

  // Each layout of a folder goes once with an interval and once without.
  it.each(Object.keys(TAMPERED))('%s', async (name) => {
    const forged = archive();
    TAMPERED[name]?.(forged);
    await expectOneReport(forged.world, [], ['flat']);
    await expectOneReport(forged.world, INTERVAL, ['buckets']);
  });

  holds(
    'after edits at random',
    fc.array(anyEdit, { minLength: 1, maxLength: 8 }),
    async (edits) => {
      const { world } = archive();
      applyEdits(world, edits);
      await expectOneReport(world, [], ['flat', 'buckets']);
    },
    3,
  );
});

it('a trail that changed its bucket gives one report from folders and from memory', async () => {
  const world = emptyWorld();
  const place = { ...SHARED, accountId: '111122223333', trailName: 'main', logsPerHour: 1 };
  const old = forgeChain(world, { ...place, bucket: 'acme-old', hours: 4 });
  const start = START + 4 * HOUR;
  const recent = forgeChain(world, { ...place, bucket: 'acme-recent', start, hours: 4, previous: digestAt(old, -1) });
  const logs = { bucket: 'acme-recent', logBucket: 'acme-logs', prefix: 'p', region: 'eu-west-1' };
  forgeChain(world, { ...place, ...logs });
  modifyLog(world, logAt(old, 1, 0).ref);
  deleteObject(world, digestAt(recent, 1).ref);

  const folder = temporaryFolder();
  await writeArchive(world, path.join(folder, 'archive'), { layout: 'buckets', sidecars: true });
  const fromDisk = await reportOf(await keyFile(world), path.join(folder, 'archive'), []);
  const sources = ['acme-old', 'acme-recent'].map((bucket) => ({ bucket, prefix: '' }));
  expect(fromDisk).toEqual(await reportFromMemory(world, sources, []));
  expect(fromDisk).toMatchObject({ outcome: 'failed', totals: { digests: { verified: 15, failed: 1 } } });
});

async function expectOneReport(
  world: World,
  flags: readonly string[],
  layouts: readonly ('flat' | 'buckets')[],
): Promise<void> {
  const fromMemory = await reportFromMemory(world, [{ bucket: BUCKET, prefix: '' }], flags);
  const keys = await keyFile(world);
  for (const layout of layouts) {
    const folder = path.join(temporaryFolder(), 'archive');
    await writeArchive(world, folder, { layout, sidecars: true });
    expect(await reportOf(keys, folder, flags), layout).toEqual(fromMemory);
  }
  const server = await startServer(world, { pageSize: 7 });
  try {
    const fromS3 = await reportOf(keys, `s3://${BUCKET}`, [...flags, '--endpoint-url', server.url]);
    // Of a bucket in use, the age of its newest digests is told as well.
    expect(fromS3, 's3').toEqual(await reportFromMemory(world, [{ bucket: BUCKET, prefix: '' }], flags, true));
  } finally {
    await server.close();
  }
}

type Comparable = Omit<Report, 'keySource' | 'request' | 'tool'>;

async function reportOf(keys: string, source: string, flags: readonly string[]): Promise<Comparable> {
  const { stdout, stderr } = await runMain(
    ['verify', source, '--keys', keys, '--format', 'json', '--audit-unreferenced', ...flags],
    NOW,
  );
  expect(stderr).toBe('');
  return comparable(stdout);
}

async function reportFromMemory(
  world: World,
  sources: readonly { readonly bucket: string; readonly prefix: string }[],
  flags: readonly string[],
  isLive = false,
): Promise<Comparable> {
  const [, from, , to] = flags;
  const range = from === undefined || to === undefined ? {} : { from: Date.parse(from), to: Date.parse(to) };
  const { events, summary } = await verifyWorld(world, {
    sources,
    isLive,
    now: NOW,
    auditUnreferenced: true,
    ...range,
  });
  const tool = { name: 'trailproof', version: '' } as const;
  const renderer = jsonRenderer({ tool, checkedAt: NOW, request: { sources: [] }, keySource: '' });
  const parts = [renderer.begin(), ...events.map((event) => renderer.event(event)), renderer.end(summary)];
  return comparable(parts.join(''));
}

/** All of a report that does not tell where it was made from. */
function comparable(json: string): Comparable {
  const { keySource: _keys, request: _request, tool: _tool, ...rest } = JSON.parse(json) as Report;
  return rest;
}

async function keyFile(world: World): Promise<string> {
  const file = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, file);
  return file;
}
