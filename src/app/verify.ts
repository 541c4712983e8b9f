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
import { ListingError, type ObjectStore } from '../ports/object-store.js';
import type { NewSha256 } from '../ports/sha256.js';
import { Audit, type RegionAudit } from './audit.js';
import { type DigestFolders, discover, type Selection, type Source, unlistable } from './discover.js';
import { KeyRing } from './key-ring.js';
import { EVENTS_AHEAD, FOLDERS_AT_ONCE, LIMITS } from './limits.js';
import { type ListedChain, listChains, type TimeRange } from './list-digests.js';
import { inOrder } from './read-ahead.js';
import { verifyChain, type WalkRules, type Workbench } from './verify-chain.js';
import { verifyExports } from './verify-exports.js';

/** What to verify. */
export interface VerifyRequest extends TimeRange, Selection {
  readonly sources: readonly Source[];
  /** Where saved query results of CloudTrail Lake are looked for; where trails are, when absent. */
  readonly exportSources?: readonly Source[];
  /** Whether the folders of logs are listed too, and what no digest lists is reported. */
  readonly auditUnreferenced?: boolean;
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
export async function* verifyTrails(request: VerifyRequest, tools: VerifyTools): AsyncGenerator<VerifyEvent, UsedKeys> {
  const ring = new KeyRing(tools.keys, tools.now);
  const findKey: FindKey = (fingerprint, region, signedAt) => ring.find(fingerprint, region, signedAt);
  const policy = strictPolicy(findKey, tools.verifySignature);
  const bench: Workbench<ExaminedDigest> = { ...tools, policy };
  const { found, exportFolders, findings } = await discover(tools.store, request.sources, request);
  if (findings.length > 0) yield { type: 'findings', findings };

  const unmet = new UnmetSelection(request);
  const audit = request.auditUnreferenced ? new Audit(tools, request) : undefined;
  const runs = found.map((folders) => {
    const auditFolders = audit?.of(folders);
    return () => verifyFolders(folders, request, bench, auditFolders);
  });
  for await (const events of inOrder(runs, FOLDERS_AT_ONCE, EVENTS_AHEAD, (batch) => batch.length)) {
    for (const event of events) {
      if (event.type === 'chain') unmet.see(event.report.chain);
      yield event;
    }
  }
  for await (const event of verifyExports(request, exportFolders, tools, ring)) {
    if (event.type === 'query-results') unmet.seeResults(event);
    yield event;
  }
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

async function* verifyFolders(
  { folders }: DigestFolders,
  request: VerifyRequest,
  bench: Workbench<ExaminedDigest>,
  audit: RegionAudit | undefined,
): AsyncGenerator<readonly VerifyEvent[]> {
  let listed: Awaited<ReturnType<typeof listChains>>;
  try {
    listed = await listChains(bench.store, folders, request);
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    yield [
      {
        type: 'findings',
        findings: [unlistable(error, { bucket: error.request.bucket, key: error.request.prefix })],
      },
    ];
    return;
  }
  if (listed.findings.length > 0) yield [{ type: 'findings', findings: listed.findings }];
  if (listed.chains.length === 0) {
    const bare = folders.map(({ bucket, folder }) =>
      finding('folder-without-digests-in-range', { type: 'folder', bucket, key: toDigestFolder(folder) }, {}),
    );
    yield [{ type: 'findings', findings: bare }];
  }
  for (const chain of listed.chains) {
    const isSelected = !request.trails || request.trails.includes(chain.chain.trailName);
    // Trails share folders: what other ones list is not strange.
    if (!isSelected && !audit) continue;
    const bounds = {
      ...(request.from !== undefined && { from: request.from }),
      ...(request.to !== undefined && { to: request.to }),
    };
    const tools = isSelected ? bench : { ...bench, hasher: NO_HASHER };
    for await (const events of verifyChain({ ...chain, ...bounds }, tools, strictRules(chain, request, bench.store))) {
      for (const event of events) audit?.record.see(event);
      if (isSelected) yield events;
    }
  }
  // One to an event, since how many come at once depends on the pages of a listing.
  for await (const findings of audit?.findings() ?? []) yield findings.map(toEvent);
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

async function listChain(
  store: ObjectStore,
  chain: ChainId,
  bucket: string,
  folder: Folder,
  range: TimeRange,
): Promise<readonly Candidate[]> {
  try {
    const { chains } = await listChains(store, [{ bucket, folder }], range);
    const id = formatChainId(chain);
    return chains.find((listed) => formatChainId(listed.chain) === id)?.candidates ?? [];
  } catch (error) {
    // The links still lead on from digest to digest; a folder that cannot be listed only hides what no link leads to.
    if (error instanceof ListingError) return [];
    throw error;
  }
}
