import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { localStore, realFolder } from '../../../src/adapters/local/local-store.js';
import { parseLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { StoreOpenError } from '../../../src/ports/object-store.js';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import {
  deleteObject,
  digestRefs,
  modifyLog,
  objectAt,
  resignDigest,
  truncateObject,
} from '../../support/tamper/tamper.js';
import { emptyWorld, putObject, type World, type WorldObject } from '../../support/worlds/world.js';
import { type ArchiveForm, writeArchive } from '../../support/worlds/write-world.js';

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

/** What a verification of the folder comes to. */
async function verify(folder: string, world: World) {
  const store = localStore(realFolder(folder));
  const { summary, findings } = await verifyWorld(world, { store, sources: [{ bucket: '', prefix: '' }] });
  return { outcome: summary.outcome, digests: summary.totals.digests, logs: summary.totals.logs, findings };
}

describe('the layout of an archive', () => {
  it.each([
    ['a bucket', {}, 'flat'],
    ['a bucket with a prefix', { prefix: 'audit/2026' }, 'flat'],
    ['a bucket with a long prefix', { prefix: 'a/b/c/d/e/f/g/h/i/j' }, 'flat'],
    ['a folder of a bucket', {}, 'buckets'],
    ['a folder of a bucket with a prefix', { prefix: 'audit' }, 'buckets'],
    ['a bucket whose prefix is its own name', { prefix: BUCKET }, 'flat'],
    ['a folder of a bucket whose prefix is its own name', { prefix: BUCKET }, 'buckets'],
    ['the bucket of an organization', { organizationId: 'o-exampleorgid' }, 'flat'],
    ['a bucket named AWSLogs', { bucket: 'AWSLogs' }, 'flat'],
  ] as const)('is found for %s', async (_, trail, layout) => {
    const world = worldOf(trail);
    const folder = await write(world, { layout });
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
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 8 }, findings: [] });
  });

  it('is found for two copies that went to one folder', async () => {
    const world = worldOf({}, { prefix: 'p', region: 'eu-west-1' });
    const folder = await write(world);
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 10 }, findings: [] });
  });

  it('is found for a copy of one bucket beside a folder of another', async () => {
    const here = worldOf({});
    const there = worldOf({ bucket: 'acme-other', region: 'eu-west-1' });
    const folder = await write(there, { layout: 'buckets' }, await write(here));
    const world = { ...here, publicKeys: [...here.publicKeys, ...there.publicKeys] };
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 10 }, findings: [] });
  });

  it('is what most digests tell, though some were changed', async () => {
    for (const layout of ['flat', 'buckets'] as const) {
      const world = emptyWorld();
      const chain = forgeChain(world, { ...TRAIL, hours: 24 * 6 });
      for (let day = 0; day < 2; day += 1) {
        for (let hour = 0; hour < 24; hour += 1) {
          const { ref } = digestAt(chain, 24 * day + hour);
          resignDigest(world, ref, (document) => {
            document.digestS3Bucket = 'elsewhere';
          });
        }
      }
      for (const { ref } of chain.digests.slice(50, 80)) truncateObject(world, ref, 30);
      const { digests } = await verify(await write(world, { layout }), world);
      expect(digests.verified, layout).toBe(66);
    }
  });

  it('is told by digests alone, however many folders of other names there are', async () => {
    const world = worldOf({});
    for (let day = 10; day < 30; day += 1)
      for (const place of [`us/2026/01/${day}`, `us-east-1/2026/01/x${day}`, `us-east-1/01/01/${day}`])
        putObject(world, BUCKET, `AWSLogs/111122223333/CloudTrail-Digest/${place}/x`, {
          body: Buffer.of(1),
          metadata: {},
        });
    const run = await verify(await write(world, { layout: 'buckets' }), world);
    expect(run).toMatchObject({ digests: { verified: 5, failed: 0 }, logs: { verified: 5, failed: 0 } });
  });

  it.each([
    ['in whose name there is a slash', 'a/b'],
    ['that would be the folder of the logs', 'a/b/AWSLogs'],
    ['that would be the folder of the logs', 'AWSLogs'],
  ])('has no folder of a bucket %s, whatever digests say: %s', async (_, bucket) => {
    const world = worldOf(bucket === 'AWSLogs' ? {} : { prefix: 'a/b' });
    for (const ref of digestRefs(world))
      resignDigest(world, ref, (document) => {
        document.digestS3Bucket = bucket;
        document.digestS3Object = ref.key.slice(`${bucket}/`.length);
      });
    const { digests, findings } = await verify(await write(world), world);
    expect(digests).toEqual({ verified: 0, failed: 5, undetermined: 0 });
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['digest-moved', 'chain-interval-lost']));
  });

  it('is taken to be plain where no digest tells', async () => {
    const world = worldOf({});
    for (const ref of digestRefs(world)) deleteObject(world, ref);
    const folder = await write(world);
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

describe('a trail that lies deep', () => {
  it.each([7, 8, 9, 40])(
    'is verified beside another one, and what was changed in it fails: %i folders',
    async (depth) => {
      const prefix = Array.from({ length: depth }, (_, index) => `d${index}`).join('/');
      const world = worldOf({}, { prefix, trailName: 'deep' });
      expect(await verify(await write(world), world)).toMatchObject({ digests: { verified: 10 }, findings: [] });
      const [log = expect.fail()] = [...(world.buckets.get(BUCKET)?.keys() ?? [])].filter(
        (key) => key.startsWith(prefix) && parseLogKey(key),
      );
      modifyLog(world, { bucket: BUCKET, key: log });
      for (const layout of ['flat', 'buckets'] as const)
        expect(await verify(await write(world, { layout }), world)).toMatchObject({
          outcome: 'failed',
          digests: { verified: 10 },
          findings: [{ code: 'log-modified', subject: { key: log } }],
        });
    },
  );
});

describe('objects that somebody has put under the name of the bucket', () => {
  const SECOND_COPY = { code: 'folder-second-copy' };

  /** A world, what it was before, and a log of it. */
  function worlds(trail: Partial<ForgeOptions> = {}) {
    const world = worldOf(trail);
    const [log = expect.fail()] = [...(world.buckets.get(BUCKET)?.keys() ?? [])].filter((key) => parseLogKey(key));
    return { world, before: new Map(world.buckets.get(BUCKET)), log: { bucket: BUCKET, key: log } };
  }

  /** A copy of the bucket as it is, with some of what it was under its own name. */
  function shadow(world: World, before: ReadonlyMap<string, WorldObject>, isShadowed = (_: string) => true): World {
    for (const [key, object] of before) if (isShadowed(key)) putObject(world, BUCKET, `${BUCKET}/${key}`, object);
    return world;
  }

  it.each(['', 'audit'])('do not hide that a log was changed or deleted (prefix %j)', async (prefix) => {
    for (const [tamper, code] of [
      [modifyLog, 'log-modified'],
      [deleteObject, 'log-missing'],
    ] as const) {
      const { world, before, log } = worlds(prefix === '' ? {} : { prefix });
      tamper(world, log);
      const folder = await write(shadow(world, before, (key) => key === log.key));
      expect(await verify(folder, world), code).toMatchObject({
        outcome: 'failed',
        findings: [SECOND_COPY, { code, subject: log }],
      });
    }
  });

  it.each(['', 'audit'])('are no copy, though all of them are there (prefix %j)', async (prefix) => {
    const { world, before, log } = worlds(prefix === '' ? {} : { prefix });
    modifyLog(world, log);
    const folder = await write(shadow(world, before));
    const { digests, findings } = await verify(folder, world);
    expect(digests).toEqual({ verified: 5, failed: 0, undetermined: 0 });
    expect(findings).toMatchObject([SECOND_COPY, { code: 'log-modified', subject: { type: 'log', ...log } }]);
  });

  it('are no copy where no digest is left beside them', async () => {
    const { world, before, log } = worlds();
    for (const ref of digestRefs(world)) deleteObject(world, ref);
    const folder = await write(shadow(world, before));
    expect(await verify(folder, world)).toMatchObject({
      outcome: 'undetermined',
      digests: { verified: 5 },
      logs: { verified: 5 },
      findings: [SECOND_COPY],
    });
    modifyLog(world, log);
    expect(await verify(await write(shadow(world, before)), world)).toMatchObject({
      outcome: 'failed',
      findings: [SECOND_COPY, { code: 'log-modified', subject: { type: 'log', ...log } }],
    });
  });

  it('are no copy where neither digests nor logs are left that can be read', async () => {
    const { world, before } = worlds();
    for (const [key, object] of before) putObject(world, BUCKET, key, { ...object, body: object.body.subarray(0, 20) });
    expect(await verify(await write(shadow(world, before)), world)).toMatchObject({
      outcome: 'failed',
      digests: { verified: 0, failed: 5 },
    });
  });

  it('are no copy though other digests, which are none by their names, name another bucket', async () => {
    const { world, before, log } = worlds();
    modifyLog(world, log);
    const [digest = expect.fail()] = digestRefs(world);
    const document = JSON.parse(gunzipSync(objectAt(world, digest).body).toString());
    for (let day = 10; day < 30; day += 1) {
      const key = `AWSLogs/111122223333/CloudTrail-Digest/af-south-1/2026/01/${day}/x.json.gz`;
      const text = JSON.stringify({ ...document, digestS3Bucket: 'elsewhere', digestS3Object: key });
      putObject(world, BUCKET, key, { body: gzipSync(text), metadata: {} });
    }
    const { digests, findings } = await verify(await write(shadow(world, before)), world);
    expect(digests).toMatchObject({ verified: 5, failed: 0 });
    expect(findings.filter(({ code }) => code !== 'digest-key-unrecognised')).toMatchObject([
      SECOND_COPY,
      { code: 'log-modified' },
    ]);
  });

  it('do not hide what was done to a bucket that moved: both files may be meant', async () => {
    const world = emptyWorld();
    const old = forgeChain(world, { ...TRAIL, bucket: 'acme-old' });
    forgeChain(world, { ...TRAIL, start: START + 5 * HOUR, previous: digestAt(old, -1) });
    const folder = await write(
      world,
      { layout: 'buckets', bucket: 'acme-old' },
      await write(world, { bucket: BUCKET }),
    );
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 10 }, findings: [] });
    const { key } = logAt(old, 2, 0).ref;
    modifyLog(world, logAt(old, 2, 0).ref);
    const file = path.join(folder, key);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, objectAt(world, logAt(old, 2, 0).ref).body);
    expect(await verify(folder, world)).toMatchObject({
      outcome: 'undetermined',
      findings: [
        { code: 'log-unavailable', subject: { bucket: 'acme-old', key }, args: { errorCode: 'AmbiguousPlace' } },
      ],
    });
  });

  it('are what they are in a bucket that has a folder, too', async () => {
    const { world, before, log } = worlds();
    modifyLog(world, log);
    const folder = await write(shadow(world, before), { layout: 'buckets' });
    expect(await verify(folder, world)).toMatchObject({
      outcome: 'failed',
      digests: { verified: 5, failed: 0 },
      findings: [SECOND_COPY, { code: 'log-modified' }],
    });
  });

  it('are not to be feared of a folder `AWSLogs` that holds nothing', async () => {
    const world = worldOf({});
    const folder = await write(world, { layout: 'buckets' });
    mkdirSync(path.join(folder, 'AWSLogs'));
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 5 }, findings: [] });
  });
});

describe('a folder', () => {
  it('that holds nothing of CloudTrail is searched all the same', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'a/b'), { recursive: true });
    writeFileSync(path.join(folder, 'AWSLogs'), 'a file of that name');
    expect(await verify(folder, emptyWorld())).toMatchObject({
      outcome: 'undetermined',
      findings: [{ code: 'nothing-found' }],
    });
  });

  it('may be named by way of a link', async () => {
    const folder = await write(worldOf({}));
    const link = path.join(temporaryFolder(), 'link');
    symlinkSync(folder, link);
    expect(realFolder(link)).toBe(folder);
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
    expect(() => realFolder(`${folder}/${name}`)).toThrow(StoreOpenError);
    expect(() => realFolder(`${folder}/${name}`)).toThrow(cause);
    expect(() => realFolder(`${folder}/${name}`)).toThrow(/^cannot open /);
  });

  it('in which links lead in circles comes to an end', async () => {
    const world = worldOf({});
    const folder = await write(world);
    symlinkSync(folder, path.join(folder, 'again'));
    symlinkSync(folder, path.join(folder, 'AWSLogs/111122223333/CloudTrail-Digest/again'));
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', findings: [] });
  });
});

describe('a part of an archive that is behind a link', () => {
  /** Moves a folder to another place, and leaves a link to it. */
  function link(folder: string, to = path.join(temporaryFolder(), 'elsewhere')): void {
    renameSync(folder, to);
    symlinkSync(to, folder);
  }

  it('is not known: the digests of a region', async () => {
    const world = worldOf({}, { region: 'eu-west-1' });
    const folder = await write(world);
    for (const kind of ['CloudTrail', 'CloudTrail-Digest'])
      link(path.join(folder, `AWSLogs/111122223333/${kind}/eu-west-1`));
    const { outcome, digests, findings } = await verify(folder, world);
    expect({ outcome, digests }).toEqual({
      outcome: 'undetermined',
      digests: { verified: 5, failed: 0, undetermined: 0 },
    });
    expect(findings).toMatchObject([
      {
        code: 'folder-unavailable',
        subject: { key: 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/' },
        args: { errorCode: 'LinkedFolder' },
      },
    ]);
  });

  it.each([
    ['a day of digests', 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01', 'undetermined'],
    ['the digests of an account', 'AWSLogs/111122223333/CloudTrail-Digest', 'undetermined'],
    ['an account', 'AWSLogs/111122223333', 'undetermined'],
    ['all of a bucket', 'AWSLogs', 'undetermined'],
  ])('is not known: %s', async (_, part, outcome) => {
    const world = worldOf({}, { bucket: 'acme-other', region: 'eu-west-1' });
    const folder = await write(world, { layout: 'buckets' });
    link(path.join(folder, BUCKET, part));
    const run = await verify(folder, world);
    expect(run).toMatchObject({ outcome });
    expect(run.findings.map(({ code }) => code)).toContain('folder-unavailable');
  });

  it.each([
    ['of a bucket', 'buckets', BUCKET, `${BUCKET}/`],
    ['of a prefix', 'flat', 'audit', 'audit/'],
    ['named AWSLogs', 'flat', 'audit/AWSLogs', 'audit/AWSLogs/'],
  ] as const)('is not known: the folder %s', async (_, layout, part, key) => {
    const world = worldOf(layout === 'flat' ? { prefix: 'audit' } : {});
    const beside = worldOf({ bucket: 'acme-other', region: 'eu-west-1' });
    const folder = await write(beside, { layout: 'buckets' }, await write(world, { layout }));
    link(path.join(folder, part));
    const keys = { ...beside, publicKeys: [...world.publicKeys, ...beside.publicKeys] };
    expect(await verify(folder, keys)).toMatchObject({
      outcome: 'undetermined',
      digests: { verified: 5 },
      findings: [{ code: 'folder-unavailable', subject: { key } }],
    });
  });

  it('is not known: a folder above, however far', async () => {
    const world = worldOf({}, { prefix: 'a/b/c', region: 'eu-west-1' });
    const folder = await write(world);
    link(path.join(folder, 'a'));
    expect(await verify(folder, world)).toMatchObject({
      outcome: 'undetermined',
      digests: { verified: 5 },
      findings: [{ code: 'folder-unavailable', subject: { key: 'a/' }, args: { errorCode: 'LinkedFolder' } }],
    });
  });

  it('is not known where it is gone', async () => {
    const folder = temporaryFolder();
    symlinkSync('gone', path.join(folder, 'AWSLogs'));
    expect(await verify(folder, worldOf({}))).toMatchObject({
      outcome: 'undetermined',
      findings: [{ code: 'folder-unavailable', subject: { key: 'AWSLogs/' } }, { code: 'nothing-found' }],
    });
  });

  it('does not matter beside the archive, nor where it is found without the link', async () => {
    const world = worldOf({});
    const folder = await write(world, { layout: 'buckets' });
    const notes = temporaryFolder();
    writeFileSync(path.join(notes, 'note'), 'x');
    symlinkSync(notes, path.join(folder, 'notes'));
    symlinkSync('gone', path.join(folder, 'gone'));
    symlinkSync(path.join(folder, BUCKET), path.join(folder, 'latest'));
    symlinkSync(path.join(folder, BUCKET, 'AWSLogs'), path.join(folder, 'AWSLogs'));
    expect(await verify(folder, world)).toMatchObject({ outcome: 'verified', digests: { verified: 5 }, findings: [] });
  });
});
