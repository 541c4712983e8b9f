import type { CoverageInterval } from '../coverage/coverage.js';
import type { Finding } from '../findings/finding.js';
import type { Outcome, Tally } from '../findings/outcome.js';
import type { ChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Instant, Interval } from '../time/instant.js';

/** One digest, judged. */
export interface DigestEvent {
  readonly type: 'digest';
  readonly chain: ChainId;
  readonly ref: ObjectRef;
  /** When it ends, by its signed text if it is verified, otherwise by its name. */
  readonly end: Instant;
  /** Only of a digest whose signature holds. */
  readonly start?: Instant;
  /** Present for a starting digest whose signature holds: the chain begins with it, and logging began at its end. */
  readonly starting?: true;
  readonly outcome: Outcome;
  /** Whether its signature holds, so that its logs are checked and its link is followed. */
  readonly trusted: boolean;
  /** The logs that it lists where nothing but its signature is in doubt: a hint, no evidence. */
  readonly unprovenLogs?: readonly ObjectRef[];
  readonly findings: readonly Finding[];
}

/** One log file that a trusted digest refers to, judged. */
export interface LogEvent {
  readonly type: 'log';
  readonly chain: ChainId;
  readonly ref: ObjectRef;
  readonly outcome: Outcome;
  /** Bytes that were hashed. */
  readonly size: number;
  readonly findings: readonly Finding[];
}

/** Time between a starting digest and the digest before it, which nothing links. */
export interface GapEvent {
  readonly type: 'gap';
  readonly chain: ChainId;
  /** The end of the older digest and the start of the newer one, which overlap where two trails are taken for one. */
  readonly from: Instant;
  readonly to: Instant;
}

/** Findings about a chain, a folder, a key or the run as a whole. */
export interface FindingsEvent {
  readonly type: 'findings';
  readonly findings: readonly Finding[];
}

/** A chain is done. */
export interface ChainEvent {
  readonly type: 'chain';
  readonly report: ChainReport;
}

/** The saved results of one query, judged: their sign file and every file that it lists. */
export interface QueryResultsEvent {
  readonly type: 'query-results';
  /** The sign file. */
  readonly ref: ObjectRef;
  /** Whose folder it lies in, where it lies as delivered. */
  readonly accountId?: string;
  /** Under a policy, without what it accepts. */
  readonly outcome: Outcome;
  /** Whether the signature holds, over the hashes and their order and nothing else. */
  readonly trusted: boolean;
  /** What the sign file says of itself, which no signature covers. */
  readonly region?: string;
  readonly completedAt?: Instant;
  /** In the order of the list. */
  readonly files: readonly JudgedQueryFile[];
  /** About the sign file and its files. */
  readonly findings: readonly Finding[];
}

export interface JudgedQueryFile {
  readonly ref: ObjectRef;
  readonly outcome: Outcome;
  /** Bytes that were hashed, as delivered. */
  readonly size: number;
}

/** What a verification tells while it goes on, in an order that depends on the input alone. */
export type VerifyEvent = DigestEvent | LogEvent | GapEvent | FindingsEvent | ChainEvent | QueryResultsEvent;

/** The end of a run that came to it. A run that an error cuts off has none. */
export interface EndEvent {
  readonly type: 'end';
  /** The keys that signatures were checked with, in the order of region and fingerprint. */
  readonly keysUsed: readonly { readonly fingerprint: string; readonly region: string }[];
}

/** What a verification tells, with its end as the last event. */
export type RunEvent = VerifyEvent | EndEvent;

/** What one chain came to. */
export interface ChainReport {
  readonly chain: ChainId;
  /** Where it was looked for; present where a run has several sources. */
  readonly source?: string;
  /** Under a policy, without what it accepts; never verified where nothing is proven. */
  readonly outcome: Outcome;
  /** Buckets and prefixes its digests were found in, newest first. */
  readonly places: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly digests: Readonly<Tally>;
  readonly logs: Readonly<Tally>;
  /** Uncompressed bytes of the logs that were hashed. */
  readonly logBytes: number;
  /** Findings that a policy accepts, so that they do not count in the outcome; present where there are any. */
  readonly accepted?: number;
  /** The time that was asked for, or else from the oldest digest to the newest. */
  readonly asked: Interval;
  /** What of earlier time was looked at again, oldest first: its digests and logs are counted above. */
  readonly rechecked?: readonly Interval[];
  /** Adds up to `asked` for a standard chain; backfill digests add evidence to hours that the standard chain accounts for. */
  readonly coverage: readonly CoverageInterval[];
}
