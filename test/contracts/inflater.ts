import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GzipFault } from '../../src/core/content/object-content.js';
import type { Inflated, Inflater } from '../../src/ports/inflater.js';
import { stableGzip } from '../support/forge/stable-gzip.js';
import { randomCases } from '../support/run/random-cases.js';
import { concat, GZIP_CORRUPTIONS, gzipBomb, TAILS, withOptionalFields } from '../support/tamper/corrupt-gzip.js';

const CAP = 10_000_000;
const SEED = 20_260_301;
const CONTENT = new TextEncoder().encode(
  JSON.stringify({ Records: Array.from({ length: 40 }, (_, index) => ({ index, name: `event ${index * 7919}` })) }),
);
const PACKED = stableGzip(CONTENT);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** All of an answer, its bytes as plain ones. */
function facts(answer: Inflated) {
  return answer.status === 'read' ? { ...answer, bytes: new Uint8Array(answer.bytes) } : answer;
}

const whole = (stored: Uint8Array, bytes: Uint8Array) => ({
  status: 'read',
  form: 'gzip',
  sha256: sha256(bytes),
  storedSize: stored.length,
  size: bytes.length,
  bytes,
});

/**
 * What must be said of a stream, found another way: fields skipped by hand, and the end of the deflate stream as the
 * shortest beginning that zlib inflates without complaint. `gunzipSync` has a say as well: it is lax about what follows
 * a member, but nothing may pass that it refuses.
 */
function expected(stored: Uint8Array): 'plain' | 'whole' | GzipFault {
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return 'plain';
  if (stored.length < 10) return 'truncated';
  const [, , method, flags = 0] = stored;
  if (method !== 8 || flags > 0x1f) return 'header-invalid';
  let at = 10;
  if (flags & 4) at += 2 + (stored[at] ?? 0) + 256 * (stored[at + 1] ?? 0);
  for (const text of [8, 16]) if (flags & text) while (at < stored.length && stored[at++] !== 0);
  if (flags & 2) at += 2;
  if (at + 8 > stored.length) return 'truncated';
  if (flags & 2 && Buffer.from(stored).readUInt16LE(at - 2) !== (crc32(stored.subarray(0, at - 2)) & 0xffff))
    return 'header-invalid';
  const rest = stored.subarray(at);
  const fault = inflateFault(rest);
  if (fault) return fault;
  let shortest = 1;
  while (inflateFault(rest.subarray(0, shortest))) shortest += 1;
  const trailer = Buffer.from(rest.subarray(shortest));
  if (trailer.length < 8) return 'truncated';
  const content = inflateRawSync(rest);
  if (trailer.readUInt32LE(0) !== crc32(content)) return 'checksum-mismatch';
  if (trailer.readUInt32LE(4) !== content.length) return 'length-mismatch';
  return trailer.length === 8 ? 'whole' : 'trailing-data';
}

function inflateFault(bytes: Uint8Array): GzipFault | undefined {
  try {
    inflateRawSync(bytes, { chunkSize: 256 });
    return undefined;
  } catch (error) {
    return (error as { code: string }).code === 'Z_BUF_ERROR' ? 'truncated' : 'data-invalid';
  }
}

/** Whatever inflates must pass these. */
export function inflaterSuite({ open: openWithin }: Inflater): void {
  const open = (stored: Uint8Array, cap = CAP) => openWithin(stored, cap);

  describe('one whole member', () => {
    it.each([0, 1, 6, 9] as const)('packed at level %i is opened', (level) => {
      const stored = stableGzip(CONTENT, level);
      expect(facts(open(stored))).toEqual(whole(stored, CONTENT));
    });

    it('of nothing is opened', () => {
      const stored = stableGzip(new Uint8Array());
      expect(facts(open(stored))).toEqual(whole(stored, new Uint8Array()));
    });

    it('with every optional field is opened', () => {
      const stored = withOptionalFields(PACKED);
      expect(facts(open(stored))).toEqual(whole(stored, CONTENT));
    });

    it('in several deflate blocks is opened', () => {
      const half = CONTENT.length >> 1;
      // A stored block that is not the last, and the rest behind it.
      const header = [0, half & 0xff, half >> 8, ~half & 0xff, (~half >> 8) & 0xff];
      const body = concat(header, CONTENT.subarray(0, half), deflateRawSync(CONTENT.subarray(half)));
      const stored = concat(PACKED.subarray(0, 10), body, PACKED.subarray(-8));
      expect(facts(open(stored))).toEqual(whole(stored, CONTENT));
    });

    it('that is a part of a larger buffer is opened', () => {
      const buffer = concat([0x1f, 0x8b], PACKED, [0, 0]);
      expect(facts(open(buffer.subarray(2, -2)))).toEqual(whole(PACKED, CONTENT));
    });

    it('is left as it was', () => {
      const before = PACKED.slice();
      open(PACKED);
      expect(PACKED).toEqual(before);
    });
  });

  describe('plain bytes', () => {
    it.each<[string, Uint8Array]>([
      ['JSON', CONTENT],
      ['nothing', new Uint8Array()],
      ['half of the magic number', new Uint8Array([0x1f])],
      ['nearly the magic number', new Uint8Array([0x1f, 0x8c, 8, 0])],
      ['zlib', new Uint8Array([0x78, 0x9c, 3, 0, 0, 0, 0, 1])],
    ])('are hashed as they are: %s', (_, stored) => {
      const size = stored.length;
      expect(facts(open(stored))).toEqual({
        status: 'read',
        form: 'plain',
        sha256: sha256(stored),
        storedSize: size,
        size,
        bytes: stored,
      });
    });

    it('are capped exactly', () => {
      expect(open(CONTENT, CONTENT.length).status).toBe('read');
      expect(open(CONTENT, CONTENT.length - 1)).toEqual({
        status: 'too-large',
        measure: 'inflated',
        limit: CONTENT.length - 1,
      });
    });
  });

  describe('a damaged stream', () => {
    const givesNothing: readonly GzipFault[] = ['header-invalid', 'data-invalid'];
    it.each(Object.entries(GZIP_CORRUPTIONS))('is named: %s', (name, { fault, corrupt }) => {
      const stored = corrupt(PACKED);
      const answer = facts(open(stored));
      expect(answer).toMatchObject({ status: 'read', form: 'gzip', fault, storedSize: stored.length });
      if (answer.status !== 'read') return;
      expect(answer.size).toBe(answer.bytes.length);
      const isUnopened = givesNothing.includes(fault) || name === 'an end inside the header';
      expect(answer.sha256).toBe(isUnopened ? undefined : sha256(answer.bytes));
      expect(Object.hasOwn(answer, 'sha256')).toBe(!isUnopened);
      const given = name === 'an empty member before it' ? new Uint8Array() : CONTENT;
      if (fault === 'trailing-data' || fault.endsWith('-mismatch')) expect(answer.bytes).toEqual(given);
      else expect(CONTENT.subarray(0, answer.size)).toEqual(answer.bytes);
      if (isUnopened) expect(answer.size).toBe(0);
    });

    it('whose data ends too early gives what it has', () => {
      const stored = stableGzip(CONTENT, 0);
      const answer = open(stored.slice(0, 10 + 5 + 100));
      expect(answer).toMatchObject({ fault: 'truncated', size: 100, sha256: sha256(CONTENT.subarray(0, 100)) });
    });

    it.each(Array.from({ length: PACKED.length - 2 }, (_, index) => index + 2).filter((size) => size % 7 === 0))(
      'is cut short after %i bytes',
      (size) => {
        expect(open(PACKED.slice(0, size))).toMatchObject({ fault: 'truncated' });
      },
    );

    it('has as many bytes behind it as there are, however many', () => {
      for (const tail of [
        ...Object.values(TAILS),
        new Uint8Array(1),
        new Uint8Array(8),
        PACKED,
        concat(PACKED, PACKED),
      ])
        expect(facts(open(concat(PACKED, tail)))).toEqual({
          ...whole(concat(PACKED, tail), CONTENT),
          fault: 'trailing-data',
        });
    });

    it('cannot hide bytes between its data and a trailer that is put behind them', () => {
      const stored = concat(PACKED.subarray(0, -8), TAILS.junk, PACKED.subarray(-8));
      expect(open(stored)).toMatchObject({ fault: 'checksum-mismatch', sha256: sha256(CONTENT) });
      const twice = concat(PACKED, PACKED.subarray(-8));
      expect(open(twice)).toMatchObject({ fault: 'trailing-data', sha256: sha256(CONTENT) });
    });
  });

  describe('caps', () => {
    const SIZE = 100_000;
    const tooLarge = (limit: number) => ({ status: 'too-large', measure: 'inflated', limit });

    it.each([
      ['honest', SIZE],
      ['claiming nothing', 0],
      ['claiming less than the cap', 10],
      ['claiming one byte less', SIZE - 1],
      ['claiming 4 GB', 0xffffffff],
    ])('hold against a bomb that is %s', (_, claimed) => {
      const bomb = gzipBomb(SIZE, claimed);
      for (const cap of [0, 1, 63, 64, 1_000, SIZE - 1]) expect(open(bomb, cap)).toEqual(tooLarge(cap));
    });

    it('let pass what just fits', () => {
      const { bytes: _, ...known } = whole(gzipBomb(SIZE), new Uint8Array(SIZE));
      for (const cap of [SIZE, SIZE + 1]) expect(open(gzipBomb(SIZE), cap)).toMatchObject(known);
    });

    it.each([0, 10, SIZE - 1, SIZE + 1, 0xffffffff])('do not hide a length that claims %i', (claimed) => {
      expect(open(gzipBomb(SIZE, claimed), SIZE)).toMatchObject({ fault: 'length-mismatch', size: SIZE });
    });

    it('are what is said of a stream that goes beyond them, whatever fault comes behind', () => {
      const size = CONTENT.length;
      const block = concat([0, size & 0xff, size >> 8, ~size & 0xff, (~size >> 8) & 0xff], CONTENT);
      const stored = concat(PACKED.subarray(0, 10), block, [7], PACKED.subarray(-8));
      for (const cap of [100, size >> 1, size - 2]) expect(open(stored, cap)).toEqual(tooLarge(cap));
      for (const cap of [size, size + 1]) expect(open(stored, cap)).toMatchObject({ fault: 'data-invalid', size: 0 });
    });

    it('count the first member alone', () => {
      expect(open(concat(PACKED, gzipBomb(SIZE)), CONTENT.length)).toMatchObject({ fault: 'trailing-data' });
    });

    it('allow nothing where nothing is allowed, and only that', () => {
      expect(open(stableGzip(new Uint8Array()), 0)).toMatchObject({ status: 'read', size: 0 });
      expect(open(stableGzip(new Uint8Array([7])), 0)).toEqual(tooLarge(0));
    });
  });

  describe('any bytes', () => {
    const said = (stored: Uint8Array) => {
      const answer = open(stored);
      if (answer.status !== 'read') return answer.status;
      return answer.fault ?? (answer.form === 'plain' ? 'plain' : 'whole');
    };
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)),
    );
    const packed = fc
      .tuple(content, fc.constantFrom<(0 | 1 | 6 | 9)[]>(0, 1, 6, 9), fc.boolean())
      .map(([bytes, level, full]) =>
        (full ? withOptionalFields : (same: Uint8Array) => same)(stableGzip(bytes, level)),
      );
    const edit = fc.record({ at: fc.nat(120), cut: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });
    const edited = fc.tuple(packed, fc.array(edit, { maxLength: 2 }), fc.boolean()).map(([bytes, edits, fromEnd]) =>
      edits.reduce((whole, { at, cut, put }) => {
        const place = fromEnd ? Math.max(0, whole.length - at) : at;
        return concat(whole.subarray(0, place), put, whole.subarray(place + cut));
      }, bytes),
    );
    const flipped = fc.tuple(packed, fc.nat(2_000)).map(([bytes, bit]) => {
      const changed = bytes.slice();
      const at = (bit >> 3) % bytes.length;
      changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
      return changed;
    });
    const joined = fc.tuple(edited, edited).map(([first, second]) => concat(first, second));
    const headed = fc.uint8Array({ maxLength: 60 }).map((bytes) => concat(PACKED.subarray(0, 10), bytes));

    it('get the answer of a decoder that works another way', () => {
      fc.assert(
        fc.property(fc.oneof(edited, flipped, joined, headed, fc.uint8Array()), (stored) => {
          const answer = said(stored);
          expect(answer).toBe(expected(stored));
          if (answer !== 'whole') return;
          const opened = open(stored);
          expect(opened.status === 'read' && Buffer.compare(opened.bytes, gunzipSync(stored))).toBe(0);
        }),
        { numRuns: randomCases(300), seed: SEED },
      );
    });

    it('stay below any cap', () => {
      fc.assert(
        fc.property(fc.oneof(edited, flipped, headed), fc.nat(70), (stored, cap) => {
          const answer = open(stored, cap);
          if (answer.status === 'too-large') expect(answer.limit).toBe(cap);
          else expect(answer.bytes.length).toBeLessThanOrEqual(cap);
        }),
        { numRuns: randomCases(300), seed: SEED },
      );
    });
  });
}
