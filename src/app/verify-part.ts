import { type ChainId, formatChainId } from '../core/chain.js';
import type { VerifyEvent } from '../core/events.js';
import type { Finding } from '../core/findings.js';
import { HOUR, type Instant, type Interval } from '../core/instant.js';
import { type Folder, parseDigestKey } from '../core/object-key.js';
import type { ExaminedDigest } from '../core/strict-policy.js';
import { byEnd, type Candidate } from '../core/walk.js';
import type { Inflater } from '../ports/inflater.js';
import type { ListingError, ObjectStore } from '../ports/object-store.js';
import type { JudgeFindings } from './applied-policy.js';
import type { ChainPlan } from './chain-plan.js';
import type { ChainProgress, PartReason } from './chain-progress.js';
import { type DigestFolders, unlistable } from './discover.js';
import type { Expectations } from './expected-chains.js';
import { LIMITS } from './limits.js';
import { type ListedChain, type Listing, listChains, type PlacedFolder, type TimeRange } from './list-digests.js';
import { readUnprovenLink } from './read-digest.js';
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
 * Verifies what is new of a chain, back to the digest that is remembered; then the parts of the time before that are to be
 * looked at again. All of it is told as one chain. Of a chain of which nothing is remembered, all is new.
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
  const { candidates, from } = progress.newOf(part.candidates, bench.store.knowsBuckets);
  const { anchor } = progress.memory ?? {};
  // What was remembered was there: no end of the time asked for lies before it.
  const to = anchor && request.to !== undefined ? Math.max(anchor.end, request.to) : request.to;
  const range = { ...request, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  // What lies before the digest that is remembered, was verified.
  yield* tell(verifyPart({ ...part, candidates, older: [] }, range, bench), 'new');
  let isTold = part.isEndUnknown === true;
  const begin = await stop.untilAbandoned(beginOf(progress, folders, request, bench.store));
  if (begin?.unlisted && !isTold) {
    yield [{ type: 'findings', findings: judge(begin.unlisted.map(toFinding)) }];
    isTold = true;
  }
  if (begin?.from !== undefined) progress.leave(begin.from);
  for (const { start, end } of resume.earlier(progress, begin?.from)) {
    if (stop.cuts()) break;
    const earlier = await stop.untilAbandoned(listEarlier(progress, folders, { start, end }, bench));
    if (earlier?.unlisted) {
      progress.lookAgain({ start, end });
      if (!isTold) yield [{ type: 'findings', findings: judge(earlier.unlisted.map(toFinding)) }];
      isTold = true;
    }
    if (earlier && (earlier.candidates.length > 0 || part.chain.kind === 'standard'))
      yield* tell(verifyPart({ ...earlier, isExcerpt: true }, { from: start, to: end }, bench), 'again');
  }
  // Folders that could not be listed may hold more chains: nothing here is remembered before they can be.
  const isWhole = !stop.hasCut && (anchor !== undefined || part.isEndUnknown !== true);
  const { findings, report } = progress.close(isWhole, judge);
  yield [...findings.map(toEvent), { type: 'chain', report }];
}

/** Where the time asked for begins; nowhere where all before what is remembered was asked for once, or cannot be listed. */
async function beginOf(
  progress: ChainProgress,
  folders: DigestFolders['folders'],
  { from }: TimeRange,
  store: ObjectStore,
): Promise<{ readonly from?: Instant; readonly unlisted?: readonly ListingError[] }> {
  const { chain, memory } = progress;
  if (from !== undefined) {
    if (!memory || memory.isBounded) progress.bound();
    return { from };
  }
  if (!memory?.isBounded) return {};
  const listing = await listChains(store, folders, {});
  const [oldest] = inListing(listing, chain).candidates;
  // What was verified once is missed where it is gone, though older digests than those that are left can no longer be asked for.
  if (oldest && listing.unlisted.length === 0) return { from: Math.min(oldest.end - HOUR, memory.since) };
  progress.bound();
  return { unlisted: listing.unlisted };
}

/**
 * A part of a chain that was verified before. Where it begins or ends in a hole, the digests on either side tell what that
 * is; where there is none after it, it is lost, since there was one.
 */
async function listEarlier(
  progress: ChainProgress,
  folders: DigestFolders['folders'],
  time: Interval,
  { store, inflater }: ResumeBench,
): Promise<Part & { readonly unlisted?: readonly ListingError[] }> {
  const { chain } = progress;
  let unlisted: readonly ListingError[] = [];
  let places = folders;
  const list = async (range: TimeRange) => {
    const listing = await listChains(store, places, range);
    if (listing.unlisted.length > 0) unlisted = listing.unlisted;
    const { older = [], candidates, newer = [] } = inListing(listing, chain);
    return [...older, ...candidates, ...newer];
  };
  while (true) {
    const near = select(progress, await list({ from: time.start, to: time.end }), time);
    if (near.isWhole) return { chain, ...near.told };
    const all = await list({});
    const around = select(progress, all, time);
    // The chain may have begun in another bucket or under another prefix.
    const before = await placeBefore(
      all.find(({ end }) => end > time.start),
      store,
      inflater,
    );
    if (
      before &&
      !places.some((place) => placeOf(place.bucket, place.folder) === placeOf(before.bucket, before.folder))
    ) {
      places = [...places, before];
      continue;
    }
    if (unlisted.length > 0) return { chain, candidates: around.listed, isEndUnknown: true, unlisted };
    const { told } = around;
    return { chain, ...told, isEndLost: !told.candidates.some(({ end }) => end >= time.end) };
  }
}

/** Each finding is an event of its own. */
export const toEvent = (found: Finding): VerifyEvent => ({ type: 'findings', findings: [found] });

/** That a folder could not be listed. */
export const toFinding = (error: ListingError): Finding => unlistable(error, placeOfListing(error));

/** The folder that was to be listed. */
export const placeOfListing = ({ request: { bucket, prefix } }: ListingError) => ({ bucket, key: prefix });

/** Of the digests of a chain, oldest first, those that tell of a part of its time; whole, where there is no hole at either end. */
function select(progress: ChainProgress, all: readonly Candidate[], time: Interval) {
  if (progress.chain.kind === 'backfill') {
    const listed = all.filter(({ end }) => end > time.start && end <= time.end);
    const gone = progress.gone(time, listed);
    const candidates = [...listed, ...gone].sort(byEnd);
    return { isWhole: gone.length === 0, told: { candidates }, listed };
  }
  const within = all.filter(({ end }) => end > time.start && end < time.end);
  const [next, ...newer] = all.filter(({ end }) => end >= time.end);
  const listed = next ? [...within, next] : within;
  const last = all.findLast(({ end }) => end <= time.start)?.end ?? Number.NEGATIVE_INFINITY;
  const told = { candidates: [...all.filter(({ end }) => end === last), ...listed], newer };
  // The one before it, or the first of it, reaches where it begins.
  const isBegun = last > time.start - HOUR || (listed[0] !== undefined && listed[0].end - HOUR <= time.start);
  return { isWhole: isBegun && next !== undefined, told, listed };
}

/** Where the predecessor of a digest was delivered, by its own word; undefined where places are not told apart. */
async function placeBefore(
  digest: Candidate | undefined,
  store: ObjectStore,
  inflater: Inflater,
): Promise<PlacedFolder | undefined> {
  if (!digest || !store.knowsBuckets(digest.ref)) return undefined;
  const link = await readUnprovenLink(store, inflater, digest.ref);
  const folder = link && parseDigestKey(link.key);
  return folder && { bucket: link.bucket, folder };
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
      return [...remaining, ...more].sort(byEnd);
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
