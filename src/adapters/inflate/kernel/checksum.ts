import { CHECKSUM_SCRATCH, CHECKSUM_TABLES } from './layout.ts';

// CRC-32 as gzip has it (RFC 1952, 8), without a table for the most part. The checksum is the remainder of the message
// by a polynomial, so that the message may be changed by any multiple of that polynomial first. One multiple has five
// terms only: x^300 + x^155 + x^117 + x^89 + 1. Squared again and again, it has the same terms in units of 8, 32 or 128
// bits: wherever a unit of the message is not zero, XOR of it onto those 145, 183, 211 and 300 units later makes it
// zero, and leaves the remainder as it is. That takes nothing but XOR of 16 bytes at a time. What is left at the end, the
// last 300 units, is shortened likewise in smaller units, and the last 300 bytes go through tables.

/** Units of 16 bytes: how much later the terms of the multiple lie. */
const TERM_1: u32 = 145;
const TERM_2: u32 = 183;
const TERM_3: u32 = 211;
const TERM_4: u32 = 300;
/** The last of them in bytes: how many bytes before it a unit is made of. */
const HISTORY: u32 = TERM_4 * 16;
/** Bytes of the message that are folded before the history is moved to the beginning of the room for it. */
const STRETCH: u32 = 724 * 16;
/** Shorter messages are folded as a whole, in units of four bytes. */
const WORTH_STRETCHES: u32 = 2 * HISTORY;
/** Shorter ones go through the tables. */
const WORTH_FOLDING: u32 = 1_500;

writeTables();

/** The checksum of bytes that follow others whose checksum is `previous`; zero for the first. */
export function crc32(address: u32, length: u32, previous: u32): u32 {
  if (length < WORTH_FOLDING) return ~slice(~previous, address, address + length);
  return length < WORTH_STRETCHES ? foldShort(address, length, previous) : foldLong(address, length, previous);
}

function writeTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
    store<u32>(CHECKSUM_TABLES + (byte << 2), remainder);
  }
  for (let place = CHECKSUM_TABLES + 0x400; place < CHECKSUM_TABLES + 0x4000; place += 4) {
    const remainder = load<u32>(place - 0x400);
    store<u32>(place, load<u32>(CHECKSUM_TABLES + ((remainder & 0xff) << 2)) ^ (remainder >>> 8));
  }
}

/** What one byte of eight does to the remainder, with so many bytes behind it. */
function behind(bytes: u32, word: u64, shift: u64): u32 {
  return load<u32>(CHECKSUM_TABLES + (bytes << 10) + (((word >> shift) as u32 & 0xff) << 2));
}

/** The remainder after more bytes, by sixteen tables at once and then byte by byte. Neither it nor the result is inverted. */
function slice(remainder: u32, address: u32, end: u32): u32 {
  let from = address;
  for (; end - from >= 16; from += 16) {
    const low = load<u64>(from) ^ (remainder as u64);
    const high = load<u64>(from, 8);
    remainder =
      behind(15, low, 0) ^
      behind(14, low, 8) ^
      behind(13, low, 16) ^
      behind(12, low, 24) ^
      behind(11, low, 32) ^
      behind(10, low, 40) ^
      behind(9, low, 48) ^
      behind(8, low, 56) ^
      behind(7, high, 0) ^
      behind(6, high, 8) ^
      behind(5, high, 16) ^
      behind(4, high, 24) ^
      behind(3, high, 32) ^
      behind(2, high, 40) ^
      behind(1, high, 48) ^
      behind(0, high, 56);
  }
  for (; from < end; from++) {
    const index = (remainder ^ (load<u8>(from) as u32)) & 0xff;
    remainder = load<u32>(CHECKSUM_TABLES + (index << 2)) ^ (remainder >>> 8);
  }
  return remainder;
}

function foldShort(address: u32, length: u32, previous: u32): u32 {
  memory.copy(CHECKSUM_SCRATCH, address, length);
  store<u32>(CHECKSUM_SCRATCH, load<u32>(CHECKSUM_SCRATCH) ^ ~previous);
  return ~finish(CHECKSUM_SCRATCH, CHECKSUM_SCRATCH + length);
}

/** Folds in smaller units, in place, until hardly anything is left. */
function finish(start: u32, end: u32): u32 {
  let from = start;
  for (; end - from >= TERM_4 * 4 + 16; from += 16) pushOn(from, 4);
  for (; end - from >= TERM_4 + 16; from += 16) pushOn(from, 1);
  return slice(0, from, end);
}

/** Sixteen bytes onto those that lie so many units of so many bytes later. */
function pushOn(from: u32, unit: u32): void {
  const pushed = v128.load(from);
  xorOnto(from + TERM_1 * unit, pushed);
  xorOnto(from + TERM_2 * unit, pushed);
  xorOnto(from + TERM_3 * unit, pushed);
  xorOnto(from + TERM_4 * unit, pushed);
}

function xorOnto(to: u32, pushed: v128): void {
  v128.store(to, v128.xor(v128.load(to), pushed));
}

/**
 * Folds in units of 16 bytes, each of them made of the message and of the four before it. They go to the scratch room, where
 * `at` is the place of the unit 300 before the one that is made.
 */
function foldLong(address: u32, length: u32, previous: u32): u32 {
  memory.fill(CHECKSUM_SCRATCH, 0, HISTORY);
  const end = address + length;
  const folded: u32 = ((length >>> 4) - TERM_4) << 4;
  // The first unit has nothing before it but the checksum of what came before.
  v128.store(CHECKSUM_SCRATCH, v128.xor(v128.load(address), i32x4(~previous, 0, 0, 0)), HISTORY);
  let from = address + 16;
  let at: u32 = CHECKSUM_SCRATCH + 16;
  let room: u32 = STRETCH - 16;
  for (let left: u32 = folded - 16; ; ) {
    const stretch = min(left, room);
    foldStretch(at, from, stretch);
    at += stretch;
    from += stretch;
    left -= stretch;
    if (left == 0) break;
    memory.copy(CHECKSUM_SCRATCH, at, HISTORY);
    at = CHECKSUM_SCRATCH;
    room = STRETCH;
  }
  foldOntoLast(at, from);
  return ~slice(finish(at, at + HISTORY), from + HISTORY, end);
}

function foldStretch(start: u32, address: u32, length: u32): void {
  let at = start;
  let from = address;
  for (const stop = at + (length & ~63); at < stop; at += 64, from += 64) {
    foldUnit(at, from);
    foldUnit(at + 16, from + 16);
    foldUnit(at + 32, from + 32);
    foldUnit(at + 48, from + 48);
  }
  for (const stop = start + length; at < stop; at += 16, from += 16) foldUnit(at, from);
}

function foldUnit(at: u32, from: u32): void {
  const near = v128.xor(v128.load(from), v128.load(at, HISTORY - TERM_1 * 16));
  const middle = v128.xor(v128.load(at, HISTORY - TERM_2 * 16), v128.load(at, HISTORY - TERM_3 * 16));
  v128.store(at, v128.xor(v128.xor(near, middle), v128.load(at)), HISTORY);
}

/** The last 300 units stay: each takes what lies before them, and nothing of themselves. Leaves them at `start`, in place of the history. */
function foldOntoLast(start: u32, address: u32): void {
  for (let unit: u32 = 0; unit < TERM_4; unit++) {
    const at = start + unit * 16;
    let made = v128.xor(v128.load(address + unit * 16), v128.load(at));
    if (unit < TERM_3) made = v128.xor(made, v128.load(at, HISTORY - TERM_3 * 16));
    if (unit < TERM_2) made = v128.xor(made, v128.load(at, HISTORY - TERM_2 * 16));
    if (unit < TERM_1) made = v128.xor(made, v128.load(at, HISTORY - TERM_1 * 16));
    v128.store(at, made);
  }
}
