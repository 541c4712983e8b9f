import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFLATE_MAX_RATIO,
  GZIP_TRAILER_LENGTH,
  isGzip,
  parseGzipHeader,
  parseGzipTrailer,
} from '../../../src/core/content/gzip-frame.js';
import { stableGzip } from '../../support/forge/stable-gzip.js';
import { concat, withOptionalFields } from '../../support/tamper/corrupt-gzip.js';

const TEXT = 0x01;
const CHECKSUM = 0x02;
const EXTRA = 0x04;
const NAME = 0x08;
const COMMENT = 0x10;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const fixed = (flags: number, method = 8): Uint8Array => new Uint8Array([0x1f, 0x8b, method, flags, 1, 2, 3, 4, 0, 3]);
/** A header of these flags and fields with just enough behind it to be a member: room for the trailer. */
const member = (flags: number, ...fields: ArrayLike<number>[]): Uint8Array =>
  concat(fixed(flags), ...fields, new Uint8Array(GZIP_TRAILER_LENGTH).fill(0xee));

describe('isGzip', () => {
  it('goes by the first two bytes', () => {
    expect(isGzip(fixed(0))).toBe(true);
    expect(isGzip(new Uint8Array([0x1f, 0x8b]))).toBe(true);
    for (const bytes of [[], [0x1f], [0x8b, 0x1f], [0x1f, 0x8c], [0x1e, 0x8b], [0x7b, 0x7d]])
      expect(isGzip(new Uint8Array(bytes))).toBe(false);
  });
});

describe('parseGzipHeader', () => {
  it.each<[string, Uint8Array, object]>([
    ['no fields', member(0), { bodyStart: 10 }],
    ['the hint that it is text', member(TEXT), { bodyStart: 10 }],
    ['an extra field', member(EXTRA, [4, 0], [0, 0, 0, 0]), { bodyStart: 16 }],
    ['an empty extra field', member(EXTRA, [0, 0]), { bodyStart: 12 }],
    ['an extra field of 258', member(EXTRA, [2, 1], new Uint8Array(258)), { bodyStart: 270 }],
    ['a name', member(NAME, ascii('log.json\0')), { bodyStart: 19 }],
    ['an empty name', member(NAME, [0]), { bodyStart: 11 }],
    ['a comment', member(COMMENT, ascii('hi\0')), { bodyStart: 13 }],
    ['a name and a comment', member(NAME | COMMENT, ascii('a\0'), ascii('b\0')), { bodyStart: 14 }],
    ['a checksum', member(CHECKSUM, [0x34, 0x12]), { bodyStart: 12, headerChecksum: 0x1234 }],
    ['a checksum of zero', member(CHECKSUM, [0, 0]), { bodyStart: 12, headerChecksum: 0 }],
    [
      'everything, zeros in the extra field',
      member(TEXT | CHECKSUM | EXTRA | NAME | COMMENT, [3, 0, 0, 7, 0], ascii('n\0'), ascii('c\0'), [0xff, 0xfe]),
      { bodyStart: 21, headerChecksum: 0xfeff },
    ],
  ])('with %s', (_, bytes, frame) => {
    expect(parseGzipHeader(bytes)).toEqual(frame);
    // One byte less, and there is no room for a trailer any more.
    expect(parseGzipHeader(bytes.slice(0, -1))).toBe('truncated');
    expect(parseGzipHeader(concat(bytes, [0]))).toEqual(frame);
  });

  it.each<[string, Uint8Array]>([
    ['another first byte', concat([0x1e], member(0).slice(1))],
    ['another second byte', concat([0x1f, 0x8c], member(0).slice(2))],
    ['method 7', concat(fixed(0, 7), new Uint8Array(8))],
    ['method 9', concat(fixed(0, 9), new Uint8Array(8))],
    ['reserved flag 0x20', member(0x20)],
    ['reserved flag 0x40', member(0x40)],
    ['reserved flag 0x80', member(0x80)],
    ['a reserved flag among others', member(0xff)],
    ['method 7, with nothing behind the fixed part', fixed(0, 7)],
  ])('refuses %s', (_, bytes) => {
    expect(parseGzipHeader(bytes)).toBe('header-invalid');
  });

  it.each<[string, Uint8Array]>([
    ['in the fixed part', fixed(0).slice(0, 9)],
    ['after the first two bytes', new Uint8Array([0x1f, 0x8b])],
    ['after the fixed part', fixed(0)],
    ['in the length of an extra field', concat(fixed(EXTRA), [4])],
    ['in an extra field', member(EXTRA, [200, 0], new Uint8Array(20))],
    ['in an extra field that claims 64 KB', member(EXTRA, [0xff, 0xff])],
    ['in a name', member(NAME, ascii('endless'))],
    ['in a name that goes on into the trailer', concat(fixed(NAME), ascii('n'), new Uint8Array(8))],
    ['in a comment', member(COMMENT, ascii('endless'))],
    ['in the second of two texts', member(NAME | COMMENT, ascii('a\0'), ascii('endless'))],
    ['in a checksum', concat(fixed(CHECKSUM), [1], new Uint8Array(8))],
  ])('sees an end %s', (_, bytes) => {
    expect(parseGzipHeader(bytes)).toBe('truncated');
  });

  it('finds the body of what a packer writes', () => {
    const packed = stableGzip(ascii('some text'));
    expect(parseGzipHeader(packed)).toEqual({ bodyStart: 10 });
    const frame = parseGzipHeader(withOptionalFields(packed));
    expect(frame).toMatchObject({ bodyStart: 10 + 6 + 19 + 2 });
  });

  it('never throws and never points beyond the trailer', () => {
    const headed = fc
      .tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 }))
      .map(([flags, rest]) => concat(fixed(flags), rest));
    fc.assert(
      fc.property(fc.oneof(headed, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        const frame = parseGzipHeader(bytes);
        if (typeof frame === 'string') return;
        expect(frame.bodyStart).toBeGreaterThanOrEqual(10);
        expect(frame.bodyStart).toBeLessThanOrEqual(bytes.length - GZIP_TRAILER_LENGTH);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseGzipTrailer', () => {
  it('reads both numbers from the low end, without a sign', () => {
    const bytes = new Uint8Array([9, 0x78, 0x56, 0x34, 0xf2, 0xff, 0xfe, 0xfd, 0xfc, 9]);
    expect(parseGzipTrailer(bytes, 1)).toEqual({ checksum: 0xf2345678, size: 0xfcfdfeff });
  });
});

describe('DEFLATE_MAX_RATIO', () => {
  it('is not exceeded by the best that zlib can do', () => {
    expect(DEFLATE_MAX_RATIO).toBe(1032);
    const packed = stableGzip(new Uint8Array(50_000_000), 9);
    const ratio = 50_000_000 / (packed.length - 18);
    expect(ratio).toBeLessThanOrEqual(DEFLATE_MAX_RATIO);
    expect(ratio).toBeGreaterThan(DEFLATE_MAX_RATIO - 5);
  });
});
