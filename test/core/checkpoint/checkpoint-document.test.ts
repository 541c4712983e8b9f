import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/core/checkpoint/checkpoint.js';
import {
  CHECKPOINT_PROBLEMS,
  describeRefusal,
  formatCheckpoint,
  inspectCheckpoint,
  MAX_CHECKPOINT_BYTES,
  verifyCheckpoint,
} from '../../../src/core/checkpoint/checkpoint-document.js';
import {
  type CheckpointKey,
  CheckpointKeyError,
  newCheckpointKey,
  publicPartOf,
} from '../../../src/core/checkpoint/checkpoint-key.js';
import { HOUR } from '../../../src/core/time/instant.js';
import {
  anyCheckpoint,
  ED25519_KEY,
  EXAMPLE_CHECKPOINT,
  exampleMemory,
  HMAC_KEY,
} from '../../support/worlds/example-checkpoint.js';

type Change = (content: Record<string, unknown>) => unknown;

const PUBLIC_KEY = publicPartOf(ED25519_KEY);
const KEYS = [undefined, HMAC_KEY, ED25519_KEY];
const OTHER_HMAC_KEY = newCheckpointKey('HMAC-SHA256', new Uint8Array(32).fill(1));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (document: string) => new TextEncoder().encode(document);
const signerOf = (key: CheckpointKey | undefined) => key && { signer: { algorithm: key.algorithm, keyId: key.id } };
const problemOf = (bytes: Uint8Array, key?: CheckpointKey, origin?: Parameters<typeof verifyCheckpoint>[2]) => {
  const result = verifyCheckpoint(bytes, key, origin);
  return 'problem' in result ? result.problem : 'none';
};

/** A document with this second line, whose head is right about it but for a signature. */
function documentOf(line: string | Uint8Array, head: object = {}): Uint8Array {
  const bytes = typeof line === 'string' ? encode(line) : line;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const first = {
    format: 'trailproof-checkpoint',
    version: 2,
    algorithm: 'none',
    length: bytes.length,
    sha256,
    ...head,
  };
  return Buffer.concat([encode(`${JSON.stringify(first)}\n`), bytes, encode('\n')]);
}

describe('a checkpoint', () => {
  it('is read as it was written, whatever it says and whoever signs it', () => {
    fc.assert(
      fc.property(anyCheckpoint, fc.constantFrom(...KEYS), (checkpoint, key) => {
        const bytes = formatCheckpoint(checkpoint, key);
        expect(verifyCheckpoint(bytes, key, checkpoint)).toEqual({ checkpoint, ...signerOf(key) });
        expect(inspectCheckpoint(bytes)).toEqual({ checkpoint, ...signerOf(key) });
        expect(formatCheckpoint(checkpoint, key)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('is checked with the public half of its key', () => {
    expect(problemOf(formatCheckpoint(EXAMPLE_CHECKPOINT, ED25519_KEY), PUBLIC_KEY)).toBe('none');
    expect(() => formatCheckpoint(EXAMPLE_CHECKPOINT, PUBLIC_KEY)).toThrow(CheckpointKeyError);
  });

  it('has one order of chains, so that the same memory is the same document', () => {
    const turned = { ...EXAMPLE_CHECKPOINT, chains: EXAMPLE_CHECKPOINT.chains.toReversed() };
    expect(formatCheckpoint(turned, HMAC_KEY)).toEqual(formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY));
  });

  it('is two lines of JSON with times that people can read', () => {
    const [head = '', content = '', end, ...more] = text(formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY)).split('\n');
    expect(JSON.parse(head)).toEqual({
      format: 'trailproof-checkpoint',
      version: 2,
      algorithm: 'HMAC-SHA256',
      keyId: HMAC_KEY.id,
      length: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(JSON.parse(content)).toMatchObject({ runs: 3, writtenAt: '2026-03-02T00:00:00Z' });
    expect([end, more]).toEqual(['', []]);
  });

  it('keeps milliseconds where there are any', () => {
    const checkpoint = { ...EXAMPLE_CHECKPOINT, writtenAt: EXAMPLE_CHECKPOINT.writtenAt + 7 };
    const bytes = formatCheckpoint(checkpoint, undefined);
    expect(text(bytes)).toContain('"2026-03-02T00:00:00.007Z"');
    expect(inspectCheckpoint(bytes)).toEqual({ checkpoint });
  });

  it.each(KEYS.slice(1))('that is signed is refused when any byte of it is changed: $algorithm', (key) => {
    const small = { ...EXAMPLE_CHECKPOINT, chains: [exampleMemory('eu-west-1', 2)] };
    const bytes = formatCheckpoint(small, key);
    const head = bytes.indexOf(10);
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(head + 1), fc.nat(bytes.length - 1)),
        fc.oneof(fc.constantFrom(1, 0x20, 0x80), fc.integer({ min: 1, max: 255 })),
        (at, change) => {
          const edited = bytes.slice();
          edited[at] = (edited[at] ?? 0) ^ change;
          expect(CHECKPOINT_PROBLEMS).toContain(problemOf(edited, key));
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each(KEYS)('that is cut off anywhere is refused for that', (key) => {
    const bytes = formatCheckpoint(EXAMPLE_CHECKPOINT, key);
    for (let length = 0; length < bytes.length; length += 1)
      expect([length, problemOf(bytes.subarray(0, length), key)]).toEqual([length, 'truncated']);
  });

  it('is refused with anything after its end', () => {
    const bytes = formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY);
    for (const more of ['\n', ' ', text(bytes)])
      expect(problemOf(encode(text(bytes) + more), HMAC_KEY)).toBe('corrupt');
    expect(problemOf(encode(`${text(bytes).slice(0, -1)} `), HMAC_KEY)).toBe('corrupt');
  });

  it('is refused when its content is changed, with the hash made to fit', () => {
    for (const key of [HMAC_KEY, ED25519_KEY]) {
      const [head = '', line = ''] = text(formatCheckpoint(EXAMPLE_CHECKPOINT, key)).split('\n');
      const { algorithm, keyId, signature } = JSON.parse(head);
      const { sha256, length } = JSON.parse(
        text(documentOf(line.replace('"runs":3', '"runs":4'))).split('\n')[0] ?? '',
      );
      const forged = { format: 'trailproof-checkpoint', version: 2, algorithm, keyId, length, sha256, signature };
      const document = encode(`${JSON.stringify(forged)}\n${line.replace('"runs":3', '"runs":4')}\n`);
      expect(problemOf(document, key)).toBe('signature-invalid');
      expect(inspectCheckpoint(document)).toMatchObject({ checkpoint: { runs: 4 } });
    }
  });

  it('does not pass for one of less protection', () => {
    const [unsigned, hmac, ed25519] = KEYS.map((key) => formatCheckpoint(EXAMPLE_CHECKPOINT, key));
    if (!unsigned || !hmac || !ed25519) throw new Error('there are three');
    expect(problemOf(unsigned, HMAC_KEY)).toBe('signature-missing');
    expect(problemOf(unsigned, PUBLIC_KEY)).toBe('signature-missing');
    expect(problemOf(hmac)).toBe('key-needed');
    expect(problemOf(ed25519)).toBe('key-needed');
    expect(problemOf(hmac, ED25519_KEY)).toBe('algorithm-mismatch');
    expect(problemOf(ed25519, HMAC_KEY)).toBe('algorithm-mismatch');
    expect(problemOf(hmac, OTHER_HMAC_KEY)).toBe('key-mismatch');
    expect(problemOf(encode(text(hmac).replace(HMAC_KEY.id, OTHER_HMAC_KEY.id)), OTHER_HMAC_KEY)).toBe(
      'signature-invalid',
    );
  });

  it('of Ed25519 is not taken for HMAC with the public key as its secret', () => {
    const { publicKey } = PUBLIC_KEY as { publicKey: Uint8Array };
    const confused = formatCheckpoint(EXAMPLE_CHECKPOINT, newCheckpointKey('HMAC-SHA256', publicKey));
    expect(problemOf(confused, PUBLIC_KEY)).toBe('algorithm-mismatch');
  });

  it('of other sources, or of another trail, is foreign', () => {
    const bytes = formatCheckpoint(EXAMPLE_CHECKPOINT, undefined);
    const { sources } = EXAMPLE_CHECKPOINT;
    const trailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
    expect(problemOf(bytes, undefined, { sources })).toBe('none');
    expect(problemOf(bytes, undefined, { sources: ['s3://acme-trail-logs/prod'] })).toBe('foreign');
    expect(problemOf(bytes, undefined, { sources: [...sources, 's3://more'] })).toBe('foreign');
    expect(problemOf(bytes, undefined, { sources, trailArn })).toBe('foreign');
    expect(problemOf(formatCheckpoint({ ...EXAMPLE_CHECKPOINT, trailArn }, undefined), undefined, { sources })).toBe(
      'foreign',
    );
  });

  it('of a later version is named so, whatever else it holds', () => {
    for (const rest of ['', ',"algorithm":"ML-DSA","wholly":{"different":true}'])
      expect(problemOf(encode(`{"format":"trailproof-checkpoint","version":3${rest}}\n???`))).toBe('version-unknown');
  });

  it('of an earlier version is refused: it does not say which time was verified', () => {
    const refused = verifyCheckpoint(encode('{"format":"trailproof-checkpoint","version":1}\n'), undefined);
    if (!('problem' in refused)) throw new Error('taken for one');
    expect(refused.problem).toBe('version-outdated');
    expect(describeRefusal(refused)).toBe(
      'it is of version 1, and only 2 is known\nMove it away to have everything verified anew.',
    );
  });

  it.each([
    ['a report', '{"format":"trailproof-report","version":1}\n'],
    ['a page', '<html>\n</html>\n'],
    ['one line', 'hello'],
    ['zeros', '\0'.repeat(100)],
    ['JSON that is no object', '[1]\nx'],
    ['a first line without end', `{"format":"trailproof-checkpoint"${' '.repeat(5000)}`],
  ])('is not %s', (_what, document) => {
    expect(problemOf(encode(document))).toBe('not-a-checkpoint');
  });

  it('is refused beyond its size before it is looked at', () => {
    expect(problemOf(new Uint8Array(MAX_CHECKPOINT_BYTES + 1))).toBe('too-large');
  });

  const CONTENT = text(formatCheckpoint(EXAMPLE_CHECKPOINT, undefined)).split('\n')[1] ?? '';
  const { sha256 } = JSON.parse(text(documentOf(CONTENT)).split('\n')[0] ?? '');

  it.each([
    ['no version', { version: undefined }],
    ['version 0', { version: 0 }],
    ['a version that is text', { version: '1' }],
    ['an unknown algorithm', { algorithm: 'MD5' }],
    ['an algorithm without a signature', { algorithm: 'HMAC-SHA256' }],
    ['a signature without an algorithm', { signature: 'ab'.repeat(32) }],
    ['a signature of another length', { algorithm: 'HMAC-SHA256', keyId: HMAC_KEY.id, signature: 'ab'.repeat(31) }],
    ['a hash in capitals', { sha256: sha256.toUpperCase() }],
    ['a hash of something else', { sha256: '0'.repeat(64) }],
    ['a length that is text', { length: '7' }],
    ['a length below nothing', { length: -1 }],
    ['a field more', { comment: 'hello' }],
  ])('with %s in its first line is corrupt', (_what, head) => {
    expect(problemOf(documentOf(CONTENT, head))).toBe('corrupt');
  });

  it('has its first line written in one way only', () => {
    const document = text(documentOf(CONTENT));
    expect(problemOf(encode(document))).toBe('none');
    for (const other of [document.replace('":2', '": 2'), document.replace('{', '{"version":2,'), ` ${document}`])
      expect(problemOf(encode(other))).toBe('corrupt');
  });

  const memory = JSON.parse(CONTENT).chains[0];
  const { history } = memory;
  const { failures } = JSON.parse(CONTENT);
  const id = (digit: string) => digit.repeat(16);
  const at = (instant: number) => new Date(instant).toISOString().replace('.000', '');
  const { anchor } = EXAMPLE_CHECKPOINT.chains[0]?.history ?? expect.fail();
  it.each<[string, Change]>([
    ['null', () => null],
    ['a list', () => []],
    ['an unknown field', (content) => ({ ...content, more: 1 })],
    [
      'an unknown field named like a prototype',
      (content) => JSON.parse(`${JSON.stringify(content).slice(0, -1)},"__proto__":{}}`),
    ],
    ...['sources', 'runs', 'writtenAt', 'chains'].map((name): [string, Change] => [
      `no ${name}`,
      (content) => ({ ...content, [name]: undefined }),
    ]),
    ['no sources at all', (content) => ({ ...content, sources: [] })],
    ['an empty source', (content) => ({ ...content, sources: [''] })],
    ['a source that is a number', (content) => ({ ...content, sources: [1] })],
    ['an ARN of something else', (content) => ({ ...content, trailArn: 'arn:aws:s3:::bucket' })],
    ['half a run', (content) => ({ ...content, runs: 0.5 })],
    ['fewer runs than none', (content) => ({ ...content, runs: -1 })],
    ['failures that are none', (content) => ({ ...content, failures: { ...failures, findings: [] } })],
    ['failures without a time', (content) => ({ ...content, failures: { ...failures, since: null } })],
    [
      'failures in another order',
      (content) => ({ ...content, failures: { ...failures, findings: ['b', 'a'].map(id) } }),
    ],
    ['a failure twice', (content) => ({ ...content, failures: { ...failures, findings: ['a', 'a'].map(id) } })],
    ['a failure of 15 digits', (content) => ({ ...content, failures: { ...failures, findings: ['a'.repeat(15)] } })],
    [
      'more failures than are listed',
      (content) => ({
        ...content,
        failures: { ...failures, findings: Array.from({ length: 101 }, (_, at) => `${at + 1000}`.padEnd(16, '0')) },
      }),
    ],
    ['no more failures', (content) => ({ ...content, failures: { ...failures, more: 0 } })],
    ['fewer failures than none', (content) => ({ ...content, failures: { ...failures, more: -1 } })],
    ['a time that no calendar shows', (content) => ({ ...content, writtenAt: '2026-02-30T00:00:00Z' })],
    ['a time with an offset', (content) => ({ ...content, writtenAt: '2026-03-01T00:00:00+00:00' })],
    ['a time with idle digits', (content) => ({ ...content, writtenAt: '2026-03-01T00:00:00.000Z' })],
    ['a time that is a number', (content) => ({ ...content, writtenAt: 1_700_000_000_000 })],
    ['a chain twice', (content) => ({ ...content, chains: [memory, memory] })],
    ['chains in another order', (content) => ({ ...content, chains: (content.chains as unknown[]).toReversed() })],
    ...Object.entries<Record<string, unknown>>({
      'an account of 11 digits': { chain: { ...memory.chain, accountId: '11112222333' } },
      'no region': { chain: { ...memory.chain, region: 'moon' } },
      'a trail with a slash': { chain: { ...memory.chain, trailName: 'a/b' } },
      'no home region': { chain: { ...memory.chain, homeRegion: '' } },
      'an unknown kind': { chain: { ...memory.chain, kind: 'weekly' } },
      'a chain with a field more': { chain: { ...memory.chain, prefix: '' } },
      'a history that is none': { history: null },
      'failures that are a number': { failures: 1 },
    }).map(([what, change]): [string, Change] => [
      what,
      (content) => ({ ...content, chains: [{ ...memory, ...change }] }),
    ]),
    ...Object.entries<Record<string, unknown>>({
      'no anchor': { anchor: null },
      'an anchor without a key': { anchor: { ...history.anchor, key: '' } },
      'a key beyond all measure': { anchor: { ...history.anchor, key: 'k'.repeat(4097) } },
      'a bucket beyond all measure': { anchor: { ...history.anchor, bucket: 'b'.repeat(256) } },
      'a hash that is too short': { anchor: { ...history.anchor, sha256: 'ab' } },
      'a hash in capitals': { anchor: { ...history.anchor, sha256: 'A'.repeat(64) } },
      'an empty signature': { anchor: { ...history.anchor, signature: '' } },
      'half a byte of signature': { anchor: { ...history.anchor, signature: 'abc' } },
      'an anchor that ends before it starts': { anchor: { ...history.anchor, start: at(anchor.end + HOUR) } },
      'a bound that is no yes': { isBounded: false },
      'what was verified beginning after the anchor': { since: at(anchor.end + HOUR) },
      ...Object.fromEntries(
        ['verified', 'open', 'failed'].flatMap((state): [string, Record<string, unknown>][] => [
          [`no time that is ${state}`, { [state]: undefined }],
          [`an empty interval that is ${state}`, { [state]: [{ start: at(anchor.start), end: at(anchor.start) }] }],
          [
            `an interval after the anchor that is ${state}`,
            { [state]: [{ start: at(anchor.start), end: at(anchor.end + 1000) }] },
          ],
          [
            `intervals that touch and are ${state}`,
            {
              [state]: [
                { start: at(anchor.start - HOUR), end: at(anchor.start) },
                { start: at(anchor.start), end: at(anchor.end) },
              ],
            },
          ],
        ]),
      ),
      'a time of the last recheck that is none': { rechecked: 1 },
      'a chain inside': { chain: memory.chain },
      'seen digests of a standard chain': { seen: [] },
    }).map(([what, change]): [string, Change] => [
      what,
      (content) => ({ ...content, chains: [{ ...memory, history: { ...history, ...change } }] }),
    ]),
    [
      'seen digests twice',
      (content) => ({
        ...content,
        chains: [
          {
            ...memory,
            chain: { ...memory.chain, kind: 'backfill' },
            history: { ...history, seen: [at(0), at(0)] },
          },
        ],
      }),
    ],
  ])('with %s is corrupt', (_what, change) => {
    expect(problemOf(documentOf(JSON.stringify(change(JSON.parse(CONTENT)))))).toBe('corrupt');
  });

  it('is refused with a name twice, with nesting, and where it is no text', () => {
    expect(problemOf(documentOf(CONTENT))).toBe('none');
    expect(problemOf(documentOf(CONTENT.replace('"runs":3', '"runs":3,"runs":3')))).toBe('corrupt');
    expect(problemOf(documentOf('['.repeat(100_000)))).toBe('corrupt');
    expect(problemOf(documentOf('{'))).toBe('corrupt');
    expect(problemOf(documentOf(Uint8Array.of(0x22, 0xff, 0x22)))).toBe('corrupt');
  });

  it('that could not be read again is not written', () => {
    const wrong: Checkpoint[] = [
      { ...EXAMPLE_CHECKPOINT, sources: [] },
      { ...EXAMPLE_CHECKPOINT, runs: Number.NaN },
      { ...EXAMPLE_CHECKPOINT, writtenAt: Number.NaN },
      { ...EXAMPLE_CHECKPOINT, chains: [exampleMemory('eu-west-1', 2), exampleMemory('eu-west-1', 3)] },
    ];
    for (const checkpoint of wrong) expect(() => formatCheckpoint(checkpoint, HMAC_KEY)).toThrow(RangeError);
  });
});
