import { seededNumbers } from './seeded-numbers.js';

// Deflate streams (RFC 1951) that no compressor writes: random sets of codes of up to 15 bits, complete for the most part,
// and now and then incomplete, over-subscribed, without an end of block, or used for symbols that have no meaning.

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA = Array.from({ length: 30 }, (_, symbol) => (symbol < 4 ? 0 : (symbol >> 1) - 1));
const DISTANCE_BASE = DISTANCE_EXTRA.map((_, symbol) =>
  DISTANCE_EXTRA.slice(0, symbol).reduce((base, extra) => base + 2 ** extra, 1),
);
const END_OF_BLOCK = 256;
const PRECODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const FIXED_LITERALS = Array.from({ length: 288 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
const FIXED_DISTANCES = Array.from({ length: 32 }, () => 5);
/** Most streams have no fault; each of their many chances to have one is as small as this. */
const SELDOM = 0.0003;

/** Gives streams one after the other, the same for the same seed. */
export function randomDeflate(seed: number): () => Uint8Array {
  const random = seededNumbers(seed);
  return () => new StreamWriter(random).write();
}

type Random = ReturnType<typeof seededNumbers>;

/** A set of codes: their lengths, and the codes with the first bit lowest. Symbols that may be written with it. */
interface Codes {
  readonly lengths: readonly number[];
  readonly bits: readonly number[];
}

class StreamWriter {
  readonly #random: Random;
  readonly #bytes: number[] = [];
  #bitCount = 0;
  #inflated = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  write(): Uint8Array {
    const blocks = 1 + this.#random.below(6);
    for (let block = 1; block <= blocks; block += 1) this.#writeBlock(block === blocks);
    return Uint8Array.from(this.#bytes);
  }

  #put(value: number, count: number): void {
    for (let bit = 0; bit < count; bit += 1) {
      const at = this.#bitCount >> 3;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (((value >> bit) & 1) << (this.#bitCount & 7));
      this.#bitCount += 1;
    }
  }

  #putSymbol({ lengths, bits }: Codes, symbol: number): void {
    this.#put(bits[symbol] ?? 0, lengths[symbol] ?? 0);
  }

  #writeBlock(isLast: boolean): void {
    const kind = this.#random.fraction();
    this.#put(isLast ? 1 : 0, 1);
    if (kind < 0.2) this.#writeStored();
    else if (kind < 0.4) this.#writeFixed();
    else this.#writeDynamic();
  }

  #writeStored(): void {
    this.#put(0, 2);
    this.#bitCount = (this.#bitCount + 7) & ~7;
    const length = this.#random.below(this.#random.fraction() < 0.02 ? 65_536 : 400);
    this.#put(length, 16);
    this.#put(this.#random.fraction() < SELDOM ? length : length ^ 0xffff, 16);
    for (let count = 0; count < length; count += 1) this.#put(this.#random.below(256), 8);
    this.#inflated += length;
  }

  #writeFixed(): void {
    this.#put(1, 2);
    this.#writeSymbols(toCodes(FIXED_LITERALS), toCodes(FIXED_DISTANCES), this.#random.below(1_500));
  }

  #writeDynamic(): void {
    const random = this.#random;
    const literals = this.#literalLengths();
    const distances = this.#distanceLengths();
    const damage = random.fraction();
    if (damage < 0.03) literals[random.below(286)] = 0;
    else if (damage < 0.06) literals[random.below(286)] = 1 + random.below(15);
    else if (damage < 0.09) distances[random.below(30)] = random.below(16);
    const used = Math.max(257, literals.findLastIndex((length) => length > 0) + 1);
    const usedDistances = Math.max(1, distances.findLastIndex((length) => length > 0) + 1);
    this.#put(2, 2);
    this.#put(used - 257, 5);
    this.#put(usedDistances - 1, 5);
    this.#writeLengths([...literals.slice(0, used), ...distances.slice(0, usedDistances)]);
    this.#writeSymbols(toCodes(literals), toCodes(distances), random.below(3_000));
  }

  /** Lengths of a complete set of codes for the end of the block and some other symbols. */
  #literalLengths(): number[] {
    const { below, fraction, shuffled } = this.#random;
    const others = shuffled(
      Array.from({ length: 286 }, (_, symbol) => symbol).filter((symbol) => symbol !== END_OF_BLOCK),
    );
    const count = fraction() < 0.1 ? 1 : 2 + below(285);
    return this.#spread(286, [END_OF_BLOCK, ...others.slice(0, count - 1)]);
  }

  #distanceLengths(): number[] {
    const { below, shuffled } = this.#random;
    return this.#spread(30, shuffled(Array.from({ length: 30 }, (_, symbol) => symbol)).slice(0, below(31)));
  }

  /** Lengths for an alphabet where these symbols alone have a code. A single one has a code of one bit. */
  #spread(size: number, symbols: readonly number[]): number[] {
    const lengths = Array.from({ length: size }, () => 0);
    const codes = symbols.length === 1 ? [1] : this.#random.shuffled(this.#tree(symbols.length));
    symbols.forEach((symbol, index) => {
      lengths[symbol] = codes[index] ?? 0;
    });
    return lengths;
  }

  /** The depths of the leaves of a random binary tree, flat or deep. */
  #tree(leaves: number): number[] {
    const { below, fraction } = this.#random;
    const depths = leaves > 1 ? [1, 1] : [];
    const deepness = fraction();
    while (depths.length < leaves && depths.length > 0) {
      const open = depths.map((_, leaf) => leaf).filter((leaf) => (depths[leaf] ?? 0) < 15);
      const deepest = open.reduce(
        (best, leaf) => ((depths[leaf] ?? 0) >= (depths[best] ?? 0) ? leaf : best),
        open[0] ?? 0,
      );
      const split = fraction() < deepness ? deepest : (open[below(open.length)] ?? 0);
      const depth = (depths[split] ?? 0) + 1;
      depths[split] = depth;
      depths.push(depth);
    }
    return depths;
  }

  /** The lengths themselves, by codes of four bits, or with repetitions by codes of five. */
  #writeLengths(lengths: readonly number[]): void {
    const repeats = this.#random.fraction() < 0.5;
    // 13 codes of four bits and 6 of five are a complete set.
    const precode = repeats
      ? PRECODE_ORDER.map((_, symbol) => (symbol < 13 ? 4 : 5))
      : PRECODE_ORDER.map((_, symbol) => (symbol < 16 ? 4 : 0));
    const codes = toCodes(precode);
    this.#put(15, 4);
    for (const symbol of PRECODE_ORDER) this.#put(precode[symbol] ?? 0, 3);
    for (let at = 0; at < lengths.length; ) {
      const length = lengths[at] ?? 0;
      let run = 1;
      while (lengths[at + run] === length) run += 1;
      if (repeats && length === 0 && run >= 11) at += this.#putRun(codes, 18, 11, 7, run);
      else if (repeats && length === 0 && run >= 3) at += this.#putRun(codes, 17, 3, 3, run);
      else if (repeats && at > 0 && lengths[at - 1] === length && run >= 3) at += this.#putRun(codes, 16, 3, 2, run);
      else {
        this.#putSymbol(codes, length);
        at += 1;
      }
    }
  }

  #putRun(codes: Codes, symbol: number, base: number, extra: number, run: number): number {
    const times = Math.min(run, base + this.#random.below(2 ** extra));
    this.#putSymbol(codes, symbol);
    this.#put(times - base, extra);
    return times;
  }

  #writeSymbols(literals: Codes, distances: Codes, count: number): void {
    const { below, fraction } = this.#random;
    const bytes = symbolsOf(literals).filter((symbol) => symbol < END_OF_BLOCK);
    const lengths = symbolsOf(literals).filter((symbol) => symbol > END_OF_BLOCK);
    const ways = symbolsOf(distances);
    for (let turn = 0; turn < count; turn += 1) {
      const length = lengths[below(Math.max(1, lengths.length))];
      const distance = ways[below(Math.max(1, ways.length))];
      const byte = bytes[below(Math.max(1, bytes.length))];
      if (length !== undefined && distance !== undefined && (byte === undefined || fraction() < 0.4))
        this.#writeMatch(literals, length, distances, distance);
      else if (byte !== undefined) {
        this.#putSymbol(literals, byte);
        this.#inflated += 1;
      }
    }
    if (fraction() < 0.01) this.#put(1, 1);
    this.#putSymbol(literals, END_OF_BLOCK);
  }

  #writeMatch(literals: Codes, length: number, distances: Codes, distance: number): void {
    const { below, fraction } = this.#random;
    const isSeldom = fraction() < SELDOM;
    const isMeant = length < 286 && distance < 30 && (DISTANCE_BASE[distance] ?? 0) <= this.#inflated;
    if (!isMeant && !isSeldom) return;
    const lengthExtra = LENGTH_EXTRA[length - 257] ?? 0;
    const distanceExtra = DISTANCE_EXTRA[distance] ?? 0;
    const more = below(2 ** lengthExtra);
    const reach = Math.max(0, this.#inflated - (DISTANCE_BASE[distance] ?? 0));
    this.#putSymbol(literals, length);
    this.#put(more, lengthExtra);
    this.#putSymbol(distances, distance);
    this.#put(Math.min(below(2 ** distanceExtra), reach), distanceExtra);
    this.#inflated += (LENGTH_BASE[length - 257] ?? 0) + more;
  }
}

const symbolsOf = ({ lengths }: Codes): number[] => lengths.flatMap((length, symbol) => (length > 0 ? [symbol] : []));

/** The codes of lengths (RFC 1951, 3.2.2). */
function toCodes(lengths: readonly number[]): Codes {
  const next: number[] = [];
  let code = 0;
  for (let length = 1; length < 16; length += 1) {
    next[length] = code;
    code = (code + lengths.filter((each) => each === length).length) << 1;
  }
  const bits = lengths.map((length) => {
    const value = next[length] ?? 0;
    next[length] = value + 1;
    return reversed(value, length);
  });
  return { lengths, bits };
}

function reversed(value: number, count: number): number {
  let turned = 0;
  for (let bit = 0; bit < count; bit += 1) turned |= ((value >> bit) & 1) << (count - 1 - bit);
  return turned;
}
