import { hash } from 'node:crypto';
import { constants, crc32, inflateRawSync, type Zlib } from 'node:zlib';
import type { GzipFault } from '../../core/contents.js';
import { DEFLATE_MAX_RATIO, GZIP_TRAILER_LENGTH, isGzip, parseGzipHeader, parseGzipTrailer } from '../../core/gzip.js';
import type { Inflated, Inflater } from '../../ports/inflater.js';
import { hashPieces } from './piecewise-inflater.js';

/**
 * Inflates with node:zlib and hashes with node:crypto.
 *
 * `gunzipSync` is of no use here: it joins several members and skips zero padding, so that appended bytes go unseen.
 * Instead the header and the trailer are read by us and only the deflate stream between them is given to zlib,
 * which says how much of it was consumed. All three must add up to the length of the file.
 */
export const nodeInflater: Inflater = {
  hashPieces,
  open(stored, maxInflated) {
    if (!isGzip(stored)) {
      if (stored.length > maxInflated) return tooLarge(maxInflated);
      return {
        status: 'read',
        form: 'plain',
        sha256: sha256(stored),
        storedSize: stored.length,
        size: stored.length,
        bytes: stored,
      };
    }
    const frame = parseGzipHeader(stored);
    if (typeof frame === 'string') return malformed(stored, frame);
    if (
      frame.headerChecksum !== undefined &&
      (crc32(stored.subarray(0, frame.bodyStart - 2)) & 0xffff) !== frame.headerChecksum
    ) {
      return malformed(stored, 'header-invalid');
    }
    return openWhole(stored, frame.bodyStart, maxInflated) ?? diagnose(stored, frame.bodyStart, maxInflated);
  },
};

interface InflateResult {
  readonly output: Buffer;
  /** Bytes of the input that belong to the deflate stream. */
  readonly consumed: number;
}

/** The usual case: one whole member. Undefined when anything at all does not fit, to be looked into by {@link diagnose}. */
function openWhole(stored: Uint8Array, bodyStart: number, maxInflated: number): Inflated | undefined {
  const bodyEnd = stored.length - GZIP_TRAILER_LENGTH;
  const trailer = parseGzipTrailer(stored, bodyEnd);
  if (trailer.size > maxInflated || trailer.size > (bodyEnd - bodyStart) * DEFLATE_MAX_RATIO) return undefined;
  try {
    const { output, consumed } = inflateRaw(stored.subarray(bodyStart, bodyEnd), trailer.size, constants.Z_FINISH);
    if (bodyStart + consumed !== bodyEnd || output.length !== trailer.size || crc32(output) !== trailer.checksum)
      return undefined;
    return wholeMember(stored, output);
  } catch {
    return undefined;
  }
}

/** Finds out what is wrong with a member, and hashes what it gives as far as that makes sense. */
function diagnose(stored: Uint8Array, bodyStart: number, maxInflated: number): Inflated {
  const rest = stored.subarray(bodyStart);
  let result: InflateResult;
  try {
    // Z_SYNC_FLUSH: an input that ends too early gives what it has instead of an error.
    result = inflateRaw(rest, maxInflated, constants.Z_SYNC_FLUSH);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge(maxInflated)
      : malformed(stored, 'data-invalid');
  }
  const { output, consumed } = result;
  const trailerStart = bodyStart + consumed;
  if (output.length > maxInflated) return tooLarge(maxInflated);
  if (stored.length - trailerStart < GZIP_TRAILER_LENGTH) return malformed(stored, 'truncated', output);
  const trailer = parseGzipTrailer(stored, trailerStart);
  if (crc32(output) !== trailer.checksum) return malformed(stored, 'checksum-mismatch', output);
  if (output.length % 2 ** 32 !== trailer.size) return malformed(stored, 'length-mismatch', output);
  if (trailerStart + GZIP_TRAILER_LENGTH < stored.length) return malformed(stored, 'trailing-data', output);
  return wholeMember(stored, output);
}

function inflateRaw(body: Uint8Array, expectedSize: number, finishFlush: number): InflateResult {
  // One byte more than expected: an output that grows beyond shows itself, and one chunk holds it all.
  const room = expectedSize + 1;
  const options = { chunkSize: Math.max(64, Math.min(room, 2 ** 26)), maxOutputLength: room, finishFlush, info: true };
  // With `info` node:zlib returns the engine beside the buffer; its type declarations do not know that.
  const { buffer, engine } = inflateRawSync(body, options) as unknown as { buffer: Buffer; engine: Zlib };
  return { output: buffer, consumed: engine.bytesWritten };
}

function wholeMember(stored: Uint8Array, output: Buffer): Inflated {
  const facts = { status: 'read', form: 'gzip', sha256: sha256(output), storedSize: stored.length } as const;
  return { ...facts, size: output.length, bytes: output };
}

function malformed(stored: Uint8Array, fault: GzipFault, output?: Buffer): Inflated {
  const facts = { status: 'read', form: 'gzip', fault, storedSize: stored.length, size: output?.length ?? 0 } as const;
  return output === undefined
    ? { ...facts, bytes: new Uint8Array() }
    : { ...facts, sha256: sha256(output), bytes: output };
}

const tooLarge = (limit: number): Inflated => ({ status: 'too-large', measure: 'inflated', limit });

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
