import type { DigestJudgement, Expectation } from './policy.js';
import type { Unvisited } from './unvisited.js';
import { hint, targetOf, type WalkGround, type WalkStep } from './walk.js';

/**
 * Walks what a chain passed over, again and again until nothing is left: each time from the newest digest backwards, by
 * the links among them, and where there is none to go by on to the newest that is older.
 */
export async function* walkUnlinked(
  unvisited: Unvisited,
  ground: Pick<WalkGround, 'isFarEnough' | 'visit' | 'identify'>,
): AsyncGenerator<Extract<WalkStep, { type: 'digest' }>> {
  let current = unvisited.takeBefore(Number.POSITIVE_INFINITY);
  let expectation: Expectation | undefined;

  while (current) {
    const judgement: DigestJudgement = await ground.visit(current.ref, expectation);
    yield { type: 'digest', end: current.end, judgement, isUnlinked: true };
    const { digest } = judgement;
    const isEnd = digest !== undefined && ground.isFarEnough(digest.start);
    const target = digest && !isEnd ? targetOf(digest, current) : undefined;
    if (target && unvisited.takeSame(target.candidate.ref)) {
      expectation = target.expected;
      current = target.candidate;
    } else {
      current = isEnd ? undefined : unvisited.takeBefore(current.end);
      expectation = hint(judgement, current, ground);
    }
    current ??= unvisited.takeBefore(Number.POSITIVE_INFINITY);
  }
}
