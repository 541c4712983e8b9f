import type { ExaminedDigest } from '../../core/chain/strict-verifier.js';
import type { Finding } from '../../core/findings/finding.js';
import { identityOf } from '../../core/findings/finding-identity.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import { LOG_KINDS, toDigestFolder } from '../../core/objects/cloudtrail-key.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { HOUR, type Instant } from '../../core/time/instant.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { Stop } from '../async/cancellation.js';
import type { RegionAudit } from '../audit/audit-region.js';
import type { Workbench } from '../chain/verify-chain.js';
import type { ExpectedChains } from '../expected/expected-chains.js';
import type { BarePlace, PlacesInQuestion } from '../expected/places-in-question.js';
import type { IncrementalRun } from '../incremental/incremental-run.js';
import { resumeChain } from '../incremental/resume-chain.js';
import {
  inListing,
  type PartRequest,
  placeOfListing,
  toEvent,
  toFinding,
  verifyPart,
} from '../incremental/verify-span.js';
import { AbsentDays } from '../listing/absent-days.js';
import type { DigestFolders, Selection } from '../listing/discover-folders.js';
import {
  BACKFILL_BEHIND,
  type DeletedListing,
  isWithin,
  type ListedChain,
  type Listing,
  listChains,
  type TimeRange,
} from '../listing/list-digests.js';
import { LeftoverCount, type Leftovers } from '../objects/find-leftovers.js';
import { versionsUnavailable } from '../objects/recover-versions.js';
import type { Extent } from '../progress-listener.js';

/** What is wanted of an account and region. */
export interface FolderRequest extends PartRequest, Pick<Selection, 'trails'> {}

/** What the chains of an account and region are verified with. */
export interface FolderBench extends Workbench<ExaminedDigest> {
  /** What an earlier run remembers; everything is new when absent. */
  readonly resume?: IncrementalRun;
  readonly stop: Stop;
  readonly expected: ExpectedChains;
  readonly places: PlacesInQuestion;
  readonly extent?: Extent;
  /** Where deleted digests are found; nowhere when absent. */
  readonly deleted?: DeletedListing;
  readonly leftovers: Leftovers;
}

/** For chains of which nothing is wanted but what their digests list. */
const NO_HASHER: LogHasher = { announce: () => {}, hash: async () => [], close: async () => {} };

/**
 * Verifies the chains of one account and region, one after the other, and audits its folders where that is asked for.
 * Events come by the digest.
 */
export async function* verifyFolders(
  { accountId, region, folders }: DigestFolders,
  request: FolderRequest,
  { expected, extent, deleted, resume, leftovers, places, stops, ...bench }: FolderBench,
  audit: RegionAudit | undefined,
): AsyncGenerator<readonly VerifyEvent[]> {
  const { stop } = bench;
  if (stop.cuts()) {
    stop.leaveOut();
    return;
  }
  /** What belongs to no chain. */
  const tellApart = (findings: readonly Finding[]) => {
    resume?.see(findings);
    return { type: 'findings', findings } as const;
  };
  const isWanted = (chain: ChainId) => expected.looksFor(chain, request);
  const range = resume?.listingRange(accountId, region, request, isWanted) ?? request;
  const list = async () => {
    // What is delivered after it was asked must not seem to be missing.
    await expected.prepare(accountId, region);
    const listing = await listRemembered(bench.store, folders, { request, range }, deleted, resume);
    return { ...listing, findings: await countLeftovers(listing.findings, folders, leftovers) };
  };
  const listed = await stop.untilAbandoned(list());
  if (!listed) return;
  const unlisted = listed.unlisted.map(toFinding);
  const findings = [
    ...unlisted,
    ...listed.unsearched.map((error) =>
      versionsUnavailable({ type: 'folder', ...placeOfListing(error) }, error.reason),
    ),
    ...listed.findings,
  ];
  expected.seeFindings(findings);
  const hasLeft = expected.hasLeft(accountId);
  for (const place of withoutDigests(folders, listed, range)) {
    places.addBare({ ...place, isAudited: audit !== undefined, hasLeft });
    if (hasLeft) expected.seeLeft(accountId);
  }
  for (const chain of listed.chains) places.addListed(chain);
  if (findings.length > 0) yield [tellApart(findings)];
  const isEndUnknown = listed.unlisted.length > 0;
  // What is left out of this run, or not come to, is not to be passed over by the next.
  for (const { chain } of listed.chains) resume?.of(chain);
  if (hasLeft) for (const place of afterDigests(folders, listed, range)) places.addBare(place);
  /** Of an account that has left nothing is missing after its digests: where all are older, there is nothing to verify. */
  const isOver = (chain: ListedChain) => hasLeft && !resume && isBefore(chain, request);
  for (const chain of listed.chains) if (isOver(chain)) expected.seeLeft(accountId, chain);
  const selected = listed.chains.filter(
    (chain) => (request.trails?.includes(chain.chain.trailName) ?? true) && expected.selects(chain) && !isOver(chain),
  );
  const digests = selected.reduce((sum, { candidates }) => sum + candidates.length, 0);
  extent?.folderListed(selected.length, digests);
  bench.hasher.announce(digests);
  // Older versions show what was there, and so does what is remembered.
  const absentDays = bench.recovery ? undefined : new AbsentDays(bench.store, folders);
  for (const chain of listed.chains) {
    if (stop.cuts()) return;
    const isSelected = selected.includes(chain);
    // Trails share folders: what other ones list is not strange.
    if (!isSelected && !audit) continue;
    const seen = isSelected ? await expected.see(chain, isEndUnknown) : {};
    const days = absentDays && resume?.of(chain.chain).memory.history === undefined ? { absentDays } : {};
    const more = { ...days, ...(stops && { stops }) };
    const tools = isSelected ? { ...bench, ...more } : { ...bench, hasher: NO_HASHER };
    audit?.record.seeListed(chain);
    const part = { ...chain, ...seen, isEndUnknown };
    const events =
      resume && isSelected
        ? resumeChain(part, folders, request, { ...bench, ...more, resume })
        : verifyPart(part, request, tools);
    for await (const batch of events) {
      for (const event of batch) audit?.record.see(event);
      if (isSelected) yield batch;
    }
  }
  if (audit && request.to !== undefined)
    await showLate(listed.late, request.to, { ...bench, hasher: NO_HASHER }, audit);
  // One to an event, since how many come at once depends on the pages of a listing.
  const told = new Set(unlisted.map(identityOf));
  for await (const found of stop.until(audit?.findings() ?? none())) {
    // The audit lists the same folders again, and is refused as the listing was.
    const fresh = found.filter((item) => item.subject.type !== 'folder' || !told.has(identityOf(item)));
    if (fresh.length > 0) yield tellApart(fresh).findings.map(toEvent);
  }
}

/** Backfill digests of the day after the time asked for: nothing is reported of them, but what they list is not planted. */
async function showLate(
  late: readonly ListedChain[],
  to: Instant,
  bench: Workbench<ExaminedDigest> & { readonly stop: Stop },
  audit: RegionAudit,
): Promise<void> {
  for (const chain of late)
    for await (const batch of verifyPart(chain, { from: to, to: to + BACKFILL_BEHIND }, bench))
      for (const event of batch) audit.record.see(event);
}

/** Counts, by folder, what is left over from copying among objects whose keys are no digest's. */
async function countLeftovers(
  strange: readonly Finding[],
  folders: DigestFolders['folders'],
  leftovers: Leftovers,
): Promise<readonly Finding[]> {
  const refs = strange.flatMap(({ subject }) =>
    'key' in subject ? [{ bucket: subject.bucket, key: subject.key }] : [],
  );
  const kinds = await leftovers.kindsOf(refs);
  const counted = folders.flatMap(({ bucket, folder }) => {
    const prefix = toDigestFolder(folder);
    const count = new LeftoverCount();
    for (const [index, ref] of refs.entries()) {
      const kind = kinds[index];
      if (kind && ref.bucket === bucket && ref.key.startsWith(prefix)) count.add(kind, ref);
    }
    return count.findings(bucket, prefix);
  });
  return [...strange.filter((_, index) => !kinds[index]), ...counted];
}

async function* none(): AsyncGenerator<never> {}

/** Lists chains. Where there is a memory of earlier runs, chains of which there is none are listed from their beginning. */
async function listRemembered(
  store: ObjectStore,
  folders: DigestFolders['folders'],
  { request, range }: { readonly request: TimeRange; readonly range: TimeRange },
  deleted: DeletedListing | undefined,
  resume: IncrementalRun | undefined,
): Promise<Listing> {
  const listing = await listChains(store, folders, range, deleted);
  const isNew = ({ chain }: ListedChain) => resume?.of(chain).memory.history === undefined;
  if (range === request || !listing.chains.some(isNew)) return listing;
  const whole = await listChains(store, folders, request, deleted);
  return { ...listing, chains: listing.chains.map((chain) => (isNew(chain) ? inListing(whole, chain.chain) : chain)) };
}

const isBefore = ({ candidates }: ListedChain, { from = Number.NEGATIVE_INFINITY }: TimeRange): boolean =>
  candidates.every(({ end }) => end <= from);

/** The time after the newest digests, and the hour after them that a last one might have covered. */
function afterDigests(
  folders: DigestFolders['folders'],
  { chains }: Listing,
  { from = Number.NEGATIVE_INFINITY, to }: TimeRange,
): readonly BarePlace[] {
  const ends = chains.flatMap(({ candidates, newer = [] }) => [...candidates, ...newer].map(({ end }) => end));
  if (ends.length === 0) return [];
  const range = { from: Math.max(from, Math.max(...ends) + HOUR), ...(to !== undefined && { to }) };
  return folders.map((placed) => ({ ...placed, kinds: LOG_KINDS, range, isAfterDigests: true }));
}

/** Folders that could be listed and hold no digest of the time asked for. What a chain lost by its end, its end says. */
function withoutDigests(
  folders: DigestFolders['folders'],
  { chains, unlisted }: Listing,
  range: TimeRange,
): readonly BarePlace[] {
  const { from = Number.NEGATIVE_INFINITY } = range;
  const isTold = (bucket: string, key: string) =>
    chains.some(({ candidates }) =>
      candidates.some(
        ({ ref, end }) =>
          ref.bucket === bucket && ref.key.startsWith(key) && (isWithin({ ref, end }, range) || end <= from),
      ),
    );
  const isListed = (bucket: string, key: string) =>
    !unlisted.some(({ request }) => request.bucket === bucket && request.prefix === key);
  // One that begins later says so itself.
  const isFolderEmpty = !chains.some(({ chain }) => chain.kind === 'standard');
  return folders
    .filter(({ bucket, folder }) => {
      const key = toDigestFolder(folder);
      return isListed(bucket, key) && !isTold(bucket, key);
    })
    .map((placed) => ({ ...placed, kinds: LOG_KINDS, range, isFolderEmpty }));
}
