import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../forge/forge.js';
import { KEY_A, KEY_B } from '../forge/throwaway-keys.js';
import { setStorageClass } from '../tamper/tamper.js';
import { emptyWorld, putObject } from './world.js';
import { writeArchive, writeKeyFile } from './write-world.js';

const OPTIONS: ForgeOptions = {
  bucket: 'one',
  accountId: '111122223333',
  region: 'us-east-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 1,
  logsPerHour: 1,
};
const OBJECT = { body: new Uint8Array([1]), metadata: {} };

let outer: string;
let dir: string;
beforeEach(async () => {
  outer = await mkdtemp(path.join(tmpdir(), 'write-world-'));
  dir = path.join(outer, 'archive');
});
afterEach(() => rm(outer, { recursive: true }));

/** Every file below the folder that holds the archive, by path from there. */
async function files(): Promise<string[]> {
  const entries = await readdir(outer, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(outer, path.join(entry.parentPath, entry.name)))
    .sort();
}

it('writes buckets as folders', async () => {
  const world = emptyWorld();
  const digest = digestAt(forgeChain(world, OPTIONS), 0);
  putObject(world, 'two', 'a/b', OBJECT);
  await writeArchive(world, dir, { layout: 'buckets', sidecars: false });
  const keys = [...(world.buckets.get('one')?.keys() ?? [])].map((key) => `archive/one/${key}`);
  expect(await files()).toEqual([...keys, 'archive/two/a/b'].sort());
  const written = await readFile(path.join(dir, 'one', digest.ref.key));
  expect(new Uint8Array(written)).toEqual(world.buckets.get('one')?.get(digest.ref.key)?.body);
});

it('writes one bucket, or several merged, as a sync does', async () => {
  const world = emptyWorld();
  putObject(world, 'one', 'a/b', OBJECT);
  putObject(world, 'one', 'a/', { body: new Uint8Array(), metadata: {} });
  putObject(world, 'two', 'a/c', OBJECT);
  await writeArchive(world, dir, { layout: 'flat', sidecars: false, bucket: 'two' });
  expect(await files()).toEqual(['archive/a/c']);
  await writeArchive(world, dir, { layout: 'flat', sidecars: false });
  expect(await files()).toEqual(['archive/a/b', 'archive/a/c']);
});

it('leaves out what is archived', async () => {
  const world = emptyWorld();
  const chain = forgeChain(world, OPTIONS);
  setStorageClass(world, logAt(chain, 0, 0).ref, 'GLACIER');
  await writeArchive(world, dir, { layout: 'flat', sidecars: false });
  expect(await files()).toEqual([`archive/${digestAt(chain, 0).ref.key}`]);
});

it('puts a sidecar beside each digest and beside nothing else', async () => {
  const world = emptyWorld();
  const { ref, signature } = digestAt(forgeChain(world, OPTIONS), 0);
  await writeArchive(world, dir, { layout: 'flat', sidecars: true });
  const sidecars = (await files()).filter((file) => file.endsWith('.metadata.json'));
  expect(sidecars).toEqual([`archive/${ref.key}.metadata.json`]);
  expect(JSON.parse(await readFile(path.join(dir, `${ref.key}.metadata.json`), 'utf8'))).toEqual({
    AcceptRanges: 'bytes',
    LastModified: '2026-03-01T01:29:31+00:00',
    ContentLength: world.buckets.get('one')?.get(ref.key)?.body.length,
    ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    ContentEncoding: 'gzip',
    ContentType: 'application/json',
    ServerSideEncryption: 'AES256',
    Metadata: { signature, 'signature-algorithm': 'SHA256withRSA' },
  });
});

it.each(['../evil', 'a/../../evil', '/evil', 'a//b', './a', 'a\\b', 'a\0b'])(
  'refuses the key %j and writes nothing at all',
  async (key) => {
    const world = emptyWorld();
    putObject(world, 'one', 'innocent', OBJECT);
    putObject(world, 'one', key, OBJECT);
    for (const layout of ['flat', 'buckets'] as const) {
      await expect(writeArchive(world, dir, { layout, sidecars: false })).rejects.toThrow('can stand for the key');
    }
    expect(await files()).toEqual([]);
  },
);

it('refuses a bucket that would lead out, and two objects for one file', async () => {
  const hostile = emptyWorld();
  putObject(hostile, '..', 'evil', OBJECT);
  await expect(writeArchive(hostile, dir, { layout: 'buckets', sidecars: false })).rejects.toThrow();
  const doubled = emptyWorld();
  putObject(doubled, 'one', 'a', OBJECT);
  putObject(doubled, 'two', 'a', OBJECT);
  await expect(writeArchive(doubled, dir, { layout: 'flat', sidecars: false })).rejects.toThrow('two objects');
  expect(await files()).toEqual([]);
});

it('writes the keys, of all regions or of one, as list-public-keys answers', async () => {
  const world = emptyWorld();
  forgeChain(world, OPTIONS);
  forgeChain(world, { ...OPTIONS, region: 'eu-west-1', key: KEY_B });
  const listed = async (region?: string) => {
    const file = path.join(dir, 'keys.json');
    await writeKeyFile(world, file, region);
    return JSON.parse(await readFile(file, 'utf8')) as { PublicKeyList: unknown[] };
  };
  const signedAt = Date.UTC(2026, 2, 1, 1, 1, 31) / 1000;
  const entry = (key: typeof KEY_A) => ({
    Value: Buffer.from(key.pkcs1).toString('base64'),
    ValidityStartTime: signedAt - 864_000,
    ValidityEndTime: signedAt + 864_000,
    Fingerprint: key.fingerprint,
  });
  expect(await listed()).toEqual({ PublicKeyList: [entry(KEY_A), entry(KEY_B)] });
  expect(await listed('eu-west-1')).toEqual({ PublicKeyList: [entry(KEY_B)] });
});
