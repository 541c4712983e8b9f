import { expect, it } from 'vitest';
import { isSameObject, toS3Uri } from '../../src/core/objects.js';

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
