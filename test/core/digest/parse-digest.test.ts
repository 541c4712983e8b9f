import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHex, MAX_DIGEST_DEPTH, MAX_DIGEST_VALUES, parseDigest } from '../../../src/core/digest/parse-digest.js';
import { FAULTS_TOLD } from '../../../src/core/findings/capped-findings.js';
import type { Subject } from '../../../src/core/findings/finding.js';
import { type DigestDocument, encodeDigest } from '../../support/forge/digest-document.js';
import { digestAt, forgeChain } from '../../support/forge/forge.js';
import { emptyWorld } from '../../support/worlds/world.js';

const SUBJECT: Subject = { type: 'digest', bucket: 'found-in', key: 'found-at' };
const HASH = 'ab'.repeat(32);
const ENTRY = {
  s3Bucket: 'logs',
  s3Object: 'a/log.json.gz',
  hashValue: HASH,
  hashAlgorithm: 'SHA-256',
  newestEventTime: '2026-03-01T01:00:00Z',
  oldestEventTime: '2026-03-01T00:05:00Z',
};
const DOCUMENT: DigestDocument = {
  awsAccountId: '111122223333',
  digestStartTime: '2026-03-01T00:01:31Z',
  digestEndTime: '2026-03-01T01:01:31Z',
  digestS3Bucket: 'trail',
  digestS3Object: 'a/digest.json.gz',
  digestPublicKeyFingerprint: '0123456789ABCDEF0123456789abcdef',
  digestSignatureAlgorithm: 'SHA256withRSA',
  newestEventTime: '2026-03-01T01:00:00Z',
  oldestEventTime: null,
  previousDigestS3Bucket: 'trail',
  previousDigestS3Object: 'a/before.json.gz',
  previousDigestHashValue: 'CD'.repeat(32),
  previousDigestHashAlgorithm: 'SHA-256',
  previousDigestSignature: 'aBcD',
  logFiles: [ENTRY],
};
const LINK_FIELDS = Object.keys(DOCUMENT).filter((name) => name.startsWith('previousDigest'));
const STARTING = Object.fromEntries(LINK_FIELDS.map((name) => [name, null]));

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string) => parseDigest(utf8(text), SUBJECT);
const readChanged = (changes: Record<string, unknown>) => read(JSON.stringify({ ...DOCUMENT, ...changes }));
/** Code, field and whatever else each finding says, without the subject that they all share. */
function faultsOf(parsed: ReturnType<typeof parseDigest>): unknown[] {
  if (parsed.ok) return [];
  expect(parsed.findings.map(({ subject }) => subject)).toEqual(parsed.findings.map(() => SUBJECT));
  return parsed.findings.map(({ code, args }) => [code, args]);
}

describe('a sound digest', () => {
  it('is read, times as instants, hashes in small letters, what is signed as it stands', () => {
    expect(readChanged({})).toEqual({
      ok: true,
      digest: {
        accountId: '111122223333',
        start: Date.UTC(2026, 2, 1, 0, 1, 31),
        end: Date.UTC(2026, 2, 1, 1, 1, 31),
        endText: '2026-03-01T01:01:31Z',
        place: { bucket: 'trail', key: 'a/digest.json.gz' },
        keyFingerprint: '0123456789abcdef0123456789abcdef',
        previous: { bucket: 'trail', key: 'a/before.json.gz', sha256: 'cd'.repeat(32), signature: 'aBcD' },
        logs: [{ bucket: 'logs', key: 'a/log.json.gz', sha256: HASH }],
      },
    });
  });

  it('has no link when it starts a chain', () => {
    const parsed = readChanged(STARTING);
    expect(parsed).toMatchObject({ ok: true, digest: { accountId: '111122223333' } });
    expect(parsed.ok && Object.hasOwn(parsed.digest, 'previous')).toBe(false);
  });

  it.each<[string, Record<string, unknown>]>([
    ['no logs', { logFiles: [], newestEventTime: null, oldestEventTime: null }],
    ['fields that nobody knows yet', { digestVersion: '2', extra: { a: [1, { b: null }] } }],
    ['fields that nobody knows yet, in a log', { logFiles: [{ ...ENTRY, size: 7 }] }],
    ['log times of null', { logFiles: [{ ...ENTRY, newestEventTime: null, oldestEventTime: null }] }],
    ['an interval of no length', { digestStartTime: DOCUMENT.digestEndTime }],
    ['blanks and a line break', { awsAccountId: '111122223333' }],
  ])('may have %s', (_, changes) => {
    expect(faultsOf(read(JSON.stringify({ ...DOCUMENT, ...changes }, undefined, 1)))).toEqual([]);
  });

  it('keeps its logs in order, one that is listed twice too', () => {
    const parsed = readChanged({ logFiles: [{ ...ENTRY, s3Object: 'b' }, ENTRY, { ...ENTRY, s3Object: 'b' }] });
    expect(parsed.ok && parsed.digest.logs.map(({ key }) => key)).toEqual(['b', ENTRY.s3Object, 'b']);
  });

  it('is what the forger wrote', () => {
    const options = {
      bucket: 'b',
      accountId: '111122223333',
      region: 'eu-west-1',
      trailName: 't',
      homeRegion: 'us-east-1',
    };
    const chain = forgeChain(emptyWorld(), { ...options, prefix: 'p', start: 91_000, hours: 2, logsPerHour: 2 });
    for (const [hour, forged] of chain.digests.entries()) {
      const previous = hour === 0 ? undefined : digestAt(chain, hour - 1);
      expect(parseDigest(forged.bytes, SUBJECT)).toEqual({
        ok: true,
        digest: {
          accountId: options.accountId,
          ...forged.interval,
          endText: new Date(forged.interval.end).toISOString().replace('.000', ''),
          place: forged.ref,
          keyFingerprint: forged.signedBy.fingerprint,
          logs: forged.logs.map(({ ref, sha256 }) => ({ ...ref, sha256 })),
          ...(previous && { previous: { ...previous.ref, sha256: previous.sha256, signature: previous.signature } }),
        },
      });
    }
  });
});

describe('a text that is no digest', () => {
  const text = JSON.stringify(DOCUMENT);
  it.each<[string, Uint8Array, unknown[]]>([
    ['Latin-1', new Uint8Array([0x22, 0xe4, 0x22]), ['digest-not-utf8', {}]],
    ['no JSON', utf8('{"a"'), ['digest-not-json', {}]],
    ['behind a byte order mark', utf8(`\ufeff${text}`), ['digest-not-json', {}]],
    ['empty', new Uint8Array(), ['digest-not-json', {}]],
    ['null', utf8('null'), ['digest-not-an-object', {}]],
    ['an array', utf8(`[${text}]`), ['digest-not-an-object', {}]],
    ['a string', utf8(JSON.stringify(text)), ['digest-not-an-object', {}]],
    [
      'nested too deep',
      utf8(text.replace('{', `{"x":${'['.repeat(MAX_DIGEST_DEPTH)}${']'.repeat(MAX_DIGEST_DEPTH)},`)),
      ['digest-nested-too-deep', { limit: MAX_DIGEST_DEPTH }],
    ],
    [
      'one with a key twice',
      utf8(text.replace('{', '{"digestS3Object":"x",')),
      ['digest-duplicate-key', { field: 'digestS3Object' }],
    ],
    [
      'one with a key twice in a log',
      utf8(text.replace('"s3Bucket"', '"s3\\u0042ucket":"x","s3Bucket"')),
      ['digest-duplicate-key', { field: 's3Bucket' }],
    ],
  ])('is refused: %s', (_, bytes, fault) => {
    const parsed = parseDigest(bytes, SUBJECT);
    expect(parsed.ok).toBe(false);
    expect(faultsOf(parsed)).toEqual([fault]);
  });

  it('may nest as deep as is allowed', () => {
    expect(MAX_DIGEST_DEPTH).toBe(16);
    const depth = MAX_DIGEST_DEPTH - 1;
    expect(read(text.replace('{', `{"x":${'['.repeat(depth)}${']'.repeat(depth)},`)).ok).toBe(true);
  });
});

describe('a wrong field', () => {
  const strings = Object.keys(DOCUMENT).filter((name) => name !== 'logFiles');
  const nullable = ['newestEventTime', 'oldestEventTime'];

  it.each(strings)('%s is seen when it is absent or no text', (name) => {
    expect(faultsOf(readChanged({ [name]: undefined }))).toEqual([['digest-field-missing', { field: name }]]);
    for (const value of [0, true, [], {}]) {
      expect(faultsOf(readChanged({ [name]: value }))).toEqual([
        ['digest-field-type-wrong', { field: name, expected: 'string' }],
      ]);
    }
    const isLink = LINK_FIELDS.includes(name);
    const ofNull = isLink
      ? [['digest-link-incomplete', { missing: [name] }]]
      : [['digest-field-type-wrong', { field: name, expected: 'string' }]];
    expect(faultsOf(readChanged({ [name]: null }))).toEqual(nullable.includes(name) ? [] : ofNull);
  });

  it.each(Object.keys(ENTRY))('%s of a log is seen when it is absent, no text or null', (name) => {
    const withValue = (value: unknown) => readChanged({ logFiles: [ENTRY, { ...ENTRY, [name]: value }] });
    const field = `logFiles[1].${name}`;
    expect(faultsOf(withValue(undefined))).toEqual([['digest-field-missing', { field }]]);
    expect(faultsOf(withValue(7))).toEqual([['digest-field-type-wrong', { field, expected: 'string' }]]);
    expect(withValue(null).ok).toBe(nullable.includes(name));
  });

  it.each<[string, unknown, unknown[]]>([
    ['absent', undefined, [['digest-field-missing', { field: 'logFiles' }]]],
    ['null', null, [['digest-field-type-wrong', { field: 'logFiles', expected: 'array' }]]],
    ['an object', {}, [['digest-field-type-wrong', { field: 'logFiles', expected: 'array' }]]],
    [
      'holding something else',
      [ENTRY, 'x', null, [ENTRY]],
      [1, 2, 3].map((at) => ['digest-field-type-wrong', { field: `logFiles[${at}]`, expected: 'object' }]),
    ],
  ])('logFiles is seen %s', (_, value, faults) => {
    expect(faultsOf(readChanged({ logFiles: value }))).toEqual(faults);
  });

  it('is not taken from the prototype', () => {
    const inherited = JSON.stringify({ ...DOCUMENT, awsAccountId: undefined });
    const text = inherited.replace('{', '{"__proto__":{"awsAccountId":"111122223333"},');
    expect(faultsOf(read(text))).toEqual([['digest-field-missing', { field: 'awsAccountId' }]]);
  });
});

describe('a wrong value', () => {
  const log = (changes: object) => ({ logFiles: [{ ...ENTRY, ...changes }] });
  it.each<[Record<string, unknown>, unknown]>([
    [{ digestStartTime: '2026-03-01T00:01:31+00:00' }, ['digest-timestamp-invalid', { field: 'digestStartTime' }]],
    [{ digestEndTime: '2026-02-30T01:01:31Z' }, ['digest-timestamp-invalid', { field: 'digestEndTime' }]],
    [{ newestEventTime: '' }, ['digest-timestamp-invalid', { field: 'newestEventTime' }]],
    [{ oldestEventTime: 'yesterday' }, ['digest-timestamp-invalid', { field: 'oldestEventTime' }]],
    [log({ newestEventTime: 'x' }), ['digest-timestamp-invalid', { field: 'logFiles[0].newestEventTime' }]],
    [log({ oldestEventTime: 'x' }), ['digest-timestamp-invalid', { field: 'logFiles[0].oldestEventTime' }]],
    [
      { digestStartTime: '2026-03-01T01:01:32Z' },
      ['digest-interval-invalid', { start: Date.UTC(2026, 2, 1, 1, 1, 32), end: Date.UTC(2026, 2, 1, 1, 1, 31) }],
    ],
    ...['', 'ab', HASH.slice(1), `${HASH}ab`, `${HASH.slice(1)}g`, `${HASH.slice(1)} `, `${HASH}\n`].flatMap(
      (hash): [Record<string, unknown>, unknown][] => [
        [log({ hashValue: hash }), ['digest-hash-malformed', { field: 'logFiles[0].hashValue' }]],
        [{ previousDigestHashValue: hash }, ['digest-hash-malformed', { field: 'previousDigestHashValue' }]],
      ],
    ),
    ...['', 'ab', 'ab'.repeat(15), 'ab'.repeat(17), 'zz'.repeat(16)].map((text): [Record<string, unknown>, unknown] => [
      { digestPublicKeyFingerprint: text },
      ['digest-fingerprint-malformed', { field: 'digestPublicKeyFingerprint' }],
    ]),
    ...['', 'abc', 'zz', '0xab', 'ab cd'].map((text): [Record<string, unknown>, unknown] => [
      { previousDigestSignature: text },
      ['digest-signature-malformed', { field: 'previousDigestSignature' }],
    ]),
    ...['', 'sha256withrsa', 'SHA512withRSA'].map((actual): [Record<string, unknown>, unknown] => [
      { digestSignatureAlgorithm: actual },
      ['digest-algorithm-unknown', { field: 'digestSignatureAlgorithm', actual }],
    ]),
    [
      { previousDigestHashAlgorithm: 'MD5' },
      ['digest-algorithm-unknown', { field: 'previousDigestHashAlgorithm', actual: 'MD5' }],
    ],
    [
      log({ hashAlgorithm: 'sha-256' }),
      ['digest-algorithm-unknown', { field: 'logFiles[0].hashAlgorithm', actual: 'sha-256' }],
    ],
    [
      { previousDigestHashValue: null, previousDigestSignature: null },
      ['digest-link-incomplete', { missing: ['previousDigestHashValue', 'previousDigestSignature'] }],
    ],
  ])('%j is named', (changes, fault) => {
    expect(faultsOf(readChanged(changes))).toEqual([fault]);
  });

  it('does not hide another: all of them are named at once, in the order of the document', () => {
    const parsed = read(
      JSON.stringify({
        ...DOCUMENT,
        digestStartTime: 'x',
        digestPublicKeyFingerprint: 'x',
        previousDigestHashValue: 'x',
        logFiles: [{ ...ENTRY, hashValue: 'x', hashAlgorithm: 'x' }, 7],
      }).replace('{', '{"awsAccountId":1,"a":1,"a":2,'),
    );
    expect(parsed.ok || parsed.findings.map(({ code }) => code)).toEqual([
      'digest-duplicate-key',
      'digest-duplicate-key',
      'digest-timestamp-invalid',
      'digest-fingerprint-malformed',
      'digest-hash-malformed',
      'digest-hash-malformed',
      'digest-algorithm-unknown',
      'digest-field-type-wrong',
    ]);
  });
});

describe('a digest that was made to have faults', () => {
  const listOf = (entry: string, times: number) =>
    read(JSON.stringify(DOCUMENT).replace(JSON.stringify([ENTRY]), `[${`${entry},`.repeat(times)}${entry}]`));

  it.each([
    ['numbers', '0', 1],
    ['empty objects', '{}', 6],
  ])('of %s for logs has the first of them told and is not read on', (_, entry, faultsOfEntry) => {
    const faults = faultsOf(listOf(entry, 300_000));
    expect(faults).toHaveLength(FAULTS_TOLD + 1);
    const count = faultsOfEntry * Math.ceil((FAULTS_TOLD + 1) / faultsOfEntry) - FAULTS_TOLD;
    expect(faults.at(-1)).toEqual(['digest-faults-limited', { limit: FAULTS_TOLD, count }]);
  });

  it('has as many told as are told at most, and none counted', () => {
    const faults = faultsOf(listOf('0', FAULTS_TOLD - 1));
    expect(faults).toHaveLength(FAULTS_TOLD);
    expect(faults.at(-1)).toEqual([
      'digest-field-type-wrong',
      { field: `logFiles[${FAULTS_TOLD - 1}]`, expected: 'object' },
    ]);
  });

  it('has every name counted that stands twice', () => {
    const faults = faultsOf(read(`{${'"a":0,'.repeat(5000)}${JSON.stringify(DOCUMENT).slice(1)}`));
    expect(faults).toHaveLength(FAULTS_TOLD + 1);
    expect(faults.at(-1)).toEqual(['digest-faults-limited', { limit: FAULTS_TOLD, count: 4999 - FAULTS_TOLD }]);
  });

  it.each(['0', '{}', '[]', '""'])('of more values than a digest may have is too large: %s', (entry) => {
    expect(faultsOf(listOf(entry, MAX_DIGEST_VALUES))).toEqual([
      ['digest-too-large', { measure: 'values', limit: MAX_DIGEST_VALUES }],
    ]);
  });

  it('may list more logs than 128 MiB of them hold', () => {
    const length = JSON.stringify(ENTRY).length + 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/'.length;
    const parsed = listOf(JSON.stringify(ENTRY), Math.ceil((128 * 2 ** 20) / length));
    expect(parsed.ok && parsed.digest.logs.length).toBeGreaterThan(400_000);
  });

  it('has no name of a bucket or key that is longer than any', () => {
    const expected = 'string of up to 1024 characters';
    for (const name of ['digestS3Bucket', 'digestS3Object', 'previousDigestS3Bucket', 'previousDigestS3Object']) {
      expect(readChanged({ [name]: 'x'.repeat(1024) }).ok).toBe(true);
      expect(faultsOf(readChanged({ [name]: 'x'.repeat(1025) }))).toEqual([
        ['digest-field-type-wrong', { field: name, expected }],
      ]);
    }
    for (const name of ['s3Bucket', 's3Object']) {
      expect(faultsOf(readChanged({ logFiles: [{ ...ENTRY, [name]: 'x'.repeat(1025) }] }))).toEqual([
        ['digest-field-type-wrong', { field: `logFiles[0].${name}`, expected }],
      ]);
    }
  });
});

describe('any input', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...Object.values(DOCUMENT), ENTRY),
    fc.array(fc.constantFrom<unknown>(ENTRY, null, {}, 'x')),
  );
  const document = fc
    .dictionary(fc.constantFrom(...Object.keys(DOCUMENT)), value)
    .map((changes) => ({ ...DOCUMENT, ...changes }));

  it('is a digest or at least one finding, and never throws', () => {
    const json = fc.oneof(fc.jsonValue(), document).map((content) => utf8(JSON.stringify(content)));
    fc.assert(
      fc.property(fc.oneof(json, fc.uint8Array()), (bytes) => {
        const parsed = parseDigest(bytes, SUBJECT);
        expect(parsed.ok || parsed.findings.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('has a bounded number of findings, each of a bounded size', () => {
    const long = fc.tuple(fc.string(), fc.nat(2000)).map(([text, times]) => text.repeat(times));
    const many = fc.tuple(value, fc.nat(200)).map(([item, times]) => Array.from({ length: times }, () => item));
    const grown = fc.dictionary(fc.constantFrom(...Object.keys(DOCUMENT)), fc.oneof(long, many, value));
    const twice = fc.tuple(long, fc.nat(100)).map(([name, times]) => `${JSON.stringify(name)}:0,`.repeat(times));
    fc.assert(
      fc.property(grown, twice, (changes, before) => {
        const parsed = read(JSON.stringify({ ...DOCUMENT, ...changes }).replace('{', () => `{${before}`));
        const findings = parsed.ok ? [] : parsed.findings;
        expect(findings.length).toBeLessThanOrEqual(FAULTS_TOLD + 1);
        for (const { args } of findings) expect(JSON.stringify(args).length).toBeLessThan(8 * 1024);
      }),
    );
  });

  it('of the right shape is read as it was written', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (bucket, key) => {
        const bytes = encodeDigest({ ...DOCUMENT, digestS3Bucket: bucket, digestS3Object: key });
        expect(parseDigest(bytes, SUBJECT)).toMatchObject({ ok: true, digest: { place: { bucket, key } } });
      }),
    );
  });
});

describe('isHex', () => {
  it('wants whole bytes, at least one', () => {
    expect(['00', 'aF', '0123456789abcdefABCDEF'].every(isHex)).toBe(true);
    expect(['', '0', '000', 'g0', '0x00', '00\n', ' 00', '٠٠'].some(isHex)).toBe(false);
  });
});
