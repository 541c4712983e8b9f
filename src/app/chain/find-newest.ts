import type { UnprovenLinks } from '../../core/chain/signature-copies.js';
import type { Candidate, WalkGround } from '../../core/chain/walk.js';
import type { DigestLink } from '../../core/digest/parse-digest.js';
import type { FindingCode } from '../../core/findings/finding.js';
import { parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { HOUR, type Instant } from '../../core/time/instant.js';
import { REACH } from '../listing/list-digests.js';
import type { ChainPlan } from './chain-plan.js';

/** What the search needs from outside. */
export interface SearchGround extends Pick<WalkGround, 'visit'> {
  /** The link that a digest holds, verified or not. */
  linkOf(ref: ObjectRef): Promise<DigestLink | undefined>;
  /** Takes up the links of digests that are read for a copy of a signature. */
  readonly links: UnprovenLinks;
}

/**
 * Finds the digest that the walk of a bounded time begins with: the first that reaches its end and is verified. By its name
 * alone, a planted object would do for it, and nobody would look at the digest it was planted before or in the place of.
 * Where the first by name is verified, no other is read. Otherwise those that may cover the end of the time are all
 * candidates; of those after them, one is, if it is verified and its link leads to where such a one is or was. Where no name
 * comes near the end of the time, so that a hole leads up to it, the first verified one after that will do.
 * @returns the candidates of the walk, oldest first
 */
export async function findNewest(
  { chain, candidates, newer = [], to }: ChainPlan,
  ground: SearchGround,
): Promise<readonly Candidate[]> {
  const top = candidates.at(-1);
  if (!top || to === undefined || newer.length === 0) return candidates;
  const mayCover = (end: Instant) => end - HOUR < to;
  const leadsToEnd = async ({ ref }: Candidate) => {
    const link = await ground.linkOf(ref);
    const target = link && parseDigestKey(link.key);
    return target !== undefined && mayCover(target.endTime);
  };
  // Backfill digests do not come by the hour.
  const reach = chain.kind === 'backfill' ? Number.POSITIVE_INFINITY : REACH;
  const isVerified = verifier(newer, reach, ground);
  const kept = [...candidates];
  for (const [index, candidate] of [top, ...newer].entries()) {
    const isNear = index === 0 || mayCover(candidate.end);
    if (!isNear && mayCover(top.end)) {
      if (candidate.end >= to + REACH) break;
      if (!(await leadsToEnd(candidate))) continue;
    }
    if (isNear && index > 0) kept.push(candidate);
    if (await isVerified(candidate)) return isNear ? kept : [...kept, candidate];
  }
  return kept;
}

/** What a copy of its signature may settle. */
const SETTLED_BY_COPY: ReadonlySet<FindingCode> = new Set(['digest-signature-missing', 'digest-signature-invalid']);

/** Tells of digests, oldest first, whether they are verified: by their own signature, or by a copy in one of these. */
function verifier(
  newer: readonly Candidate[],
  reach: number,
  { visit, linkOf, links }: SearchGround,
): (candidate: Candidate) => Promise<boolean> {
  const unread = newer.values();
  let next = unread.next();
  /** Each is read once, however many digests were planted. */
  const readUpTo = async (end: Instant): Promise<void> => {
    for (; !next.done && next.value.end < end; next = unread.next())
      links.add(next.value.ref, await linkOf(next.value.ref));
  };
  return async ({ ref, end }) => {
    const judgement = await visit(ref, []);
    if (judgement.digest) return true;
    if (!judgement.findings.some(({ code }) => SETTLED_BY_COPY.has(code))) return false;
    await readUpTo(end + reach);
    // A copy proves itself: nothing else of the digest that keeps it is used, and nothing held against anyone.
    const copies = links.to(ref);
    return copies.length > 0 && (await visit(ref, copies)).digest !== undefined;
  };
}
