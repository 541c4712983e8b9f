/**
 * What a check came to. `verified`: proven by hashes and signatures. `failed`: tampering or loss is proven.
 * `undetermined`: neither could be shown (access denied, archived, key unknown, no signature to be had).
 */
export type Outcome = 'verified' | 'failed' | 'undetermined';

/** How many things came to each outcome. */
export interface Tally {
  verified: number;
  failed: number;
  undetermined: number;
}

export const emptyTally = (): Tally => ({ verified: 0, failed: 0, undetermined: 0 });

export const totalOf = (tally: Tally): number => tally.verified + tally.failed + tally.undetermined;

export function addTally(into: Tally, tally: Readonly<Tally>): void {
  into.verified += tally.verified;
  into.failed += tally.failed;
  into.undetermined += tally.undetermined;
}

/** One failed makes the whole failed; otherwise one undetermined makes it undetermined. Nothing at all is undetermined, never verified. */
export function foldOutcomes(outcomes: Iterable<Outcome>): Outcome {
  const tally = emptyTally();
  for (const outcome of outcomes) tally[outcome] += 1;
  return outcomeOf(tally);
}

/** The fold of {@link foldOutcomes} over things already counted. */
export function outcomeOf(tally: Readonly<Tally>): Outcome {
  if (tally.failed > 0) return 'failed';
  return tally.undetermined > 0 || tally.verified === 0 ? 'undetermined' : 'verified';
}
