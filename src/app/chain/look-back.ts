import type { DigestJudgement } from '../../core/chain/digest-verifier.js';
import type { UnprovenLinks } from '../../core/chain/signature-copies.js';
import { byEnd, type Candidate, type WalkGround, type WalkStep, walkChain } from '../../core/chain/walk.js';
import { troubleOf } from '../../core/coverage/unproven-reason.js';
import type { ChainPlan } from './chain-plan.js';

/**
 * The same walk, which goes on with digests before the time asked for where these tell what that time is:
 * - Where all that is wrong with all of its digests is that they have no signature, newest first, until one is not like that:
 *   anybody may have planted what lies in that time, and where nothing lies there, the last one before it tells since when
 *   there is none.
 * - Where it ends with a starting digest, until one is verified: that one tells since when there is none. What expiry may have
 *   taken is not missed.
 * @param links those that the walk takes up too
 */
export async function* lookBack(
  walk: AsyncGenerator<WalkStep, Candidate[]>,
  { older = [], expired = [] }: Pick<ChainPlan, 'older' | 'expired'>,
  ground: WalkGround,
  links: UnprovenLinks,
): AsyncGenerator<WalkStep, Candidate[]> {
  let last: DigestJudgement | undefined;
  let isUnsigned = true;
  let next = await walk.next();
  for (; !next.done; next = await walk.next()) {
    const step = next.value;
    yield step;
    if (step.type !== 'digest') continue;
    last = step.judgement;
    isUnsigned &&= isWithoutSignature(step.judgement);
  }
  if (last && isUnsigned) {
    for await (const step of walkChain([...older, ...expired].sort(byEnd), ground, links)) {
      yield step;
      if (step.type === 'digest' && !isWithoutSignature(step.judgement)) break;
    }
  } else if (last?.digest && !last.digest.previous && !ground.isFarEnough(last.digest)) {
    for await (const step of walkChain(older, ground, links)) {
      yield step;
      if (step.type === 'digest' && step.judgement.digest) break;
    }
  }
  return next.value;
}

const isWithoutSignature = ({ findings }: DigestJudgement): boolean => troubleOf(findings) === 'unsigned';
