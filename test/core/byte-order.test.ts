import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareUtf8 } from '../../src/core/byte-order.js';

it('orders as the UTF-8 bytes do', () => {
  // Few different characters, so that texts often share a beginning; from each length of UTF-8, and either side of the surrogates.
  const unit = fc.constantFrom(
    'a',
    'b',
    '/',
    '\u00e9',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{1f600}',
    '\u{10ffff}',
  );
  const text = fc.string({ unit, maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});
