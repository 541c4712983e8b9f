import { joinLiterals } from './entries.ts';
import {
  CODES,
  COUNTS,
  LITERAL_ENDS,
  LITERAL_ROOT_BITS,
  LITERAL_TABLE,
  LITERAL_TEMPLATES,
  LITERALS,
  SORTED,
} from './layout.ts';

/**
 * Lets one entry of the literal table stand for two literals wherever their codes together fit its index: text is full of
 * such pairs, and one look-up less is much of the time that a literal takes. For a complete set of codes, right after its
 * table was built.
 */
export function pairLiterals(): void {
  listLiterals();
  const shortest = shortestLiteral();
  if (shortest + shortest > LITERAL_ROOT_BITS) return;
  const end = endOfLength(LITERAL_ROOT_BITS - shortest);
  for (let first = LITERALS; first < end; first += 8) {
    const entry = load<u32>(first, 4);
    pairWithAll(load<u32>(first), entry, entry & 63, shortest);
  }
}

/** The literals whose codes leave room for another, in the order of their codes, each with its code and its entry. */
function listLiterals(): void {
  let place: u32 = 0;
  let literal = LITERALS;
  for (let length: u32 = 1; length < LITERAL_ROOT_BITS; length++) {
    for (let left = load<u32>(COUNTS + (length << 2)); left > 0; left--, place += 2) {
      const symbol = load<u16>(SORTED + place) as u32;
      if (symbol > 255) continue;
      store<u32>(literal, load<u16>(CODES + place));
      store<u32>(literal, load<u32>(LITERAL_TEMPLATES + (symbol << 2)) + length, 4);
      literal += 8;
    }
    store<u32>(LITERAL_ENDS + (length << 2), literal);
  }
}

function endOfLength(length: u32): u32 {
  return load<u32>(LITERAL_ENDS + (length << 2));
}

/** The length of the shortest code of a literal; more than fits where there is none. */
function shortestLiteral(): u32 {
  let length: u32 = 1;
  while (length < LITERAL_ROOT_BITS && endOfLength(length) == LITERALS) length += 1;
  return length;
}

/** Writes the pairs that begin with one literal. */
function pairWithAll(code: u32, entry: u32, length: u32, shortest: u32): void {
  const tableEnd = LITERAL_TABLE + (4 << LITERAL_ROOT_BITS);
  let second = LITERALS;
  for (let secondLength = shortest; secondLength <= LITERAL_ROOT_BITS - length; secondLength++) {
    const step: u32 = 4 << (length + secondLength);
    for (const end = endOfLength(secondLength); second < end; second += 8) {
      const pair = joinLiterals(entry, load<u32>(second, 4));
      let place: u32 = LITERAL_TABLE + (((load<u32>(second) << length) | code) << 2);
      for (; place < tableEnd; place += step) store<u32>(place, pair);
    }
  }
}
