import { crc32 } from 'node:zlib';
import type { GzipFault } from '../../../src/core/content/object-content.js';
import { stableGzip } from '../forge/stable-gzip.js';

const HEADER_LENGTH = 10;
const TRAILER_LENGTH = 8;
const AT = { method: 2, flags: 3 };
const FLAG = { headerChecksum: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0x20 };
/** Of a deflate block's first byte: both bits of its type, which together name no type. */
const NO_BLOCK_TYPE = 0x06;

/** A way to damage bytes that are one gzip member, as {@link stableGzip} makes them, and the fault that must be seen in the result. */
export interface GzipCorruption {
  readonly fault: GzipFault;
  readonly corrupt: (packed: Uint8Array) => Uint8Array;
}

/** What can follow a gzip member without a tolerant reader noticing, and what every reader notices. */
export const TAILS = {
  junk: new TextEncoder().encode('junk'),
  zeroPadding: new Uint8Array(512),
  emptyMember: stableGzip(new Uint8Array()),
  secondMember: stableGzip(new TextEncoder().encode('{"Records":[]}')),
} as const;

/** One corruption of each sort, by a name for the title of a test. */
export const GZIP_CORRUPTIONS: Readonly<Record<string, GzipCorruption>> = {
  'a reserved header flag': { fault: 'header-invalid', corrupt: (packed) => flip(packed, AT.flags, FLAG.reserved) },
  'an unknown compression method': { fault: 'header-invalid', corrupt: (packed) => flip(packed, AT.method, 0x0f) },
  'a wrong header checksum': {
    fault: 'header-invalid',
    corrupt: (packed) => flip(withHeaderChecksum(packed), HEADER_LENGTH, 1),
  },
  'a block of no type': {
    fault: 'data-invalid',
    corrupt: (packed) => concat(packed.subarray(0, HEADER_LENGTH), [NO_BLOCK_TYPE], packed.subarray(HEADER_LENGTH + 1)),
  },
  'an end inside the header': { fault: 'truncated', corrupt: (packed) => packed.slice(0, HEADER_LENGTH - 1) },
  'an end inside the data': {
    fault: 'truncated',
    corrupt: (packed) => packed.slice(0, Math.floor((HEADER_LENGTH + packed.length) / 2)),
  },
  'an end before the trailer': { fault: 'truncated', corrupt: (packed) => packed.slice(0, -TRAILER_LENGTH) },
  'an end inside the trailer': { fault: 'truncated', corrupt: (packed) => packed.slice(0, -1) },
  'a wrong checksum': { fault: 'checksum-mismatch', corrupt: (packed) => flip(packed, packed.length - 8, 1) },
  'a wrong length': { fault: 'length-mismatch', corrupt: (packed) => flip(packed, packed.length - 4, 1) },
  'junk behind it': { fault: 'trailing-data', corrupt: (packed) => concat(packed, TAILS.junk) },
  'one zero byte behind it': { fault: 'trailing-data', corrupt: (packed) => concat(packed, [0]) },
  'zero padding behind it': { fault: 'trailing-data', corrupt: (packed) => concat(packed, TAILS.zeroPadding) },
  'an empty member behind it': { fault: 'trailing-data', corrupt: (packed) => concat(packed, TAILS.emptyMember) },
  'a second member behind it': { fault: 'trailing-data', corrupt: (packed) => concat(packed, TAILS.secondMember) },
  'an empty member before it': { fault: 'trailing-data', corrupt: (packed) => concat(TAILS.emptyMember, packed) },
};

/** The same member with every optional header field, as RFC 1952 allows: extra field, name, comment, header checksum. Nothing is wrong with it. */
export function withOptionalFields(packed: Uint8Array): Uint8Array {
  const extra = [4, 0, 0x61, 0x70, 0, 0];
  const text = new TextEncoder().encode('log.json\0a comment\0');
  const flagged = flip(packed, AT.flags, FLAG.extra | FLAG.name | FLAG.comment);
  const header = concat(flagged.subarray(0, HEADER_LENGTH), extra, text);
  return withHeaderChecksum(concat(header, packed.subarray(HEADER_LENGTH)), header.length);
}

/** A member that inflates to that many zero bytes, a thousandth of it packed; its length field says `claimed`. */
export function gzipBomb(inflatedSize: number, claimed = inflatedSize): Uint8Array {
  const packed = stableGzip(new Uint8Array(inflatedSize), 9);
  new DataView(packed.buffer, packed.byteOffset).setUint32(packed.length - 4, claimed, true);
  return packed;
}

/** The parts one after the other. */
export function concat(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function flip(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[at] = (flipped[at] ?? 0) ^ bits;
  return flipped;
}

/** With the CRC-16 of the header put where the header ends. */
function withHeaderChecksum(packed: Uint8Array, headerLength = HEADER_LENGTH): Uint8Array {
  const flagged = flip(packed, AT.flags, FLAG.headerChecksum);
  const header = flagged.subarray(0, headerLength);
  const checksum = crc32(header) & 0xffff;
  return concat(header, [checksum & 0xff, checksum >> 8], flagged.subarray(headerLength));
}
