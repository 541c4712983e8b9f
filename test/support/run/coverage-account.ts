import { type AskedTime, type Coverage, type CoverageState, coverageOf } from '../../../src/core/coverage/coverage.js';
import { SegmentCollector } from '../../../src/core/coverage/segments.js';
import type { Trouble } from '../../../src/core/coverage/unproven-reason.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import type { ChainId } from '../../../src/core/objects/chain-id.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant } from '../../../src/core/time/instant.js';
import { handMadeDigest, placeOf } from '../forge/hand-made.js';

export const CHAIN: ChainId = {
  accountId: '111122223333',
  region: 'us-east-1',
  trailName: 'trail',
  homeRegion: 'us-east-1',
  kind: 'standard',
};
const START = Date.UTC(2026, 2, 1, 0, 1, 31);
/** An hour of the accounts. */
export const at = (hour: number): Instant => START + hour * HOUR;
/** The place of the digest that ends then. */
export const place = (hour: number): ObjectRef => placeOf(at(hour));
export const FAR_FUTURE = at(10_000);

/** What a walk shows: verified digests from one hour to another, `starting` or not, or why one is not verified. */
export type Shown = readonly [from: number, to: number, starting?: 'starting'] | Trouble;

export interface Accounted {
  /** Oldest first: state, first hour, last hour. */
  readonly coverage: readonly (readonly [CoverageState, number, number])[];
  readonly findings: readonly Finding[];
}

const hourOf = (instant: Instant): number => (instant - START) / HOUR;

/** Collects what a walk shows, newest first. */
export function collect(shown: readonly Shown[]): SegmentCollector {
  const collector = new SegmentCollector();
  for (const each of shown) {
    if (typeof each === 'string') collector.addUnproven(each);
    else {
      const [start, end, starting] = each;
      const previous = starting ? undefined : place(start);
      collector.addProven(handMadeDigest({ start: at(start), end: at(end) }, previous));
    }
  }
  return collector;
}

/** Accounts for the hours from `from` to `to`, shown this newest first. */
export function account(
  from: number,
  to: number,
  shown: readonly Shown[],
  now = FAR_FUTURE,
  rules: Partial<AskedTime> = {},
): Accounted {
  const asked = { from: at(from), to: at(to), isEndAsked: true, now, ...rules };
  return toAccounted(coverageOf(CHAIN, collect(shown).segments, asked));
}

export const toAccounted = ({ intervals, findings }: Coverage): Accounted => ({
  coverage: intervals.map(({ state, start, end }) => [state, hourOf(start), hourOf(end)]),
  findings: findings.map(({ finding }) => finding),
});
