import type { Candidate, WalkStep } from '../../core/chain/walk.js';
import type { EndRules, KnownTime } from '../../core/coverage/coverage.js';
import type { Finding } from '../../core/findings/finding.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import { HOUR, type Instant, type Interval } from '../../core/time/instant.js';

/** One chain to verify, as far as listings have shown it. */
export interface ChainPlan extends EndRules, KnownTime {
  readonly chain: ChainId;
  /** Oldest first. */
  readonly candidates: readonly Candidate[];
  /** Those after the first that reaches the end of the time asked for, oldest first. None of them is verified where that one is. */
  readonly newer?: readonly Candidate[];
  /** Those before the time asked for, oldest first. */
  readonly older?: readonly Candidate[];
  /** Those of the time asked for that expiry may have taken, oldest first. */
  readonly expired?: readonly Candidate[];
  /** Where the time asked for begins; absent: with the oldest digest. */
  readonly from?: Instant;
  /** Where it ends; absent: with the newest digest. */
  readonly to?: Instant;
  /** Whether there may be newer digests that could not be listed. */
  readonly isEndUnknown?: boolean;
  /** Whether there were digests that are not even listed any more. */
  readonly isEndLost?: boolean;
  /** Whether the time asked for is part of a longer one: digests that end after it are reported elsewhere, whatever is wrong with them. */
  readonly isExcerpt?: boolean;
  /** Key of a digest that another part of the time reports. */
  readonly reportedElsewhere?: string;
  /** What is known of the chain from elsewhere. */
  readonly remarks?: readonly Finding[];
}

/** Whether a span of time lies before or after the time asked for. */
export const isBeside = ({ from, to }: TimeBounds, { start, end }: Interval): boolean =>
  (from !== undefined && end <= from) || (to !== undefined && start >= to);

type TimeBounds = Pick<ChainPlan, 'from' | 'to'>;

/**
 * Whether a digest is reported and its logs are checked. A digest that covers none of the time asked for only shows what the
 * first and last hours of that time are; what is wrong with one after it may be why its end is not proven.
 */
export function isReported(plan: ChainPlan, step: Extract<WalkStep, { type: 'digest' }>): boolean {
  const time = step.judgement.digest ?? { start: step.end - HOUR, end: step.end };
  if (step.judgement.ref.key === plan.reportedElsewhere) return false;
  // Each digest is reported by the part of the time that it ends in, so that none is reported twice.
  if (plan.isExcerpt) return !isBeside(plan, { start: time.end - 1, end: time.end });
  if (!isBeside(plan, time)) return true;
  const mayExplain = plan.chain.kind === 'standard' && !step.judgement.digest;
  return mayExplain && !isBeside({ ...(plan.from !== undefined && { from: plan.from }) }, time);
}
