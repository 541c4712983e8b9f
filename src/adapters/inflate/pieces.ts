import { GZIP_TRAILER_LENGTH, isGzip, parseGzipHeader } from '../../core/content/gzip-frame.js';
import type { HashedPieces } from '../../ports/inflater.js';
import type { NewSha256 } from '../../ports/sha256.js';
import { isHeaderDamaged, tooLarge, trailerFault, unopened } from './gzip-member.js';
import { PieceReader } from './piece-reader.js';

/** No file of CloudTrail's has a header worth mentioning; one that is longer than this is taken for broken. */
const MAX_HEADER = 2 ** 16;

/** One deflate stream, inflated as it is fed. What comes out is counted and hashed, and none of it kept. */
export interface PieceBody {
  readonly hasEnded: boolean;
  readonly failure: 'too-large' | 'data-invalid' | undefined;
  /** Bytes of the input that belong to the stream. */
  readonly consumed: number;
  /** Bytes that came out. */
  readonly size: number;
  /** CRC-32 of all that came out, once it is finished. */
  readonly checksum: number;
  /** Comes back when the piece is used up, or the stream has ended within it. */
  feed(piece: Uint8Array): Promise<void>;
  /** The input is at its end, or the stream was. */
  finish(): Promise<void>;
  /** Of all that came out, in lower-case hexadecimal. */
  sha256(): string;
}

/** What bytes are opened with. */
export interface PieceTools {
  /** CRC-32. */
  readonly checksum: (bytes: Uint8Array) => number;
  readonly newSha256: NewSha256;
  newBody(): PieceBody;
}

/**
 * Inflates, accounts for and hashes stored bytes as they come, keeping none: for files of any size. The same checks and
 * the same answers as for files in hand.
 */
export async function hashPieces(
  pieces: AsyncIterable<Uint8Array>,
  storedSize: number,
  maxInflated: number,
  tools: PieceTools,
): Promise<HashedPieces> {
  const input = new PieceReader(pieces);
  try {
    const head = await input.peek(MAX_HEADER);
    if (!isGzip(head)) return await hashPlain(input, storedSize, maxInflated, tools);
    const frame = parseGzipHeader(head);
    if (typeof frame === 'string') {
      return unopened(frame === 'truncated' && head.length < storedSize ? 'header-invalid' : frame, storedSize);
    }
    if (isHeaderDamaged(head, frame, tools.checksum)) return unopened('header-invalid', storedSize);
    input.skip(frame.bodyStart);
    return await hashMember(input, storedSize, maxInflated, tools.newBody());
  } finally {
    await input.close();
  }
}

async function hashPlain(
  input: PieceReader,
  storedSize: number,
  maxInflated: number,
  { newSha256 }: PieceTools,
): Promise<HashedPieces> {
  if (storedSize > maxInflated) return tooLarge(maxInflated);
  const hash = newSha256();
  for (let piece = await input.next(); piece; piece = await input.next()) hash.update(piece);
  return { status: 'read', form: 'plain', sha256: hash.digest(), storedSize, size: storedSize };
}

/** The deflate stream, the trailer, and what may lie behind it. */
async function hashMember(
  input: PieceReader,
  storedSize: number,
  maxInflated: number,
  body: PieceBody,
): Promise<HashedPieces> {
  const bodyStart = input.position;
  let last: { readonly start: number; readonly piece: Uint8Array } | undefined;
  while (!body.hasEnded) {
    const start = input.position;
    const piece = await input.next();
    if (!piece) break;
    last = { start, piece };
    await body.feed(piece);
  }
  await body.finish();
  if (body.failure === 'too-large') return tooLarge(maxInflated);
  if (body.failure) return unopened(body.failure, storedSize);

  const facts = { status: 'read', form: 'gzip', sha256: body.sha256(), storedSize, size: body.size } as const;
  const trailerStart = bodyStart + body.consumed;
  // What the deflate stream left of its last piece, and as much more as makes a trailer.
  const left = last ? last.piece.subarray(trailerStart - last.start) : new Uint8Array();
  const fault = trailerFault(body, await input.complete(left, GZIP_TRAILER_LENGTH), storedSize - trailerStart);
  return fault === undefined ? facts : { ...facts, fault };
}
