import { describe, expect, it } from 'vitest';
import type { StoredHash, Unread } from '../../../src/core/content/object-content.js';
import { parsePublicKey } from '../../../src/core/keys/public-key.js';
import { parseSignFile } from '../../../src/core/query-results/sign-file.js';
import {
  isQueryFileName,
  judgeQueryFile,
  judgeSignature,
  signingWindow,
  toQuerySigningString,
  unreadSignFile,
} from '../../../src/core/query-results/verify-sign-file.js';
import { DAY, HOUR } from '../../../src/core/time/instant.js';
import { encodeSignFile, forgeQueryResults } from '../../support/forge/forge-query-results.js';
import { KEY_A } from '../../support/forge/throwaway-keys.js';
import { emptyWorld } from '../../support/worlds/world.js';

const FILE = { bucket: 'lake', key: 'a/result_1.csv.gz' };
const SIGN_FILE = { type: 'query-sign-file', bucket: 'lake', key: 'a/result_sign.json' } as const;
const HASH = 'a1'.repeat(32);
const refusal = { errorCode: 'E', message: 'm' };

const UNREAD: [string, Unread, object][] = [
  ['missing', { status: 'not-found' }, {}],
  ['access-denied', { status: 'denied', refusal }, refusal],
  ['archived', { status: 'archived', storageClass: 'GLACIER', refusal }, { storageClass: 'GLACIER' }],
  ['too-large', { status: 'too-large', measure: 'stored', limit: 9 }, { measure: 'stored', limit: 9 }],
  ['unavailable', { status: 'unavailable', refusal }, refusal],
];

describe('a file on the list', () => {
  const hashed = (sha256: string): StoredHash => ({ status: 'hashed', sha256, size: 1 });

  it('is what the list says, or not', () => {
    expect(judgeQueryFile(FILE, HASH, hashed(HASH))).toEqual([]);
    expect(judgeQueryFile(FILE, HASH, hashed('b2'.repeat(32)))).toEqual([
      {
        code: 'query-file-modified',
        subject: { type: 'query-file', ...FILE },
        args: { expected: HASH, actual: 'b2'.repeat(32) },
      },
    ]);
  });

  it.each(UNREAD)('that cannot be read is %s', (name, facts, args) => {
    expect(judgeQueryFile(FILE, HASH, facts)).toEqual([
      {
        code: `query-file-${name}`,
        subject: { type: 'query-file', ...FILE },
        args: name === 'missing' ? { expected: HASH } : args,
      },
    ]);
  });
});

it.each(UNREAD)('a sign file that cannot be read is %s', (name, facts, args) => {
  expect(unreadSignFile(SIGN_FILE, facts)).toEqual({ code: `query-sign-file-${name}`, subject: SIGN_FILE, args });
});

describe('the signature', () => {
  it('is over the hashes as they stand, one space between', () => {
    expect(toQuerySigningString([])).toBe('');
    expect(toQuerySigningString([{ hashText: 'aB' }])).toBe('aB');
    expect(toQuerySigningString([{ hashText: 'b' }, { hashText: 'a' }])).toBe('b a');
  });

  it('is of a key in use between an hour before and 20 days after the query', () => {
    expect(signingWindow(30 * DAY)).toEqual({ start: 30 * DAY - HOUR, end: 50 * DAY });
  });

  it('that holds asks for no other files', async () => {
    const { document } = forgeQueryResults(emptyWorld(), { bucket: 'lake' });
    const { claims, ...signFile } = parseSignFile(encodeSignFile(document), SIGN_FILE);
    if (!claims) throw new Error('a forged sign file is sound');
    const key = await parsePublicKey(KEY_A.pkcs1);
    const unlisted = async () => Promise.reject(new Error('asked'));
    const found = { status: 'found', key } as const;
    expect(await judgeSignature(SIGN_FILE, { ...signFile, claims }, found, unlisted)).toEqual({
      trusted: true,
      findings: [],
    });
    const cut = { ...signFile, files: signFile.files.slice(1), claims };
    await expect(judgeSignature(SIGN_FILE, cut, found, unlisted)).rejects.toThrow('asked');
    expect(await judgeSignature(SIGN_FILE, cut, { status: 'unknown' }, unlisted)).toMatchObject({ trusted: false });
  });
});

it.each<[string, boolean]>([
  ['result_1.csv.gz', true],
  ['result_123.csv.gz', true],
  ['result_sign.json', false],
  ['result_.csv.gz', false],
  ['result_1.csv', false],
  ['xresult_1.csv.gz', false],
  ['result_1.csv.gz/x', false],
])('the name %s is that of a result: %s', (name, expected) => {
  expect(isQueryFileName(name)).toBe(expected);
});
