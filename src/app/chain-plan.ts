import type { ChainId } from '../core/chain.js';
import type { EndRules } from '../core/coverage.js';
import type { Finding } from '../core/findings.js';
import { HOUR, type Instant, type Interval } from '../core/instant.js';
import type { Candidate, WalkStep } from '../core/walk.js';

/** One chain to verify, as far as listings have shown it. */
export interface ChainPlan extends EndRules {
  readonly chain: ChainId;
  /** Oldest first. */
  readonly candidates: readonly Candidate[];
  /** Those after the first that reaches the end of the time asked for, oldest first. None of them is verified where that one is. */
  readonly newer?: readonly Candidate[];
  /** Older ones, oldest first: walked until one is more than without a signature, where all of the candidates are only that. */
  readonly older?: readonly Candidate[];
  /** Where the time asked for begins; absent: with the oldest digest. */
  readonly from?: Instant;
  /** Where it ends; absent: with the newest digest. */
  readonly to?: Instant;
  /** Whether there may be newer digests that could not be listed. */
  readonly isEndUnknown?: boolean;
  /** Whether there were digests that are not even listed any more. */
  readonly isEndLost?: boolean;
  /**
   * Whether nothing is told, and no log looked at, of digests that cover none of the time asked for: what lies beside it only
   * shows what its first and last hours are.
   */
  readonly isExcerpt?: boolean;
  /** What is known of the chain from elsewhere. */
  readonly remarks?: readonly Finding[];
}

/** Whether a time lies beside the excerpt of a chain that is told. */
export function isBeside({ isExcerpt, from, to }: ChainPlan, { start, end }: Interval): boolean {
  if (!isExcerpt) return false;
  return (from !== undefined && end <= from) || (to !== undefined && start >= to);
}

/** What a digest covers; where it is not verified, the hour that its name ends. */
export const timeOf = ({ judgement: { digest }, end }: Extract<WalkStep, { type: 'digest' }>): Interval =>
  digest ?? { start: end - HOUR, end };
