import { closest, distance } from 'fastest-levenshtein';

/** At most so many letters may differ for a name to be proposed, and no more than a third of it. */
const MOST_EDITS = 2;

/** The name that was probably meant, if there is one that is written much the same. */
export function closestTo(typed: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const name = closest(typed, names);
  return distance(typed, name) <= Math.min(MOST_EDITS, Math.ceil(name.length / 3)) ? name : undefined;
}
