import type { ChainId } from '../../src/core/chain.js';
import { CoverageLedger, type CoverageState, type EndRules } from '../../src/core/coverage.js';
import type { Finding } from '../../src/core/findings.js';
import { HOUR, type Instant } from '../../src/core/instant.js';
import type { ObjectRef } from '../../src/core/objects.js';
import { handMadeDigest, placeOf } from './hand-made.js';

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

/** What a walk shows: verified digests from one hour to another, `starting` or not, or the outcome of one that is not verified. */
export type Shown = readonly [from: number, to: number, starting?: 'starting'] | 'failed' | 'undetermined';

export interface Accounted {
  /** Oldest first: state, first hour, last hour. */
  readonly coverage: readonly (readonly [CoverageState, number, number])[];
  readonly findings: readonly Finding[];
}

const hourOf = (instant: Instant): number => (instant - START) / HOUR;

/** Keeps account of the hours from `from` to `to`, shown this newest first. */
export function account(
  from: number,
  to: number,
  shown: readonly Shown[],
  now = FAR_FUTURE,
  rules: EndRules = {},
): Accounted {
  const ledger = new CoverageLedger(CHAIN, at(to), now, rules);
  const findings: Finding[] = [];
  for (const each of shown) {
    if (typeof each === 'string') ledger.addUnproven(each);
    else {
      const [start, end, starting] = each;
      const previous = starting ? undefined : place(start);
      findings.push(...ledger.addProven(handMadeDigest({ start: at(start), end: at(end) }, previous)));
    }
  }
  const closed = ledger.close(at(from));
  return {
    coverage: closed.intervals.map(({ state, start, end }) => [state, hourOf(start), hourOf(end)]),
    findings: [...findings, ...closed.findings],
  };
}
