import type { ChainId } from '../objects/chain-id.js';
import type { Instant, Interval } from '../time/instant.js';

/** What runs have verified so far, for the next one to go on from. It is the word of whoever wrote it: only a key proves who that was. */
export interface Checkpoint {
  /** The sources, in the words of the report. A checkpoint of other sources is foreign. */
  readonly sources: readonly string[];
  /** Where only one trail was verified. */
  readonly trailArn?: string;
  /** Completed runs. */
  readonly runs: number;
  readonly writtenAt: Instant;
  /** Every chain that a run has listed, none twice. */
  readonly chains: readonly ChainMemory[];
  /** Failures that belong to no chain: of folders, of logs that no digest lists, of query results. */
  readonly failures?: Failures;
}

/** What is remembered of a chain. */
export interface ChainMemory {
  readonly chain: ChainId;
  /** Absent while no digest of the chain was verified: the next run looks at all of it. */
  readonly history?: ChainHistory;
  readonly failures?: Failures;
}

/**
 * The time of a chain up to its newest verified digest, as intervals by state; those of one state are in order and apart from
 * one another. Time in no state is a gap: no digest covered it when a run looked.
 */
export interface ChainHistory {
  /** Start of the time that runs have looked at. */
  readonly since: Instant;
  /** Present while no run was asked for the time before: `since` is where the time asked for began, not the chain. */
  readonly isBounded?: true;
  readonly anchor: AnchorDigest;
  /**
   * Of a standard chain, the time that verified digests have covered in any run. It never shrinks: where a later run finds
   * no digest, the digest is lost, whatever a starting digest after it seems to say.
   */
  readonly verified: readonly Interval[];
  /** Time before the anchor's that was undetermined when a run last looked. Every run looks again until it is proven. */
  readonly open: readonly Interval[];
  /** Time before the anchor's in which a digest failed or is lost. Every run looks again until it is proven. */
  readonly failed: readonly Interval[];
  /** Of a backfill chain, whose digests come in no order of time: the ends of those that are known to exist, ascending. */
  readonly seen?: readonly Instant[];
  /** The hour that was last verified again by its turn. */
  readonly rechecked?: Instant;
}

/** The newest verified digest of a chain, by all that its successor says of it. */
export interface AnchorDigest {
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

/** What failed so far. A run tells how many of these it does not find itself, so that none is forgotten. */
export interface Failures {
  /** When a run had the first of them. */
  readonly since: Instant;
  /** The beginnings of the identities of the findings, ascending, none twice. */
  readonly findings: readonly string[];
  /** How many there were in one run beyond those that are listed; absent where there were none. */
  readonly more?: number;
}

/** Hexadecimal digits of an identity that are remembered. */
export const FAILURE_ID_LENGTH = 16;

/** So many failures of a chain are remembered by their identity. */
export const MOST_FAILURES = 100;
