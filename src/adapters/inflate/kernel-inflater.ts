import { isGzip, parseGzipHeader } from '../../core/content/gzip-frame.js';
import type { HashedPieces, Inflater } from '../../ports/inflater.js';
import type { Sha256 } from '../../ports/sha256.js';
import { DeflateBody } from './deflate-body.js';
import { isHeaderDamaged, tooLarge, trailerFault, unopened } from './gzip-member.js';
import type { Hashing } from './hashing.js';
import type { Kernel } from './kernel.js';
import { joined } from './piece-reader.js';
import { hashPieces, type PieceBody } from './pieces.js';

/**
 * Inflates with the kernel. It is told nothing but the deflate stream; header, trailer and what lies behind them are looked
 * at here.
 *
 * @param newKernel opens one more, for each file that is hashed piece by piece; undefined where there is no more address space
 * @param fallback for files for which there is none
 */
export function kernelInflater(
  kernel: Kernel,
  newKernel: () => Kernel | undefined,
  hashing: Hashing,
  fallback: Inflater | undefined,
): Inflater {
  const checksum = (bytes: Uint8Array) => kernel.checksum(bytes);
  const idle: Kernel[] = [];
  return {
    room: kernel.input,
    open(stored, maxInflated) {
      const parts: Uint8Array[] = [];
      const sink: Sink = {
        take: (chunk) => void parts.push(chunk.slice()),
        finish: (chunk) => {
          parts.push(chunk.slice());
          return hashing.sha256(whole(parts));
        },
      };
      const facts = readMember(kernel, hashing, stored, maxInflated, sink);
      if (facts.status !== 'read') return facts;
      if (facts.form === 'plain') return { ...facts, bytes: stored };
      return { ...facts, bytes: facts.sha256 === undefined ? new Uint8Array() : whole(parts) };
    },
    hash: (stored, maxInflated) => readMember(kernel, hashing, stored, maxInflated, hashingSink(hashing)),
    async hashPieces(pieces, storedSize, maxInflated) {
      // Pieces of several files come in turns: each file needs a kernel of its own.
      const own = idle.pop() ?? newKernel();
      if (!own && fallback) return fallback.hashPieces(pieces, storedSize, maxInflated);
      if (!own) throw new Error('no memory is left to inflate with');
      try {
        const newBody = () => new HashedBody(own, maxInflated, hashing);
        return await hashPieces(pieces, storedSize, maxInflated, { checksum, newSha256: hashing.newSha256, newBody });
      } finally {
        if (idle.length < MOST_IDLE) idle.push(own);
      }
    },
  };
}

/** Kernels that are kept for the next file. */
const MOST_IDLE = 2;

/** Takes what a member holds. */
interface Sink {
  take(chunk: Uint8Array): void;
  /** With the last chunk. Gives the hash of all. */
  finish(chunk: Uint8Array): string;
}

/** Hashes views of the kernel's memory: nothing is copied. */
function hashingSink({ sha256, newSha256 }: Hashing): Sink {
  let hash: Sha256 | undefined;
  return {
    take(chunk) {
      hash ??= newSha256();
      hash.update(chunk);
    },
    finish(chunk) {
      if (!hash) return sha256(chunk);
      hash.update(chunk);
      return hash.digest();
    },
  };
}

function readMember(
  kernel: Kernel,
  hashing: Hashing,
  given: Uint8Array,
  maxInflated: number,
  sink: Sink,
): HashedPieces {
  const storedSize = given.length;
  if (!isGzip(given)) {
    if (storedSize > maxInflated) return tooLarge(maxInflated);
    return { status: 'read', form: 'plain', sha256: hashing.sha256(given), storedSize, size: storedSize };
  }
  const stored = kernel.wouldOverwrite(given) ? given.slice() : given;
  const frame = parseGzipHeader(stored);
  if (typeof frame === 'string') return unopened(frame, storedSize);
  const { bodyStart } = frame;
  if (isHeaderDamaged(stored, frame, (bytes) => kernel.checksum(bytes))) return unopened('header-invalid', storedSize);

  const body = new DeflateBody(kernel, maxInflated, false, sink.take);
  body.feed(stored, bodyStart);
  if (body.failure === 'too-large') return tooLarge(maxInflated);
  if (body.failure) return unopened(body.failure, storedSize);
  const sha256 = sink.finish(body.finish());
  const facts = { status: 'read', form: 'gzip', sha256, storedSize, size: body.size } as const;
  const tail = stored.subarray(bodyStart + body.consumed);
  const fault = body.hasEnded ? trailerFault(body, tail, tail.length) : 'truncated';
  return fault === undefined ? facts : { ...facts, fault };
}

/** A deflate stream that is hashed as it comes. */
class HashedBody implements PieceBody {
  readonly #body: DeflateBody;
  readonly #hash: Sha256;

  constructor(kernel: Kernel, maxInflated: number, { newSha256 }: Hashing) {
    const hash = newSha256();
    this.#hash = hash;
    this.#body = new DeflateBody(kernel, maxInflated, true, (chunk) => hash.update(chunk));
  }

  get hasEnded(): boolean {
    return this.#body.hasEnded;
  }
  get failure() {
    return this.#body.failure;
  }
  get consumed(): number {
    return this.#body.consumed;
  }
  get size(): number {
    return this.#body.size;
  }
  get checksum(): number {
    return this.#body.checksum;
  }

  async feed(piece: Uint8Array): Promise<void> {
    this.#body.feed(piece, 0);
  }

  async finish(): Promise<void> {
    this.#hash.update(this.#body.finish());
  }

  sha256(): string {
    return this.#hash.digest();
  }
}

/** Chunks one after the other; a single one as it is. */
function whole(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  return joined(
    chunks,
    chunks.reduce((length, chunk) => length + chunk.length, 0),
  );
}
