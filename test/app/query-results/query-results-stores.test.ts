import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localStore } from '../../../src/adapters/local/local-store.js';
import { nodeSha256 } from '../../../src/adapters/node/sha256.js';
import { KeyRing } from '../../../src/app/keys/key-ring.js';
import { placedStore } from '../../../src/app/places/placed-store.js';
import { toQueryTools } from '../../../src/app/query-results/verify-all-query-results.js';
import { verifyQueryResults } from '../../../src/app/query-results/verify-query-results.js';
import type { Mount } from '../../../src/core/places/mount.js';
import { Placement } from '../../../src/core/places/placement.js';
import type { QueryResultsEvent } from '../../../src/core/report/verify-events.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { openS3OverServer } from '../../support/aws/s3-over-server.js';
import type { Fault, ServerOptions } from '../../support/aws/server.js';
import { type ForgedQueryResults, forgeQueryResults } from '../../support/forge/forge-query-results.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { verifyWorld, worldKeys } from '../../support/run/verify-world.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeArchive } from '../../support/worlds/write-world.js';

const BUCKET = 'acme-lake';
/** More than one piece on any store, and than fits into the buffers of a socket. */
const LONG = Buffer.from('0123456789abcdef'.repeat(2 ** 17));

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

function forged(): { world: World; results: ForgedQueryResults } {
  const world = emptyWorld();
  const small = Array.from({ length: 5 }, (_, index) => Buffer.from(`rows ${index}`));
  return { world, results: forgeQueryResults(world, { bucket: BUCKET, files: [...small, LONG] }) };
}

async function verifyOver(store: ObjectStore, world: World, results: ForgedQueryResults): Promise<QueryResultsEvent> {
  const ring = new KeyRing(worldKeys(world), Date.parse('2026-06-01T00:00:00Z'));
  return verifyQueryResults({ ref: results.signFile }, toQueryTools(store, nodeSha256, ring));
}

async function overS3(world: World, results: ForgedQueryResults, options: ServerOptions): Promise<QueryResultsEvent> {
  const { store, close } = await openS3OverServer(world, options, { idleTimeout: 300 });
  closing.push(close);
  return verifyOver(store, world, results);
}

const codesOf = ({ findings }: QueryResultsEvent): string[] => findings.map(({ code }) => code);

describe('the same results', () => {
  it('are judged the same from disk, S3 and memory', async () => {
    const { world, results } = forged();
    putObject(world, BUCKET, results.files[1]?.key ?? '', { body: Buffer.from('forged'), metadata: {} });
    world.buckets.get(BUCKET)?.delete(results.files[2]?.key ?? '');
    putObject(world, BUCKET, `${results.folder}result_7.csv.gz`, { body: Buffer.from('planted'), metadata: {} });
    const folder = temporaryFolder();
    await writeArchive(world, folder, { layout: 'buckets', sidecars: false });
    const { store, close } = await openS3OverServer(world);
    closing.push(close);

    const sources = [{ bucket: BUCKET, prefix: '' }];
    const fromMemory = await verifyWorld(world, { sources });
    expect(fromMemory.findings.map(({ code }) => code)).toEqual([
      'query-file-modified',
      'query-file-missing',
      'query-file-unlisted',
    ]);
    expect((await verifyWorld(world, { sources, store })).events).toEqual(fromMemory.events);
    const at = { bucket: '', prefix: `${BUCKET}/` };
    const mount: Mount = { buckets: [BUCKET], isOpen: false, knowsBucket: true, prefix: '', at };
    const placement = new Placement({ mounts: [mount], hidden: [], homes: [], lots: [] }, new Set(['']));
    const disk = placedStore(localStore(path.resolve(folder)), placement);
    expect((await verifyWorld(world, { sources, store: disk })).events).toEqual(fromMemory.events);
  });
});

describe('on S3', () => {
  it.each<[Fault, string]>([
    ['deny', 'query-file-access-denied'],
    ['archived', 'query-file-archived'],
    ['slow-down', 'query-file-unavailable'],
    [{ status: 404 }, 'query-file-unavailable'],
  ])('a file that answers %j is %s, and the others are verified', async (fault, code) => {
    const { world, results } = forged();
    const event = await overS3(world, results, {
      fault: ({ key }) => (key === results.files[3]?.key ? fault : undefined),
    });
    expect(codesOf(event)).toEqual([code]);
    expect(event.outcome).toBe('undetermined');
    expect(event.files.map(({ outcome }) => outcome)).toEqual(
      results.files.map((_, index) => (index === 3 ? 'undetermined' : 'verified')),
    );
  });

  it.each<[Fault, string]>([
    ['deny', 'query-sign-file-access-denied'],
    ['archived', 'query-sign-file-archived'],
    ['error-500', 'query-sign-file-unavailable'],
  ])('a sign file that answers %j is %s', async (fault, code) => {
    const { world, results } = forged();
    const event = await overS3(world, results, {
      fault: ({ key }) => (key === results.signFile.key ? fault : undefined),
    });
    expect(codesOf(event)).toEqual([code]);
    expect(event).toMatchObject({ outcome: 'undetermined', trusted: false, files: [] });
  });

  it('no sign file is no proof of anything', async () => {
    const { world, results } = forged();
    world.buckets.get(BUCKET)?.delete(results.signFile.key);
    expect(codesOf(await overS3(world, results, {}))).toEqual(['query-sign-file-missing']);
  });

  it.each(['reset', 'truncate', 'stall'] as const)('a body cut off by %s is read to its end', async (fault) => {
    const { world, results } = forged();
    let times = 2;
    const event = await overS3(world, results, {
      fault: ({ key }) => {
        if (key !== results.files.at(-1)?.key || times === 0) return undefined;
        times -= 1;
        return fault;
      },
    });
    expect(event).toMatchObject({ outcome: 'verified', findings: [] });
    expect(event.files.at(-1)?.size).toBe(LONG.length);
  });

  it('a body cut off for good is undetermined, never modified', async () => {
    const { world, results } = forged();
    let answers = 0;
    const event = await overS3(world, results, {
      fault: ({ key }) => {
        if (key !== results.files.at(-1)?.key) return undefined;
        answers += 1;
        return answers === 1 ? 'truncate' : 'error-500';
      },
    });
    expect(codesOf(event)).toEqual(['query-file-unavailable']);
    expect(event.outcome).toBe('undetermined');
  });

  it('a folder that may not be listed takes nothing from what is verified', async () => {
    const { world, results } = forged();
    const event = await overS3(world, results, {
      fault: ({ operation }) => (operation === 'ListObjectsV2' ? 'deny' : undefined),
    });
    expect(codesOf(event)).toEqual(['query-folder-not-listed']);
    expect(event.outcome).toBe('verified');
  });

  it('a folder of CloudTrail Lake that may not be listed is said', async () => {
    const { world } = forged();
    let lists = 0;
    const { store, close } = await openS3OverServer(world, {
      fault: ({ operation }) => {
        if (operation !== 'ListObjectsV2') return undefined;
        lists += 1;
        // The root, AWSLogs and the four folders of the account come first.
        return lists > 6 ? 'deny' : undefined;
      },
    });
    closing.push(close);
    const run = await verifyWorld(world, { store, sources: [{ bucket: BUCKET, prefix: '' }] });
    expect(run.findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : ''])).toContainEqual([
      'folder-access-denied',
      'AWSLogs/111122223333/CloudTrail-Lake/Query/',
    ]);
    expect(run.outcome).toBe('undetermined');
  });
});
