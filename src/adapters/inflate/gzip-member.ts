import { GZIP_TRAILER_LENGTH, type GzipFrame, parseGzipTrailer } from '../../core/content/gzip-frame.js';
import type { GzipFault } from '../../core/content/object-content.js';

/** Whether the checksum that a header has of itself is wrong. @param head the stored bytes, at least up to the body */
export const isHeaderDamaged = (
  head: Uint8Array,
  { bodyStart, headerChecksum }: GzipFrame,
  crc32: (bytes: Uint8Array) => number,
): boolean => headerChecksum !== undefined && (crc32(head.subarray(0, bodyStart - 2)) & 0xffff) !== headerChecksum;

/**
 * What is wrong with what follows a deflate stream.
 * @param inflated CRC-32 and size of all that came out of it
 * @param tail what follows, as much of it as a trailer takes at least, unless there is less
 * @param bytesLeft how much follows
 */
export function trailerFault(
  inflated: { readonly checksum: number; readonly size: number },
  tail: Uint8Array,
  bytesLeft: number,
): GzipFault | undefined {
  if (bytesLeft < GZIP_TRAILER_LENGTH || tail.length < GZIP_TRAILER_LENGTH) return 'truncated';
  const trailer = parseGzipTrailer(tail, 0);
  if (trailer.checksum !== inflated.checksum) return 'checksum-mismatch';
  if (trailer.size !== inflated.size % 2 ** 32) return 'length-mismatch';
  return bytesLeft > GZIP_TRAILER_LENGTH ? 'trailing-data' : undefined;
}

export const tooLarge = (limit: number) => ({ status: 'too-large', measure: 'inflated', limit }) as const;

/** A file that is gzip by its first bytes, and cannot be inflated. */
export const unopened = (fault: GzipFault, storedSize: number) =>
  ({ status: 'read', form: 'gzip', fault, storedSize, size: 0 }) as const;
