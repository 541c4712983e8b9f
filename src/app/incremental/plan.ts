import type { ChainMemory } from '../../core/checkpoint/checkpoint.js';
import type { Instant, Interval } from '../../core/time/instant.js';
import { cutBefore, mergeIntervals } from '../../core/time/intervals.js';
import { hoursDue, type RecheckRule } from './recheck.js';

/** What of a chain's earlier time a run looks at. */
export interface EarlierPlan {
  /** Oldest first, apart from one another, all before the anchor's time. */
  readonly intervals: readonly Interval[];
  /** The last hour that is in it because it had its turn. */
  readonly rechecked?: Instant;
}

/**
 * The parts of the time before the anchor's that a run looks at: what is not proven yet, what has its turn to be verified
 * again, and time that no run was asked for before. The time from the anchor's on is looked at in every run.
 * @param from where the time asked for begins; nothing before it is looked at
 * @param recheck nothing has its turn when absent
 */
export function planEarlier(
  { chain, history }: ChainMemory,
  from: Instant | undefined,
  recheck: RecheckRule | undefined,
): EarlierPlan {
  if (!history) return { intervals: [] };
  const { since, open, failed } = history;
  const unproven = [...open, ...failed];
  const widened = from !== undefined && from < since ? [{ start: from, end: since }] : [];
  const due = recheck ? hoursDue(chain, history, from, recheck) : { hours: [] };
  const intervals = [...(from === undefined ? unproven : cutBefore(unproven, from)), ...due.hours, ...widened];
  return { intervals: mergeIntervals(intervals), ...(due.last !== undefined && { rechecked: due.last }) };
}
