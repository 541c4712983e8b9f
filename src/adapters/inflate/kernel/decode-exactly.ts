import { bitsToDrop, END_OF_BLOCK, EXCEPTION, firstLiteral, literalsIn, NO_SYMBOL } from './entries.ts';
import { DISTANCE_ROOT_BITS, DISTANCE_TABLE, LENGTHS, LITERAL_ROOT_BITS, LITERAL_TABLE } from './layout.ts';
import {
  DISTANCE_INVALID,
  DISTANCE_TOO_FAR,
  ENDED,
  GOES_ON,
  INPUT_USED,
  LITERAL_INVALID,
  OUTPUT_FULL,
} from './status.ts';
import { dropBits, stream, takeByte } from './stream.ts';

// Decodes one symbol at a time, taking no byte of the input before it is needed and writing no byte too many: for the ends
// of input and output. Takes its bits only once all of a symbol is there and has room.

/** What was found last: its entry, the bits before the part of its code that the entry is of, and all bits to it and with it. */
namespace found {
  export let literal: u32 = 0;
  export let distance: u64 = 0;
  export let start: u32 = 0;
  export let end: u32 = 0;
}

/** Decodes a literal, a match or the end of the block. ENDED: of the block. */
export function decodeOne(): i32 {
  if (!findLiteral()) return INPUT_USED;
  const entry = found.literal;
  if (literalsIn(entry) != 0) {
    if (stream.output == stream.outputLimit) return OUTPUT_FULL;
    store<u8>(stream.output, firstLiteral(entry) as u8);
    stream.output += 1;
    dropBits(found.end);
    return GOES_ON;
  }
  if ((entry & EXCEPTION) == 0) return decodeMatch(entry);
  if ((entry & NO_SYMBOL) != 0) return LITERAL_INVALID;
  dropBits(found.end);
  return ENDED;
}

/** The faults are looked for in the order in which zlib finds them, where several could be. */
function decodeMatch(entry: u32): i32 {
  const length = (entry >>> 17) + extraBits(entry, (entry >>> 12) & 31);
  if (!findDistance()) return INPUT_USED;
  const base = (found.distance as u32) >>> 16;
  if (base == 0) return DISTANCE_INVALID;
  const distance = base + extraBits(found.distance as u32, (found.distance >> 32) as u32);
  if (stream.output == stream.outputLimit) return OUTPUT_FULL;
  if (distance > stream.output - stream.history) return DISTANCE_TOO_FAR;
  if (length > stream.outputLimit - stream.output) return OUTPUT_FULL;
  dropBits(found.end);
  const end = stream.output + length;
  for (let to = stream.output; to < end; to++) store<u8>(to, load<u8>(to - distance));
  stream.output = end;
  return GOES_ON;
}

/** The extra bits of what was found last. Their place counts from the code's part in the table, and two more. */
function extraBits(entry: u32, mask: u32): u32 {
  return ((stream.bits >> ((found.start + ((entry >>> 6) & 63) - 2) as u64)) as u32) & mask;
}

/** Finds the next literal, length or end of block, with its extra bits. False where the input ends within it. */
function findLiteral(): bool {
  for (;;) {
    lookUpLiteral();
    if (found.end <= stream.bitCount) return true;
    if (!takeByte()) return false;
  }
  return false;
}

/** While bits are missing, zeros stand for them: an entry that needs no more than there are is the right one all the same. */
function lookUpLiteral(): void {
  const bits = stream.bits as u32;
  let entry = load<u32>(LITERAL_TABLE + ((bits & ((1 << LITERAL_ROOT_BITS) - 1)) << 2));
  found.start = 0;
  if ((entry & (EXCEPTION | END_OF_BLOCK)) == EXCEPTION) {
    const index = (bits >>> LITERAL_ROOT_BITS) & ((entry >>> 8) & 15);
    entry = load<u32>(LITERAL_TABLE + ((entry >>> 12) & 0xffff) + (index << 2));
    found.start = LITERAL_ROOT_BITS;
  }
  found.literal = entry;
  // Of two literals in an entry the first alone counts here, and has its own code length.
  found.end =
    found.start + (literalsIn(entry) == 2 ? (load<u8>(LENGTHS + firstLiteral(entry)) as u32) : bitsToDrop(entry));
}

/** Finds the distance behind the length that was found, with its extra bits. False where the input ends within it. */
function findDistance(): bool {
  const start = found.end;
  for (;;) {
    lookUpDistance(start);
    if (found.end <= stream.bitCount) return true;
    if (!takeByte()) return false;
  }
  return false;
}

function lookUpDistance(start: u32): void {
  const bits = (stream.bits >> (start as u64)) as u32;
  let entry = load<u64>(DISTANCE_TABLE + ((bits & ((1 << DISTANCE_ROOT_BITS) - 1)) << 3));
  found.start = start;
  if ((entry as u32) >>> 16 == 0 && entry >> 32 != 0) {
    const index = (bits >>> DISTANCE_ROOT_BITS) & (((entry as u32) >>> 6) & 0x7f);
    entry = load<u64>(DISTANCE_TABLE + ((entry >> 32) as u32) + (index << 3));
    found.start = start + DISTANCE_ROOT_BITS;
  }
  found.distance = entry;
  found.end = found.start + bitsToDrop(entry as u32);
}
