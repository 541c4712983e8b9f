import type { ChainId } from './chain.js';
import type { Instant, Interval } from './instant.js';

/** What a run has verified, for a later run to go on from. All of it is the word of whoever wrote it: only a key proves who that was. */
export interface Checkpoint {
  /** What it is of, in the words of the report. A checkpoint of other sources is foreign. */
  readonly sources: readonly string[];
  /** Where only one trail was verified. */
  readonly trailArn?: string;
  /** Completed runs. */
  readonly runs: number;
  readonly writtenAt: Instant;
  /** How far the runs have come in checking old hours again: at least 0 and less than 1. */
  readonly recheckPhase: number;
  /** No chain twice. */
  readonly chains: readonly ChainMemory[];
  /** Chains of which no digest could be verified yet, or was to be, none twice: they are looked at from their beginning. */
  readonly unproven: readonly ChainId[];
}

/** What is remembered of a chain. */
export interface ChainMemory {
  readonly chain: ChainId;
  /** Where that begins which was verified. */
  readonly since: Instant;
  /** Nobody has asked for what is before yet: `since` is where the time asked for began, not the chain. */
  readonly isBounded?: true;
  /** The newest verified digest. */
  readonly anchor: RememberedDigest;
  /** Time before the anchor's that was undetermined, or in which a digest failed or is lost, to be looked at again: in order, apart from one another. */
  readonly again: readonly Interval[];
  /** Of a backfill chain, whose digests come in no order of time: the ends of those that were there, ascending. */
  readonly seen?: readonly Instant[];
  /** Failed findings that were reported so far and that no run comes upon by itself any more; 1 at least where something failed and was put right. What is looked at again on purpose and failed before counts again. */
  readonly failures: number;
  /** When a run had the first of them, counted or not. */
  readonly failedSince?: Instant;
}

/** A verified digest, by all that its successor says of it. */
export interface RememberedDigest {
  /** Empty where a copy does not say which bucket it was made from. */
  readonly bucket: string;
  readonly key: string;
  readonly start: Instant;
  readonly end: Instant;
  /** Of the uncompressed bytes, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Hexadecimal, as it was delivered with the digest. */
  readonly signature: string;
}
