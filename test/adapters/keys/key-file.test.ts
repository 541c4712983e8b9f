import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { keyFileSource, readKeyFiles } from '../../../src/adapters/keys/key-file.js';
import { readInput } from '../../../src/adapters/local/input-file.js';
import { formatKeySnapshot } from '../../../src/core/keys/key-snapshot.js';
import { fingerprintOf } from '../../../src/core/keys/public-key.js';
import { DAY } from '../../../src/core/time/instant.js';
import { KeyFileError } from '../../../src/ports/key-source.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const published = (name: string): string =>
  fileURLToPath(new URL(`../../../testdata/aws-public-keys/${name}`, import.meta.url));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const START = Date.parse('2026-03-01T00:00:00Z');
const VALIDITY = { start: START, end: START + 30 * DAY };
const ENTRY = { Value: base64(KEY_A.pkcs1), Fingerprint: KEY_A.fingerprint };
const KEY = { fingerprint: KEY_A.fingerprint, der: KEY_A.pkcs1 };
const OTHER = { Value: base64(KEY_B.pkcs1), Fingerprint: KEY_B.fingerprint };

const temporaryFolder = temporaryFolders();

function fileOf(content: unknown, folder = temporaryFolder(), name = 'keys.json'): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const readFile = async (file: string, maxBytes: number) => (await readInput(file, maxBytes)).bytes;
const keysIn = (...files: readonly string[]) => readKeyFiles(files, readFile);
const read = async (content: unknown) =>
  (await keysIn(fileOf(content))).map(({ der, ...rest }) => ({ ...rest, der: new Uint8Array(der) }));

describe('the answers that AWS has published', () => {
  it.each([
    ['documentation.json', 3],
    ['us-east-1-2026-09.json', 1],
  ])('%s', async (name, count) => {
    const keys = await keysIn(published(name));
    expect(keys).toHaveLength(count);
    for (const { fingerprint, der, validity } of keys) {
      expect(fingerprintOf(der)).toBe(fingerprint);
      expect(validity && validity.end - validity.start).toBeGreaterThan(20 * DAY);
    }
  });

  it('has validities as they stand there', async () => {
    expect((await keysIn(published('documentation.json')))[0]?.validity).toEqual({
      start: 1_436_317_441_000,
      end: 1_438_909_441_000,
    });
  });
});

describe('an answer of list-public-keys', () => {
  it.each([
    ['epoch seconds', VALIDITY.start / 1000, VALIDITY.end / 1000],
    ['epoch seconds with a fraction', VALIDITY.start / 1000 + 0.0, VALIDITY.end / 1000],
    ['numbers in texts', `${VALIDITY.start / 1000}`, `${VALIDITY.end / 1000}.0`],
    ['ISO 8601', '2026-03-01T00:00:00Z', '2026-03-31T00:00:00.000Z'],
    ['ISO 8601 in UTC without an offset', '2026-03-01T00:00:00', '2026-03-31 00:00:00.000000'],
    ['ISO 8601 with an offset', '2026-03-01T01:00:00+01:00', '2026-03-30T19:00:00-05:00'],
  ])('may give times as %s', async (_, start, end) => {
    vi.stubEnv('TZ', 'America/New_York');
    onTestFinished(() => void vi.unstubAllEnvs());
    const list = [{ ...ENTRY, ValidityStartTime: start, ValidityEndTime: end }];
    expect(await read({ PublicKeyList: list })).toEqual([{ ...KEY, validity: VALIDITY }]);
  });

  it.each([
    [{}],
    [{ ValidityStartTime: 1 }],
    [{ ValidityStartTime: 'soon', ValidityEndTime: 'later' }],
    [{ ValidityStartTime: null, ValidityEndTime: {} }],
    [{ ValidityStartTime: 0, ValidityEndTime: 1e13 }],
    [{ ValidityStartTime: -1e13, ValidityEndTime: 0 }],
    [{ ValidityStartTime: 0, ValidityEndTime: '9'.repeat(400) }],
    [{ ValidityStartTime: '0000-01-01T00:00:00+00:01', ValidityEndTime: 0 }],
  ])('may do without times: %j', async (times) => {
    expect(await read({ PublicKeyList: [{ ...ENTRY, ...times }] })).toEqual([KEY]);
  });

  it('may be spelt with a small p, several in an array, arrays in arrays', async () => {
    const both = [KEY.fingerprint, KEY_B.fingerprint];
    expect(
      (await read([{ PublicKeyList: [ENTRY] }, { publicKeyList: [OTHER] }])).map(({ fingerprint }) => fingerprint),
    ).toEqual(both);
    expect(
      (await read([[{ PublicKeyList: [ENTRY] }], [[{ publicKeyList: [OTHER] }]]])).map(
        ({ fingerprint }) => fingerprint,
      ),
    ).toEqual(both);
  });

  it('may be empty beside others that are not', async () => {
    expect(await read([{ PublicKeyList: [] }, { PublicKeyList: [ENTRY] }])).toEqual([KEY]);
  });
});

describe('in whatever encoding it was saved', () => {
  const TEXT = JSON.stringify({ PublicKeyList: [ENTRY] });
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16 as Windows PowerShell writes it', Buffer.from(`\ufeff${TEXT}\r\n`, 'utf16le')],
    ['UTF-16, most significant byte first', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
  ])('gives its keys: %s', async (_, bytes) => {
    const file = fileOf('');
    writeFileSync(file, bytes);
    expect((await keysIn(file)).map(({ fingerprint }) => fingerprint)).toEqual([KEY_A.fingerprint]);
  });

  it('is refused where it is no text', async () => {
    const file = fileOf('');
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
    await expect(keysIn(file)).rejects.toThrow(`${file}: no text in UTF-8 or UTF-16`);
  });
});

describe('a snapshot', () => {
  const refusal = { errorCode: 'UnrecognizedClientException', message: 'not enabled' };
  const snapshot = formatKeySnapshot({
    takenAt: START,
    takenBy: 'arn:aws:iam::111122223333:user/x',
    asked: VALIDITY,
    regions: [
      { region: 'eu-west-1', keys: [{ ...KEY, validity: VALIDITY }] },
      { region: 'me-south-1', refusal },
      { region: 'us-east-1', keys: [] },
    ],
  });

  it('gives each key its region, and goes past a region that refused', async () => {
    expect(await read(snapshot)).toEqual([{ ...KEY, validity: VALIDITY, region: 'eu-west-1' }]);
  });

  it('may stand in an array beside plain answers', async () => {
    expect(
      (await read(`[${snapshot}, ${JSON.stringify({ PublicKeyList: [OTHER] })}]`)).map(({ region }) => region),
    ).toEqual(['eu-west-1', undefined]);
  });
});

describe('files and folders', () => {
  it('are read in their order, those of a folder by name, and only *.json', async () => {
    const folder = temporaryFolder();
    fileOf({ PublicKeyList: [OTHER] }, folder, 'b.json');
    fileOf({ PublicKeyList: [ENTRY] }, folder, 'a.json');
    fileOf('not keys', folder, 'notes.txt');
    mkdirSync(path.join(folder, 'sub'));
    const single = fileOf({ PublicKeyList: [ENTRY] });
    expect((await keysIn(folder, single)).map(({ fingerprint }) => fingerprint)).toEqual([
      KEY_A.fingerprint,
      KEY_B.fingerprint,
      KEY_A.fingerprint,
    ]);
  });

  it('are read at once: later changes do not show', async () => {
    const file = fileOf({ PublicKeyList: [ENTRY] });
    const source = await keyFileSource([file], readFile);
    writeFileSync(file, 'gone');
    expect(source.description).toBe(file);
    expect(await source.keysFor('us-east-1', VALIDITY)).toMatchObject({
      status: 'found',
      keys: [{ fingerprint: KEY.fingerprint }],
    });
  });
});

describe('what is no answer of list-public-keys is refused, by the name of the file and the cause', () => {
  it.each([
    ['empty', '', /not JSON/],
    ['no JSON', '{"PublicKeyList":[', /not JSON/],
    ['a text with a NUL in it', '{}\u0000', /not JSON/],
    ['null', 'null', /no PublicKeyList/],
    ['a text', '"keys"', /no PublicKeyList/],
    ['without a list', {}, /no PublicKeyList/],
    ['a list that is an object', { PublicKeyList: {} }, /no PublicKeyList/],
    ['an array with something else in it', [{ PublicKeyList: [ENTRY] }, { Trails: [] }], /no PublicKeyList/],
    ['a key that is no object', { PublicKeyList: [ENTRY, 7] }, /entry 1 .* no object/],
    ['a key without its value', { PublicKeyList: [{ Fingerprint: 'x' }] }, /entry 0 .* no Value/],
    ['a key without its fingerprint', { PublicKeyList: [{ Value: 'x' }] }, /entry 0 .* no Fingerprint/],
    ['a value that is no base64', { PublicKeyList: [{ ...ENTRY, Value: 'M*I=' }] }, /entry 0 .* base64/],
    ['a region without keys and without an error', { regions: [{ region: 'us-east-1' }] }, /no PublicKeyList/],
  ])('%s', async (_, content, cause) => {
    const file = fileOf(content);
    const failing = keysIn(file);
    await expect(failing).rejects.toThrow(KeyFileError);
    await expect(failing).rejects.toThrow(cause);
    await expect(failing).rejects.toThrow(file);
  });

  it('a file that is not there', async () => {
    const missing = path.join(temporaryFolder(), 'none.json');
    await expect(keysIn(missing)).rejects.toThrow(KeyFileError);
    await expect(keysIn(missing)).rejects.toThrow(/none\.json: ENOENT/);
  });

  it('a file that cannot be read', async () => {
    const circle = path.join(temporaryFolder(), 'circle.json');
    symlinkSync('circle.json', circle);
    await expect(keysIn(circle)).rejects.toThrow(/circle\.json: ELOOP/);
  });

  it('a source without a single key', async () => {
    const [file, folder] = [fileOf({ PublicKeyList: [] }), temporaryFolder()];
    await expect(keyFileSource([file, folder], readFile)).rejects.toThrow(`no public key in ${file}, ${folder}`);
    expect(readFileSync(file, 'utf8')).toContain('[]');
  });
});
