import type { ChainId } from '../core/chain.js';
import { formatChainId } from '../core/chain.js';
import type { QueryResultsEvent, VerifyEvent } from '../core/events.js';
import { type Finding, finding } from '../core/findings.js';
import type { Instant } from '../core/instant.js';
import { type Folder, parseDigestKey, toDigestFolder } from '../core/object-key.js';
import type { FindKey } from '../core/policy.js';
import type { VerifySignature } from '../core/public-key.js';
import { type ExaminedDigest, strictPolicy } from '../core/strict-policy.js';
import type { Candidate } from '../core/walk.js';
import type { Inflater } from '../ports/inflater.js';
import type { KeySource } from '../ports/key-source.js';
import type { LogHasher } from '../ports/log-hasher.js';
import type { ListingError, ObjectStore } from '../ports/object-store.js';
import type { NewSha256 } from '../ports/sha256.js';
import type { TrailDirectory } from '../ports/trail-directory.js';
import type { VersionedObjects } from '../ports/versioned-objects.js';
import { Audit, type RegionAudit } from './audit.js';
import { type DigestFolders, discover, type Selection, type Source, unlistable } from './discover.js';
import { type Expectations, ExpectedChains } from './expected-chains.js';
import type { Extent } from './extent.js';
import { KeyRing } from './key-ring.js';
import { EVENTS_AHEAD, FOLDERS_AT_ONCE, LIMITS } from './limits.js';
import { isWithin, type ListedChain, type Listing, listChains, type TimeRange } from './list-digests.js';
import { inOrder } from './read-ahead.js';
import { Recovery } from './recover.js';
import { verifyChain, type WalkRules, type Workbench } from './verify-chain.js';
import { verifyExports } from './verify-exports.js';

/** What to verify. */
export interface VerifyRequest extends TimeRange, Selection, Expectations {
  readonly sources: readonly Source[];
  /** Where saved query results of CloudTrail Lake are looked for; where trails are, when absent. */
  readonly exportSources?: readonly Source[];
  /** Whether the folders of logs are listed too, and what no digest lists is reported. */
  readonly auditUnreferenced?: boolean;
  /** Whether older versions are looked for of what is missing or changed, and the verification goes on with them. */
  readonly useVersions?: boolean;
  /** That objects are read elsewhere than where they were delivered, each as `FROM=TO`: the store sees to it, and the report says it. */
  readonly relocated?: readonly string[];
}

/** What a verification works with. */
export interface VerifyTools {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  readonly hasher: LogHasher;
  readonly newSha256: NewSha256;
  /** WebCrypto where absent. */
  readonly verifySignature?: VerifySignature;
  readonly keys: KeySource;
  /** Where older versions of objects can be had. */
  readonly versions?: VersionedObjects;
  /** Where the trail that is asked for may be asked about; nobody is asked when absent. */
  readonly trailDirectory?: Pick<TrailDirectory, 'trailStatus'>;
  /** Told how much there is to do; nobody is when absent. */
  readonly extent?: Extent;
  /** The time of the run: it decides which digests are due. */
  readonly now: Instant;
}

/** The keys that a run's signatures were checked with; complete when the run is. */
export type UsedKeys = KeyRing['used'];

/**
 * Verifies every chain of the sources that the request selects, and tells about it as it goes: chain by chain in the
 * order of account, region, trail and kind, each from its newest digest to its oldest; then the saved query results.
 * The order and content of the events depend on the input alone, not on timing.
 * @throws {ListingError} when a source cannot be listed at all
 * @throws {StoreUnreachableError} when the store is lost on the way: nothing may be concluded then
 */
export async function* verifyTrails(asked: VerifyRequest, tools: VerifyTools): AsyncGenerator<VerifyEvent, UsedKeys> {
  // How old the newest digest may be, can only be said of a time that goes on until now.
  const request = asked.maxAge !== undefined && asked.to === undefined ? { ...asked, to: tools.now } : asked;
  const ring = new KeyRing(tools.keys, tools.now);
  const findKey: FindKey = (fingerprint, region, signedAt) => ring.find(fingerprint, region, signedAt);
  const policy = strictPolicy(findKey, tools.verifySignature);
  const recovery = request.useVersions && tools.versions ? new Recovery(tools.versions, tools.inflater) : undefined;
  const bench = { ...tools, policy, ...(recovery && { recovery }) };
  const moves = (request.relocated ?? []).map((relocation) =>
    finding('objects-relocated', { type: 'run' }, { relocation }),
  );
  if (moves.length > 0) yield { type: 'findings', findings: moves };
  const { found, exportFolders, findings } = await discover(tools.store, request.sources, request);
  if (findings.length > 0) yield { type: 'findings', findings };

  const unmet = new UnmetSelection(request);
  const audit = request.auditUnreferenced ? new Audit(tools, request) : undefined;
  const expected = new ExpectedChains(request, tools);
  expected.seeFindings(findings);
  tools.extent?.foldersFound(found.length);
  const runs = found.map((folders) => {
    const auditFolders = audit?.of(folders);
    return () => verifyFolders(folders, request, { ...bench, expected }, auditFolders);
  });
  for await (const events of inOrder(runs, FOLDERS_AT_ONCE, EVENTS_AHEAD, (batch) => batch.length)) {
    for (const event of events) {
      if (event.type === 'chain') unmet.see(event.report.chain);
      yield event;
    }
  }
  // Nobody who asks for a trail asks for the results of queries.
  for await (const event of verifyExports(request, request.trail ? [] : exportFolders, tools, ring)) {
    if (event.type === 'query-results') unmet.seeResults(event);
    yield event;
  }
  const missing = await expected.findings();
  if (missing.length > 0) yield { type: 'findings', findings: missing };
  if (unmet.findings.length > 0) yield { type: 'findings', findings: unmet.findings };
  const keyFindings = await ring.check();
  if (keyFindings.length > 0) yield { type: 'findings', findings: keyFindings };
  return ring.used;
}

/** What was asked for by name and did not turn up: that must not pass unnoticed among what did. */
class UnmetSelection {
  readonly #accounts: Set<string>;
  readonly #regions: Set<string>;
  readonly #trails: Set<string>;
  #isEmpty = true;

  constructor({ accounts = [], regions = [], trails = [] }: Selection) {
    this.#accounts = new Set(accounts);
    this.#regions = new Set(regions);
    this.#trails = new Set(trails);
  }

  see({ accountId, region, trailName }: ChainId): void {
    this.#isEmpty = false;
    this.#accounts.delete(accountId);
    this.#regions.delete(region);
    this.#trails.delete(trailName);
  }

  seeResults({ accountId }: QueryResultsEvent): void {
    this.#isEmpty = false;
    if (accountId !== undefined) this.#accounts.delete(accountId);
  }

  get findings(): readonly Finding[] {
    if (this.#isEmpty) return [finding('nothing-found', { type: 'run' }, {})];
    const unmet = (option: 'account' | 'region' | 'trail', values: Set<string>) =>
      [...values].map((value) => finding('selection-not-found', { type: 'run' }, { option, value }));
    return [...unmet('account', this.#accounts), ...unmet('region', this.#regions), ...unmet('trail', this.#trails)];
  }
}

const toEvent = (found: Finding): VerifyEvent => ({ type: 'findings', findings: [found] });

/** For chains of which nothing is wanted but what their digests list. */
const NO_HASHER: LogHasher = { hash: async () => [], close: async () => {} };

/** What the chains of an account and region are verified with. */
interface FolderBench extends Workbench<ExaminedDigest>, Pick<VerifyTools, 'extent'> {
  readonly expected: ExpectedChains;
}

async function* verifyFolders(
  { accountId, region, folders }: DigestFolders,
  request: VerifyRequest,
  { expected, extent, ...bench }: FolderBench,
  audit: RegionAudit | undefined,
): AsyncGenerator<readonly VerifyEvent[]> {
  await expected.prepare(accountId, region);
  const listed = await listChains(bench.store, folders, request);
  const findings = [...listed.unlisted.map((error) => unlistable(error, placeOfListing(error))), ...listed.findings];
  expected.seeFindings(findings);
  findings.push(...withoutDigests(folders, listed, request));
  if (findings.length > 0) yield [{ type: 'findings', findings }];
  const isEndUnknown = listed.unlisted.length > 0;
  const selected = listed.chains.filter(
    (chain) => (request.trails?.includes(chain.chain.trailName) ?? true) && expected.selects(chain),
  );
  const digests = selected.reduce((sum, { candidates }) => sum + candidates.length, 0);
  extent?.folderListed(selected.length, digests);
  for (const chain of listed.chains) {
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
    const tools = isSelected ? bench : { ...bench, hasher: NO_HASHER };
    for await (const events of verifyChain(plan, tools, strictRules(chain, request, bench.store))) {
      for (const event of events) audit?.record.see(event);
      if (isSelected) yield events;
    }
  }
  // One to an event, since how many come at once depends on the pages of a listing.
  for await (const findings of audit?.findings() ?? []) yield findings.map(toEvent);
}

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
