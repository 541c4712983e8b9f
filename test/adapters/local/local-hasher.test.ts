import { createCipheriv } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localHasher } from '../../../src/adapters/local/local-hasher.js';
import { localStore } from '../../../src/adapters/local/local-store.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type { LogFacts } from '../../../src/core/content/object-content.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { LogHasher } from '../../../src/ports/log-hasher.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { concat, GZIP_CORRUPTIONS, gzipBomb, TAILS, withOptionalFields } from '../../support/tamper/corrupt-gzip.js';

const BUCKET = 'acme-trail-logs';
const BUFFER_SIZE = 2 ** 18;
/** No smaller than the buffer, so that both ends of it are met. */
const LIMITS = { stored: 2 * BUFFER_SIZE, inflated: 2 ** 20 };

const temporaryFolder = temporaryFolders();

/** Bytes that do not compress. */
const noise = (length: number): Uint8Array =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(new Uint8Array(length));

const TEXT = Buffer.from(
  JSON.stringify({ Records: Array.from({ length: 300 }, (_, id) => ({ id, name: `event ${id * 7919}` })) }),
);
const GZIP = Uint8Array.from(gzipSync(TEXT));

/** A member whose stored form has just that many bytes: the rest is a file name in its header. */
function memberOf(stored: number, content: Uint8Array): Uint8Array {
  const member = Uint8Array.from(gzipSync(content));
  const name = new Uint8Array(stored - member.length).fill(97);
  name[name.length - 1] = 0;
  const padded = concat(member.subarray(0, 10), name, member.subarray(10));
  padded[3] = 8;
  return padded;
}

const inputs: Readonly<Record<string, Uint8Array>> = {
  'a whole member': GZIP,
  'an empty member': gzipSync(''),
  'optional header fields': withOptionalFields(GZIP),
  'plain JSON': TEXT,
  'no bytes': new Uint8Array(),
  'one byte': Uint8Array.of(0x1f),
  'two bytes of a header': GZIP.subarray(0, 2),
  ...Object.fromEntries(Object.entries(TAILS).map(([name, tail]) => [`tail: ${name}`, concat(GZIP, tail)])),
  ...Object.fromEntries(Object.entries(GZIP_CORRUPTIONS).map(([name, { corrupt }]) => [name, corrupt(GZIP)])),
  ...Object.fromEntries(
    [-1, 0, 1].flatMap((more) => [
      [`noise of the buffer ${more}`, noise(BUFFER_SIZE + more)],
      [`a member of the buffer ${more}`, memberOf(BUFFER_SIZE + more, noise(BUFFER_SIZE - 1_000))],
      [`noise of the limit ${more}`, noise(LIMITS.stored + more)],
      [`a member of the limit ${more}`, memberOf(LIMITS.stored + more, noise(LIMITS.stored - 1_000))],
      [`a member that inflates to the limit ${more}`, gzipSync(new Uint8Array(LIMITS.inflated + more))],
    ]),
  ),
  'a large member, damaged at its end': concat(gzipSync(noise(700_000)).subarray(0, -4), [0, 0, 0, 0]),
  'a large member with a tail': concat(gzipSync(noise(700_000)), [0]),
  'a large member cut short': gzipSync(noise(700_000)).subarray(0, 600_000),
  'a bomb that tells': gzipBomb(4 * LIMITS.inflated),
  'a bomb that lies': gzipBomb(4 * LIMITS.inflated, 100),
};

function archiveOf(files: Readonly<Record<string, Uint8Array>>) {
  const root = temporaryFolder();
  const refs = Object.entries(files).map(([name, bytes], index): ObjectRef => {
    const key = `a/${index} ${name}`;
    mkdirSync(path.join(root, 'a'), { recursive: true });
    writeFileSync(path.join(root, key), bytes);
    return { bucket: BUCKET, key };
  });
  return { root, refs };
}

/** Notes what it is given, and hashes it as logs of any size are hashed. */
function largeHasher(root: string): LogHasher & { readonly given: string[]; isClosed: boolean } {
  const hasher = storeHasher(localStore(root), nodeInflater, 1);
  return {
    given: [],
    isClosed: false,
    announce: () => {},
    hash(refs) {
      this.given.push(...refs.map(({ key }) => key.replace(/^a\/\d+ /, '')));
      return hasher.hash(refs);
    },
    async close() {
      this.isClosed = true;
    },
  };
}

const byKey = (refs: readonly ObjectRef[], facts: readonly LogFacts[]) =>
  Object.fromEntries(refs.map(({ key }, index) => [key, facts[index]]));

describe('hashing the logs of an archive', () => {
  it('finds what the hasher of every store finds, whatever the files hold and however large they are', async () => {
    const { root, refs } = archiveOf(inputs);
    const large = largeHasher(root);
    const hasher = localHasher(root, nodeInflater, LIMITS, large);
    const facts = await hasher.hash(refs);
    const expected = await storeHasher(localStore(root), nodeInflater, 4).hash(refs);
    expect(byKey(refs, facts)).toEqual(byKey(refs, expected));
    expect(new Set(facts.map(({ status }) => status))).toEqual(new Set(['read']));
    // Only what is beyond the limits goes the long way.
    expect(large.given).toEqual([
      'noise of the limit 1',
      'a member of the limit 1',
      'a member that inflates to the limit 1',
      'a large member, damaged at its end',
      'a large member with a tail',
      'a large member cut short',
      'a bomb that tells',
      'a bomb that lies',
    ]);
    for (const fact of facts) expect(Object.keys(fact)).not.toContain('bytes');
  });

  it('finds the same in any order, though all share a buffer', async () => {
    const { root, refs } = archiveOf(inputs);
    const hasher = localHasher(root, nodeInflater, LIMITS, largeHasher(root));
    const expected = byKey(refs, await hasher.hash(refs));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(refs), async (some) => {
        const [all, ...each] = await Promise.all([hasher.hash(some), ...some.map((ref) => hasher.hash([ref]))]);
        expect(byKey(some, all)).toEqual(Object.fromEntries(some.map(({ key }) => [key, expected[key]])));
        expect(each.flat()).toEqual(all);
      }),
      { numRuns: 10 },
    );
  });

  it('says of what cannot be read what the store says', async () => {
    const { root } = archiveOf({});
    mkdirSync(path.join(root, 'folder'), { recursive: true });
    symlinkSync('/etc/hostname', path.join(root, 'out'));
    symlinkSync('nowhere', path.join(root, 'dangling'));
    writeFileSync(path.join(root, 'file'), GZIP);
    symlinkSync('file', path.join(root, 'link'));
    const keys = ['folder', 'out', 'dangling', 'missing', 'file', 'link', 'file/below', '../up', 'a//b', ''];
    const refs = keys.map((key) => ({ bucket: BUCKET, key }));
    const facts = await localHasher(root, nodeInflater, LIMITS, largeHasher(root)).hash(refs);
    expect(byKey(refs, facts)).toEqual(byKey(refs, await storeHasher(localStore(root), nodeInflater, 4).hash(refs)));
    expect(facts.map(({ status }) => status)).toEqual([
      'not-found',
      'unavailable',
      'not-found',
      'not-found',
      'read',
      'read',
      'not-found',
      'unavailable',
      'unavailable',
      'unavailable',
    ]);
  });

  it('closes what it hands large logs to', async () => {
    const { root } = archiveOf({});
    const large = largeHasher(root);
    await localHasher(root, nodeInflater, LIMITS, large).close();
    expect(large.isClosed).toBe(true);
  });
});
