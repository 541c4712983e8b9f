import type { RegionKeys } from '../../core/keys/key-snapshot.js';
import type { Interval } from '../../core/time/instant.js';
import type { KeySource } from '../../ports/key-source.js';
import { mapAtOnce } from '../async/limit-concurrency.js';

const REGIONS_AT_ONCE = 8;

/** Asks regions for their keys, several at once, and answers in the order of the regions. A region that refuses is no error. */
export function fetchKeys(
  source: KeySource,
  regions: readonly string[],
  during: Interval,
): Promise<readonly RegionKeys[]> {
  return mapAtOnce(regions, REGIONS_AT_ONCE, async (region): Promise<RegionKeys> => {
    const answer = await source.keysFor(region, during);
    return answer.status === 'found' ? { region, keys: answer.keys } : { region, refusal: answer.refusal };
  });
}
