import { type ChainId, formatChainId } from '../core/chain.js';
import type { VerifyEvent } from '../core/events.js';
import { type Finding, finding } from '../core/findings.js';
import { type Folder, parseDigestKey, toDigestFolder } from '../core/object-key.js';
import type { ExaminedDigest } from '../core/strict-policy.js';
import type { Candidate } from '../core/walk.js';
import type { LogHasher } from '../ports/log-hasher.js';
import type { ListingError, ObjectStore } from '../ports/object-store.js';
import { asFound } from './applied-policy.js';
import type { RegionAudit } from './audit.js';
import { type DigestFolders, type Selection, unlistable } from './discover.js';
import type { Expectations, ExpectedChains } from './expected-chains.js';
import type { Extent } from './extent.js';
import { LIMITS } from './limits.js';
import {
  type DeletedListing,
  isWithin,
  type ListedChain,
  type Listing,
  listChains,
  type TimeRange,
} from './list-digests.js';
import { versionsUnavailable } from './recover.js';
import type { Stop } from './stop.js';
import { verifyChain, type WalkRules, type Workbench } from './verify-chain.js';

/** What is wanted of an account and region. */
export interface FolderRequest extends TimeRange, Pick<Selection, 'trails'>, Pick<Expectations, 'maxAge'> {}

/** What the chains of an account and region are verified with. */
export interface FolderBench extends Workbench<ExaminedDigest> {
  readonly stop: Stop;
  readonly expected: ExpectedChains;
  readonly extent?: Extent;
  /** Where deleted digests are found; nowhere when absent. */
  readonly deleted?: DeletedListing;
}

/** Each finding is an event of its own. */
export const toEvent = (found: Finding): VerifyEvent => ({ type: 'findings', findings: [found] });

/** For chains of which nothing is wanted but what their digests list. */
const NO_HASHER: LogHasher = { hash: async () => [], close: async () => {} };

/**
 * Verifies the chains of one account and region, one after the other, and audits its folders where that is asked for.
 * Events come by the digest.
 */
export async function* verifyFolders(
  { accountId, region, folders }: DigestFolders,
  request: FolderRequest,
  { expected, extent, deleted, judge = asFound, ...bench }: FolderBench,
  audit: RegionAudit | undefined,
): AsyncGenerator<readonly VerifyEvent[]> {
  const { stop } = bench;
  if (stop.cuts()) {
    stop.leaveOut();
    return;
  }
  const list = async () => {
    // What is delivered after it was asked must not seem to be missing.
    await expected.prepare(accountId, region);
    return listChains(bench.store, folders, request, deleted);
  };
  const listed = await stop.untilAbandoned(list());
  if (!listed) return;
  const findings = [
    ...listed.unlisted.map((error) => unlistable(error, placeOfListing(error))),
    ...listed.unsearched.map((error) =>
      versionsUnavailable({ type: 'folder', ...placeOfListing(error) }, error.reason),
    ),
    ...listed.findings,
  ];
  expected.seeFindings(findings);
  findings.push(...withoutDigests(folders, listed, request));
  if (findings.length > 0) yield [{ type: 'findings', findings: judge(findings) }];
  const isEndUnknown = listed.unlisted.length > 0;
  const selected = listed.chains.filter(
    (chain) => (request.trails?.includes(chain.chain.trailName) ?? true) && expected.selects(chain),
  );
  const digests = selected.reduce((sum, { candidates }) => sum + candidates.length, 0);
  extent?.folderListed(selected.length, digests);
  for (const chain of listed.chains) {
    if (stop.cuts()) return;
    const isSelected = selected.includes(chain);
    // Trails share folders: what other ones list is not strange.
    if (!isSelected && !audit) continue;
    const bounds = {
      ...(request.from !== undefined && { from: request.from }),
      ...(request.to !== undefined && { to: request.to }),
      ...(request.maxAge !== undefined && { maxAge: request.maxAge }),
    };
    const seen = isSelected ? await expected.see(chain, isEndUnknown) : {};
    const plan = { ...chain, ...bounds, ...seen, isEndUnknown };
    const tools = isSelected ? { ...bench, judge } : { ...bench, hasher: NO_HASHER };
    for await (const events of verifyChain(plan, tools, strictRules(chain, request, bench.store))) {
      for (const event of events) audit?.record.see(event);
      if (isSelected) yield events;
    }
  }
  // One to an event, since how many come at once depends on the pages of a listing.
  for await (const findings of stop.until(audit?.findings() ?? none())) yield judge(findings).map(toEvent);
}

async function* none(): AsyncGenerator<never> {}

const placeOfListing = ({ request: { bucket, prefix } }: ListingError) => ({ bucket, key: prefix });

/** Folders that could be listed and hold no digest of the time asked for. What a chain lost by its end, its end says. */
function withoutDigests(folders: DigestFolders['folders'], listed: Listing, range: TimeRange): readonly Finding[] {
  const { from } = range;
  const isTold = listed.chains.some(({ candidates }) =>
    candidates.some((candidate) => isWithin(candidate, range) || (from !== undefined && candidate.end <= from)),
  );
  if (isTold) return [];
  const isListed = (bucket: string, key: string) =>
    !listed.unlisted.some(({ request }) => request.bucket === bucket && request.prefix === key);
  return folders
    .map(({ bucket, folder }) => ({ bucket, key: toDigestFolder(folder) }))
    .filter(({ bucket, key }) => isListed(bucket, key))
    .map((place) => finding('folder-without-digests-in-range', { type: 'folder', ...place }, {}));
}

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
  const { chains } = await listChains(store, [{ bucket, folder }], range);
  const id = formatChainId(chain);
  return chains.find((listed) => formatChainId(listed.chain) === id)?.candidates ?? [];
}
