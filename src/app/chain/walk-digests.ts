import type { DigestJudgement, Expectation, Policy } from '../../core/chain/digest-verifier.js';
import { UnprovenLinks } from '../../core/chain/signature-copies.js';
import { Unvisited } from '../../core/chain/unvisited.js';
import { type WalkGround, type WalkStep, walkChain } from '../../core/chain/walk.js';
import { walkUnlinked } from '../../core/chain/walk-unlinked.js';
import { outcomeOfFindings } from '../../core/findings/finding.js';
import { parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { turnstile } from '../async/limit-concurrency.js';
import { DIGEST_BYTES_AHEAD, DIGESTS_AHEAD, DIGESTS_EXAMINED_AT_ONCE } from '../limits.js';
import { fetchDigest, inflateDigest, readUnprovenLink } from '../objects/read-digest.js';
import type { Recovery } from '../objects/recover-versions.js';
import type { ChainPlan } from './chain-plan.js';
import { DigestPrefetch } from './digest-prefetch.js';
import { findNewest } from './find-newest.js';
import { lookBack } from './look-back.js';

/** The rules of walking that differ between `verify` and `validate-logs`. */
export interface WalkRules extends Pick<WalkGround, 'isFarEnough' | 'follows' | 'relist'> {
  /** Whether digests that no link leads to are verified as well. */
  readonly visitsUnlinked: boolean;
}

/** What digests are read and verified with. */
export interface WalkBench<Examined> {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  readonly policy: Policy<Examined>;
  /** Where older versions are looked for; nowhere when absent. */
  readonly recovery?: Recovery;
}

/** Walks the digests of a chain, newest first, each read once; then those that no link led to. Many are read ahead. */
export async function* walkDigests<Examined>(
  plan: ChainPlan,
  bench: WalkBench<Examined>,
  rules: WalkRules,
): AsyncGenerator<WalkStep> {
  const { store, inflater, policy, recovery } = bench;
  const { identify } = store;
  const inTurn = turnstile(DIGESTS_EXAMINED_AT_ONCE);
  const prefetch = new DigestPrefetch(
    async (ref) => {
      const object = await fetchDigest(store, ref);
      return inTurn(async () => {
        const facts = inflateDigest(inflater, object);
        const content = await policy.examine({ ref, facts, liesAt: (place) => liesAt(store, place, ref) });
        return { content, size: facts.status === 'read' ? facts.bytes.length : 0 };
      });
    },
    identify,
    DIGESTS_AHEAD,
    DIGEST_BYTES_AHEAD,
  );
  const ground: WalkGround = {
    isFarEnough: rules.isFarEnough,
    follows: rules.follows,
    identify,
    visit: rememberLast(async (ref, known) => {
      const judgement = await conclude(policy, await prefetch.take(ref), known);
      if (!recovery || outcomeOfFindings(judgement.findings) !== 'failed') return judgement;
      return recovery.ofDigest(ref, judgement, async (facts) =>
        conclude(policy, await policy.examine({ ref, facts, liesAt: (place) => liesAt(store, place, ref) }), known),
      );
    }),
    relist: async (link, remaining, end) => {
      const candidates = await rules.relist(link, remaining, end);
      if (candidates) prefetch.expect(candidates.toReversed());
      return candidates;
    },
  };
  prefetch.expect(plan.candidates.toReversed());
  const links = new UnprovenLinks(identify);
  const linkOf = (ref: ObjectRef) => readUnprovenLink(store, inflater, ref);
  const candidates = await findNewest(plan, { visit: ground.visit, linkOf, links });
  if (candidates.length > plan.candidates.length) prefetch.expect(candidates.toReversed());
  const rest = yield* lookBack(walkChain(candidates, ground, links), plan, ground, links);
  if (!rules.visitsUnlinked) return;
  const unvisited = new Unvisited(rest, identify);
  prefetch.expect(unvisited.upcoming());
  yield* walkUnlinked(unvisited, ground, links);
}

/** With one after the other of what is known of a digest, until it is verified. */
async function conclude<Examined>(
  policy: Policy<Examined>,
  examined: Examined,
  [first, ...others]: readonly Expectation[],
): Promise<DigestJudgement> {
  let judgement = await policy.conclude(examined, first);
  for (const each of others) {
    if (judgement.digest) break;
    judgement = await policy.conclude(examined, each);
  }
  return judgement;
}

/** The same, with the last answer kept: what a search for the newest digest ends with is what the walk begins with. */
function rememberLast(visit: WalkGround['visit']): WalkGround['visit'] {
  let last:
    | { readonly asked: Parameters<WalkGround['visit']>; readonly judgement: Promise<DigestJudgement> }
    | undefined;
  return (ref, known) => {
    const [lastRef, lastKnown] = last?.asked ?? [];
    const isSame = lastRef === ref && lastKnown?.length === known.length;
    if (!last || !isSame || known.some((each, index) => each !== lastKnown[index]))
      last = { asked: [ref, known], judgement: visit(ref, known) };
    return last.judgement;
  };
}

/** Whether what was delivered to a place lies where a listing gave another name. */
function liesAt(store: ObjectStore, delivered: ObjectRef, listed: ObjectRef): boolean {
  // Whatever a digest says, nothing else is a place that CloudTrail delivers to.
  if (delivered.key !== listed.key && !parseDigestKey(delivered.key)) return false;
  const place = store.identify(listed);
  if (store.identify(delivered) === place) return true;
  return !store.knowsBuckets(listed) && store.identify({ ...delivered, bucket: listed.bucket }) === place;
}
