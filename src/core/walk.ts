import type { DigestLink } from './digest.js';
import type { Instant } from './instant.js';
import { parseDigestKey } from './object-key.js';
import type { ObjectRef } from './objects.js';
import type { DigestJudgement, Expectation, VerifiedDigest } from './policy.js';

/** A digest file that a listing has shown. */
export interface Candidate {
  readonly ref: ObjectRef;
  /** As its name says. */
  readonly end: Instant;
}

export type WalkStep =
  /** A digest was looked at. `isUnlinked`: newer digests of its chain pass it over. */
  | { readonly type: 'digest'; readonly end: Instant; readonly judgement: DigestJudgement; readonly isUnlinked?: true }
  /** A starting digest, though there are older ones: nothing links the two. */
  | { readonly type: 'gap'; readonly upper: VerifiedDigest; readonly lower: Candidate };

/** What a walk needs from outside. */
export interface WalkGround {
  /** Whether a verified digest that starts then reaches far enough back. */
  isFarEnough(start: Instant): boolean;
  /** Whether the link of a verified digest is to be followed, given the candidates that are left. */
  follows(link: DigestLink, remaining: readonly Candidate[]): Promise<boolean>;
  visit(ref: ObjectRef, expectation: Expectation | undefined): Promise<DigestJudgement>;
  /** The candidates from here on where a link leads to a place that was not listed before; undefined where nothing changes. */
  relist(link: DigestLink, remaining: readonly Candidate[], end: Instant): Promise<Candidate[] | undefined>;
  isSame(a: ObjectRef, b: ObjectRef): boolean;
}

/**
 * Walks a chain from its newest digest backwards: by the link of each verified digest, and where there is no link to
 * go by (a starting digest, a missing one, one that is not verified) on to the newest listed digest that is older.
 * Never stops at a fault. Returns the candidates it passed over without looking at them, oldest first.
 *
 * @param candidates oldest first
 * @param first what is known of the newest candidate from outside the walk
 */
export async function* walkChain(
  candidates: readonly Candidate[],
  ground: WalkGround,
  first?: Expectation,
): AsyncGenerator<WalkStep, Candidate[]> {
  let remaining = [...candidates];
  const passedOver: Candidate[] = [];
  let current = remaining.pop();
  let expectation = first;

  while (current) {
    const judgement = await ground.visit(current.ref, expectation);
    yield { type: 'digest', end: current.end, judgement };
    for (const candidate of takeNotOlder(remaining, current.end))
      if (!ground.isSame(candidate.ref, judgement.ref)) passedOver.push(candidate);

    const { digest } = judgement;
    if (digest && ground.isFarEnough(digest.start)) break;
    const target = digest?.previous && toCandidate(digest.previous, digest.start);
    // Links lead backwards in time. One that does not, cannot be followed without going in circles.
    if (digest?.previous && target && target.end < current.end && (await ground.follows(digest.previous, remaining))) {
      remaining = (await ground.relist(digest.previous, remaining, digest.end)) ?? remaining;
      expectation = { link: digest.previous, successor: digest.place, proven: true };
      current = target;
    } else {
      current = remaining.pop();
      if (digest && !digest.previous && current) yield { type: 'gap', upper: digest, lower: current };
      expectation = hint(judgement, current, ground);
    }
  }
  return [...passedOver, ...remaining].sort((a, b) => a.end - b.end);
}

const toCandidate = (link: DigestLink, fallback: Instant): Candidate => ({
  ref: { bucket: link.bucket, key: link.key },
  end: parseDigestKey(link.key)?.endTime ?? fallback,
});

/** Removes and returns the candidates at the end of the list that are not older. */
function takeNotOlder(remaining: Candidate[], end: Instant): Candidate[] {
  const index = remaining.findLastIndex((candidate) => candidate.end < end);
  return remaining.splice(index + 1);
}

/** A digest that is not verified may still hold a copy of its predecessor's signature that proves itself. */
function hint(judgement: DigestJudgement, next: Candidate | undefined, ground: WalkGround): Expectation | undefined {
  const link = judgement.unprovenLink;
  if (!link || !next || !ground.isSame(link, next.ref)) return undefined;
  return { link, successor: judgement.ref, proven: false };
}
