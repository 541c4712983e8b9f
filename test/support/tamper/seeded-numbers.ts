/** Numbers that look random, the same for the same seed, and come faster than those of `SeededRandom`. */
export function seededNumbers(seed: number) {
  let state = seed >>> 0;
  /** From 0 up to, and not including, 1 (Mulberry32). */
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number from 0 up to, and not including, `limit`. */
  const below = (limit: number): number => Math.floor(fraction() * limit);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));
  function shuffled<T>(values: readonly T[]): T[] {
    return values
      .map((value) => ({ value, place: fraction() }))
      .sort((a, b) => a.place - b.place)
      .map(({ value }) => value);
  }
  return { fraction, below, bytes, shuffled };
}
