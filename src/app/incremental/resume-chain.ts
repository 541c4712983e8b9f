import type { ExaminedDigest } from '../../core/chain/strict-verifier.js';
import { byEnd, type Candidate } from '../../core/chain/walk.js';
import { isInSameFolder } from '../../core/objects/cloudtrail-key.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { HOUR, type Instant, SECOND } from '../../core/time/instant.js';
import type { ListingError, ObjectStore } from '../../ports/object-store.js';
import type { Stop } from '../async/cancellation.js';
import type { Workbench } from '../chain/verify-chain.js';
import type { DigestFolders } from '../listing/discover-folders.js';
import { listChains, type TimeRange } from '../listing/list-digests.js';
import type { ChainRun, PartKind } from './chain-run.js';
import type { IncrementalRun } from './incremental-run.js';
import { listEarlier } from './list-earlier.js';
import { inListing, type Part, type PartRequest, toEvent, toFinding, verifyPart } from './verify-span.js';

/** What a remembered chain is verified with. */
export interface ResumeBench extends Workbench<ExaminedDigest> {
  readonly resume: IncrementalRun;
  readonly stop: Stop;
}

/**
 * Verifies a chain from its anchor on, and then the parts of the time before that are planned, each in the same way. All of it
 * is told as one chain. Of a chain of which nothing was verified yet, all is looked at.
 */
export async function* resumeChain(
  part: Part,
  folders: DigestFolders['folders'],
  request: PartRequest,
  bench: ResumeBench,
): AsyncGenerator<readonly VerifyEvent[]> {
  const { resume, stop } = bench;
  const run = resume.of(part.chain);
  const tell = async function* (events: AsyncGenerator<readonly VerifyEvent[]>, kind: PartKind) {
    for await (const batch of events) {
      for (const event of batch) run.see(event, kind);
      yield batch.filter(({ type }) => type !== 'chain');
    }
  };
  const { candidates, range } = freshPart(run, part.candidates, request, bench.store);
  // What lies before the anchor was looked at.
  const fresh = run.memory.history ? { ...part, candidates, older: [] } : part;
  yield* tell(verifyPart(fresh, range, bench), 'fresh');
  let isTold = part.isEndUnknown === true;
  const tellUnlisted = function* (unlisted: readonly ListingError[]) {
    if (!isTold) yield [{ type: 'findings', findings: unlisted.map(toFinding) } as const];
    isTold = true;
  };
  const begin = await stop.untilAbandoned(beginOf(run, folders, request, bench));
  if (begin?.unlisted) yield* tellUnlisted(begin.unlisted);
  const plan = resume.plan(run, begin?.from);
  run.recheckedTo(plan.rechecked);
  const { history } = run.memory;
  const known = history ? { verified: history.verified, reportedElsewhere: history.anchor.key } : {};
  for (const time of plan.intervals) {
    if (stop.cuts()) break;
    const earlier = await stop.untilAbandoned(listEarlier(run.memory, folders, time, bench));
    if (earlier?.unlisted) {
      run.lookAgain(time);
      yield* tellUnlisted(earlier.unlisted);
    }
    if (earlier && (earlier.candidates.length > 0 || part.chain.kind === 'standard'))
      yield* tell(
        verifyPart({ ...earlier, ...known, isExcerpt: true }, { from: time.start, to: time.end }, bench),
        'earlier',
      );
  }
  // Folders that could not be listed may hold more chains: nothing here is remembered before they can be.
  const isWhole = !stop.hasCut && (history !== undefined || part.isEndUnknown !== true);
  const { findings, report } = run.close(isWhole);
  yield [...findings.map(toEvent), { type: 'chain', report }];
}

/** The time from the anchor on, and what is listed of it, with the anchor itself, which must be reached. */
function freshPart(
  { chain, memory: { history } }: ChainRun,
  listed: readonly Candidate[],
  request: PartRequest,
  { knowsBuckets }: ObjectStore,
): { readonly candidates: readonly Candidate[]; readonly range: PartRequest } {
  if (!history) return { candidates: listed, range: request };
  const { anchor } = history;
  const seen = new Set(history.seen);
  // Only ends are remembered: in another folder the same end is that of another digest, which is verified each time.
  const isSeen = ({ ref, end }: Candidate) =>
    seen.has(end) && isInSameFolder(ref.key, anchor.key) && (ref.bucket === anchor.bucket || !knowsBuckets(ref));
  // By its name, what ends in the anchor's own hour belongs to no earlier time: somebody has planted it.
  const isFresh = ({ end }: Candidate) => end >= anchor.end || (chain.kind === 'standard' && end > anchor.start);
  const fresh = listed.filter((candidate) => isFresh(candidate) || (chain.kind === 'backfill' && !isSeen(candidate)));
  const isThere = fresh.some(({ ref }) => ref.key === anchor.key);
  const { bucket, key, end } = anchor;
  const candidates = isThere ? fresh : [...fresh, { ref: { bucket, key }, end }].sort(byEnd);
  // Of a starting digest only its end is proven; a digest that begins there is not where the walk ends.
  const begin = anchor.start < anchor.end ? anchor.start : anchor.end - SECOND;
  // Backfill digests may be older than the anchor, and only they themselves say where they begin.
  const [oldest] = candidates;
  const from = oldest && oldest.end < anchor.end ? Math.min(begin, oldest.end - HOUR) : begin;
  // The anchor was there: no end of the time asked for lies before it.
  const to = request.to === undefined ? {} : { to: Math.max(anchor.end, request.to) };
  return { candidates, range: { ...request, from, ...to } };
}

/**
 * Where the time asked for begins; nowhere where all before what is remembered was asked for once and is not all to be verified
 * again, or cannot be listed.
 */
async function beginOf(
  run: ChainRun,
  folders: DigestFolders['folders'],
  { from }: TimeRange,
  { store, resume }: Pick<ResumeBench, 'store' | 'resume'>,
): Promise<{ readonly from?: Instant; readonly unlisted?: readonly ListingError[] }> {
  const { history } = run.memory;
  if (from !== undefined) {
    if (!history || history.isBounded) run.bound();
    return { from };
  }
  if (!history?.isBounded && !(history && resume.rechecksAll)) return {};
  const listing = await listChains(store, folders, {});
  const [oldest] = inListing(listing, run.chain).candidates;
  // What was verified once is missed where it is gone, though older digests than those that are left can no longer be asked for.
  if (oldest && listing.unlisted.length === 0) return { from: Math.min(oldest.end - HOUR, history.since) };
  if (history.isBounded) run.bound();
  return { unlisted: listing.unlisted };
}
