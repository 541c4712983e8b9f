import { KERNEL_CODE } from './kernel-code.js';

/** What the compiled kernel exports: see `kernel/inflate.ts`. Addresses are offsets in its memory. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly INPUT: WebAssembly.Global;
  readonly INPUT_SIZE: WebAssembly.Global;
  readonly OUTPUT: WebAssembly.Global;
  readonly OUTPUT_END: WebAssembly.Global;
  begin(): void;
  inflate(input: number, inputEnd: number, outputLimit: number): number;
  inputPosition(): number;
  outputPosition(): number;
  moveWindow(): void;
  crc32(address: number, length: number, previous: number): number;
}

/** As `kernel/status.ts` has them; below zero the stream is invalid. */
const STREAM_ENDED = 0;
const INPUT_USED = 1;

/** The most that comes out at once where little memory is to be touched: as much as node:zlib is told to give. */
const SMALL_CHUNK = 2 ** 18;
/** What a distance can reach (RFC 1951, 2). */
const WINDOW_SIZE = 2 ** 15;

/** How a call to {@link Kernel.inflate} ended. `full`: more would come out than there is room for. */
export type KernelStatus = 'ended' | 'input-used' | 'full' | 'invalid';

/**
 * The kernel with its memory: inflates one stream at a time. The memory has a fixed size, and the kernel is compiled with no
 * instruction that grows it, so that no view of it is ever detached.
 */
export class Kernel {
  /** Where input has to lie. What is there already need not be copied. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly #exports: KernelExports;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #inputStart: number;
  readonly #outputEnd: number;
  #inputPosition = 0;
  #inputEnd = 0;

  /** @param exports of an instance of the compiled kernel, which is of no other use from now on */
  constructor(exports: WebAssembly.Exports) {
    this.#exports = exports as unknown as KernelExports;
    const { memory, INPUT, INPUT_SIZE, OUTPUT_END } = this.#exports;
    this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
    this.#inputStart = INPUT.value;
    this.#outputEnd = OUTPUT_END.value;
    this.input = this.#bytes.subarray(INPUT.value, INPUT.value + INPUT_SIZE.value);
  }

  /** Begins a stream; what came out of the one before is gone. Gives the address of the output. */
  begin(): number {
    this.#exports.begin();
    return this.#exports.outputPosition();
  }

  /** How far output may go. */
  outputEnd(isSmall: boolean): number {
    return isSmall ? this.#exports.OUTPUT.value + WINDOW_SIZE + SMALL_CHUNK : this.#outputEnd;
  }

  /** Gives the stream its next bytes, from `from` on; in all at most as many as {@link input} has. All before must be used. */
  load(bytes: Uint8Array, from: number): void {
    if (!this.#isInPlace(bytes)) this.input.set(bytes);
    this.#inputPosition = this.#inputStart + from;
    this.#inputEnd = this.#inputStart + bytes.length;
  }

  /** Goes on with the stream until its input is used up, or until its output would go beyond `limit`. */
  inflate(limit: number): KernelStatus {
    const status = this.#exports.inflate(this.#inputPosition, this.#inputEnd, limit);
    this.#inputPosition = this.#exports.inputPosition();
    if (status < 0) return 'invalid';
    if (status === STREAM_ENDED) return 'ended';
    return status === INPUT_USED ? 'input-used' : 'full';
  }

  /** Bytes of the input that was loaded last that are not used. */
  get inputLeft(): number {
    return this.#inputEnd - this.#inputPosition;
  }

  /** Address behind the output. */
  get outputPosition(): number {
    return this.#exports.outputPosition();
  }

  /** A view of the output from an address on. What it shows is written over by whatever is done next with the kernel. */
  outputFrom(start: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(start, this.#exports.outputPosition());
  }

  /** CRC-32 of the output from an address on, behind bytes with the checksum `previous`. */
  outputChecksum(start: number, previous: number): number {
    return this.#exports.crc32(start, this.#exports.outputPosition() - start, previous) >>> 0;
  }

  /** Makes room for more output. Gives the address at which it goes on. */
  moveWindow(): number {
    this.#exports.moveWindow();
    return this.#exports.outputPosition();
  }

  /** CRC-32 of any bytes. They may lie at the beginning of {@link input}, where they stay. */
  checksum(bytes: Uint8Array): number {
    let checksum = 0;
    for (let start = 0; start < bytes.length; start += this.input.length) {
      const part = bytes.subarray(start, start + this.input.length);
      if (!this.#isInPlace(part)) this.input.set(part);
      checksum = this.#exports.crc32(this.#inputStart, part.length, checksum);
    }
    return checksum >>> 0;
  }

  /** Whether bytes lie in the kernel's memory but not where its input begins: they have to be copied before it is used. */
  wouldOverwrite(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#bytes.buffer && !this.#isInPlace(bytes);
  }

  #isInPlace(bytes: Uint8Array): boolean {
    return (
      bytes.buffer === this.#bytes.buffer && bytes.byteOffset === this.#inputStart && bytes.length <= this.input.length
    );
  }
}

/** Compiles the kernel. Undefined where that cannot be: no WebAssembly, or none with vectors. */
export function compileKernel(): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(KERNEL_CODE), (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** A kernel of its own. Undefined where there is no address space for its memory. */
export function openKernel(module: WebAssembly.Module | undefined): Kernel | undefined {
  if (!module) return undefined;
  try {
    return new Kernel(new WebAssembly.Instance(module).exports);
  } catch {
    return undefined;
  }
}
