import { type ChainId, formatChainId } from '../core/chain.js';
import type { VerifyEvent } from '../core/events.js';
import type { Interval } from '../core/instant.js';
import { type Folder, parseDigestKey } from '../core/object-key.js';
import type { ExaminedDigest } from '../core/strict-policy.js';
import type { Candidate } from '../core/walk.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { JudgeFindings } from './applied-policy.js';
import type { ChainPlan } from './chain-plan.js';
import type { PartReason } from './chain-progress.js';
import type { DigestFolders } from './discover.js';
import type { Expectations } from './expected-chains.js';
import { LIMITS } from './limits.js';
import { type ListedChain, type Listing, listChains, type TimeRange } from './list-digests.js';
import type { Resume } from './resume.js';
import type { Stop } from './stop.js';
import { verifyChain, type WalkRules, type Workbench } from './verify-chain.js';

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

/** What a remembered chain is verified with. */
export interface ResumeBench extends Workbench<ExaminedDigest> {
  readonly judge: JudgeFindings;
  readonly resume: Resume;
  readonly stop: Stop;
}

/**
 * Verifies what is new of a chain, back to the digest that is remembered; then what was undetermined before, and what
 * has its turn to be looked at again. All of it is told as one chain. Of a chain of which nothing is remembered, all is new.
 */
export async function* resumeChain(
  part: Part,
  folders: DigestFolders['folders'],
  request: PartRequest,
  bench: ResumeBench,
): AsyncGenerator<readonly VerifyEvent[]> {
  const { resume, stop, judge } = bench;
  const progress = resume.of(part.chain);
  const tell = async function* (events: AsyncGenerator<readonly VerifyEvent[]>, reason: PartReason) {
    for await (const batch of events) {
      for (const event of batch) progress.see(event, reason);
      yield batch.filter(({ type }) => type !== 'chain');
    }
  };
  const { candidates, from } = progress.newOf(part.candidates);
  const { anchor } = progress.memory ?? {};
  // What was remembered was there: no end of the time asked for lies before it.
  const to = anchor && request.to !== undefined ? Math.max(anchor.end, request.to) : request.to;
  const range = { ...request, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  yield* tell(verifyPart({ ...part, candidates }, range, bench), 'new');
  const again = (progress.memory?.again ?? []).map((interval) => ({ ...interval, reason: 'again' as const }));
  const due = resume.due(progress, request.from).map((interval) => ({ ...interval, reason: 'recheck' as const }));
  for (const { start, end, reason } of [...again, ...due]) {
    if (stop.cuts()) break;
    const earlier = await stop.untilAbandoned(listPart(part.chain, folders, { start, end }, bench.store));
    if (earlier && (earlier.candidates.length > 0 || part.chain.kind === 'standard'))
      yield* tell(verifyPart(earlier, { from: start, to: end }, bench), reason);
  }
  const { findings, report } = progress.close(!stop.hasCut, judge);
  yield [...findings.map((found) => ({ type: 'findings', findings: [found] }) as const), { type: 'chain', report }];
}

/** A part of a chain that was verified before: where it can be listed and nothing is there, it is lost. */
async function listPart(
  chain: ChainId,
  folders: DigestFolders['folders'],
  { start, end }: Interval,
  store: ObjectStore,
): Promise<Part> {
  const listing = await listChains(store, folders, { from: start, to: end });
  const isEndUnknown = listing.unlisted.length > 0;
  const listed = inListing(listing, chain);
  return { ...listed, isEndUnknown, isEndLost: listed.candidates.length === 0 };
}

/** A chain as far as it is listed. */
export const inListing = ({ chains }: Listing, chain: ChainId): ListedChain =>
  chains.find((listed) => formatChainId(listed.chain) === formatChainId(chain)) ?? { chain, candidates: [] };

/** Links are followed wherever they lead, into other buckets and prefixes too, and nothing that was listed stays unseen. */
function strictRules({ chain, candidates }: ListedChain, { from, to }: TimeRange, store: ObjectStore): WalkRules {
  const known = new Set(candidates.map(({ ref }) => placeOf(ref.bucket, parseDigestKey(ref.key))));
  return {
    visitsUnlinked: true,
    isFarEnough: (start) => from !== undefined && start <= from,
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
      return [...remaining, ...more].sort((a, b) => a.end - b.end);
    },
  };
}

const placeOf = (bucket: string, folder: Folder | undefined): string =>
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
