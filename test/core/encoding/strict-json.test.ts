import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DUPLICATES_TOLD, parseJson } from '../../../src/core/encoding/strict-json.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, maxDepth = 16) => parseJson(utf8(text), maxDepth);
const duplicates = (text: string) =>
  parse(text).faults.map((fault) => (fault.fault === 'duplicate-key' ? fault.key : fault.fault));

describe('bytes', () => {
  it.each<[string, number[]]>([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an overlong NUL', [0x22, 0xc0, 0x80, 0x22]],
    ['an overlong form of three bytes', [0x22, 0xe0, 0x80, 0xaf, 0x22]],
    ['a high surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a low surrogate', [0x22, 0xed, 0xbf, 0xbf, 0x22]],
    ['a pair of surrogates (CESU-8)', [0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x22]],
    ['a character cut short inside', [0x22, 0xe2, 0x82, 0x22]],
    ['a character cut short at the end', [0x22, 0x22, 0xe2, 0x82]],
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['a byte that is never used', [0x22, 0xff, 0x22]],
    ['a character beyond U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ['Latin-1', [0x22, 0xe4, 0x22]],
  ])('with %s are not UTF-8', (_, bytes) => {
    expect(parseJson(new Uint8Array(bytes), 16)).toEqual({ faults: [{ fault: 'not-utf8' }] });
  });

  it('keep a replacement character that really stands there', () => {
    expect(parse('"\ufffd"')).toEqual({ value: '\ufffd', faults: [] });
  });
});

describe('text', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['a byte order mark', '\ufeff{}'],
    ['something behind', '{} x'],
    ['a second document', '{}{}'],
    ['a NUL behind', '{}\0'],
    ['a trailing comma', '[1,]'],
    ['a comment', '/**/{}'],
    ['single quotes', "{'a':1}"],
    ['NaN', 'NaN'],
    ['a control character in a string', '"\n"'],
    ['an open string', '{"a":"b'],
    ['an open object', '{"a":1'],
    ['too many brackets', '[]]'],
    ['a wrong bracket', '[}'],
    ['closing first', ']['],
    ['a leading zero', '01'],
    ['a no-break space', '\u00a0{}'],
  ])('of %s is no JSON', (_, text) => {
    expect(parse(text)).toEqual({ faults: [{ fault: 'not-json' }] });
  });

  it.each(['null', 'true', '0', '""', '[]', '{}', ' {"a" : [1, "\\ud800"]}\r\n', '{"__proto__":1}'])(
    'of %s is what JSON.parse makes of it',
    (text) => {
      expect(parse(text)).toEqual({ value: JSON.parse(text), faults: [] });
    },
  );
});

describe('number of values', () => {
  const parseUpTo = (text: string, maxValues: number) => parseJson(utf8(text), 16, maxValues);

  it.each(['[1,2,3]', '{"a":1,"b":2,"c":3}', '{"a":[1],"b":2}', '[",,[[",":",3]'])(
    'of %s is bounded exactly',
    (text) => {
      const values = 4;
      expect(parseUpTo(text, values)).toEqual({ value: JSON.parse(text), faults: [] });
      expect(parseUpTo(text, values - 1)).toEqual({ faults: [{ fault: 'too-many-values' }] });
    },
  );

  it('counts no list and no object for nothing', () => {
    for (const item of ['[]', '{}', '0'])
      expect(parseUpTo(`[${`${item},`.repeat(1000)}0]`, 1000).faults).toEqual([{ fault: 'too-many-values' }]);
  });

  it('ends the reading of a list that would take gigabytes', () => {
    const text = `[${'{},'.repeat(8_000_000)}{}]`;
    expect(parse(text)).toEqual({ faults: [{ fault: 'too-many-values' }] });
  });
});

describe('names that stand twice', () => {
  it('are told up to a number, and then counted', () => {
    const text = (times: number) => `[{${'"a":0,'.repeat(times)}"a":1}]`;
    const told = Array.from({ length: DUPLICATES_TOLD }, () => ({ fault: 'duplicate-key', key: 'a' }));
    expect(parse(text(DUPLICATES_TOLD))).toEqual({ value: [{ a: 1 }], faults: told });
    expect(parse(text(DUPLICATES_TOLD + 7))).toEqual({ value: [{ a: 1 }], faults: told, moreDuplicates: 7 });
  });
});

describe('depth', () => {
  const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  it.each([
    ['arrays', arrays],
    ['objects', objects],
    ['objects in arrays', (depth: number) => (depth === 1 ? '[]' : `[${objects(depth - 1)}]`)],
  ])('of %s is bounded exactly', (_, nest) => {
    expect(parse(nest(4), 4).faults).toEqual([]);
    expect(parse(nest(5), 4)).toEqual({ faults: [{ fault: 'nested-too-deep' }] });
    expect(parse(nest(1), 0)).toEqual({ faults: [{ fault: 'nested-too-deep' }] });
    expect(parse(nest(1), 1).faults).toEqual([]);
    expect(parse('1', 0)).toEqual({ value: 1, faults: [] });
  });

  it('counts what is open, not what was opened', () => {
    expect(parse(`[${'[],{},'.repeat(50)}[]]`, 2).faults).toEqual([]);
    expect(parse('[[[]],[[[]]]]', 3).faults).toEqual([{ fault: 'nested-too-deep' }]);
  });

  it('does not count brackets in strings, whatever quotes are escaped in them', () => {
    expect(parse('["[[[[{{{{", "\\"[[[[", "\\\\", "[[[["]', 1).faults).toEqual([]);
    expect(parse('["\\\\", [[1]]]', 2).faults).toEqual([{ fault: 'nested-too-deep' }]);
    expect(parse('["\\\\\\"", [[1]]]', 2).faults).toEqual([{ fault: 'nested-too-deep' }]);
    expect(parse('["\\\\\\"[[[["]', 1).faults).toEqual([]);
  });

  it('of a million brackets costs nothing', () => {
    expect(parse(arrays(1_000_000))).toEqual({ faults: [{ fault: 'nested-too-deep' }] });
    expect(parse('['.repeat(1_000_000))).toEqual({ faults: [{ fault: 'nested-too-deep' }] });
  });
});

describe('duplicate keys', () => {
  it.each<[string, string, string[]]>([
    ['side by side', '{"a":1,"a":1}', ['a']],
    ['apart', '{"a":1,"b":2,"a":3}', ['a']],
    ['three times', '{"a":1,"a":2,"a":3}', ['a', 'a']],
    ['of two names', '{"a":1,"b":2,"b":3,"a":4}', ['b', 'a']],
    ['escaped', '{"a":1,"\\u0061":2}', ['a']],
    ['escaped otherwise', '{"a\\/b":1,"a/b":2}', ['a/b']],
    ['with capital digits', '{"\\u00AB":1,"\\u00ab":2}', ['\u00ab']],
    ['as a pair of surrogates', '{"\\ud83d\\ude00":1,"😀":2}', ['😀']],
    ['empty', '{"":1,"":2}', ['']],
    ['with a quote', '{"a\\"":1,"a\\"":2}', ['a"']],
    ['nested', '{"x":{"a":1,"a":2}}', ['a']],
    ['in an array', '{"x":[{"a":1},{"a":1,"b":1,"b":1}]}', ['b']],
    ['around an object', '{"a":{"a":1},"a":2}', ['a']],
    ['around an array', '{"a":[1,["a"]],"a":2}', ['a']],
    ['with blanks before the colon', '{"a" \t\r\n:1,"a":2}', ['a']],
    ['with one blank before the colon', '{"a" :1,"a":2}', ['a']],
    ['of a prototype', '{"__proto__":1,"__proto__":2}', ['__proto__']],
  ])('are found: %s', (_, text, names) => {
    expect(duplicates(text)).toEqual(names);
  });

  it.each([
    '{"a":1,"A":1}',
    '{"a":1,"b":{"a":1,"c":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"\\"a\\":1,\\"a\\":1"}',
    '{"a":["b","b","b"],"b":"b"}',
    '{"a":1,"\\\\u0061":2}',
    '{"constructor":1,"hasOwnProperty":2}',
  ])('are not seen in %s', (text) => {
    expect(parse(text)).toEqual({ value: JSON.parse(text), faults: [] });
  });
});

describe('any input', () => {
  it('is what JSON.parse makes of it, when its depth allows', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parse(text, 16)).toEqual({ value: JSON.parse(text), faults: [] });
      }),
    );
  });

  it('never throws, and gives a value or a fault', () => {
    const pieces = fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' ', '"a":'), { maxLength: 24 })
      .map((parts) => utf8(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), pieces), (bytes) => {
        const { value, faults } = parseJson(bytes, 4);
        expect(value !== undefined || faults.length > 0).toBe(true);
        if (faults.some(({ fault }) => fault !== 'duplicate-key')) expect(value).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
