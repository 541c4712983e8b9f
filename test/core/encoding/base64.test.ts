import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../../src/core/encoding/base64.js';

it('gives back any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
    }),
  );
});

it.each([
  ['AQID', [1, 2, 3]],
  [' AQ\nI= ', [1, 2]],
  ['AQI', [1, 2]],
  ['', []],
  ['AQ-_', undefined],
  ['A', undefined],
  ['AQID=', undefined],
])('reads %j as %j', (text, bytes) => {
  expect(decodeBase64(text)).toEqual(bytes && Uint8Array.from(bytes));
});
