/** The stream that is being inflated. One at a time. */
export namespace stream {
  /** Address of the next byte of the input, and of the end of what there is so far. */
  export let input: u32 = 0;
  export let inputEnd: u32 = 0;
  /** Address of the next byte of the output, and how far it may go. */
  export let output: u32 = 0;
  export let outputLimit: u32 = 0;
  /** Address of the oldest byte of the output that a distance may reach. */
  export let history: u32 = 0;
  /**
   * Bits that were taken from the input and are not used yet, the next one lowest; above `bitCount` all are zero. Whenever
   * the input is used up, what comes next needs more bits than these. Between two symbols they are less than a byte, unless
   * the second waits for input or room: no byte has to be given back to an input that is gone.
   */
  export let bits: u64 = 0;
  export let bitCount: u32 = 0;
  /** What comes next: see `inflate.ts`. */
  export let phase: u32 = 0;
  export let isLastBlock: bool = false;
  /** Bytes of a stored block that are still to come. */
  export let storedLeft: u32 = 0;
}

/** Takes bytes from the input until there are so many bits; false where the input ends before. At most 48. */
export function hasBits(count: u32): bool {
  while (stream.bitCount < count) if (!takeByte()) return false;
  return true;
}

/** Takes one more byte from the input. False at its end. */
export function takeByte(): bool {
  if (stream.input == stream.inputEnd) return false;
  stream.bits |= (load<u8>(stream.input) as u64) << stream.bitCount;
  stream.input += 1;
  stream.bitCount += 8;
  return true;
}

/** Removes bits that are there. */
export function dropBits(count: u32): void {
  stream.bits >>= count as u64;
  stream.bitCount -= count;
}

/** Removes bits that are there, up to 31, and gives them, the first one lowest. */
export function takeBits(count: u32): u32 {
  const taken = (stream.bits as u32) & ((1 << count) - 1);
  dropBits(count);
  return taken;
}
