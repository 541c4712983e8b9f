import { buildTable } from './code-table.ts';
import { bitsToDrop, UNUSED_DISTANCE, UNUSED_LITERAL, UNUSED_PRECODE } from './entries.ts';
import {
  DISTANCE_ROOT_BITS,
  DISTANCE_TABLE,
  DISTANCE_TEMPLATES,
  FIXED_DISTANCE_TABLE,
  FIXED_LITERAL_TABLE,
  LENGTHS,
  LITERAL_ROOT_BITS,
  LITERAL_TABLE,
  LITERAL_TEMPLATES,
  PRECODE_LENGTHS,
  PRECODE_ORDER,
  PRECODE_ROOT_BITS,
  PRECODE_TABLE,
  PRECODE_TEMPLATES,
} from './layout.ts';
import { pairLiterals } from './literal-pairs.ts';
import {
  DISTANCE_CODES_INVALID,
  END_OF_BLOCK_MISSING,
  GOES_ON,
  INPUT_USED,
  LITERAL_CODES_INVALID,
  PRECODE_INVALID,
  REPETITION_INVALID,
  TOO_MANY_CODES,
} from './status.ts';
import { dropBits, hasBits, stream, takeBits } from './stream.ts';

// The codes of a block: fixed ones, or such as the block brings along (RFC 1951, 3.2.6 and 3.2.7).

const PRECODE_SYMBOLS: u32 = 19;
const FIXED_LITERALS: u32 = 288;
const FIXED_DISTANCES: u32 = 32;
/** A code length takes 7 bits at most, and 7 more where it is a repetition. */
const LONGEST_CODE_LENGTH: u32 = 14;
/** Less of a stream is decoded before pairs of literals would have paid for themselves. In bytes of input. */
const WORTH_PAIRS: u32 = 512;

/** How far the description of the codes has been read. */
namespace codes {
  export let literals: u32 = 0;
  export let distances: u32 = 0;
  export let precodeLengths: u32 = 0;
  /** Lengths that are known, of the precode first and then of the codes. */
  export let known: u32 = 0;
}

/** Builds the tables of the fixed codes, once. */
export function writeFixedTables(): void {
  memory.fill(LENGTHS, 8, FIXED_LITERALS);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  buildLiteralTable(FIXED_LITERALS);
  memory.fill(LENGTHS, 5, FIXED_DISTANCES);
  buildDistanceTable(LENGTHS, FIXED_DISTANCES);
  memory.copy(FIXED_LITERAL_TABLE, LITERAL_TABLE, 4 << LITERAL_ROOT_BITS);
  memory.copy(FIXED_DISTANCE_TABLE, DISTANCE_TABLE, 8 << DISTANCE_ROOT_BITS);
}

export function useFixedTables(): void {
  memory.copy(LITERAL_TABLE, FIXED_LITERAL_TABLE, 4 << LITERAL_ROOT_BITS);
  memory.copy(DISTANCE_TABLE, FIXED_DISTANCE_TABLE, 8 << DISTANCE_ROOT_BITS);
}

function buildLiteralTable(symbols: u32): bool {
  return buildTable<u32>(
    LENGTHS,
    symbols,
    LITERAL_TABLE,
    LITERAL_ROOT_BITS,
    LITERAL_TEMPLATES,
    256,
    UNUSED_LITERAL,
    true,
  );
}

function buildDistanceTable(lengths: u32, symbols: u32): bool {
  return buildTable<u64>(
    lengths,
    symbols,
    DISTANCE_TABLE,
    DISTANCE_ROOT_BITS,
    DISTANCE_TEMPLATES,
    0,
    UNUSED_DISTANCE,
    true,
  );
}

function buildPrecodeTable(): bool {
  return buildTable<u32>(
    PRECODE_LENGTHS,
    PRECODE_SYMBOLS,
    PRECODE_TABLE,
    PRECODE_ROOT_BITS,
    PRECODE_TEMPLATES,
    0,
    UNUSED_PRECODE,
    false,
  );
}

/** HLIT, HDIST and HCLEN. */
export function readCodeCounts(): i32 {
  if (!hasBits(14)) return INPUT_USED;
  codes.literals = takeBits(5) + 257;
  codes.distances = takeBits(5) + 1;
  codes.precodeLengths = takeBits(4) + 4;
  if (codes.literals > 286 || codes.distances > 30) return TOO_MANY_CODES;
  memory.fill(PRECODE_LENGTHS, 0, PRECODE_SYMBOLS);
  codes.known = 0;
  return GOES_ON;
}

/** The code lengths of the precode. */
export function readPrecode(): i32 {
  for (; codes.known < codes.precodeLengths; codes.known++) {
    if (!hasBits(3)) return INPUT_USED;
    const symbol = load<u8>(PRECODE_ORDER + codes.known) as u32;
    store<u8>(PRECODE_LENGTHS + symbol, takeBits(3) as u8);
  }
  if (!buildPrecodeTable()) return PRECODE_INVALID;
  codes.known = 0;
  return GOES_ON;
}

/** The code lengths of literals, lengths and distances, and the tables that they make. */
export function readCodes(): i32 {
  const status = readCodeLengths();
  if (status != GOES_ON) return status;
  if (load<u8>(LENGTHS + 256) == 0) return END_OF_BLOCK_MISSING;
  if (!buildLiteralTable(codes.literals)) return LITERAL_CODES_INVALID;
  if (stream.inputEnd - stream.input > WORTH_PAIRS) pairLiterals();
  return buildDistanceTable(LENGTHS + codes.literals, codes.distances) ? GOES_ON : DISTANCE_CODES_INVALID;
}

function readCodeLengths(): i32 {
  const total = codes.literals + codes.distances;
  while (codes.known < total) {
    if (stream.bitCount < LONGEST_CODE_LENGTH) refill();
    const entry = load<u32>(PRECODE_TABLE + (((stream.bits as u32) & ((1 << PRECODE_ROOT_BITS) - 1)) << 2));
    if (bitsToDrop(entry) > stream.bitCount) return INPUT_USED;
    const symbol = entry >>> 12;
    if (symbol < 16) {
      store<u8>(LENGTHS + codes.known, symbol as u8);
      codes.known += 1;
      dropBits(bitsToDrop(entry));
    } else if (!repeatLength(symbol, entry, total)) return REPETITION_INVALID;
  }
  giveBytesBack();
  return GOES_ON;
}

/** 16 repeats the length before it, 17 and 18 repeat zero. False where there is nothing to repeat or nowhere to. */
function repeatLength(symbol: u32, entry: u32, total: u32): bool {
  const at = LENGTHS + codes.known;
  if (symbol == 16 && codes.known == 0) return false;
  const length: u8 = symbol == 16 ? load<u8>(at - 1) : 0;
  dropBits((entry >>> 6) & 63);
  const times = takeBits(bitsToDrop(entry) - ((entry >>> 6) & 63)) + (symbol == 18 ? 11 : 3);
  codes.known += times;
  if (codes.known > total) return false;
  for (let to = at; to < at + times; to += 16) v128.store(to, i8x16.splat(length as i8));
  return true;
}

/** Takes as many bytes as fit, or all that are left. */
function refill(): void {
  if (stream.inputEnd - stream.input >= 8) {
    const taken: u32 = (63 - stream.bitCount) >>> 3;
    stream.bits |= load<u64>(stream.input) << (stream.bitCount as u64);
    stream.input += taken;
    stream.bitCount += taken << 3;
    stream.bits &= ((1 as u64) << (stream.bitCount as u64)) - 1;
  } else hasBits(LONGEST_CODE_LENGTH);
}

/** Whole bytes that were taken too many. Those of an input that is gone are used by now: see `stream.bits`. */
function giveBytesBack(): void {
  stream.input -= stream.bitCount >>> 3;
  stream.bitCount &= 7;
  stream.bits &= ((1 as u64) << (stream.bitCount as u64)) - 1;
}
