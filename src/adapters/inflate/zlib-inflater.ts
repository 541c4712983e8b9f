import { constants, crc32, inflateRawSync, type Zlib } from 'node:zlib';
import {
  DEFLATE_MAX_RATIO,
  GZIP_TRAILER_LENGTH,
  isGzip,
  parseGzipHeader,
  parseGzipTrailer,
} from '../../core/content/gzip-frame.js';
import { type GzipFault, withoutBytes } from '../../core/content/object-content.js';
import type { Inflated, Inflater } from '../../ports/inflater.js';
import { isHeaderDamaged, tooLarge, trailerFault, unopened } from './gzip-member.js';
import type { Hashing } from './hashing.js';
import { hashPieces } from './pieces.js';
import { ZlibBody } from './zlib-body.js';

/**
 * Inflates with node:zlib: for where the kernel cannot run. Gives the same answers.
 *
 * `gunzipSync` is of no use here: it joins several members and skips zero padding, so that appended bytes go unseen.
 * Instead the header and the trailer are read by us and only the deflate stream between them is given to zlib,
 * which says how much of it was consumed. All three must add up to the length of the file.
 */
export function zlibInflater(hashing: Hashing): Inflater {
  const open = (stored: Uint8Array, maxInflated: number) => openStored(stored, maxInflated, hashing);
  return {
    open,
    hash(stored, maxInflated) {
      const inflated = open(stored, maxInflated);
      return inflated.status === 'read' ? withoutBytes(inflated) : inflated;
    },
    hashPieces: (pieces, storedSize, maxInflated) =>
      hashPieces(pieces, storedSize, maxInflated, {
        checksum: crc32,
        newSha256: hashing.newSha256,
        newBody: () => new ZlibBody(maxInflated, hashing.newSha256()),
      }),
  };
}

function openStored(stored: Uint8Array, maxInflated: number, { sha256 }: Hashing): Inflated {
  if (!isGzip(stored)) {
    if (stored.length > maxInflated) return tooLarge(maxInflated);
    const size = stored.length;
    return { status: 'read', form: 'plain', sha256: sha256(stored), storedSize: size, size, bytes: stored };
  }
  const frame = parseGzipHeader(stored);
  if (typeof frame === 'string') return withoutOutput(frame, stored);
  const { bodyStart } = frame;
  if (isHeaderDamaged(stored, frame, crc32)) return withoutOutput('header-invalid', stored);
  const found = openWhole(stored, bodyStart, maxInflated) ?? diagnose(stored, bodyStart, maxInflated);
  if (found === 'too-large') return tooLarge(maxInflated);
  if (found === 'data-invalid') return withoutOutput(found, stored);
  const { output, fault } = found;
  const facts = {
    status: 'read',
    form: 'gzip',
    sha256: sha256(output),
    storedSize: stored.length,
    size: output.length,
    bytes: output,
  } as const;
  return fault === undefined ? facts : { ...facts, fault };
}

/** What a deflate stream gave, and what is wrong with what follows it. */
interface Opened {
  readonly output: Buffer;
  readonly fault?: GzipFault;
}

interface InflateResult {
  readonly output: Buffer;
  /** Bytes of the input that belong to the deflate stream. */
  readonly consumed: number;
}

/** The usual case: one whole member. Undefined when anything at all does not fit, to be looked into by {@link diagnose}. */
function openWhole(stored: Uint8Array, bodyStart: number, maxInflated: number): Opened | undefined {
  const bodyEnd = stored.length - GZIP_TRAILER_LENGTH;
  const trailer = parseGzipTrailer(stored, bodyEnd);
  if (trailer.size > maxInflated || trailer.size > (bodyEnd - bodyStart) * DEFLATE_MAX_RATIO) return undefined;
  try {
    const { output, consumed } = inflateRaw(stored.subarray(bodyStart, bodyEnd), trailer.size, constants.Z_FINISH);
    if (bodyStart + consumed !== bodyEnd || output.length !== trailer.size || crc32(output) !== trailer.checksum)
      return undefined;
    return { output };
  } catch {
    return undefined;
  }
}

/** Finds out what is wrong with a member, and what it gives as far as that makes sense. */
function diagnose(stored: Uint8Array, bodyStart: number, maxInflated: number): Opened | 'too-large' | 'data-invalid' {
  const rest = stored.subarray(bodyStart);
  let result: InflateResult;
  try {
    // Z_SYNC_FLUSH: an input that ends too early gives what it has instead of an error.
    result = inflateRaw(rest, maxInflated, constants.Z_SYNC_FLUSH);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'data-invalid';
  }
  const { output, consumed } = result;
  if (output.length > maxInflated) return 'too-large';
  const tail = rest.subarray(consumed);
  const fault = trailerFault({ checksum: crc32(output), size: output.length }, tail, tail.length);
  return fault === undefined ? { output } : { output, fault };
}

function inflateRaw(body: Uint8Array, expectedSize: number, finishFlush: number): InflateResult {
  // A chunk has room for one byte more than expected: output that goes beyond shows itself, whatever comes behind it.
  const chunkSize = Math.max(64, Math.min(expectedSize + 1, 2 ** 26));
  const options = { chunkSize, maxOutputLength: Math.max(1, expectedSize), finishFlush, info: true };
  // With `info` node:zlib returns the engine beside the buffer; its type declarations do not know that.
  const { buffer, engine } = inflateRawSync(body, options) as unknown as { buffer: Buffer; engine: Zlib };
  return { output: buffer, consumed: engine.bytesWritten };
}

const withoutOutput = (fault: GzipFault, { length }: Uint8Array): Inflated => ({
  ...unopened(fault, length),
  bytes: new Uint8Array(),
});
