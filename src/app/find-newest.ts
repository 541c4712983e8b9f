import type { DigestLink } from '../core/digest.js';
import type { FindingCode } from '../core/findings.js';
import { HOUR, type Instant } from '../core/instant.js';
import { parseDigestKey } from '../core/object-key.js';
import type { ObjectRef } from '../core/objects.js';
import type { Expectation } from '../core/policy.js';
import type { Candidate, WalkGround } from '../core/walk.js';
import type { ChainPlan } from './chain-plan.js';
import { REACH } from './list-digests.js';

/** What the search needs from outside. */
export interface SearchGround extends Pick<WalkGround, 'visit'> {
  /** The link that a digest holds, verified or not. */
  linkOf(ref: ObjectRef): Promise<DigestLink | undefined>;
}

/** Where a walk begins. */
export interface WalkBegin {
  /** Oldest first. */
  readonly candidates: readonly Candidate[];
  /** What is known of the newest of them from outside the walk. */
  readonly first?: Expectation;
}

/**
 * Finds the digest that the walk of a bounded time begins with: the first that reaches its end and is verified. By its name
 * alone, a planted object would do for it, and nobody would look at the digest it was planted before or in the place of.
 * Where the first by name is verified, no other is read. Otherwise those that may cover the end of the time are all
 * candidates; of those after them, one is, if it is verified and its link leads to where such a one is or was. Where no name
 * comes near the end of the time, so that a hole leads up to it, the first verified one after that will do.
 */
export async function findNewest(
  { candidates, newer = [], to }: ChainPlan,
  { visit, linkOf }: SearchGround,
): Promise<WalkBegin> {
  const top = candidates.at(-1);
  if (!top || to === undefined || newer.length === 0) return { candidates };
  const mayCover = (end: Instant) => end - HOUR < to;
  const leadsToEnd = async ({ ref }: Candidate) => {
    const link = await linkOf(ref);
    const target = link && parseDigestKey(link.key);
    return target !== undefined && mayCover(target.endTime);
  };
  const kept = [...candidates];
  for (const [index, candidate] of [top, ...newer].entries()) {
    const isNear = index === 0 || mayCover(candidate.end);
    if (!isNear && mayCover(top.end)) {
      if (candidate.end >= to + REACH) break;
      if (!(await leadsToEnd(candidate))) continue;
    }
    if (isNear && index > 0) kept.push(candidate);
    const found = await verifiedWith(candidate, newer.slice(index, index + COPIES), { visit, linkOf });
    if (found) return { candidates: isNear ? kept : [...kept, candidate], ...found };
  }
  return { candidates: kept };
}

/** So many digests after one are read for a copy of its signature at most. The next one has it, if nothing was planted between. */
const COPIES = 16;
/** What a copy of its signature may settle. */
const SETTLED_BY_COPY: ReadonlySet<FindingCode> = new Set(['digest-signature-missing', 'digest-signature-invalid']);

/** What a digest is verified with, besides its own signature; undefined where it is not. */
async function verifiedWith(
  { ref, end }: Candidate,
  newer: readonly Candidate[],
  { visit, linkOf }: SearchGround,
): Promise<Pick<WalkBegin, 'first'> | undefined> {
  const judgement = await visit(ref, undefined);
  if (judgement.digest) return {};
  if (!judgement.findings.some(({ code }) => SETTLED_BY_COPY.has(code))) return undefined;
  // A copy proves itself: nothing else of the digest that keeps it is used, and nothing held against anyone.
  for (const successor of newer) {
    if (successor.end >= end + REACH) break;
    const link = await linkOf(successor.ref);
    if (link?.key !== ref.key) continue;
    const first = { link, successor: successor.ref, proven: false };
    if ((await visit(ref, first)).digest) return { first };
  }
  return undefined;
}
