import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_TEXT, shortenText, shortenTexts } from '../../../src/core/encoding/shorten-text.js';
import { finding } from '../../../src/core/findings/finding.js';

it('keeps a text of up to 1,024 units, and says how many it left out of a longer one', () => {
  expect(shortenText('x'.repeat(MAX_TEXT))).toBe('x'.repeat(MAX_TEXT));
  expect(shortenText('x'.repeat(MAX_TEXT + 1))).toBe(`${'x'.repeat(1000)}…+25`);
  expect(shortenText('x'.repeat(10_000))).toBe(`${'x'.repeat(1000)}…+9000`);
});

it('never cuts a character in two', () => {
  expect(shortenText('\u{1f4a3}'.repeat(1000))).toBe(`${'\u{1f4a3}'.repeat(500)}…+1000`);
  expect(shortenText(`x${'\u{1f4a3}'.repeat(1000)}`)).toBe(`x${'\u{1f4a3}'.repeat(499)}…+1002`);
});

it('gives what it gave before of what it gave', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(200), (text, times) => {
      const short = shortenText(text.repeat(times));
      expect(short.length).toBeLessThanOrEqual(MAX_TEXT);
      expect(shortenText(short)).toBe(short);
    }),
  );
});

it('looks at every depth, and leaves what is short as it is', () => {
  const long = 'x'.repeat(2000);
  const short = `${'x'.repeat(1000)}…+1000`;
  expect(shortenTexts({ a: [long, 1], b: { c: long, d: null }, e: 'y' })).toEqual({
    a: [short, 1],
    b: { c: short, d: null },
    e: 'y',
  });
  const args = { a: ['x'], b: 1 };
  expect(shortenTexts(args)).toBe(args);
});

it('is what a finding does with its arguments, and not with its subject', () => {
  const key = 'k'.repeat(4000);
  const { subject, args } = finding(
    'digest-algorithm-unknown',
    { type: 'digest', bucket: 'b', key },
    { field: 'f', actual: key },
  );
  expect(subject).toMatchObject({ key });
  expect(args).toEqual({ field: 'f', actual: `${'k'.repeat(1000)}…+3000` });
});
