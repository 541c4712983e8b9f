import { expect, it } from 'vitest';
import { isBucketName, isSameObject, toS3Uri } from '../../../src/core/objects/object-ref.js';

it('writes a place as the AWS CLI does, as it is', () => {
  expect(toS3Uri({ bucket: 'b', key: 'a b/ä\n.gz' })).toBe('s3://b/a b/ä\n.gz');
});

it('compares both bucket and key, to the byte', () => {
  const ref = { bucket: 'b', key: 'a/ä' };
  expect(isSameObject(ref, { ...ref })).toBe(true);
  expect(isSameObject(ref, { ...ref, bucket: 'B' })).toBe(false);
  expect(isSameObject(ref, { ...ref, key: 'a/a\u0308' })).toBe(false);
  expect(isSameObject({ bucket: 'a', key: 'b/c' }, { bucket: 'a/b', key: 'c' })).toBe(false);
});

it.each([
  ['b12', true],
  ['Acme.trail_logs-1', true],
  ['a'.repeat(255), true],
  ['a'.repeat(256), false],
  ['b1', false],
  ['-bucket', false],
  ['bucket.', false],
  ['a/b', false],
  ['arn:aws:s3:::b', false],
  ['b*t', false],
  ['buc ket', false],
  ['bucket\n', false],
])('%j is shaped like the name of a bucket: %s', (text, isOne) => {
  expect(isBucketName(text)).toBe(isOne);
});
