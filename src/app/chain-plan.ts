import type { ChainId } from '../core/chain.js';
import type { EndRules } from '../core/coverage.js';
import type { Finding } from '../core/findings.js';
import type { Instant } from '../core/instant.js';
import type { Candidate } from '../core/walk.js';

/** One chain to verify, as far as listings have shown it. */
export interface ChainPlan extends EndRules {
  readonly chain: ChainId;
  /** Oldest first. */
  readonly candidates: readonly Candidate[];
  /** Those after the first that reaches the end of the time asked for, oldest first. None of them is verified where that one is. */
  readonly newer?: readonly Candidate[];
  /** Those before the time asked for, oldest first: walked until one is verified, where all in it are only without a signature. */
  readonly older?: readonly Candidate[];
  /** Where the time asked for begins; absent: with the oldest digest. */
  readonly from?: Instant;
  /** Where it ends; absent: with the newest digest. */
  readonly to?: Instant;
  /** Whether there may be newer digests that could not be listed. */
  readonly isEndUnknown?: boolean;
  /** Whether there were digests that are not even listed any more. */
  readonly isEndLost?: boolean;
  /** What is known of the chain from elsewhere. */
  readonly remarks?: readonly Finding[];
}
