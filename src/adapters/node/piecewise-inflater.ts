import { createHash } from 'node:crypto';
import { constants, crc32, createInflateRaw } from 'node:zlib';
import type { GzipFault } from '../../core/contents.js';
import { GZIP_TRAILER_LENGTH, isGzip, parseGzipHeader, parseGzipTrailer } from '../../core/gzip.js';
import type { HashedPieces } from '../../ports/inflater.js';

const PIECE_SIZE = 2 ** 18;
/** No file of CloudTrail's has a header worth mentioning; one that is longer than this is taken for broken. */
const MAX_HEADER = 2 ** 16;

/**
 * Inflates, accounts for and hashes stored bytes as they come, keeping none: for files of any size. The same checks and
 * the same answers as {@link nodeInflater} gives for files in hand.
 */
export async function hashPieces(
  pieces: AsyncIterable<Uint8Array>,
  storedSize: number,
  maxInflated: number,
): Promise<HashedPieces> {
  const input = new PieceReader(pieces);
  try {
    const head = await input.peek(MAX_HEADER);
    if (!isGzip(head)) return await hashPlain(input, storedSize, maxInflated);
    const frame = parseGzipHeader(head);
    if (typeof frame === 'string') {
      const fault = frame === 'truncated' && head.length < storedSize ? 'header-invalid' : frame;
      return { status: 'read', form: 'gzip', fault, storedSize, size: 0 };
    }
    if (
      frame.headerChecksum !== undefined &&
      (crc32(head.subarray(0, frame.bodyStart - 2)) & 0xffff) !== frame.headerChecksum
    ) {
      return { status: 'read', form: 'gzip', fault: 'header-invalid', storedSize, size: 0 };
    }
    input.skip(frame.bodyStart);
    return await hashMember(input, storedSize, maxInflated);
  } finally {
    await input.close();
  }
}

async function hashPlain(input: PieceReader, storedSize: number, maxInflated: number): Promise<HashedPieces> {
  if (storedSize > maxInflated) return tooLarge(maxInflated);
  const hash = createHash('sha256');
  for (let piece = await input.next(); piece; piece = await input.next()) hash.update(piece);
  return { status: 'read', form: 'plain', sha256: hash.digest('hex'), storedSize, size: storedSize };
}

/** The deflate stream, the trailer, and what may lie behind it. */
async function hashMember(input: PieceReader, storedSize: number, maxInflated: number): Promise<HashedPieces> {
  const bodyStart = input.position;
  const body = new DeflateBody(maxInflated);
  let last: { readonly start: number; readonly piece: Uint8Array } | undefined;
  while (!body.hasEnded) {
    const start = input.position;
    const piece = await input.next();
    if (!piece) break;
    last = { start, piece };
    await body.feed(piece);
  }
  await body.finish();
  if (body.failure)
    return body.failure === 'too-large'
      ? tooLarge(maxInflated)
      : { status: 'read', form: 'gzip', fault: 'data-invalid', storedSize, size: 0 };

  const facts = { status: 'read', form: 'gzip', sha256: body.sha256(), storedSize, size: body.size } as const;
  const trailerStart = bodyStart + body.consumed;
  // What the deflate stream left of its last piece, and as much more as makes a trailer.
  const left = last ? last.piece.subarray(trailerStart - last.start) : new Uint8Array();
  const fault = trailerFault(body, await input.complete(left, GZIP_TRAILER_LENGTH), storedSize - trailerStart);
  return fault === undefined ? facts : { ...facts, fault };
}

function trailerFault(body: DeflateBody, tail: Uint8Array, bytesLeft: number): GzipFault | undefined {
  if (bytesLeft < GZIP_TRAILER_LENGTH || tail.length < GZIP_TRAILER_LENGTH) return 'truncated';
  const trailer = parseGzipTrailer(tail, 0);
  if (trailer.checksum !== body.checksum) return 'checksum-mismatch';
  if (trailer.size !== body.size % 2 ** 32) return 'length-mismatch';
  return bytesLeft > GZIP_TRAILER_LENGTH ? 'trailing-data' : undefined;
}

/** One deflate stream, inflated as it is fed; what comes out is counted and hashed. */
class DeflateBody {
  readonly #maxSize: number;
  // Z_SYNC_FLUSH: an input that ends too early gives what it has instead of an error.
  readonly #engine = createInflateRaw({ chunkSize: PIECE_SIZE, finishFlush: constants.Z_SYNC_FLUSH });
  readonly #hash = createHash('sha256');
  readonly #over: Promise<void>;
  size = 0;
  checksum = 0;
  hasEnded = false;
  failure: 'too-large' | 'data-invalid' | undefined;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
    this.#engine.on('data', (output: Buffer) => this.#take(output));
    this.#over = new Promise((resolve) => {
      const end = () => {
        this.hasEnded = true;
        resolve();
      };
      this.#engine.on('end', end);
      this.#engine.on('error', () => {
        this.failure ??= 'data-invalid';
        end();
      });
    });
  }

  /** Bytes of the input that belong to the stream. */
  get consumed(): number {
    return this.#engine.bytesWritten;
  }

  /** Comes back when the piece is used up, or the stream has ended within it. */
  async feed(piece: Uint8Array): Promise<void> {
    const used = new Promise<void>((resolve) => {
      this.#engine.write(piece, () => resolve());
    });
    await Promise.race([used, this.#over]);
  }

  /** The input is at its end, or the stream was. */
  async finish(): Promise<void> {
    if (!this.hasEnded) this.#engine.end();
    await this.#over;
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }

  #take(output: Buffer): void {
    this.size += output.length;
    if (this.size > this.#maxSize) {
      this.failure = 'too-large';
      this.#engine.destroy(new Error('inflates to more than is allowed'));
      return;
    }
    this.checksum = crc32(output, this.checksum);
    this.#hash.update(output);
  }
}

/** Pieces in order, with a look at the first bytes before they are taken. */
class PieceReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  /** Bytes taken so far. */
  position = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#source = pieces[Symbol.asyncIterator]();
  }

  /** The first bytes, at least so many unless there are fewer. Nothing is taken. */
  async peek(length: number): Promise<Uint8Array> {
    const head = await this.complete(new Uint8Array(), length);
    this.#held = head.length === 0 ? [] : [head];
    return head;
  }

  /** Drops bytes that were peeked at. */
  skip(length: number): void {
    const [head, ...rest] = this.#held;
    if (!head) return;
    this.#held = head.length > length ? [head.subarray(length), ...rest] : rest;
    this.position += length;
  }

  async next(): Promise<Uint8Array | undefined> {
    const held = this.#held.shift();
    const piece = held ?? (await this.#fetch());
    this.position += piece?.length ?? 0;
    return piece;
  }

  /** The bytes given, and more behind them until there are so many or no more come. */
  async complete(start: Uint8Array, length: number): Promise<Uint8Array> {
    const parts = [start];
    let total = start.length;
    while (total < length) {
      const piece = this.#held.shift() ?? (await this.#fetch());
      if (!piece) break;
      parts.push(piece);
      total += piece.length;
    }
    return parts.length === 1 ? start : Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fetch(): Promise<Uint8Array | undefined> {
    const next = await this.#source.next();
    return next.done ? undefined : next.value;
  }
}

const tooLarge = (limit: number): HashedPieces => ({ status: 'too-large', measure: 'inflated', limit });
