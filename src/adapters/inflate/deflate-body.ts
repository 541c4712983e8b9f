import type { Kernel } from './kernel.js';

/** Why a deflate stream gives nothing. */
export type BodyFailure = 'too-large' | 'data-invalid';

/** One deflate stream, inflated by the kernel as it is fed. What comes out is counted and handed on, chunk by chunk. */
export class DeflateBody {
  readonly #kernel: Kernel;
  readonly #maxSize: number;
  readonly #take: (chunk: Uint8Array) => void;
  readonly #outputEnd: number;
  /** Where in the kernel's memory the output begins that is not handed on yet. */
  #chunkStart: number;
  #handedOn = 0;
  /** Bytes of the input that belong to the stream. */
  consumed = 0;
  hasEnded = false;
  failure: BodyFailure | undefined;
  /** CRC-32 of all that came out, once {@link finish} was called. */
  checksum = 0;

  /**
   * @param maxSize never inflates more than this, and a byte
   * @param take is handed all output but the last chunk, as views that hold until it returns
   */
  constructor(kernel: Kernel, maxSize: number, isSmall: boolean, take: (chunk: Uint8Array) => void) {
    this.#kernel = kernel;
    this.#maxSize = maxSize;
    this.#take = take;
    this.#outputEnd = kernel.outputEnd(isSmall);
    this.#chunkStart = kernel.begin();
  }

  /** Bytes that came out. */
  get size(): number {
    return this.#handedOn + this.#kernel.outputPosition - this.#chunkStart;
  }

  /** Inflates bytes of the input from `from` on, all of them unless the stream ends or fails before. */
  feed(bytes: Uint8Array, from: number): void {
    const { length } = this.#kernel.input;
    if (bytes.length <= length) {
      this.#feedPart(bytes, from);
      return;
    }
    for (let start = from; start < bytes.length && !this.hasEnded; start += length)
      this.#feedPart(bytes.subarray(start, start + length), 0);
  }

  /** The last chunk of the output: a view that holds until the kernel is used again. */
  finish(): Uint8Array<ArrayBuffer> {
    const chunk = this.#kernel.outputFrom(this.#chunkStart);
    this.checksum = this.#kernel.outputChecksum(this.#chunkStart, this.checksum);
    this.#handedOn += chunk.length;
    this.#chunkStart = this.#kernel.outputPosition;
    return chunk;
  }

  #feedPart(part: Uint8Array, from: number): void {
    const kernel = this.#kernel;
    kernel.load(part, from);
    for (;;) {
      // One byte more than allowed: output that goes beyond shows itself.
      const limit = this.#chunkStart + this.#maxSize + 1 - this.#handedOn;
      const status = kernel.inflate(Math.min(limit, this.#outputEnd));
      if (status === 'invalid') this.#fail('data-invalid');
      else if (this.size > this.#maxSize || (status === 'full' && limit <= this.#outputEnd)) this.#fail('too-large');
      else if (status === 'full') {
        this.#handOn();
        continue;
      } else if (status === 'ended') this.hasEnded = true;
      break;
    }
    this.consumed += part.length - from - kernel.inputLeft;
  }

  #fail(failure: BodyFailure): void {
    this.failure = failure;
    this.hasEnded = true;
  }

  #handOn(): void {
    this.#take(this.finish());
    this.#chunkStart = this.#kernel.moveWindow();
  }
}
