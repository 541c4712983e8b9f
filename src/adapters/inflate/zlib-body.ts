import { constants, crc32, createInflateRaw } from 'node:zlib';
import type { Sha256 } from '../../ports/sha256.js';
import type { PieceBody } from './pieces.js';

const PIECE_SIZE = 2 ** 18;

/** One deflate stream, inflated by node:zlib as it is fed; what comes out is counted and hashed. */
export class ZlibBody implements PieceBody {
  readonly #maxSize: number;
  // Z_SYNC_FLUSH: an input that ends too early gives what it has instead of an error.
  readonly #engine = createInflateRaw({ chunkSize: PIECE_SIZE, finishFlush: constants.Z_SYNC_FLUSH });
  readonly #hash: Sha256;
  readonly #over: Promise<void>;
  size = 0;
  checksum = 0;
  hasEnded = false;
  failure: 'too-large' | 'data-invalid' | undefined;

  constructor(maxSize: number, hash: Sha256) {
    this.#maxSize = maxSize;
    this.#hash = hash;
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
    return this.#hash.digest();
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
