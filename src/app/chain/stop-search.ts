import type { Policy, VerifiedDigest } from '../../core/chain/digest-verifier.js';
import type { ExaminedDigest } from '../../core/chain/strict-verifier.js';
import { byEnd, type Candidate } from '../../core/chain/walk.js';
import { type Restart, type TimeFinding, toStopped } from '../../core/coverage/coverage.js';
import { provenTime } from '../../core/coverage/segments.js';
import { stopsChain, type TrailEvent } from '../../core/events/trail-event.js';
import type { Finding, FindingOf } from '../../core/findings/finding.js';
import { type ChainId, chainOf, formatChainId } from '../../core/objects/chain-id.js';
import { parseDigestKey, toDigestFolder } from '../../core/objects/cloudtrail-key.js';
import { identifyByName, type ObjectRef } from '../../core/objects/object-ref.js';
import { DAY, formatDateFolder, HOUR, type Instant, type Interval, MINUTE } from '../../core/time/instant.js';
import type { Inflater } from '../../ports/inflater.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import type { Stop } from '../async/cancellation.js';
import { LogSearch } from '../attribution/search-logs.js';
import { STOP_LOGS_SEARCHED, STOP_NAMES_LISTED, STOPS_SEARCHED } from '../limits.js';
import type { PlacedFolder } from '../listing/list-digests.js';
import { walkDigests } from './walk-digests.js';

/** So long before the end of a run the call that ended it lies, at most: a digest covers an hour, and an event may come in the next one. */
const STOP_REACH = 2 * HOUR;
/** CloudTrail stops and starts a trail in all regions and accounts at once; by so much their digests may differ. */
const SKEW = 15 * MINUTE;
/** By name, so many digests of one chain end near the end of a run, at most: there are no more than a few, unless somebody plants them. */
const DIGESTS_NEAR = 100;

/** A call that stopped a trail, and the verified log that holds it. */
interface StopCall {
  readonly event: TrailEvent;
  readonly log: ObjectRef;
}

/** What the search works with. */
export interface StopGround {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  /** Remembers nothing of what it verifies. */
  readonly policy: Policy<ExaminedDigest>;
  readonly stop: Stop;
  /** The account of the organization trail that was asked for; where it is absent, nobody knows whose trail it is. */
  readonly owner?: string;
}

/**
 * Looks for what ended a run before a gap. A call that stops a trail stops it in all regions and accounts at once, and stands in
 * the logs of the trail's home region and account alone, up to the final digest there. Where a verified log there holds it, and
 * the run has verified digests from that call to its end, none at its end is missing. Neither the order of the run nor what it
 * leaves out matters: digests and logs near the end of the run are read anew, and count with their signatures and hashes alone.
 *
 * It proves nothing of a later run that was begun and deleted as a whole, unless the chain of the home region still shows it.
 */
export class StopSearch {
  readonly #ground: StopGround;
  readonly #search: LogSearch;
  /** By the place of a digest: regions of a trail stop together. */
  readonly #calls = new Map<string, Promise<readonly StopCall[]>>();

  constructor(ground: StopGround) {
    this.#ground = ground;
    this.#search = new LogSearch(ground.store, ground.inflater, ground.stop);
  }

  /** The findings about the time of a chain, with `chain-stopped` for each gap before which a call ended the run. */
  async judge(chain: ChainId, findings: readonly TimeFinding[]): Promise<readonly Finding[]> {
    const judged: Finding[] = [];
    const left = { searches: STOPS_SEARCHED, logs: STOP_LOGS_SEARCHED };
    for (const { finding, restart } of findings) {
      const isSearched = finding.code === 'chain-gap' && restart && chain.kind === 'standard' && left.searches > 0;
      if (isSearched) left.searches -= 1;
      const call = isSearched
        ? await this.#unlessUnlisted(() => this.#callBefore(chain, finding, restart, left))
        : undefined;
      judged.push(call && finding.code === 'chain-gap' ? toStopped(finding, call) : finding);
    }
    return judged;
  }

  async #callBefore(
    chain: ChainId,
    { args: { previous, next } }: FindingOf<'chain-gap'>,
    { runEnd, restartedAt }: Restart,
    left: { logs: number },
  ): Promise<StopCall | undefined> {
    const place = placeOf(previous);
    const accountId = place?.folder.organizationId === undefined ? chain.accountId : this.#ground.owner;
    if (!place || accountId === undefined) return undefined;
    const near = { start: runEnd - STOP_REACH, end: runEnd + STOP_REACH };
    const own = await this.#verified(chain, place, near);
    const runStart = startOfRun(own, previous);
    if (runStart === undefined) return undefined;
    const home = { ...chain, accountId, region: chain.homeRegion };
    const isHome = formatChainId(home) === formatChainId(chain);
    const ofHome = isHome ? own : await this.#verified(home, toHome(place, home), near);
    const calls: StopCall[] = [];
    for (const digest of ofHome) {
      const mayHold = digest.start < runEnd && digest.logs.length <= left.logs;
      if (!mayHold) continue;
      left.logs -= digest.logs.length;
      calls.push(...(await this.#callsIn(digest, home)));
    }
    const earliest = Math.max(runStart, near.start + 1);
    const ofRun = calls.filter(({ event: { eventTime } }) => eventTime >= earliest && eventTime <= runEnd);
    const call = ofRun.sort(byTime).at(-1);
    if (!call || isHome) return call;
    const stopped = { start: call.event.eventTime, end: restartedAt - SKEW };
    if (ofHome.some(({ previous: link, end }) => !link && end > stopped.start && end <= stopped.end)) return undefined;
    // The final digest may end with its hour.
    const off = { start: stopped.start + HOUR + SKEW, end: stopped.end };
    for (const { bucket, folder } of [place, placeOf(next) ?? place])
      if (off.start < off.end && (await this.#hasDigests(home, toHome({ bucket, folder }, home), off)))
        return undefined;
    return call;
  }

  /** The calls that stopped the trail of a chain in the verified logs of one of its digests. */
  #callsIn({ place, logs }: VerifiedDigest, home: ChainId): Promise<readonly StopCall[]> {
    const name = identifyByName(place);
    const known = this.#calls.get(name);
    if (known) return known;
    const search = async () => {
      const calls: StopCall[] = [];
      await this.#search.searchLogs(logs, (event, log) => {
        if (stopsChain(event, home)) calls.push({ event, log });
      });
      return calls;
    };
    const calls = search();
    this.#calls.set(name, calls);
    return calls;
  }

  /** The verified digests of a chain that end within a time. */
  async #verified(chain: ChainId, place: PlacedFolder, time: Interval): Promise<readonly VerifiedDigest[]> {
    const candidates: Candidate[] = [];
    for await (const candidate of this.#listed(chain, place, time)) candidates.push(candidate);
    if (candidates.length > DIGESTS_NEAR) return [];
    const rules = {
      visitsUnlinked: true,
      isFarEnough: ({ start }: VerifiedDigest) => start <= time.start,
      follows: async () => true,
      relist: async () => undefined,
    };
    const verified: VerifiedDigest[] = [];
    for await (const step of walkDigests({ chain, candidates: candidates.sort(byEnd) }, this.#ground, rules))
      if (step.type === 'digest' && step.judgement.digest) verified.push(step.judgement.digest);
    return verified;
  }

  async #hasDigests(chain: ChainId, place: PlacedFolder, time: Interval): Promise<boolean> {
    for await (const _ of this.#listed(chain, place, time)) return true;
    return false;
  }

  /** By their names, the digests of a chain in a folder that end after the start of a time and no later than its end. */
  async *#listed(
    chain: ChainId,
    { bucket, folder }: PlacedFolder,
    { start, end }: Interval,
  ): AsyncGenerator<Candidate> {
    const prefix = toDigestFolder(folder);
    const [first, behind] = [start, end + DAY].map((instant) => `${prefix}${formatDateFolder(instant)}`);
    const id = formatChainId(chain);
    let left = STOP_NAMES_LISTED;
    for await (const page of this.#ground.store.list({ bucket, prefix, startAfter: first ?? prefix })) {
      for (const ref of page) {
        if (behind !== undefined && ref.key >= behind) return;
        left -= 1;
        if (left < 0) throw new TooManyNames();
        const key = parseDigestKey(ref.key);
        if (key && formatChainId(chainOf(key)) === id && key.endTime > start && key.endTime <= end)
          yield { ref, end: key.endTime };
      }
    }
  }

  /** Where something cannot be listed, or the run is to end, nothing is proven. */
  async #unlessUnlisted<T>(look: () => Promise<T>): Promise<T | undefined> {
    if (this.#ground.stop.cuts()) return undefined;
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ListingError || error instanceof TooManyNames)) throw error;
      return undefined;
    }
  }
}

/** More names than are looked at. */
class TooManyNames extends Error {}

function placeOf({ bucket, key }: ObjectRef): PlacedFolder | undefined {
  const folder = parseDigestKey(key);
  return folder && { bucket, folder };
}

/** Where the digests of another account and region of the same trail lie. */
const toHome = ({ bucket, folder }: PlacedFolder, { accountId, region }: ChainId): PlacedFolder => ({
  bucket,
  folder: { ...folder, accountId, region },
});

/** Since when verified digests link up without a hole to the last one of a run; undefined where that one is not among them. */
function startOfRun(digests: readonly VerifiedDigest[], last: ObjectRef): Instant | undefined {
  const byPlace = new Map(digests.map((digest) => [identifyByName(digest.place), digest]));
  let first = byPlace.get(identifyByName(last));
  for (let next = first; next; ) {
    first = next;
    const before: VerifiedDigest | undefined = next.previous && byPlace.get(identifyByName(next.previous));
    next = before?.end === next.start ? before : undefined;
  }
  return first && provenTime(first).start;
}

/** Logs are searched in no order. */
const byTime = (a: StopCall, b: StopCall): number =>
  a.event.eventTime - b.event.eventTime || (idOf(a) < idOf(b) ? -1 : Number(idOf(a) > idOf(b)));

const idOf = ({ event, log }: StopCall): string => `${event.eventId} ${identifyByName(log)}`;
