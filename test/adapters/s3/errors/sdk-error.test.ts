import { expect, it } from 'vitest';
import { toS3Error } from '../../../../src/adapters/s3/errors/sdk-error.js';
import { CredentialsError } from '../../../../src/ports/object-store.js';

const CALL = { service: 'S3', operation: 'ListObjectsV2' };

it('passes on what could not give credentials, and takes its code for none of S3', () => {
  const refused = new CredentialsError('AccessDenied', 'the role cannot be assumed');
  expect(() => toS3Error(CALL, refused)).toThrow(refused);
});
