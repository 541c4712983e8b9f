import { describe, expect, it } from 'vitest';
import { readAsAwsCli, toPythonText } from '../../../src/core/aws-cli/aws-cli-digest.js';

const SUBJECT = { type: 'digest', bucket: 'trail', key: 'key' } as const;
const LOG = { s3Bucket: 'logs', s3Object: 'a.json.gz', hashValue: 'AB', hashAlgorithm: 'SHA-256' };
const LINK = { previousDigestS3Bucket: 'trail', previousDigestS3Object: 'older' };
const RECORD = {
  digestS3Bucket: 'trail',
  digestS3Object: 'key',
  digestPublicKeyFingerprint: 'ab',
  digestStartTime: '2026-03-01T00:01:31Z',
  digestEndTime: '2026-03-01T01:01:31Z',
  logFiles: [LOG],
};
const START = Date.UTC(2026, 2, 1, 0, 1, 31);

const read = (changes: object = {}) => readAsAwsCli({ ...RECORD, ...changes }, 'end', SUBJECT);

describe('a digest read as the AWS CLI does', () => {
  it('is what it says, hashes as they stand', () => {
    expect(read({ ...LINK, previousDigestHashValue: 'CD', previousDigestSignature: 'EF', awsAccountId: '1' })).toEqual({
      accountId: '1',
      start: START,
      end: START + 3_600_000,
      endText: 'end',
      place: { bucket: 'trail', key: 'key' },
      keyFingerprint: 'ab',
      previous: { bucket: 'trail', key: 'older', sha256: 'CD', signature: 'EF' },
      logs: [{ bucket: 'logs', key: 'a.json.gz', sha256: 'AB' }],
    });
  });

  it.each([{ awsAccountId: 5 }, { digestSignatureAlgorithm: null }, { newestEventTime: 'x' }, { more: {} }])(
    'may hold anything elsewhere: %j',
    (changes) => {
      expect(read(changes)).toEqual(read());
    },
  );

  it.each([
    {},
    { previousDigestS3Bucket: null },
    { previousDigestS3Bucket: undefined },
    { previousDigestS3Object: null },
  ])('begins a chain where half of a link is missing: %j', (changes) => {
    const link = Object.keys(changes).length === 0 ? {} : LINK;
    expect(read({ ...link, ...changes })).toEqual(read());
  });

  it.each([{ previousDigestHashValue: null }, { previousDigestHashValue: 5 }, { previousDigestHashAlgorithm: 'x' }])(
    'links by bucket and key alone: %j',
    (changes) => {
      expect(read({ ...LINK, ...changes })).toMatchObject({ previous: { bucket: 'trail', key: 'older', sha256: '' } });
    },
  );

  it.each([[null], [[]], [{}], [''], [0], [false]])('has no logs where it lists %j', (logFiles) => {
    expect(read({ logFiles })).toMatchObject({ logs: [] });
  });

  it.each([{ hashValue: null }, { hashValue: 5 }])('has a log that fits no content: %j', (changes) => {
    expect(read({ logFiles: [{ ...LOG, ...changes }] })).toMatchObject({ logs: [{ sha256: '' }] });
  });

  it.each([
    ...[undefined, true, 5, 'ab', { a: 1 }, [null], ['x'], [5], [{}], [LOG, null]].map((logFiles) => ({ logFiles })),
    ...['s3Bucket', 's3Object'].flatMap((name) =>
      [undefined, null, 5, ''].map((value) => ({ logFiles: [{ ...LOG, [name]: value }] })),
    ),
    { logFiles: [{ ...LOG, hashValue: undefined }] },
  ])('cannot be read with %j', (changes) => {
    expect(read(changes)).toMatchObject({
      code: 'digest-field-type-wrong',
      subject: SUBJECT,
      args: { field: 'logFiles' },
    });
  });

  it.each(['previousDigestS3Bucket', 'previousDigestS3Object'])(
    'cannot be read with a link that has no name as its %s',
    (name) => {
      for (const value of [5, true, [], '']) {
        expect(read({ ...LINK, [name]: value })).toMatchObject({ code: 'digest-field-type-wrong' });
      }
    },
  );

  it.each(['digestStartTime', 'digestEndTime'])('cannot be read without a time as its %s', (field) => {
    for (const value of [undefined, null, 5, '', 'x', '2026-03-01T00:01:31', '2026-02-30T00:00:00Z']) {
      expect(read({ [field]: value })).toMatchObject({ code: 'digest-timestamp-invalid', args: { field } });
    }
  });
});

it.each([
  [null, 'None'],
  [true, 'True'],
  [false, 'False'],
  [5, '5'],
  ['text', 'text'],
  [[], undefined],
  [{}, undefined],
])('spells %j as Python does', (value, text) => {
  expect(toPythonText(value)).toBe(text);
});
