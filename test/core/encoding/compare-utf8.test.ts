import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/encoding/compare-utf8.js';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');

it.each([
  ['', '', 0],
  ['', 'a', -1],
  ['a', 'a', 0],
  ['a', 'aa', -1],
  ['b', 'aa', 1],
  ['Z', 'a', -1],
  ['a-', 'a/', -1],
  ['\u007f', '\u0080', -1],
  ['\ud7ff', '\ue000', -1],
  ['\uffff', '\u{10000}', -1],
  ['\u{10ffff}', '\ue000', 1],
  ['\u{10000}', '\u{10001}', -1],
])('orders %j and %j as S3 does', (a, b, order) => {
  expect(Math.sign(compareUtf8(a, b))).toBe(order);
  expect(Math.sign(compareUtf8(b, a))).toBe(order === 0 ? 0 : -order);
});

it('agrees with the order of the bytes', () => {
  const unit = fc.oneof(
    fc.constantFrom('a', '/', '\ud7ff', '\ue000', '\uffff', '\u{1f600}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const text = fc.string({ unit, maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(bytesOf(a), bytesOf(b)));
    }),
  );
});
