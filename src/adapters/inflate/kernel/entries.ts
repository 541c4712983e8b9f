import {
  DISTANCE_TEMPLATES,
  LITERAL_TEMPLATES,
  PRECODE_ORDER,
  PRECODE_TEMPLATES,
  REPEAT_PATTERNS,
  REPEAT_STRIDES,
} from './layout.ts';

// What a table says of the bits that it is indexed with. The lowest six bits are always the bits to drop, extra bits
// included: a shift takes its count modulo 64, so that an entry can be the count as it is.
//
// Literals (u32)          bits 30-31 how many (1 or 2), 6-29 the bytes, 0-5 bits to drop
// Lengths (u32)           bits 17-28 base, 12-16 mask of the extra bits, 6-11 their place, 0-5 bits to drop
// Exceptions (u32)        bit 29, and: bit 28 end of block, 0-5 bits to drop
//                                      bits 27 and 28 no symbol
//                                      neither: a subtable, bits 12-25 its offset, 8-11 its mask, 0-5 bits to drop
// Distances (u64)         bits 32-44 mask of the extra bits, 16-30 base, 6-11 their place, 0-5 bits to drop
//   with a base of zero   bits 32-44 offset of a subtable, 6-12 its mask, 0-5 bits to drop; no symbol where all of 32-63 is zero
// Code lengths (u32)      bits 12-16 the symbol, 6-11 place of the extra bits, 0-5 bits to drop
//
// The place of extra bits is two more than the length of the code: see `decode-fast.ts`. (Not so for code lengths.)
// Offsets are in bytes.

export const EXCEPTION: u32 = 1 << 29;
export const END_OF_BLOCK: u32 = 1 << 28;
export const NO_SYMBOL: u32 = 1 << 27;

/** For bits that no code begins with. One bit is enough to tell. */
export const UNUSED_LITERAL: u32 = EXCEPTION | END_OF_BLOCK | NO_SYMBOL | 1;
export const UNUSED_DISTANCE: u64 = 1;
/** Without any code in the precode, each bit stands for a code length of zero: zlib takes it so, and the fault is found later. */
export const UNUSED_PRECODE: u32 = 0x41;

const ONE_LITERAL: u32 = 1 << 30;
const PLACE_BIAS: u32 = 2 << 6;

export function literalsIn(entry: u32): u32 {
  return entry >>> 30;
}

export function firstLiteral(entry: u32): u32 {
  return (entry >>> 6) & 0xff;
}

export function bitsToDrop(entry: u32): u32 {
  return entry & 63;
}

/** Puts a literal behind another, for the bits of both. */
export function joinLiterals(first: u32, second: u32): u32 {
  return first + ONE_LITERAL + ((second & 0x3fc0) << 8) + bitsToDrop(second);
}

/** Literals and lengths (RFC 1951, 3.2.5). */
function writeLiteralTemplates(): void {
  for (let literal: u32 = 0; literal < 256; literal++)
    store<u32>(LITERAL_TEMPLATES + (literal << 2), ONE_LITERAL | (literal << 6));
  store<u32>(LITERAL_TEMPLATES + (256 << 2), EXCEPTION | END_OF_BLOCK);
  let base: u32 = 3;
  for (let index: u32 = 0; index < 28; index++) {
    const extraBits: u32 = index < 8 ? 0 : (index >> 2) - 1;
    const mask: u32 = (1 << extraBits) - 1;
    store<u32>(LITERAL_TEMPLATES + ((257 + index) << 2), (base << 17) | (mask << 12) | PLACE_BIAS | extraBits);
    base += 1 << extraBits;
  }
  store<u32>(LITERAL_TEMPLATES + (285 << 2), (258 << 17) | PLACE_BIAS);
  // Symbols 286 and 287 have codes among the fixed ones, and no meaning (RFC 1951, 3.2.6).
  store<u32>(LITERAL_TEMPLATES + (286 << 2), EXCEPTION | END_OF_BLOCK | NO_SYMBOL);
  store<u32>(LITERAL_TEMPLATES + (287 << 2), EXCEPTION | END_OF_BLOCK | NO_SYMBOL);
}

/** Distances (RFC 1951, 3.2.5). Symbols 30 and 31 have codes among the fixed ones, and no meaning. */
function writeDistanceTemplates(): void {
  let base: u32 = 1;
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extraBits: u32 = symbol < 4 ? 0 : (symbol >> 1) - 1;
    const mask: u64 = ((1 << extraBits) - 1) as u64;
    store<u64>(DISTANCE_TEMPLATES + (symbol << 3), (mask << 32) | (((base << 16) | PLACE_BIAS | extraBits) as u64));
    base += 1 << extraBits;
  }
  store<u64>(DISTANCE_TEMPLATES + (30 << 3), 0);
  store<u64>(DISTANCE_TEMPLATES + (31 << 3), 0);
}

/** Code lengths (RFC 1951, 3.2.7): 16, 17 and 18 repeat, and have 2, 3 and 7 extra bits. */
function writePrecodeTemplates(): void {
  for (let symbol: u32 = 0; symbol < 16; symbol++) store<u32>(PRECODE_TEMPLATES + (symbol << 2), symbol << 12);
  store<u32>(PRECODE_TEMPLATES + (16 << 2), (16 << 12) | 2);
  store<u32>(PRECODE_TEMPLATES + (17 << 2), (17 << 12) | 3);
  store<u32>(PRECODE_TEMPLATES + (18 << 2), (18 << 12) | 7);

  // 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  store<u8>(PRECODE_ORDER, 16);
  store<u8>(PRECODE_ORDER + 1, 17);
  store<u8>(PRECODE_ORDER + 2, 18);
  store<u8>(PRECODE_ORDER + 3, 0);
  for (let step: u32 = 0; step < 8; step++) store<u8>(PRECODE_ORDER + 4 + 2 * step, 8 + step);
  for (let step: u32 = 0; step < 7; step++) store<u8>(PRECODE_ORDER + 5 + 2 * step, 7 - step);
}

function writeRepeatPatterns(): void {
  for (let distance: u32 = 1; distance < 16; distance++) {
    for (let index: u32 = 0; index < 16; index++)
      store<u8>(REPEAT_PATTERNS + (distance << 4) + index, index % distance);
    store<u32>(REPEAT_STRIDES + (distance << 2), 16 - (16 % distance));
  }
}

/** Writes what is the same for every stream. */
export function writeTemplates(): void {
  writeLiteralTemplates();
  writeDistanceTemplates();
  writePrecodeTemplates();
  writeRepeatPatterns();
}
