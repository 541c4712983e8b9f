import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { localStore } from '../../../src/adapters/local/local-store.js';
import { ListingError, type ObjectStore } from '../../../src/ports/object-store.js';
import { describeObjectStore } from '../../contracts/object-store.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import type { World } from '../../support/worlds/world.js';

const BUCKET = 'acme-trail-logs';
const DIGEST = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/digest.json.gz';
const LARGE = 1_000_000;
const temporaryFolder = temporaryFolders();

/** A folder does not tell metadata apart from the digests', knows no buckets and is not told whom to refuse. */
const CAPABILITIES = { metadata: false, buckets: false, anyKey: false, archived: false, denied: false };

describeObjectStore(
  'a folder that is the bucket',
  async (world) => {
    const root = temporaryFolder();
    writeObjects(world, root);
    return { store: localStore(root), close: async () => {} };
  },
  CAPABILITIES,
);

function writeObjects({ buckets }: World, root: string): void {
  mkdirSync(root, { recursive: true });
  for (const [key, { body }] of buckets.get(BUCKET) ?? []) write(root, key, body);
}

function write(root: string, key: string, body: Uint8Array | string = 'x'): void {
  const file = path.join(root, ...key.split('/'));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, body);
}

/** An archive with one file in it, and a folder outside of it. */
function open() {
  const root = path.join(temporaryFolder(), 'archive');
  const outside = path.join(root, '..', 'outside');
  write(root, 'a/b/file', 'inside');
  write(outside, 'secret', 'outside');
  return { root, outside, store: localStore(root) };
}

/** What is there, as text, or why that is not known. */
async function read(store: ObjectStore, key: string, bucket = BUCKET): Promise<string> {
  const answer = await store.get({ bucket, key }, LARGE);
  if (answer.status === 'found') return Buffer.from(answer.body).toString();
  return 'refusal' in answer ? `${answer.status}: ${answer.refusal.errorCode}` : answer.status;
}

async function keysOf(store: ObjectStore, bucket = BUCKET): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of store.list({ bucket, prefix: '' })) keys.push(...page.map(({ key }) => key));
  return keys;
}

describe('links', () => {
  it('to files and folders inside are followed when they are asked for', async () => {
    const { root, store } = open();
    symlinkSync('b/file', path.join(root, 'a/to-file'));
    symlinkSync(path.join(root, 'a/b'), path.join(root, 'to-folder'));
    symlinkSync('to-file', path.join(root, 'a/to-link'));
    symlinkSync('to-folder', path.join(root, 'to-link-to-folder'));
    for (const key of ['a/to-file', 'a/to-link', 'to-folder/file', 'to-link-to-folder/file']) {
      expect(await read(store, key), key).toBe('inside');
    }
  });

  it('to folders are not listed, as what lies behind them is not; those to files are', async () => {
    const { root, outside, store } = open();
    symlinkSync('b', path.join(root, 'a/to-folder.json.gz'));
    symlinkSync(outside, path.join(root, 'a/to-outside.json.gz'));
    symlinkSync('to-folder.json.gz', path.join(root, 'a/to-link.json.gz'));
    symlinkSync('b/file', path.join(root, 'a/to-file.json.gz'));
    symlinkSync('nowhere', path.join(root, 'a/to-nothing.json.gz'));
    symlinkSync('to-itself.json.gz', path.join(root, 'a/to-itself.json.gz'));
    const keys = (await keysOf(store)).filter((key) => key.startsWith('a/to-'));
    expect(keys).toEqual(['a/to-file.json.gz', 'a/to-itself.json.gz', 'a/to-nothing.json.gz']);
  });

  it.each([
    ['a file', 'secret', 'leak', 'leak'],
    ['a folder', '', 'leak', 'leak/secret'],
    ['a folder on the way', '', 'a/b/deep', 'a/b/deep/secret'],
  ])('to %s outside are not followed', async (_, target, link, key) => {
    const { root, outside, store } = open();
    symlinkSync(path.join(outside, target), path.join(root, link));
    expect(await read(store, key)).toBe('unavailable: OutsideArchive');
  });

  it('that lead outside by way of other links, or by .., are not followed', async () => {
    const { root, outside, store } = open();
    symlinkSync(path.join(outside, 'secret'), path.join(root, 'one'));
    symlinkSync('one', path.join(root, 'two'));
    symlinkSync('../outside/secret', path.join(root, 'up'));
    symlinkSync('..', path.join(root, 'parent'));
    for (const key of ['one', 'two', 'up', 'parent/outside/secret']) {
      expect(await read(store, key), key).toBe('unavailable: OutsideArchive');
    }
  });

  it('to a folder beside the archive whose name begins alike are not followed', async () => {
    const { root, store } = open();
    write(`${root}-2`, 'secret', 'outside');
    symlinkSync(`${root}-2/secret`, path.join(root, 'leak'));
    expect(await read(store, 'leak')).toBe('unavailable: OutsideArchive');
  });

  it('that lead nowhere hold nothing, and those in a circle nothing that can be known', async () => {
    const { root, store } = open();
    symlinkSync('nothing', path.join(root, 'dangling'));
    symlinkSync('circle', path.join(root, 'circle'));
    expect(await read(store, 'dangling')).toBe('not-found');
    expect(await read(store, 'circle')).toBe('unavailable: ELOOP');
  });

  it('to folders are no part of a listing: circles do not matter', async () => {
    const { root, outside, store } = open();
    symlinkSync(root, path.join(root, 'a/circle'));
    symlinkSync(outside, path.join(root, 'a/out'));
    expect((await keysOf(store)).filter((key) => key.includes('secret') || key.includes('circle/'))).toEqual([]);
    expect(await store.listFolders(BUCKET, 'a/')).toEqual(['b']);
  });
});

describe('links to folders below AWSLogs', () => {
  const ACCOUNT = 'AWSLogs/111122223333/';
  const REGION = `${ACCOUNT}CloudTrail-Digest/us-east-1/`;
  const LINKED = { reason: { status: 'unavailable', refusal: { errorCode: 'LinkedFolder' } } };

  /** The keys of a listing up to its end, or to where it fails, and how. */
  async function listed(store: ObjectStore, prefix: string, startAfter?: string) {
    const keys: string[] = [];
    try {
      for await (const page of store.list({ bucket: BUCKET, prefix, ...(startAfter && { startAfter }) }))
        keys.push(...page.map(({ key }) => key.slice(prefix.length)));
    } catch (error) {
      return { keys, error };
    }
    return { keys };
  }

  it.each([
    ['inside', ({ root }: ReturnType<typeof open>) => path.join(root, 'a')],
    ['outside', ({ outside }: ReturnType<typeof open>) => outside],
    ['nowhere', () => 'gone'],
  ])('that lead %s are folders that cannot be listed', async (_, toTarget) => {
    const opened = open();
    const { root, store } = opened;
    for (const day of ['03/01', '03/03']) write(root, `${REGION}2026/${day}/x.json.gz`);
    symlinkSync(toTarget(opened), path.join(root, `${REGION}2026/03/02`));
    symlinkSync(toTarget(opened), path.join(root, `${ACCOUNT}CloudTrail-Digest/eu-west-1`));
    symlinkSync(toTarget(opened), path.join(root, `${ACCOUNT}CloudTrail`));
    expect(await store.listFolders(BUCKET, ACCOUNT)).toEqual(['CloudTrail', 'CloudTrail-Digest']);
    expect(await store.listFolders(BUCKET, `${ACCOUNT}CloudTrail-Digest/`)).toEqual(['eu-west-1', 'us-east-1']);
    for (const folder of [`${ACCOUNT}CloudTrail/`, `${ACCOUNT}CloudTrail/us-east-1/`]) {
      await expect(store.listFolders(BUCKET, folder)).rejects.toMatchObject({ ...LINKED, request: { prefix: folder } });
      expect(await listed(store, folder)).toMatchObject({ keys: [], error: LINKED });
    }
    // Up to there everything is told, and what need not be looked into is in nobody's way.
    expect(await listed(store, REGION)).toMatchObject({ keys: ['2026/03/01/x.json.gz'], error: LINKED });
    expect(await listed(store, REGION, `${REGION}2026/03/03`)).toEqual({ keys: ['2026/03/03/x.json.gz'] });
    expect(await listed(store, `${REGION}2026/03/01/`)).toEqual({ keys: ['x.json.gz'] });
  });

  it('and above it say so where the way to a folder leads through them', async () => {
    const { root, outside, store } = open();
    write(outside, `${REGION}x.json.gz`);
    symlinkSync(path.join(outside, 'AWSLogs'), path.join(root, 'AWSLogs'));
    symlinkSync(outside, path.join(root, 'p'));
    expect(await store.listFolders(BUCKET, '')).toEqual(['AWSLogs', 'a', 'p']);
    expect(await keysOf(store)).toEqual(['a/b/file']);
    for (const folder of ['AWSLogs/', REGION, 'p/AWSLogs/', `p/${REGION}`]) {
      await expect(store.listFolders(BUCKET, folder), folder).rejects.toMatchObject(LINKED);
      expect(await listed(store, folder), folder).toMatchObject({ keys: [], error: LINKED });
    }
  });

  it('are no matter where a link leads to a file', async () => {
    const { root, store } = open();
    write(root, `${REGION}x.json.gz`);
    symlinkSync(path.join(root, 'a/b/file'), path.join(root, `${REGION}y.json.gz`));
    symlinkSync(path.join(root, 'a/b/file'), path.join(root, `${ACCOUNT}file`));
    symlinkSync('gone', path.join(root, `${REGION}z.json.gz`));
    expect(await listed(store, REGION)).toEqual({ keys: ['x.json.gz', 'y.json.gz', 'z.json.gz'] });
    expect(await store.listFolders(BUCKET, ACCOUNT)).toEqual(['CloudTrail-Digest']);
    expect(await store.listFolders(BUCKET, `${ACCOUNT}file/`)).toEqual([]);
  });
});

describe('keys that are no paths', () => {
  it.each([
    '../outside/secret',
    'a/../../outside/secret',
    'a/b/../b/file',
    './a/b/file',
    'a//b/file',
    '/a/b/file',
    'a/b/',
    '',
    'a\0',
  ])('%j is not read', async (key) => {
    expect(await read(open().store, key)).toBe('unavailable: UnsafeKey');
  });

  it.each(['../', '../outside/', 'a/../../', './', '/', 'a//', '\0/'])('nothing is listed below %j', async (prefix) => {
    const { store } = open();
    expect(await store.listFolders(BUCKET, prefix)).toEqual([]);
    for await (const page of store.list({ bucket: BUCKET, prefix })) expect(page).toEqual([]);
  });

  it.each(['..', '.', '', '../outside', '/', 'a\0'])('the bucket %j leads nowhere else', async (bucket) => {
    const { store } = open();
    expect(await read(store, 'secret', bucket)).toBe('not-found');
    expect(await read(store, 'a/b/file', bucket)).toBe('inside');
  });

  it('a name that is too long for the file system is not taken for one that is not there', async () => {
    const { store } = open();
    expect(await read(store, 'x'.repeat(300))).toBe('unavailable: ENAMETOOLONG');
    await expect(store.listFolders(BUCKET, `${'x'.repeat(300)}/`)).rejects.toBeInstanceOf(ListingError);
  });
});

describe('what is no regular file', () => {
  it('is nothing when it is a folder', async () => {
    const { store } = open();
    expect(await read(store, 'a/b')).toBe('not-found');
    expect(await read(store, 'a/b/file/c')).toBe('not-found');
  });

  it('does not hold the run up when it is a named pipe', async () => {
    const { root, store } = open();
    execFileSync('mkfifo', [path.join(root, 'pipe')]);
    expect(await read(store, 'pipe')).toBe('unavailable: NotAFile');
    expect(await keysOf(store)).toContain('pipe');
  });

  it('is not read when it is a device', async () => {
    const { root, store } = open();
    symlinkSync('/dev/zero', path.join(root, 'zero'));
    expect(await read(store, 'zero')).toBe('unavailable: OutsideArchive');
  });

  it('may be a file where a folder was listed before', async () => {
    const { root, store } = open();
    expect(await store.listFolders(BUCKET, 'a/')).toEqual(['b']);
    rmSync(path.join(root, 'a/b'), { recursive: true });
    writeFileSync(path.join(root, 'a/b'), 'x');
    expect(await store.listFolders(BUCKET, 'a/b/')).toEqual([]);
    expect(await read(store, 'a/b/file')).toBe('not-found');
  });
});

// The superuser may read everything.
describe.skipIf(process.getuid?.() === 0)('what may not be read', () => {
  it('is denied: a file, and a file in a folder', async () => {
    const { root, store } = open();
    write(root, 'c/file');
    chmodSync(path.join(root, 'a/b/file'), 0);
    chmodSync(path.join(root, 'c'), 0);
    expect(await read(store, 'a/b/file')).toBe('denied: EACCES');
    expect(await read(store, 'c/file')).toBe('denied: EACCES');
    await expect(store.listFolders(BUCKET, 'c/')).rejects.toMatchObject({ reason: { status: 'denied' } });
    await expect(keysOf(store)).rejects.toMatchObject({ reason: { status: 'denied' } });
    chmodSync(path.join(root, 'c'), 0o700);
  });
});

describe('metadata', () => {
  const signature = { signature: '00ff', 'signature-algorithm': 'SHA256withRSA' };

  async function metadataWith(sidecar: Uint8Array | string | undefined, key = DIGEST) {
    const { root, store } = open();
    write(root, key, 'digest');
    if (sidecar !== undefined) write(root, `${key}.metadata.json`, sidecar);
    const answer = await store.get({ bucket: BUCKET, key }, LARGE);
    if (answer.status !== 'found') return answer.status;
    const { metadata, unusableMetadataFile } = answer;
    return unusableMetadataFile === undefined ? metadata : { metadata, unusableMetadataFile };
  }

  it('is that of the answer of head-object beside a digest', async () => {
    expect(await metadataWith(JSON.stringify({ ETag: '"x"', Metadata: signature }))).toEqual(signature);
    expect(await metadataWith(JSON.stringify({ Metadata: { Signature: '00', OTHER: '' } }))).toEqual({
      signature: '00',
      other: '',
    });
  });

  it('is read in whatever encoding it was saved', async () => {
    const text = `\ufeff${JSON.stringify({ Metadata: signature })}`;
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()])
      expect(await metadataWith(bytes)).toEqual(signature);
  });

  it.each([
    ['not there', undefined],
    ['without any', '{"Metadata":{}}'],
    ['of values that are no texts', '{"Metadata":{"signature":7,"signature-algorithm":["SHA256withRSA"],"x":null}}'],
  ])('is none where the file is %s', async (_, sidecar) => {
    expect(await metadataWith(sidecar)).toEqual({});
  });

  it.each([
    ['empty', ''],
    ['no JSON', '{"Metadata":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['without metadata', '{"ETag":"x"}'],
    ['of null', '{"Metadata":null}'],
    ['of a text', '{"Metadata":"signature"}'],
    ['of a list', '{"Metadata":[]}'],
    ['no text', Uint8Array.of(0xff, 0xfe, 0x00)],
    ['huge', JSON.stringify({ Metadata: signature, padding: ' '.repeat(70_000) })],
  ])('is none where the file is %s, and the file is named', async (_, sidecar) => {
    expect(await metadataWith(sidecar)).toEqual({ metadata: {}, unusableMetadataFile: `${DIGEST}.metadata.json` });
  });

  it('may name anything without harm', async () => {
    const metadata = await metadataWith('{"Metadata":{"__proto__":"x","constructor":"y","signature":"00"}}');
    expect(Object.entries(metadata).sort()).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['signature', '00'],
    ]);
  });

  it('is not looked for beside logs, nor is its file an object', async () => {
    expect(await metadataWith(JSON.stringify({ Metadata: signature }), 'AWSLogs/x/CloudTrail/log.json.gz')).toEqual({});
    const { root, store } = open();
    write(root, DIGEST);
    write(root, `${DIGEST}.metadata.json`);
    expect(await keysOf(store)).toEqual([DIGEST, 'a/b/file']);
  });

  it('is found by the name of the packed digest beside an unpacked one, and is no object there either', async () => {
    const { root, store } = open();
    const unpacked = DIGEST.replace(/\.gz$/, '');
    write(root, unpacked, 'digest');
    write(root, `${DIGEST}.metadata.json`, JSON.stringify({ Metadata: signature }));
    expect(await store.get({ bucket: BUCKET, key: unpacked }, LARGE)).toMatchObject({ metadata: signature });
    expect(await keysOf(store)).toEqual([unpacked, 'a/b/file']);
  });

  it('is looked for beside digests alone: any other file of such a name is an object', async () => {
    const { root, store } = open();
    const log = DIGEST.replace('CloudTrail-Digest', 'CloudTrail').replace('digest', 'log');
    const keys = [
      log,
      `${log}.metadata.json`,
      `CloudTrail-Digest/${log}`,
      `CloudTrail-Digest/${log}.metadata.json`,
      DIGEST,
      `${DIGEST}.metadata.json/log.json.gz`,
      'planted.metadata.json',
      `${DIGEST}.gz.metadata.json`,
      'a/b/file.metadata.json',
    ];
    for (const key of keys) write(root, key);
    expect((await keysOf(store)).sort()).toEqual([...keys, 'a/b/file'].sort());
  });

  it('is not read through a link that leads outside, nor from a pipe or a folder', async () => {
    const { root, outside, store } = open();
    write(outside, 'head.json', JSON.stringify({ Metadata: signature }));
    const metadataOf = async (key: string) => {
      write(root, key);
      return key;
    };
    const [link, pipe, folder] = await Promise.all(
      ['1', '2', '3'].map((name) => metadataOf(`CloudTrail-Digest/${name}`)),
    );
    symlinkSync(path.join(outside, 'head.json'), path.join(root, `${link}.metadata.json`));
    execFileSync('mkfifo', [path.join(root, `${pipe}.metadata.json`)]);
    mkdirSync(path.join(root, `${folder}.metadata.json`));
    for (const key of [link, pipe, folder]) {
      expect(await store.get({ bucket: BUCKET, key: key ?? '' }, LARGE)).toMatchObject({
        status: 'found',
        metadata: {},
      });
    }
  });
});
