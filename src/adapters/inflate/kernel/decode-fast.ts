import { END_OF_BLOCK, EXCEPTION, NO_SYMBOL } from './entries.ts';
import {
  DISTANCE_ROOT_BITS,
  DISTANCE_TABLE,
  LITERAL_ROOT_BITS,
  LITERAL_TABLE,
  REPEAT_PATTERNS,
  REPEAT_STRIDES,
} from './layout.ts';
import { DISTANCE_INVALID, DISTANCE_TOO_FAR, ENDED, GOES_ON, LITERAL_INVALID } from './status.ts';
import { stream } from './stream.ts';

// Decodes most of every block. All of its speed comes from three things: everything that changes is in local variables,
// the look-up that comes next is begun before the work at hand is done, and no branch depends on how many bits there are.
//
// Bits: `bits` has two zero bits below the next bit of the stream, so that masked it is already an offset of an entry of
// four bytes. `count`, in its lowest six bits, is how many bits of `bits` count, these two included; what lies above in
// either of them is never looked at. After a refill that are 56 to 63: 54 bits of the stream at least.
// 54 bits are enough for two entries of literals (22), a length (20, and 5 of them after its subtable), and then again for
// a distance (28) and a look at the next entry (11).

const LITERAL_MASK: u32 = ((1 << LITERAL_ROOT_BITS) - 1) << 2;
const DISTANCE_MASK: u32 = ((1 << DISTANCE_ROOT_BITS) - 1) << 3;

/** A turn of the loop takes 21 bytes at most, and reads 8 from where it is then. */
const INPUT_MARGIN: u32 = 32;
/** A turn of the loop writes three entries of literals (6 bytes) and a match, of which it writes 272 bytes at most. */
const OUTPUT_MARGIN: u32 = 288;

/** Whether there is room for a turn of the loop. */
export function canDecodeFast(): bool {
  return stream.inputEnd - stream.input >= INPUT_MARGIN && stream.outputLimit - stream.output >= OUTPUT_MARGIN;
}

/** Eight bytes of the input behind the bits at hand. Those that are there are the same and stay. */
function refilled(bits: u64, input: u32, count: u32): u64 {
  return bits | (load<u64>(input) << (count as u64));
}

/** How many whole bytes a refill takes. */
function bytesTaken(count: u32): u32 {
  return ((count >>> 3) & 7) ^ 7;
}

function literalEntry(bits: u64): u32 {
  return load<u32>((bits as u32) & LITERAL_MASK, LITERAL_TABLE);
}

/**
 * Decodes until the block ends (ENDED) or the margins are reached (GOES_ON). Only where `canDecodeFast`, and with less than
 * a byte of bits at hand.
 */
export function decodeFast(): i32 {
  const history = stream.history;
  const inputStop = stream.inputEnd - INPUT_MARGIN;
  const outputStop = stream.outputLimit - OUTPUT_MARGIN;
  let input = stream.input;
  let output = stream.output;
  let bits: u64 = stream.bits << 2;
  let count: u32 = stream.bitCount + 2;
  let status: i32 = GOES_ON;

  bits = refilled(bits, input, count);
  input += bytesTaken(count);
  count |= 56;
  let entry = literalEntry(bits);
  while (input <= inputStop && output <= outputStop) {
    // Literals: up to three entries without a refill.
    let literals = entry >>> 30;
    if (literals) {
      store<u32>(output, entry >>> 6);
      output += literals;
      bits >>= entry as u64;
      count -= entry;
      entry = literalEntry(bits);
      literals = entry >>> 30;
      if (literals) {
        store<u32>(output, entry >>> 6);
        output += literals;
        bits >>= entry as u64;
        count -= entry;
        entry = literalEntry(bits);
        literals = entry >>> 30;
        if (literals) {
          store<u32>(output, entry >>> 6);
          output += literals;
          bits >>= entry as u64;
          count -= entry;
          entry = literalEntry(bits);
          bits = refilled(bits, input, count);
          input += bytesTaken(count);
          count |= 56;
          continue;
        }
      }
    }

    // A subtable, the end of the block, or no symbol.
    if (entry & EXCEPTION) {
      if (!(entry & END_OF_BLOCK)) {
        bits >>= LITERAL_ROOT_BITS as u64;
        count -= LITERAL_ROOT_BITS;
        entry = load<u32>(((entry >>> 12) & 0xffff) + ((bits as u32) & ((entry >>> 6) & 60)), LITERAL_TABLE);
        bits = refilled(bits, input, count);
        input += bytesTaken(count);
        count |= 56;
        literals = entry >>> 30;
        if (literals) {
          store<u32>(output, entry >>> 6);
          output += literals;
          bits >>= entry as u64;
          count -= entry;
          entry = literalEntry(bits);
          bits = refilled(bits, input, count);
          input += bytesTaken(count);
          count |= 56;
          continue;
        }
      }
      if (entry & EXCEPTION) {
        if (entry & NO_SYMBOL) {
          status = LITERAL_INVALID;
          break;
        }
        bits >>= entry as u64;
        count -= entry;
        status = ENDED;
        break;
      }
    }

    // A length, and the distance behind it.
    const lengthBits = bits;
    bits >>= entry as u64;
    count -= entry;
    let distanceEntry = load<u64>(((bits << 1) as u32) & DISTANCE_MASK, DISTANCE_TABLE);
    bits = refilled(bits, input, count);
    input += bytesTaken(count);
    count |= 56;
    const length = (entry >>> 17) + (((lengthBits >> ((entry >>> 6) as u64)) as u32) & ((entry >>> 12) & 31));
    let base = (distanceEntry as u32) >>> 16;
    if (base == 0) {
      if (distanceEntry >> 32 == 0) {
        status = DISTANCE_INVALID;
        break;
      }
      bits >>= DISTANCE_ROOT_BITS as u64;
      count -= DISTANCE_ROOT_BITS;
      const index = ((bits << 1) as u32) & (((distanceEntry as u32) >>> 3) & 0x3f8);
      distanceEntry = load<u64>(((distanceEntry >> 32) as u32) + index, DISTANCE_TABLE);
      base = (distanceEntry as u32) >>> 16;
      if (base == 0) {
        status = DISTANCE_INVALID;
        break;
      }
    }
    const distance = base + (((bits >> (distanceEntry >> 6)) as u32) & ((distanceEntry >> 32) as u32));
    bits >>= distanceEntry;
    count -= distanceEntry as u32;
    if (distance > output - history) {
      status = DISTANCE_TOO_FAR;
      break;
    }
    // The next entry is on its way while the match is copied.
    entry = literalEntry(bits);
    bits = refilled(bits, input, count);
    input += bytesTaken(count);
    count |= 56;
    copyMatch(output, distance, length);
    output += length;
  }

  // Whole bytes go back to the input: they are all of what was taken here.
  const left = (count & 63) - 2;
  stream.input = input - (left >>> 3);
  stream.bitCount = left & 7;
  stream.bits = (bits >> 2) & (((1 as u64) << ((left & 7) as u64)) - 1);
  stream.output = output;
  return status;
}

/** Copies in whole steps of 16 bytes, up to 272 of them, whatever the length: there is room, and the rest is written over. */
function copyMatch(to: u32, distance: u32, length: u32): void {
  const from = to - distance;
  if (distance < 16) {
    repeat(to, distance, to + length);
    return;
  }
  v128.store(to, v128.load(from, 0), 0);
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
  if (length <= 64) return;
  v128.store(to, v128.load(from, 64), 64);
  v128.store(to, v128.load(from, 80), 80);
  v128.store(to, v128.load(from, 96), 96);
  v128.store(to, v128.load(from, 112), 112);
  v128.store(to, v128.load(from, 128), 128);
  v128.store(to, v128.load(from, 144), 144);
  v128.store(to, v128.load(from, 160), 160);
  v128.store(to, v128.load(from, 176), 176);
  v128.store(to, v128.load(from, 192), 192);
  v128.store(to, v128.load(from, 208), 208);
  v128.store(to, v128.load(from, 224), 224);
  v128.store(to, v128.load(from, 240), 240);
  v128.store(to, v128.load(from, 256), 256);
}

/** A match that overlaps itself within 16 bytes: its first bytes in a register, over and over. */
function repeat(start: u32, distance: u32, end: u32): void {
  const pattern = i8x16.swizzle(v128.load(start - distance), v128.load(distance << 4, REPEAT_PATTERNS));
  const stride = load<u32>(distance << 2, REPEAT_STRIDES);
  for (let to = start; to < end; to += stride) v128.store(to, pattern);
}
