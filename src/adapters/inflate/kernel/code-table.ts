import { EXCEPTION } from './entries.ts';
import { CODES, COUNTS, OFFSETS, SORTED } from './layout.ts';

// Tables that give the symbol of a Huffman code (RFC 1951, 3.2.2) by its bits. The root is indexed with the next bits of
// the stream; a code that is longer than the root's index goes on in a subtable. Entries: see `entries.ts`.

const LONGEST_CODE: u32 = 15;

/**
 * Builds the table of a set of codes. False for lengths that no set of codes has (RFC 1951, 3.2.2): more codes than there
 * is room for, or fewer. Like zlib, lets pass no code at all, and a single one of one bit where `mayBeSingle`.
 * `T` is u32 for literals, lengths and code lengths, u64 for distances.
 *
 * @param lengths u8 for each symbol
 * @param literals so many of the first symbols have no extra bits, nor a place in the entry for them
 * @param unused the entry of bits that no code begins with
 */
export function buildTable<T>(
  lengths: u32,
  symbols: u32,
  table: u32,
  rootBits: u32,
  templates: u32,
  literals: u32,
  unused: T,
  mayBeSingle: bool,
): bool {
  countLengths(lengths, symbols);
  const room = roomLeft();
  if (room < 0) return false;
  sortSymbols(lengths, symbols);
  if (room == 0) {
    fillTable<T>(table, rootBits, templates, literals);
    return true;
  }
  const codes = symbols - load<u32>(COUNTS);
  fillRoot<T>(table, rootBits, 1, unused);
  if (codes == 0) return true;
  if (!mayBeSingle || codes > 1 || load<u32>(COUNTS + (1 << 2)) == 0) return false;
  fillRoot<T>(table, rootBits, 2, entryOf<T>(load<u16>(SORTED), 1, templates, literals));
  return true;
}

function countLengths(lengths: u32, symbols: u32): void {
  memory.fill(COUNTS, 0, 64);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = COUNTS + ((load<u8>(lengths + symbol) as u32) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
}

/** How much of all possible bits have no code, in codes of 15 bits; below zero where codes overlap. */
function roomLeft(): i32 {
  let room: i32 = 1;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    room = (room << 1) - load<i32>(COUNTS + (length << 2));
    if (room < 0) return room;
  }
  return room;
}

/** Symbols that have a code, by the length of the code and then by their number: the order of their codes. */
function sortSymbols(lengths: u32, symbols: u32): void {
  let offset: u32 = SORTED;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    store<u32>(OFFSETS + (length << 2), offset);
    offset += load<u32>(COUNTS + (length << 2)) << 1;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + symbol) as u32;
    if (length == 0) continue;
    const place = load<u32>(OFFSETS + (length << 2));
    store<u32>(OFFSETS + (length << 2), place + 2);
    store<u16>(place, symbol as u16);
  }
}

/** Writes an entry to the root, in every place or in every second. */
function fillRoot<T>(table: u32, rootBits: u32, step: u32, entry: T): void {
  const end = table + ((sizeof<T>() as u32) << rootBits);
  for (let place = table; place < end; place += step * (sizeof<T>() as u32)) store<T>(place, entry);
}

/** The entry of a symbol whose code has so many bits in this table. */
function entryOf<T>(symbol: u32, bits: u32, templates: u32, literals: u32): T {
  const template = load<T>(templates + (symbol << alignof<T>()));
  return template + ((symbol < literals ? bits : bits * 0x41) as T);
}

/** The next code of as many bits, first bit lowest. There is none after the one of ones only. */
function nextCode(code: u32, allOnes: u32): u32 {
  const highestZero: u32 = (0x80000000 as u32) >>> clz(code ^ allOnes);
  return (code & (highestZero - 1)) | highestZero;
}

/**
 * Writes the table of a complete set of codes. While the codes get longer, the root is kept as large as the codes at hand
 * need, so that each of them is written once, and doubled with each bit more.
 */
function fillTable<T>(table: u32, rootBits: u32, templates: u32, literals: u32): void {
  let code: u32 = 0;
  let place: u32 = 0;
  for (let length: u32 = 1; length <= rootBits; length++) {
    if (length > 1) doubleTable<T>(table, length - 1);
    const allOnes: u32 = (1 << length) - 1;
    for (let left = load<u32>(COUNTS + (length << 2)); left > 0; left--) {
      const entry = entryOf<T>(load<u16>(SORTED + place), length, templates, literals);
      store<T>(table + (code << alignof<T>()), entry);
      store<u16>(CODES + place, code as u16);
      place += 2;
      if (code == allOnes) {
        for (let bits = length; bits < rootBits; bits++) doubleTable<T>(table, bits);
        return;
      }
      code = nextCode(code, allOnes);
    }
  }
  fillSubtables<T>(table, rootBits, templates, literals, code, place);
}

/** Repeats the first 2^bits entries behind themselves. */
function doubleTable<T>(table: u32, bits: u32): void {
  const size = (sizeof<T>() as u32) << bits;
  let to = table + size;
  if (size < 16) {
    for (let from = table; from < table + size; from += 4, to += 4) store<u32>(to, load<u32>(from));
    return;
  }
  for (let from = table; from < table + size; from += 16, to += 16) v128.store(to, v128.load(from));
}

/** The codes that are longer than the root's index, from one on: all with the same first bits share a subtable. */
function fillSubtables<T>(
  table: u32,
  rootBits: u32,
  templates: u32,
  literals: u32,
  firstCode: u32,
  firstPlace: u32,
): void {
  let code = firstCode;
  let place = firstPlace;
  const rootMask: u32 = (1 << rootBits) - 1;
  let root: u32 = u32.MAX_VALUE;
  let subtable = table;
  let subtableBits: u32 = 0;
  let end = table + ((sizeof<T>() as u32) << rootBits);
  for (let length = rootBits + 1; length <= LONGEST_CODE; length++) {
    const allOnes: u32 = (1 << length) - 1;
    const bits = length - rootBits;
    for (let left = load<u32>(COUNTS + (length << 2)); left > 0; left--) {
      if ((code & rootMask) != root) {
        root = code & rootMask;
        subtable = end;
        subtableBits = bitsOfSubtable(length, rootBits, left);
        end += (sizeof<T>() as u32) << subtableBits;
        store<T>(table + (root << alignof<T>()), subtableEntry<T>(subtable - table, subtableBits, rootBits));
      }
      const entry = entryOf<T>(load<u16>(SORTED + place), bits, templates, literals);
      for (let index = code >>> rootBits; index < 1 << subtableBits; index += 1 << bits)
        store<T>(subtable + (index << alignof<T>()), entry);
      store<u16>(CODES + place, code as u16);
      place += 2;
      if (code == allOnes) return;
      code = nextCode(code, allOnes);
    }
  }
}

/** How many bits index a subtable: until the codes that are left, shortest first, fill it. */
function bitsOfSubtable(length: u32, rootBits: u32, codesLeft: u32): u32 {
  let bits = length - rootBits;
  let filled = codesLeft;
  while (filled < 1 << bits) {
    bits += 1;
    filled = (filled << 1) + load<u32>(COUNTS + ((bits + rootBits) << 2));
  }
  return bits;
}

function subtableEntry<T>(offset: u32, bits: u32, rootBits: u32): T {
  const mask: u32 = (1 << bits) - 1;
  return sizeof<T>() == 4
    ? ((EXCEPTION | (offset << 12) | (mask << 8) | rootBits) as T)
    : ((((offset as u64) << 32) | ((mask << 6) as u64) | (rootBits as u64)) as T);
}
