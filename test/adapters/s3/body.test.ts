import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../../src/adapters/s3/body.js';

const CALL = { service: 'S3', operation: 'GetObject' };
const bodyOf = (...chunks: string[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe('a body', () => {
  it('is joined from what arrives', async () => {
    expect(await readBody(CALL, bodyOf('abc', 'de', ''), 5, 5)).toEqual(Buffer.from('abcde'));
    expect(await readBody(CALL, bodyOf(), 0, 5)).toEqual(Buffer.alloc(0));
  });

  it.each([4, 6])('of another length than announced (%i) is cut short', async (length) => {
    await expect(readBody(CALL, bodyOf('abc', 'de'), length, 10)).rejects.toMatchObject({
      name: 'ServiceError',
      errorCode: 'TruncatedBody',
      httpStatus: 200,
    });
  });

  it('without an announced length is not taken for whole', async () => {
    const body = bodyOf('abc');
    await expect(readBody(CALL, body, undefined, 10)).rejects.toMatchObject({ errorCode: 'TruncatedBody' });
    expect(body.destroyed).toBe(true);
  });

  it('too large is not read', async () => {
    const body = bodyOf('abc');
    expect(await readBody(CALL, body, 3, 2)).toEqual({ status: 'too-large', measure: 'stored', limit: 2 });
    expect(body.destroyed).toBe(true);
    expect(body.readableDidRead).toBe(false);
  });
});
