import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeStrings } from '../../../src/render/strings/escape-strings.js';
import { escapeTerminal, toSafeJson } from '../../../src/render/strings/escape-terminal.js';

/** By code point, so that the test does not lean on the property classes that the code uses. */
const DANGEROUS: readonly (readonly [name: string, from: number, to: number])[] = [
  ['C0 controls', 0x00, 0x1f],
  ['DEL and C1 controls', 0x7f, 0x9f],
  ['the soft hyphen', 0xad, 0xad],
  ['the Arabic letter mark', 0x61c, 0x61c],
  ['zero-width characters and direction marks', 0x200b, 0x200f],
  ['line and paragraph separators', 0x2028, 0x2029],
  ['embeddings and overrides', 0x202a, 0x202e],
  ['word joiner and invisible operators', 0x2060, 0x2064],
  ['isolates', 0x2066, 0x2069],
  ['surrogates', 0xd800, 0xdfff],
  ['the byte order mark', 0xfeff, 0xfeff],
  ['tags', 0xe0001, 0xe007f],
];
const isDangerous = (point: number): boolean => DANGEROUS.some(([, from, to]) => point >= from && point <= to);
const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom(...DANGEROUS.flatMap(([, from, to]) => [from, to]).map((point) => String.fromCodePoint(point))),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});

it.each(DANGEROUS)('shows %s by their code points', (_, from, to) => {
  for (let point = from; point <= to; point += 1) {
    expect(escapeTerminal(`a${String.fromCodePoint(point)}b`)).toBe(`a\\u{${point.toString(16)}}b`);
  }
});

it.each(['s3://bucket/AWSLogs/a_b-c.json.gz', 'ключ/鍵/مفتاح/é', '👍🏽', '\\u{1b}', 'a\u00a0b'])(
  'leaves %j alone',
  (text) => {
    expect(escapeTerminal(text)).toBe(text);
  },
);

it('lets nothing dangerous through, whatever the text', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const points = [...escapeTerminal(text)].map((character) => character.codePointAt(0) ?? 0);
      expect(points.filter(isDangerous)).toEqual([]);
    }),
  );
});

it('changes nothing else, so that the text can be read back', () => {
  fc.assert(
    fc.property(
      anyText.filter((text) => !text.includes('\\')),
      (text) => {
        const back = escapeTerminal(text).replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
          String.fromCodePoint(Number.parseInt(hex, 16)),
        );
        expect(back).toBe(text);
      },
    ),
  );
});

it('writes JSON that says the same and is as safe', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), anyText, (value, text) => {
      const json = toSafeJson([value, text]);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify([value, text])));
      expect([...json].map((character) => character.codePointAt(0) ?? 0).filter(isDangerous)).toEqual([]);
    }),
  );
});

it('escapes every string of an event and nothing else', () => {
  const hostile = 'a\u001b[2J';
  expect(escapeStrings({ n: 1, yes: true, none: undefined, deep: [{ key: hostile }, hostile] })).toEqual({
    n: 1,
    yes: true,
    none: undefined,
    deep: [{ key: 'a\\u{1b}[2J' }, 'a\\u{1b}[2J'],
  });
});

it('cuts what is longer than any name, and says so', () => {
  expect(escapeStrings('x'.repeat(4096))).toBe('x'.repeat(4096));
  expect(escapeStrings('x'.repeat(5000))).toBe(`${'x'.repeat(4096)}… (5000 characters)`);
});
