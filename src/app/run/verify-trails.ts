import type { FindKey } from '../../core/chain/digest-verifier.js';
import { strictPolicy } from '../../core/chain/strict-verifier.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import type { VerifySignature } from '../../core/keys/public-key.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import type { FindingPolicy } from '../../core/policy/parse-policy.js';
import type { RunRequest } from '../../core/report/request.js';
import type { QueryResultsEvent, RunEvent } from '../../core/report/verify-events.js';
import type { Instant } from '../../core/time/instant.js';
import type { Inflater } from '../../ports/inflater.js';
import type { KeySource } from '../../ports/key-source.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { NewSha256 } from '../../ports/sha256.js';
import type { TrailDirectory } from '../../ports/trail-directory.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { Stop, type StopSignals } from '../async/cancellation.js';
import { inOrder } from '../async/read-ahead.js';
import { Attribution } from '../attribution/attribute-findings.js';
import { Audit } from '../audit/audit-region.js';
import { StopSearch } from '../chain/stop-search.js';
import { type Expectations, ExpectedChains } from '../expected/expected-chains.js';
import { PlacesInQuestion } from '../expected/places-in-question.js';
import type { IncrementalRun } from '../incremental/incremental-run.js';
import { toEvent } from '../incremental/verify-span.js';
import { KeyRing } from '../keys/key-ring.js';
import { EVENTS_AHEAD, FOLDERS_AT_ONCE } from '../limits.js';
import { DeletedDigests } from '../listing/deleted-digests.js';
import { type Discovery, discover, type Selection, type Source } from '../listing/discover-folders.js';
import { Leftovers } from '../objects/find-leftovers.js';
import { Recovery } from '../objects/recover-versions.js';
import { openPlaces, type PlaceRemarks } from '../places/open-places.js';
import { AppliedPolicy } from '../policy/applied-policy.js';
import { weighRun } from '../policy/weigh-run.js';
import type { Extent } from '../progress-listener.js';
import { verifyExports } from '../query-results/verify-all-query-results.js';
import { inPieces } from './split-findings.js';
import { verifyFolders } from './verify-region.js';

/** What to verify. */
export interface VerifyRequest extends Omit<RunRequest, 'trailArn'>, Expectations {
  readonly sources: readonly Source[];
  /** What findings do to the outcome, and which are accepted; what they do by themselves when absent. */
  readonly policy?: FindingPolicy;
  /** What is to be said of the request itself, before anything is looked at. */
  readonly remarks?: readonly Finding[];
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
  /** What an earlier run remembers, and what the next one is to: everything is verified when absent. */
  readonly resume?: IncrementalRun;
  /** Goes on to its end when absent. */
  readonly stopSignals?: StopSignals;
}

/**
 * Verifies every chain of the sources that the request selects, and tells about it as it goes: chain by chain in the
 * order of account, region, trail and kind, each from its newest digest to its oldest; then the saved query results, and
 * in the end, where that is wanted, what explains the findings.
 * The order and content of the events depend on the input alone, not on timing.
 * @throws {ListingError} when a source cannot be listed at all
 * @throws {StoreUnreachableError} when the store is lost on the way: nothing may be concluded then
 */
export async function* verifyTrails(request: VerifyRequest, given: VerifyTools): AsyncGenerator<RunEvent> {
  const { sources, tools } = await openPlaces(request, given);
  const asked = { ...request, sources };
  const attribution = asked.attribute ? new Attribution(tools) : undefined;
  const policy = asked.policy && new AppliedPolicy(asked.policy, tools.now);
  if (policy) tools.resume?.judgeBy(policy.judge);
  const run = verifyAll(asked, tools, attribution);
  yield* inPieces(weighRun(attribution ? explain(run, attribution) : run, policy));
}

/** The run, and before its end what explains its findings. */
async function* explain(run: AsyncIterable<RunEvent>, attribution: Attribution): AsyncGenerator<RunEvent> {
  for await (const event of run) {
    if (event.type !== 'end') attribution.see(event);
    else for await (const findings of attribution.findings()) yield { type: 'findings', findings };
    yield event;
  }
}

async function* verifyAll(
  asked: VerifyRequest,
  tools: VerifyTools & PlaceRemarks,
  attribution: Attribution | undefined,
): AsyncGenerator<RunEvent> {
  // How old the newest digest may be, can only be said of a time that goes on until now.
  const request = asked.maxAge !== undefined && asked.to === undefined ? { ...asked, to: tools.now } : asked;
  const ring = new KeyRing(tools.keys, tools.now);
  const findKey: FindKey = (fingerprint, region, signedAt) => ring.find(fingerprint, region, signedAt);
  const { resume } = tools;
  const strict = strictPolicy(findKey, tools.verifySignature);
  const remembering = resume?.watch(strict) ?? strict;
  const policy = attribution?.watch(remembering) ?? remembering;
  const recovery = request.useVersions && tools.versions ? new Recovery(tools.versions, tools.inflater) : undefined;
  const stop = new Stop(tools.stopSignals);
  const leftovers = new Leftovers(tools.store, tools.inflater);
  const { store, inflater } = tools;
  const owner = request.trail && { owner: request.trail.arn.accountId };
  const stops = new StopSearch({ store, inflater, policy: strict, stop, ...owner });
  const bench = { ...tools, policy, stop, stops, leftovers, ...(recovery && { recovery }) };
  const remarks = [...(request.remarks ?? []), ...(resume?.remarks ?? [])];
  if (remarks.length > 0) yield { type: 'findings', findings: remarks };
  const deleted =
    request.useVersions && tools.versions ? new DeletedDigests(tools.versions, request, tools.now) : undefined;
  const discovered = await stop.untilAbandoned(discover(tools.store, request.sources, request, deleted));
  if (!discovered) {
    yield toEvent(finding('run-interrupted', { type: 'run' }, { unvisited: 0 }));
    yield { type: 'end', keysUsed: ring.used };
    return;
  }
  const { found, exportFolders, findings } = discovered;
  /** What belongs to no chain. */
  const tellApart = (items: readonly Finding[]) => {
    resume?.see(items);
    return { type: 'findings', findings: items } as const;
  };
  for (const each of [tools.remarks, findings]) if (each.length > 0) yield tellApart(each);

  const unmet = new UnmetSelection(request, discovered);
  const audit = request.auditUnreferenced ? new Audit({ ...tools, leftovers }) : undefined;
  const expected = new ExpectedChains(request, tools);
  const places = new PlacesInQuestion(request, { ...tools, leftovers });
  for (const place of discovered.logsAlone) {
    const { accountId, region } = place.folder;
    const isWanted = (chain: ChainId) => expected.looksFor(chain, request);
    places.addBare({ ...place, range: resume?.listingRange(accountId, region, request, isWanted) ?? request });
  }
  expected.seeFindings(findings);
  expected.begin();
  tools.extent?.foldersFound(found.length);
  const runs = found.map((folders) => {
    const range = resume?.auditRange(folders.accountId, folders.region, request) ?? request;
    const auditFolders = audit?.of(folders, range);
    return () =>
      verifyFolders(folders, request, { ...bench, expected, places, ...(deleted && { deleted }) }, auditFolders);
  });
  for await (const events of inOrder(runs, FOLDERS_AT_ONCE, EVENTS_AHEAD, (batch) => batch.length)) {
    for (const event of events) {
      if (event.type === 'chain') unmet.see(event.report.chain);
      places.see(event);
      yield event;
    }
  }
  // Nobody who asks for a trail asks for the results of queries.
  const folders = request.trail ? [] : exportFolders;
  for await (const event of stop.until(verifyExports(request, folders, tools, ring))) {
    if (event.type === 'query-results') {
      const { accountId, findings } = event;
      unmet.seeResults(event);
      resume?.see(findings, accountId === undefined ? {} : { accountId });
    } else if (event.type === 'findings') resume?.see(event.findings);
    yield event;
  }
  // What is missing may be among what was not looked at.
  const forgotten = () => resume?.missing((chain) => expected.looksFor(chain, request), request) ?? [];
  const missing = async () => [
    forgotten(),
    await places.findings(),
    await expected.findings(),
    unmet.findings,
    await ring.check(),
  ];
  const last = (stop.hasCut ? undefined : await stop.untilAbandoned(missing())) ?? [
    [finding('run-interrupted', { type: 'run' }, { unvisited: stop.unvisited })],
  ];
  for (const each of [...last, tools.lastRemarks(stop.hasCut)]) if (each.length > 0) yield tellApart(each);
  const earlier = resume?.earlier() ?? [];
  if (earlier.length > 0) yield { type: 'findings', findings: earlier };
  yield { type: 'end', keysUsed: ring.used };
}

/** What was asked for by name and did not turn up: that must not pass unnoticed among what did. */
class UnmetSelection {
  readonly #accounts: Set<string>;
  readonly #regions: Set<string>;
  readonly #trails: Set<string>;
  readonly #discovered: Discovery;
  readonly #isOfTrails: boolean;
  #isEmpty = true;

  constructor(request: VerifyRequest, discovered: Discovery) {
    const { accounts = [], regions = [], trails = [] } = request;
    this.#discovered = discovered;
    this.#isOfTrails = asksForTrails(request) || discovered.found.length > 0 || discovered.logsAlone.length > 0;
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

  /** Saved query results stand for no trail, where any is in question. */
  seeResults({ accountId }: QueryResultsEvent): void {
    if (this.#isOfTrails) return;
    this.#isEmpty = false;
    if (accountId !== undefined) this.#accounts.delete(accountId);
  }

  get findings(): readonly Finding[] {
    const accounts = toFindings('account', this.#accounts);
    const regions = toFindings('region', this.#regions);
    const trails = toFindings('trail', this.#trails);
    if (!this.#isEmpty) return [...accounts, ...regions, ...trails];
    const decisive = this.#decisive({ accounts, regions, trails });
    return decisive.length > 0 ? decisive : [finding('nothing-found', { type: 'run' }, {})];
  }

  /** Where nothing turned up at all: the innermost choice that something was there for, and that left all of it out. */
  #decisive<T>({ accounts, regions, trails }: Readonly<Record<keyof Selection, readonly T[]>>): readonly T[] {
    const { found, passedOver } = this.#discovered;
    if (found.length > 0) return trails;
    if (passedOver.regions) return regions;
    return passedOver.accounts ? accounts : [];
  }
}

/** Whether a request is about trails, and not only about what lies there: times, and what must be there, are those of trails. */
const asksForTrails = ({ from, to, trail, expectAccounts = [], expectRegions = [] }: VerifyRequest): boolean =>
  from !== undefined || to !== undefined || trail !== undefined || expectAccounts.length + expectRegions.length > 0;

const toFindings = (option: 'account' | 'region' | 'trail', values: Iterable<string>): readonly Finding[] =>
  [...values].map((value) => finding('selection-not-found', { type: 'run' }, { option, value }));
