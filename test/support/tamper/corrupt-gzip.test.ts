import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { stableGzip } from '../forge/stable-gzip.js';
import { GZIP_CORRUPTIONS, gzipBomb, TAILS, withOptionalFields } from './corrupt-gzip.js';

const CONTENT = Buffer.from(JSON.stringify({ Records: Array.from({ length: 50 }, (_, index) => ({ index })) }));
const PACKED = stableGzip(CONTENT);

const outcomeOf = (packed: Uint8Array): Buffer | string => {
  try {
    return gunzipSync(packed);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('gzip corruptions', () => {
  it.each(Object.entries(GZIP_CORRUPTIONS))('%s leaves the original alone and changes the bytes', (_, { corrupt }) => {
    const before = PACKED.slice();
    expect(corrupt(PACKED)).not.toEqual(before);
    expect(PACKED).toEqual(before);
  });

  it.each([
    ['an unknown compression method', 'Z_DATA_ERROR'],
    ['a reserved header flag', 'Z_DATA_ERROR'],
    ['a wrong header checksum', 'Z_DATA_ERROR'],
    ['a block of no type', 'Z_DATA_ERROR'],
    ['an end inside the header', 'Z_BUF_ERROR'],
    ['an end inside the data', 'Z_BUF_ERROR'],
    ['an end before the trailer', 'Z_BUF_ERROR'],
    ['an end inside the trailer', 'Z_BUF_ERROR'],
    ['a wrong checksum', 'Z_DATA_ERROR'],
    ['a wrong length', 'Z_DATA_ERROR'],
  ])('%s makes zlib say %s', (name, code) => {
    expect(outcomeOf(GZIP_CORRUPTIONS[name]?.corrupt(PACKED) ?? PACKED)).toBe(code);
  });

  it('damages nothing but the field it names', () => {
    const wrongChecksum = GZIP_CORRUPTIONS['a wrong checksum']?.corrupt(PACKED) ?? PACKED;
    const wrongLength = GZIP_CORRUPTIONS['a wrong length']?.corrupt(PACKED) ?? PACKED;
    expect(inflateRawSync(wrongChecksum.subarray(10, -8))).toEqual(CONTENT);
    expect(wrongChecksum.subarray(-4)).toEqual(PACKED.subarray(-4));
    expect(wrongLength.subarray(0, -4)).toEqual(PACKED.subarray(0, -4));
  });

  it.each(Object.entries(GZIP_CORRUPTIONS).filter(([, { fault }]) => fault === 'trailing-data'))(
    '%s leaves a whole member in front',
    (name, { corrupt }) => {
      const packed = corrupt(PACKED);
      const first = name === 'an empty member before it' ? TAILS.emptyMember : PACKED;
      expect(packed.subarray(0, first.length)).toEqual(first);
      expect(packed.length).toBeGreaterThan(first.length);
    },
  );
});

describe('a member with optional fields', () => {
  it('says the same and has all four fields', () => {
    const packed = withOptionalFields(PACKED);
    expect(gunzipSync(packed)).toEqual(CONTENT);
    expect(packed[3]).toBe(0x1e);
  });
});

describe('a bomb', () => {
  it('inflates to its size and claims what it is told to', () => {
    const honest = gzipBomb(1_000_000);
    expect(honest.length).toBeLessThan(2_000);
    expect(gunzipSync(honest).length).toBe(1_000_000);
    const lying = gzipBomb(1_000_000, 7);
    expect(new DataView(lying.buffer, lying.byteOffset).getUint32(lying.length - 4, true)).toBe(7);
    expect(inflateRawSync(lying.subarray(10, -8)).length).toBe(1_000_000);
  });
});

describe('stable gzip', () => {
  it('names neither a time nor a system and is otherwise plain gzip', () => {
    expect([...PACKED.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    expect(gunzipSync(PACKED)).toEqual(CONTENT);
    expect(new DataView(PACKED.buffer).getUint32(PACKED.length - 8, true)).toBe(crc32(CONTENT));
  });
});
