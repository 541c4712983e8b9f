import type { Interval } from '../core/instant.js';
import type { RegionKeys } from '../core/key-snapshot.js';
import type { KeySource } from '../ports/key-source.js';

const REGIONS_AT_ONCE = 8;

/** Asks regions for their keys, several at once, and answers in the order of the regions. A region that refuses is no error. */
export async function fetchKeys(
  source: KeySource,
  regions: readonly string[],
  during: Interval,
): Promise<readonly RegionKeys[]> {
  const answers: RegionKeys[] = [];
  for (let next = 0; next < regions.length; next += REGIONS_AT_ONCE) {
    const batch = regions.slice(next, next + REGIONS_AT_ONCE).map(async (region): Promise<RegionKeys> => {
      const answer = await source.keysFor(region, during);
      return answer.status === 'found' ? { region, keys: answer.keys } : { region, refusal: answer.refusal };
    });
    answers.push(...(await Promise.all(batch)));
  }
  return answers;
}
