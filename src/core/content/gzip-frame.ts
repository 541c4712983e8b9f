/** RFC 1952, read for exactly one member: where its parts lie, before anything is inflated. */
export interface GzipFrame {
  /** Where the deflate stream begins. */
  readonly bodyStart: number;
  /** The CRC-16 the header claims for itself, when it has one. It covers the bytes before `bodyStart - 2`. */
  readonly headerChecksum?: number;
}

/** What the eight bytes after a member's deflate stream claim. */
export interface GzipTrailer {
  /** CRC-32 of the uncompressed bytes. */
  readonly checksum: number;
  /** Length of the uncompressed bytes, modulo 2^32. */
  readonly size: number;
}

export const GZIP_TRAILER_LENGTH = 8;
/** Deflate cannot shrink anything more than this. */
export const DEFLATE_MAX_RATIO = 1032;

const FIXED_HEADER_LENGTH = 10;
const DEFLATE = 8;
const FLAG = { headerChecksum: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 };

/** Whether the bytes begin as gzip does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Reads a member's header; `truncated` when the bytes end before it or leave no room for a trailer, `header-invalid` when it breaks the format. */
export function parseGzipHeader(bytes: Uint8Array): GzipFrame | 'header-invalid' | 'truncated' {
  if (bytes.length < FIXED_HEADER_LENGTH) return 'truncated';
  const flags = bytes[3] ?? 0;
  if (!isGzip(bytes) || bytes[2] !== DEFLATE || (flags & FLAG.reserved) !== 0) return 'header-invalid';

  const limit = bytes.length - GZIP_TRAILER_LENGTH;
  let at = FIXED_HEADER_LENGTH;
  if (flags & FLAG.extra) at += 2 + uint16(bytes, at);
  if (flags & FLAG.name) at = afterZero(bytes, at, limit);
  if (flags & FLAG.comment) at = afterZero(bytes, at, limit);
  if (flags & FLAG.headerChecksum) at += 2;
  if (at > limit) return 'truncated';
  return flags & FLAG.headerChecksum ? { bodyStart: at, headerChecksum: uint16(bytes, at - 2) } : { bodyStart: at };
}

/** Reads the eight bytes that begin at `at`. The caller has made sure that they are there. */
export function parseGzipTrailer(bytes: Uint8Array, at: number): GzipTrailer {
  return {
    checksum: uint16(bytes, at) + uint16(bytes, at + 2) * 0x10000,
    size: uint16(bytes, at + 4) + uint16(bytes, at + 6) * 0x10000,
  };
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function afterZero(bytes: Uint8Array, from: number, limit: number): number {
  const zero = bytes.indexOf(0, from);
  return zero === -1 ? limit + 1 : zero + 1;
}
