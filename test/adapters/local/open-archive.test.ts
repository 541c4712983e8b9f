import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { localStore } from '../../../src/adapters/local/local-store.js';
import { openArchive } from '../../../src/adapters/local/open-archive.js';
import { nodeInflater } from '../../../src/adapters/node/inflater.js';
import { HOUR } from '../../../src/core/instant.js';
import { StoreOpenError } from '../../../src/ports/object-store.js';
import { digestAt, type ForgeOptions, forgeChain } from '../../support/forge.js';
import { deleteObject, digestRefs, resignDigest, truncateObject } from '../../support/tamper.js';
import { temporaryFolders } from '../../support/temporary-folder.js';
import { verifyWorld } from '../../support/verify-world.js';
import { emptyWorld, type World } from '../../support/world.js';
import { type ArchiveForm, writeArchive } from '../../support/write-world.js';

const BUCKET = 'acme-trails';
const START = Date.parse('2026-03-01T20:29:23Z');
const TRAIL: ForgeOptions = {
  bucket: BUCKET,
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: 5,
  logsPerHour: 1,
};
const temporaryFolder = temporaryFolders();

function worldOf(...trails: Partial<ForgeOptions>[]): World {
  const world = emptyWorld();
  for (const trail of trails) forgeChain(world, { ...TRAIL, ...trail });
  return world;
}

async function write(world: World, form: Partial<ArchiveForm> = {}, folder = temporaryFolder()): Promise<string> {
  await writeArchive(world, folder, { layout: 'flat', sidecars: true, ...form });
  return folder;
}

const open = (folder: string) => openArchive(folder, nodeInflater);

/** What a verification of the folder comes to. */
async function verify(folder: string, world: World) {
  const { layout, sources } = open(folder);
  const { summary, findings } = await verifyWorld(world, { store: localStore(layout), sources });
  return { outcome: summary.outcome, digests: summary.totals.digests, logs: summary.totals.logs, findings };
}

describe('the layout of an archive', () => {
  it.each([
    ['a bucket', {}, 'flat', [], ['']],
    ['a bucket with a prefix', { prefix: 'audit/2026' }, 'flat', [], ['audit/2026']],
    ['a folder of a bucket', {}, 'buckets', [BUCKET], ['']],
    ['a folder of a bucket with a prefix', { prefix: 'audit' }, 'buckets', [BUCKET], ['audit']],
    ['a bucket whose prefix is its own name', { prefix: BUCKET }, 'flat', [], [BUCKET]],
    ['a folder of a bucket whose prefix is its own name', { prefix: BUCKET }, 'buckets', [BUCKET], [BUCKET]],
    ['the bucket of an organization', { organizationId: 'o-exampleorgid' }, 'flat', [], ['']],
    ['a bucket named AWSLogs', { bucket: 'AWSLogs' }, 'flat', [], ['']],
  ] as const)('is found for %s', async (_, trail, layout, bucketFolders, prefixes) => {
    const world = worldOf(trail);
    const folder = await write(world, { layout });
    const bucket = 'bucket' in trail ? trail.bucket : BUCKET;
    expect(open(folder)).toEqual({
      layout: { root: folder, bucketFolders },
      sources: prefixes.map((prefix) => ({ bucket, prefix })),
    });
    expect(await verify(folder, world)).toEqual({
      outcome: 'verified',
      digests: { verified: 5, failed: 0, undetermined: 0 },
      logs: { verified: 5, failed: 0, undetermined: 0 },
      findings: [],
    });
  });

  it('is found for several buckets, one with a prefix, one with logs alone', async () => {
    const world = worldOf(
      {},
      { bucket: 'acme-other', prefix: 'p', region: 'eu-west-1', logBucket: 'acme-logs', hours: 3 },
    );
    const folder = await write(world, { layout: 'buckets' });
    expect(open(folder).layout.bucketFolders).toEqual(['acme-other', BUCKET]);
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 8 }, findings: [] });
  });

  it('is found for two copies that went to one folder', async () => {
    const world = worldOf({}, { prefix: 'p', region: 'eu-west-1' });
    const folder = await write(world);
    expect(open(folder).sources).toEqual([
      { bucket: BUCKET, prefix: '' },
      { bucket: BUCKET, prefix: 'p' },
    ]);
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 10 }, findings: [] });
  });

  it('is found for a copy of one bucket beside a folder of another', async () => {
    const here = worldOf({});
    const there = worldOf({ bucket: 'acme-other', region: 'eu-west-1' });
    const folder = await write(there, { layout: 'buckets' }, await write(here));
    expect(open(folder).layout.bucketFolders).toEqual(['acme-other']);
    const world = { ...here, publicKeys: [...here.publicKeys, ...there.publicKeys] };
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 10 }, findings: [] });
  });

  it('is what most digests tell, though some were changed', async () => {
    for (const layout of ['flat', 'buckets'] as const) {
      const world = emptyWorld();
      const chain = forgeChain(world, { ...TRAIL, hours: 24 * 12 });
      for (let day = 0; day < 4; day += 1) {
        for (let hour = 0; hour < 24; hour += 1) {
          const { ref } = digestAt(chain, 24 * day + hour);
          resignDigest(world, ref, (document) => {
            document.digestS3Bucket = 'elsewhere';
          });
        }
      }
      for (const { ref } of chain.digests.slice(100, 160)) truncateObject(world, ref, 30);
      expect(open(await write(world, { layout })).layout.bucketFolders, layout).toEqual(
        layout === 'flat' ? [] : [BUCKET],
      );
    }
  });

  it('is taken to be plain where no digest tells', async () => {
    const world = worldOf({});
    for (const ref of digestRefs(world)) deleteObject(world, ref);
    const folder = await write(world);
    expect(open(folder)).toEqual({
      layout: { root: folder, bucketFolders: [] },
      sources: [{ bucket: '', prefix: '' }],
    });
    expect(await verify(folder, world)).toMatchObject({
      outcome: 'failed',
      findings: [{ code: 'folder-without-digests' }, { code: 'nothing-found' }],
    });
  });

  it('makes a failure of digests that are damaged all of them', async () => {
    for (const layout of ['flat', 'buckets'] as const) {
      const world = worldOf({});
      for (const ref of digestRefs(world)) truncateObject(world, ref, 30);
      expect(await verify(await write(world, { layout }), world), layout).toMatchObject({
        outcome: 'failed',
        digests: { verified: 0, failed: 5 },
      });
    }
  });

  it('does not matter to what is found: a chain that changed its bucket', async () => {
    const world = emptyWorld();
    const old = forgeChain(world, { ...TRAIL, bucket: 'acme-old' });
    forgeChain(world, { ...TRAIL, start: START + 5 * HOUR, previous: digestAt(old, -1) });
    expect(await verify(await write(world, { layout: 'buckets' }), world)).toMatchObject({
      outcome: 'verified',
      digests: { verified: 10 },
      findings: [],
    });
    expect(await verify(await write(world), world)).toMatchObject({
      outcome: 'verified',
      digests: { verified: 10 },
      findings: [],
    });
  });
});

describe('a folder', () => {
  it('that holds nothing of CloudTrail has no sources', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'a/b'), { recursive: true });
    writeFileSync(path.join(folder, 'AWSLogs'), 'a file of that name');
    expect(open(folder)).toEqual({ layout: { root: folder, bucketFolders: [] }, sources: [] });
  });

  it('may be named by way of a link', async () => {
    const folder = await write(worldOf({}));
    const link = path.join(temporaryFolder(), 'link');
    symlinkSync(folder, link);
    expect(open(link).layout.root).toBe(folder);
  });

  it.each([
    ['is not there', 'nothing', /ENOENT/],
    ['is a file', 'file', /ENOTDIR/],
    ['is a link in a circle', 'circle', /ELOOP/],
    ['has NUL in its name', 'a\0b', /null bytes/],
  ])('that %s cannot be opened', (_, name, cause) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'file'), 'x');
    symlinkSync('circle', path.join(folder, 'circle'));
    expect(() => open(`${folder}/${name}`)).toThrow(StoreOpenError);
    expect(() => open(`${folder}/${name}`)).toThrow(cause);
    expect(() => open(`${folder}/${name}`)).toThrow(/^cannot open /);
  });

  it('in which links lead in circles comes to an end', async () => {
    const world = worldOf({});
    const folder = await write(world);
    symlinkSync(folder, path.join(folder, 'again'));
    symlinkSync(folder, path.join(folder, 'AWSLogs/111122223333/CloudTrail-Digest/again'));
    expect(open(folder).sources).toEqual([{ bucket: BUCKET, prefix: '' }]);
  });
});
