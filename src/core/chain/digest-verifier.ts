import type { DigestFacts, LogFacts } from '../content/object-content.js';
import type { DigestLink, LogReference, UnverifiedDigest } from '../digest/parse-digest.js';
import type { Finding, KeyFault, Refusal } from '../findings/finding.js';
import type { PublicKey } from '../keys/public-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Instant, Interval } from '../time/instant.js';

declare const verified: unique symbol;

/**
 * A digest whose signature was checked, with a public key that was handed in, over its own bytes and place.
 * Only such a digest may vouch for logs and for its predecessor. That nothing else is wrong with the object is not said.
 */
export interface VerifiedDigest extends UnverifiedDigest {
  readonly [verified]: true;
}

/** To be called by nothing but a policy that has just checked the signature. */
export const asVerified = (digest: UnverifiedDigest): VerifiedDigest => digest as VerifiedDigest;

/** What a digest's successor says of it. */
export interface Expectation {
  readonly link: DigestLink;
  readonly successor: ObjectRef;
  /** Whether the successor is itself verified. If not, its copy of the signature may be tried, but nothing held against it. */
  readonly proven: boolean;
}

export type KeyLookup =
  | { readonly status: 'found'; readonly key: PublicKey; readonly validity?: Interval }
  | { readonly status: 'unknown' }
  | { readonly status: 'unsuitable'; readonly reason: KeyFault }
  | { readonly status: 'unavailable'; readonly refusal: Refusal };

/** Finds the key of a fingerprint among those of a region that were in use at that time. */
export type FindKey = (fingerprint: string, region: string, signedAt: Instant) => Promise<KeyLookup>;

/** A digest file as it was found. */
export interface DigestObject {
  readonly ref: ObjectRef;
  readonly facts: DigestFacts;
  /** Whether what was delivered to a place lies where the file was found, as far as a copy tells that. */
  readonly liesAt: (delivered: ObjectRef) => boolean;
}

/** What was found out about one digest. */
export interface DigestJudgement {
  /** Its own place where that is proven, otherwise where it was found. */
  readonly ref: ObjectRef;
  readonly findings: readonly Finding[];
  /** Present when its signature holds: it may be followed and believed. */
  readonly digest?: VerifiedDigest;
  /** That only the copy of its signature that another digest keeps holds. */
  readonly isSignedByCopy?: true;
  /** The link as it stands in a digest that is not verified: a hint and no more. */
  readonly unprovenLink?: DigestLink;
  /** The logs that a digest lists of which nothing but the signature is in doubt: a hint and no more. */
  readonly unprovenLogs?: readonly ObjectRef[];
}

/**
 * What counts as wrong. Two stages, so that the costly one can run for many digests at once: `examine` needs the object
 * alone, `conclude` what its successor says of it.
 */
export interface Policy<Examined> {
  examine(object: DigestObject): Promise<Examined>;
  conclude(examined: Examined, expectation: Expectation | undefined): Promise<DigestJudgement>;
  judgeLog(reference: LogReference, facts: LogFacts): readonly Finding[];
}
