import type { DigestLink } from '../digest/parse-digest.js';
import { parseDigestKey } from '../objects/cloudtrail-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Instant } from '../time/instant.js';
import type { DigestJudgement, Expectation, VerifiedDigest } from './digest-verifier.js';
import { UnprovenLinks } from './signature-copies.js';

/** A digest file that a listing has shown. */
export interface Candidate {
  readonly ref: ObjectRef;
  /** As its name says. */
  readonly end: Instant;
}

/** Oldest first. */
export const byEnd = (a: Candidate, b: Candidate): number => a.end - b.end;

export type WalkStep =
  /** A digest was looked at. `isUnlinked`: newer digests of its chain pass it over. */
  | { readonly type: 'digest'; readonly end: Instant; readonly judgement: DigestJudgement; readonly isUnlinked?: true }
  /** A starting digest, though there are older ones: nothing links the two. */
  | { readonly type: 'gap'; readonly upper: VerifiedDigest; readonly lower: Candidate };

/** What a walk needs from outside. */
export interface WalkGround {
  /** Whether a verified digest reaches far enough back. */
  isFarEnough(digest: VerifiedDigest): boolean;
  /** Whether the link of a verified digest is to be followed, given the candidates that are left. */
  follows(link: DigestLink, remaining: readonly Candidate[]): Promise<boolean>;
  /** @param known what its verified successor says of it; otherwise what others say, which may be tried one after the other */
  visit(ref: ObjectRef, known: readonly Expectation[]): Promise<DigestJudgement>;
  /** The candidates from here on where a link leads to a place that was not listed before; undefined where nothing changes. */
  relist(link: DigestLink, remaining: readonly Candidate[], end: Instant): Promise<Candidate[] | undefined>;
  /** What two references to the same object have in common, and no others. */
  readonly identify: (ref: ObjectRef) => string;
}

/**
 * Walks a chain from its newest digest backwards: by the link of each verified digest, and where there is no link to
 * go by (a starting digest, a missing one, one that is not verified) on to the newest listed digest that is older.
 * Never stops at a fault. Returns the candidates it passed over without looking at them, oldest first.
 *
 * @param candidates oldest first
 * @param links what digests beside the candidates say of them; takes up what those say that are not verified
 */
export async function* walkChain(
  candidates: readonly Candidate[],
  ground: WalkGround,
  links = new UnprovenLinks(ground.identify),
): AsyncGenerator<WalkStep, Candidate[]> {
  let remaining = [...candidates];
  const passedOver: Candidate[] = [];
  let current = remaining.pop();
  let known = current ? links.take(current.ref) : [];

  while (current) {
    const judgement = await ground.visit(current.ref, known);
    yield { type: 'digest', end: current.end, judgement };
    const id = ground.identify(judgement.ref);
    for (const candidate of takeNotOlder(remaining, current.end))
      if (ground.identify(candidate.ref) !== id) passedOver.push(candidate);

    const { digest, unprovenLink } = judgement;
    links.add(judgement.ref, unprovenLink);
    if (digest && ground.isFarEnough(digest)) break;
    const target = digest && targetOf(digest, current);
    if (target && (await ground.follows(target.expected.link, remaining))) {
      remaining = (await ground.relist(target.expected.link, remaining, digest.end)) ?? remaining;
      current = target.candidate;
      links.take(current.ref);
      known = [target.expected];
    } else {
      current = remaining.pop();
      if (digest && !digest.previous && current) yield { type: 'gap', upper: digest, lower: current };
      known = current ? links.take(current.ref) : [];
    }
  }
  return [...passedOver, ...remaining].sort(byEnd);
}

/** Where a link leads, and what it says of that place. */
export interface Target {
  readonly candidate: Candidate;
  readonly expected: Expectation;
}

/** Where a digest's link leads. Links lead backwards in time: one that does not cannot be followed without going in circles. */
export function targetOf({ previous, start, place }: VerifiedDigest, { end: before }: Candidate): Target | undefined {
  if (!previous) return undefined;
  const { bucket, key } = previous;
  const end = parseDigestKey(key)?.endTime ?? start;
  if (end >= before) return undefined;
  return { candidate: { ref: { bucket, key }, end }, expected: { link: previous, successor: place, proven: true } };
}

/** Removes and returns the candidates at the end of the list that are not older. */
function takeNotOlder(remaining: Candidate[], end: Instant): Candidate[] {
  const index = remaining.findLastIndex((candidate) => candidate.end < end);
  return remaining.splice(index + 1);
}
