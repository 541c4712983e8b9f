import type { ExaminedDigest } from '../../core/chain/strict-verifier.js';
import { byEnd, type Candidate } from '../../core/chain/walk.js';
import { provenTime } from '../../core/coverage/segments.js';
import type { Finding } from '../../core/findings/finding.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import { type Folder, parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { ListingError, ObjectStore } from '../../ports/object-store.js';
import type { ChainPlan } from '../chain/chain-plan.js';
import { verifyChain, type Workbench } from '../chain/verify-chain.js';
import type { WalkRules } from '../chain/walk-digests.js';
import type { Expectations } from '../expected/expected-chains.js';
import { LIMITS } from '../limits.js';
import { type ListedChain, type Listing, listChains, type TimeRange } from '../listing/list-digests.js';
import { unlistable } from '../listing/unlistable.js';

/** The time that is asked for, and how old the newest digest may be. */
export interface PartRequest extends TimeRange, Pick<Expectations, 'maxAge'> {}

/** A chain with what is known of it besides its listing. */
export type Part = ListedChain & Omit<ChainPlan, keyof ListedChain | keyof PartRequest>;

/** Verifies a chain over the time asked for. */
export function verifyPart(
  part: Part,
  { from, to, maxAge }: PartRequest,
  bench: Workbench<ExaminedDigest>,
): AsyncGenerator<readonly VerifyEvent[]> {
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const plan = { ...part, ...range, ...(maxAge !== undefined && { maxAge }) };
  return verifyChain(plan, bench, strictRules(part, range, bench.store));
}

/** Each finding is an event of its own. */
export const toEvent = (found: Finding): VerifyEvent => ({ type: 'findings', findings: [found] });

/** That a folder could not be listed. */
export const toFinding = (error: ListingError): Finding => unlistable(error, placeOfListing(error));

/** The folder that was to be listed. */
export const placeOfListing = ({ request: { bucket, prefix } }: ListingError) => ({ bucket, key: prefix });

/** A chain as far as it is listed. */
export const inListing = ({ chains }: Listing, chain: ChainId): ListedChain =>
  chains.find((listed) => formatChainId(listed.chain) === formatChainId(chain)) ?? { chain, candidates: [] };

/** Links are followed wherever they lead, into other buckets and prefixes too, and nothing that was listed stays unseen. */
function strictRules({ chain, candidates }: ListedChain, { from, to }: TimeRange, store: ObjectStore): WalkRules {
  const known = new Set(candidates.map(({ ref }) => placeOf(ref.bucket, parseDigestKey(ref.key))));
  return {
    visitsUnlinked: true,
    isFarEnough: (digest) => from !== undefined && provenTime(digest).start <= from,
    // Where no start was asked for, a predecessor that is simply not there is where the archive begins, not a loss.
    follows: async (link, remaining) =>
      from !== undefined ||
      remaining.length > 0 ||
      (await store.get(link, LIMITS.digest.stored)).status !== 'not-found',
    relist: async (link, remaining, end) => {
      const key = parseDigestKey(link.key);
      const place = placeOf(link.bucket, key);
      if (!key || known.has(place) || (!store.knowsBuckets(link) && known.size > 0)) return undefined;
      known.add(place);
      const more = await listChain(store, chain, link.bucket, key, {
        ...(from !== undefined && { from }),
        to: Math.min(end, to ?? end),
      });
      return [...remaining, ...more].sort(byEnd);
    },
  };
}

/** What two folders of one place have in common, and no others. */
export const placeOf = (bucket: string, folder: Folder | undefined): string =>
  `${bucket} ${folder?.prefix} ${folder?.organizationId}`;

/** The links still lead on from digest to digest; a folder that cannot be listed only hides what no link leads to. */
async function listChain(
  store: ObjectStore,
  chain: ChainId,
  bucket: string,
  folder: Folder,
  range: TimeRange,
): Promise<readonly Candidate[]> {
  return inListing(await listChains(store, [{ bucket, folder }], range), chain).candidates;
}
