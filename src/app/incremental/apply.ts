import type { AnchorDigest, ChainHistory, ChainMemory, Failures } from '../../core/checkpoint/checkpoint.js';
import type { ChainKind } from '../../core/objects/chain-id.js';
import type { Instant, Interval } from '../../core/time/instant.js';
import { cutAfter, mergeIntervals, mergeNearest, subtractIntervals } from '../../core/time/intervals.js';

/** What a run has found out about a chain. */
export interface ChainResult {
  /** Whether all parts were looked at to their end, and the anchor was reached and is as it was remembered. */
  readonly isSettled: boolean;
  /** The newest digest that was verified. */
  readonly newest?: AnchorDigest;
  /** Where the time begins that was looked at. */
  readonly since: Instant;
  /** Whether the time asked for began there, so that older digests may exist. */
  readonly isBounded: boolean;
  /** Parts of the time before the anchor's that were looked at. */
  readonly looked: readonly Interval[];
  /** By the coverage of all parts and the findings about digests and logs. */
  readonly proven: readonly Interval[];
  readonly open: readonly Interval[];
  readonly failed: readonly Interval[];
  /** Ends of backfill digests that are known to exist. */
  readonly seen: readonly Instant[];
  readonly rechecked?: Instant;
  /** All failures so far. */
  readonly failures?: Failures;
}

/** So many intervals of one state are looked at again at most: where there are more, so is what lies between the nearest. */
const MOST_UNPROVEN = 100;
/** Each takes a verified digest that CloudTrail signed. */
const MOST_VERIFIED = 10_000;

/** What is remembered of a chain after a run: what was remembered before it, and what it has found out. */
export function apply({ chain, history }: ChainMemory, result: ChainResult): ChainMemory {
  const next = result.isSettled ? settle(chain.kind, history, result) : history && keep(history, result);
  return { chain, ...(next && { history: next }), ...(result.failures && { failures: result.failures }) };
}

/** Of a run that did not come to its end, or found another history, nothing is believed but what failed. */
function keep(history: ChainHistory, { failed }: ChainResult): ChainHistory {
  return { ...history, failed: unprovenBefore(history.anchor.start, [...history.failed, ...failed]) };
}

function settle(kind: ChainKind, history: ChainHistory | undefined, result: ChainResult): ChainHistory | undefined {
  const anchor = newerOf(history?.anchor, result.newest);
  if (!anchor) return undefined;
  const isBackfill = kind === 'backfill';
  // The next run looks at the anchor and at what is newer in any case.
  const last = isBackfill ? anchor.end : anchor.start;
  const unproven = (before: readonly Interval[] = [], found: readonly Interval[]) => {
    const all = [...subtractIntervals(before, result.looked), ...found];
    return unprovenBefore(last, isBackfill ? all.filter(({ end }) => end !== anchor.end) : all);
  };
  const verified = isBackfill ? [] : cutAfter([...(history?.verified ?? []), ...result.proven], anchor.end);
  const seen = new Set([...(history?.seen ?? []), ...result.seen.filter((end) => end <= anchor.end)]);
  const rechecked = result.rechecked ?? history?.rechecked;
  return {
    since: Math.min(history?.since ?? anchor.start, anchor.start, result.since),
    ...(result.isBounded && { isBounded: true }),
    anchor,
    verified: mergeNearest(verified, MOST_VERIFIED),
    open: unproven(history?.open, result.open),
    failed: unproven(history?.failed, result.failed),
    ...(isBackfill && { seen: [...seen].sort((a, b) => a - b) }),
    ...(rechecked !== undefined && { rechecked }),
  };
}

const unprovenBefore = (last: Instant, intervals: readonly Interval[]): readonly Interval[] =>
  mergeNearest(mergeIntervals(cutAfter(intervals, last)), MOST_UNPROVEN);

const newerOf = (before: AnchorDigest | undefined, found: AnchorDigest | undefined): AnchorDigest | undefined =>
  found && (!before || found.end > before.end) ? found : before;
