import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULTS_TOLD } from '../../../src/core/findings/capped-findings.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import { parseSignFile, type SignFile } from '../../../src/core/query-results/sign-file.js';

const SUBJECT = { type: 'query-sign-file', bucket: 'lake', key: 'a/result_sign.json' } as const;
const HASH = 'a1'.repeat(32);
const SOUND = {
  version: '1.0',
  region: 'us-east-1',
  files: [
    { fileHashValue: HASH, fileName: 'result_1.csv.gz' },
    { fileHashValue: 'B2'.repeat(32), fileName: 'result_2.csv.gz' },
  ],
  hashAlgorithm: 'SHA-256',
  signatureAlgorithm: 'SHA256withRSA',
  queryCompleteTime: '2022-05-10T22:06:30Z',
  hashSignature: '00FF',
  publicKeyFingerprint: 'AB'.repeat(16),
};

const parseText = (text: string): SignFile => parseSignFile(new TextEncoder().encode(text), SUBJECT);
const parse = (change: object = {}): SignFile => parseText(JSON.stringify({ ...SOUND, ...change }));
const said = ({ findings }: SignFile) => findings.map(({ code, args }: Finding) => [code, args]);
const malformed = (problem: string, field?: string) => [
  'query-sign-file-malformed',
  field === undefined ? { problem } : { problem, field },
];

describe('a sound sign file', () => {
  it('gives its list in its order, hashes both as they stand and to compare by', () => {
    expect(parse()).toEqual({
      files: [
        { name: 'result_1.csv.gz', sha256: HASH, hashText: HASH, isPlain: true },
        { name: 'result_2.csv.gz', sha256: 'b2'.repeat(32), hashText: 'B2'.repeat(32), isPlain: true },
      ],
      claims: {
        signature: '00FF',
        keyFingerprint: 'ab'.repeat(16),
        region: 'us-east-1',
        completedAt: Date.UTC(2022, 4, 10, 22, 6, 30),
      },
      findings: [],
    });
  });

  it('may have fields that are not known, and fractions of a second', () => {
    expect(parse({ queryCompleteTime: '2022-05-10T22:06:30.123456Z', more: { deep: [1] } }).claims?.completedAt).toBe(
      Date.UTC(2022, 4, 10, 22, 6, 30, 123),
    );
  });
});

describe('a sign file that was made to have faults', () => {
  const listOf = (entry: unknown, times: number): SignFile =>
    parse({ files: [...Array.from({ length: times }, () => entry), ...SOUND.files] });
  const unsafe = { ...SOUND.files[0], fileName: '../x' };

  it('has the first of them told, the others counted and everything else read', () => {
    const file = listOf(0, 90_000);
    expect(said(file)).toHaveLength(FAULTS_TOLD + 1);
    expect(said(file).at(-1)).toEqual(['query-faults-limited', { limit: FAULTS_TOLD, count: 90_000 - FAULTS_TOLD }]);
    expect(file.files).toHaveLength(2);
    expect(file.claims).toBeUndefined();
  });

  it('has its signature checked where only names are unsafe, however many', () => {
    const file = listOf(unsafe, 50);
    expect(said(file).at(-1)).toEqual(['query-faults-limited', { limit: FAULTS_TOLD, count: 50 - FAULTS_TOLD }]);
    expect(file.files).toHaveLength(52);
    expect(file.claims).toBeDefined();
  });

  it('is not checked by what is left of it where a fault is only counted', () => {
    const file = parse({ files: [...Array.from({ length: 50 }, () => unsafe), 0] });
    expect(said(file).map(([code]) => code)).not.toContain('query-sign-file-malformed');
    expect(file.claims).toBeUndefined();
  });

  it('has every name counted that stands twice', () => {
    const file = parseText(`{${'"a":0,'.repeat(1000)}${JSON.stringify(SOUND).slice(1)}`);
    expect(said(file).at(-1)).toEqual(['query-faults-limited', { limit: FAULTS_TOLD, count: 999 - FAULTS_TOLD }]);
  });

  it('of more values than there are files of a query is too large', () => {
    const file = parseText(`{"files":[${'0,'.repeat(8_000_000)}0]}`);
    expect(said(file)).toEqual([['query-sign-file-too-large', { measure: 'values', limit: 100_000 }]]);
    expect(file.files).toEqual([]);
  });

  it('may list far more files than a query has', () => {
    expect(listOf(SOUND.files[0], 33_000)).toMatchObject({ claims: {}, findings: [] });
  });
});

describe('what is wrong with a sign file', () => {
  it.each<[string, string | Uint8Array, unknown[]]>([
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), malformed('not-utf8')],
    ['no JSON', '{', malformed('not-json')],
    ['a number', '123', malformed('not-an-object')],
    ['null', 'null', malformed('not-an-object')],
    ['a list', '[]', malformed('not-an-object')],
    ['nesting', `${'['.repeat(17)}${']'.repeat(17)}`, malformed('nested-too-deep')],
    ['a byte order mark', `\ufeff${JSON.stringify(SOUND)}`, malformed('not-json')],
  ])('%s', (_, text, expected) => {
    const file = typeof text === 'string' ? parseText(text) : parseSignFile(text, SUBJECT);
    expect(said(file)).toEqual([expected]);
    expect(file).toMatchObject({ files: [] });
    expect(file.claims).toBeUndefined();
  });

  it.each<[object, unknown[]]>([
    [{ region: 'us-east-1.evil.example' }, malformed('region-invalid', 'region')],
    [{ region: '' }, malformed('region-invalid', 'region')],
    [{ region: 5 }, malformed('field-type-wrong', 'region')],
    [{ queryCompleteTime: '2022-02-30T00:00:00Z' }, malformed('timestamp-invalid', 'queryCompleteTime')],
    [{ queryCompleteTime: '2022-05-10T22:06:30+02:00' }, malformed('timestamp-invalid', 'queryCompleteTime')],
    [{ queryCompleteTime: '2022-05-10' }, malformed('timestamp-invalid', 'queryCompleteTime')],
    [{ queryCompleteTime: null }, malformed('field-type-wrong', 'queryCompleteTime')],
    [{ hashSignature: 'signature' }, malformed('signature-malformed', 'hashSignature')],
    [{ hashSignature: '' }, malformed('signature-malformed', 'hashSignature')],
    [{ hashSignature: 'abc' }, malformed('signature-malformed', 'hashSignature')],
    [{ publicKeyFingerprint: 'ab' }, malformed('fingerprint-malformed', 'publicKeyFingerprint')],
    [{ publicKeyFingerprint: 'xy'.repeat(16) }, malformed('fingerprint-malformed', 'publicKeyFingerprint')],
    [{ hashAlgorithm: 'SHA-1' }, ['query-algorithm-unknown', { field: 'hashAlgorithm', actual: 'SHA-1' }]],
    [{ signatureAlgorithm: 'none' }, ['query-algorithm-unknown', { field: 'signatureAlgorithm', actual: 'none' }]],
    [{ files: 'x' }, malformed('field-type-wrong', 'files')],
    [{ files: {} }, malformed('field-type-wrong', 'files')],
    [{ files: [7] }, malformed('field-type-wrong', 'files[0]')],
    [{ files: [{ fileName: 'a', fileHashValue: 'ab' }] }, malformed('hash-malformed', 'files[0].fileHashValue')],
    [{ files: [{ fileName: 'a' }] }, malformed('field-missing', 'files[0].fileHashValue')],
    [{ files: [{ fileHashValue: HASH }] }, malformed('field-missing', 'files[0].fileName')],
    [{ files: [{ fileHashValue: HASH, fileName: [] }] }, malformed('field-type-wrong', 'files[0].fileName')],
  ])('%j', (change, expected) => {
    const file = parse(change);
    expect(said(file)).toEqual([expected]);
    expect(file.claims).toBeUndefined();
  });

  it.each(Object.keys(SOUND).filter((name) => name !== 'version'))('that it has no %s', (name) => {
    expect(said(parse({ [name]: undefined }))).toEqual([malformed('field-missing', name)]);
  });

  it('is told all at once, and what can be read is read', () => {
    const file = parseText(
      `{"region":1,"files":[{"fileName":"r","fileHashValue":"${HASH}"},{"fileName":"s"}],"hashAlgorithm":"SHA-256","region":2}`,
    );
    expect(said(file)).toEqual([
      malformed('duplicate-key', 'region'),
      malformed('field-missing', 'signatureAlgorithm'),
      malformed('field-missing', 'hashSignature'),
      malformed('field-missing', 'publicKeyFingerprint'),
      malformed('field-missing', 'queryCompleteTime'),
      malformed('field-type-wrong', 'region'),
      malformed('field-missing', 'files[1].fileHashValue'),
    ]);
    expect(file.files.map(({ name }) => name)).toEqual(['r']);
  });

  it('an empty list is a fault of its own, and no obstacle to the signature', () => {
    const file = parse({ files: [] });
    expect(said(file)).toEqual([['query-list-empty', {}]]);
    expect(file.claims).toBeDefined();
  });

  it('hashes of another algorithm are compared to nothing', () => {
    expect(parse({ hashAlgorithm: 'SHA-512' }).files).toEqual([]);
  });

  it.each(['../x', '..', '.', '', '/etc/passwd', 'a/b', 'a\\b', 'a\0b', './result_1.csv.gz'])(
    'the name %j leads elsewhere',
    (fileName) => {
      const file = parse({ files: [{ fileHashValue: HASH, fileName }] });
      expect(said(file)).toEqual([['query-file-name-unsafe', { field: 'files[0].fileName', name: fileName }]]);
      expect(file.files).toMatchObject([{ isPlain: false }]);
      // The signature does not cover names, and can be checked all the same.
      expect(file.claims).toBeDefined();
    },
  );

  it.each(['result_1.csv.gz', 'a b', '..a', 'a..', 'ä', '\u001b[31m'])('the name %j does not', (fileName) => {
    expect(parse({ files: [{ fileHashValue: HASH, fileName }] })).toMatchObject({
      files: [{ isPlain: true }],
      findings: [],
    });
  });

  it('names that every object has are fields like others', () => {
    expect(said(parseText('{"__proto__":{"region":"us-east-1"}}'))).toContainEqual(
      malformed('field-missing', 'region'),
    );
  });
});

describe('any input', () => {
  it('gives claims, or a finding that says why not', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          anyDocument().map((value) => new TextEncoder().encode(JSON.stringify(value))),
        ),
        (bytes) => {
          const { claims, files, findings } = parseSignFile(bytes, SUBJECT);
          expect(claims !== undefined || findings.length > 0).toBe(true);
          for (const { sha256, name, isPlain } of files) {
            expect(sha256).toMatch(/^[0-9a-f]{64}$/);
            if (isPlain)
              expect(new URL(`file:///folder/${encodeURIComponent(name)}`).pathname).toMatch(/^\/folder\/[^/]+$/);
          }
          if (claims) expect(claims.region).toMatch(/^[a-z0-9-]+$/);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('that is sound but for one field is told of that field alone', () => {
    const fields = Object.keys(SOUND).filter((name) => name !== 'version');
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 3 }), (field, value) => {
        const { claims, findings } = parse({ [field]: value });
        const isOfField = ({ code, args }: Finding) =>
          code === 'query-list-empty' || ('field' in args && String(args.field).startsWith(field));
        // What stands twice inside of the value is not of the field.
        expect(findings.every(isOfField)).toBe(true);
        expect(findings.length > 0 || claims !== undefined).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Something like a sign file, with any of its fields replaced. */
function anyDocument() {
  const file = fc.record(
    {
      fileName: fc.oneof(fc.string(), fc.constantFrom('..', 'a/b', 'result_1.csv.gz')),
      fileHashValue: fc.constantFrom(HASH, 'ab', ''),
    },
    { requiredKeys: [] },
  );
  const anything = fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 2 }));
  return fc.record(
    {
      region: fc.oneof(fc.constant('us-east-1'), anything),
      files: fc.oneof(fc.array(file), anything),
      hashAlgorithm: fc.oneof(fc.constant('SHA-256'), anything),
      signatureAlgorithm: fc.oneof(fc.constant('SHA256withRSA'), anything),
      queryCompleteTime: fc.oneof(fc.constant(SOUND.queryCompleteTime), anything),
      hashSignature: fc.oneof(fc.constant('00ff'), anything),
      publicKeyFingerprint: fc.oneof(fc.constant('ab'.repeat(16)), anything),
    },
    { requiredKeys: [] },
  );
}
