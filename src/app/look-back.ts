import type { DigestJudgement } from '../core/policy.js';
import { troubleOf } from '../core/trouble.js';
import type { UnprovenLinks } from '../core/unproven-links.js';
import { type Candidate, type WalkGround, type WalkStep, walkChain } from '../core/walk.js';

/**
 * The same walk. Where all that is wrong with all of its digests is that they have no signature, it goes on with those before
 * the time asked for, newest first, until one is not like that: anybody may have planted what lies in that time, and where
 * nothing lies there, the last one before it tells since when there is none.
 * @param older oldest first
 * @param links those that the walk takes up too
 */
export async function* lookBack(
  walk: AsyncGenerator<WalkStep, Candidate[]>,
  older: readonly Candidate[],
  ground: WalkGround,
  links: UnprovenLinks,
): AsyncGenerator<WalkStep, Candidate[]> {
  let hasSeen = false;
  let isUnsigned = true;
  let next = await walk.next();
  for (; !next.done; next = await walk.next()) {
    const step = next.value;
    yield step;
    if (step.type !== 'digest') continue;
    hasSeen = true;
    isUnsigned &&= isWithoutSignature(step.judgement);
  }
  if (!hasSeen || !isUnsigned) return next.value;
  for await (const step of walkChain(older, ground, links)) {
    yield step;
    if (step.type === 'digest' && !isWithoutSignature(step.judgement)) break;
  }
  return next.value;
}

const isWithoutSignature = ({ findings }: DigestJudgement): boolean => troubleOf(findings) === 'unsigned';
