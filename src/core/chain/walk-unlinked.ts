import type { Expectation } from './digest-verifier.js';
import type { UnprovenLinks } from './signature-copies.js';
import type { Unvisited } from './unvisited.js';
import { targetOf, type WalkGround, type WalkStep } from './walk.js';

/**
 * Walks what a chain passed over, again and again until nothing is left: each time from the newest digest backwards, by
 * the links among them, and where there is none to go by on to the newest that is older.
 *
 * @param links what digests that are not verified say of them
 */
export async function* walkUnlinked(
  unvisited: Unvisited,
  ground: Pick<WalkGround, 'isFarEnough' | 'visit'>,
  links: UnprovenLinks,
): AsyncGenerator<Extract<WalkStep, { type: 'digest' }>> {
  let current = unvisited.takeBefore(Number.POSITIVE_INFINITY);
  let expected: Expectation | undefined;

  while (current) {
    const copies = links.take(current.ref);
    const judgement = await ground.visit(current.ref, expected ? [expected] : copies);
    yield { type: 'digest', end: current.end, judgement, isUnlinked: true };
    const { digest, unprovenLink } = judgement;
    links.add(judgement.ref, unprovenLink);
    const isEnd = digest !== undefined && ground.isFarEnough(digest);
    const target = digest && !isEnd ? targetOf(digest, current) : undefined;
    if (target && unvisited.takeSame(target.candidate.ref)) {
      expected = target.expected;
      current = target.candidate;
    } else {
      current = isEnd ? undefined : unvisited.takeBefore(current.end);
      expected = undefined;
    }
    current ??= unvisited.takeBefore(Number.POSITIVE_INFINITY);
  }
}
