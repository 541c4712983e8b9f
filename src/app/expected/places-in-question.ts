import { type Finding, finding } from '../../core/findings/finding.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import {
  LOG_KINDS,
  type LogKind,
  parseDigestKey,
  parseLogKey,
  toDigestFolder,
  toLogFolder,
} from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { type Instant, MINUTE } from '../../core/time/instant.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { LISTINGS_AT_ONCE } from '../limits.js';
import type { ListedChain, PlacedFolder, TimeRange } from '../listing/list-digests.js';
import { unlistable } from '../listing/unlistable.js';
import type { Leftovers } from '../objects/find-leftovers.js';
import { FIRST_DIGEST_DUE, type FirstLog, findFirstLog } from './first-log.js';

/** A digest is delivered so long after its end, at the earliest. */
const FASTEST_DELIVERY = 26 * MINUTE;
/** So many names are looked at to see whether a folder holds any digest. */
const NAMES_LOOKED_AT = 10_000;

/** A folder of an account and region without digests of the time in which they are looked for. */
export interface BarePlace extends PlacedFolder {
  /** The kinds of logs that may lie beside it. */
  readonly kinds: readonly LogKind[];
  readonly range: TimeRange;
  /** Whether each log that no digest lists is reported anyway. */
  readonly isAudited?: boolean;
  /** Whether digests that end before that time lie beside it, and no newer ones anywhere. */
  readonly isAfterDigests?: boolean;
  /** Whether the account has left its organization or was closed: then nothing is missing where it had no digests in any region. */
  readonly hasLeft?: boolean;
  /** Whether no digest of that time is anywhere else for the account and region either, though there is a folder for them. */
  readonly isFolderEmpty?: boolean;
}

/** What a run was asked for, as far as it says when digests must be there. */
export interface AskedTime extends TimeRange {
  readonly isLive?: boolean;
}

/**
 * The rule that no evidence stands for another: **with `from`, `to` or `maxAge`, "verified" has a proven interval of an hourly
 * chain in every place that is in question.** A place is an account and region below one `AWSLogs`, and in it each trail
 * that digests tell of. In question is a place with logs or backfill digests of the time asked for.
 *
 * A chain that is listed and has nothing proven is not verified, which its own report says. What is left to be said here: places
 * with backfill digests or logs and no hourly chain at all. Exempt are logs that no digest is due for yet, and logs that a verified
 * digest lists from elsewhere, as after a change of the prefix. A copy was made no earlier than the newest digest in it was
 * delivered, by its name, and is judged as of then. Saved query results and backfill digests stand for no place: see `RunAccount`.
 */
export class PlacesInQuestion {
  readonly #asked: AskedTime;
  readonly #store: ObjectStore;
  readonly #leftovers: Leftovers;
  readonly #now: Instant;
  readonly #identify: (ref: ObjectRef) => string;
  readonly #bare: BarePlace[] = [];
  /** By folder of logs: those beside which no digests are, and whether a verified digest lists any log of it. */
  readonly #isListed = new Map<string, boolean>();
  readonly #hourly = new Set<string>();
  /** Accounts and regions with an hourly chain. */
  readonly #regions = new Set<string>();
  readonly #accounts = new Set<string>();
  readonly #backfills: { readonly chain: ChainId; readonly newest: ObjectRef }[] = [];
  #newestBackfill: ObjectRef | undefined;
  /** The end of the newest hourly digest, by its name. */
  #newestEnd = Number.NEGATIVE_INFINITY;

  constructor(
    asked: AskedTime,
    { store, leftovers, now }: { readonly store: ObjectStore; readonly leftovers: Leftovers; readonly now: Instant },
  ) {
    this.#asked = asked;
    this.#store = store;
    this.#leftovers = leftovers;
    this.#now = now;
    this.#identify = (ref: ObjectRef) => store.identify(ref);
  }

  /** A place to be looked at in the end. To be called before the events of its account and region are seen. */
  addBare(place: BarePlace): void {
    this.#bare.push(place);
    for (const kind of LOG_KINDS) this.#isListed.set(this.#logFolder(place, kind), false);
  }

  /** A chain that is there, now or by what is remembered of it. */
  addListed({ chain, candidates, newer }: ListedChain): void {
    if (chain.kind !== 'standard') return;
    const newest = newer?.at(-1) ?? candidates.at(-1);
    if (newest) this.#newestEnd = Math.max(this.#newestEnd, newest.end);
    this.#hourly.add(formatChainId(chain));
    this.#regions.add(`${chain.accountId}/${chain.region}`);
    this.#accounts.add(chain.accountId);
  }

  /** To be shown every event of the run, in order. */
  see(event: VerifyEvent): void {
    if (event.type === 'log') this.#seeLog(event.ref);
    else if (event.type === 'digest' && event.trusted && event.chain.kind === 'backfill')
      this.#newestBackfill ??= event.ref;
    else if (event.type === 'chain') {
      const { chain } = event.report;
      if (chain.kind === 'backfill' && this.#newestBackfill)
        this.#backfills.push({ chain, newest: this.#newestBackfill });
      this.#newestBackfill = undefined;
    }
  }

  /** What is in question and not proven, once every chain was seen. */
  async findings(): Promise<readonly Finding[]> {
    const ofPlaces = await mapAtOnce(this.#bare, LISTINGS_AT_ONCE, (place) => this.#judge(place));
    const ofChains = this.#backfills.flatMap(({ chain, newest }) => {
      const hourly = { ...chain, kind: 'standard' } as const;
      const subject = { type: 'chain', chain: hourly } as const;
      const isThere = this.#hourly.has(formatChainId(hourly));
      return isThere ? [] : [finding('chain-hourly-digests-missing', subject, { backfill: newest })];
    });
    return [...ofPlaces.flat(), ...ofChains];
  }

  async #judge(place: BarePlace): Promise<readonly Finding[]> {
    const { bucket, folder, kinds, isFolderEmpty, isAfterDigests } = place;
    const isListed = !isAfterDigests && LOG_KINDS.some((kind) => this.#isListed.get(this.#logFolder(place, kind)));
    try {
      const logs = isListed ? [] : await this.#firstLogs(place, kinds);
      if (logs.length > 0) {
        const code = this.#isDigestDue(logs) ? this.#codeOf(place) : 'folder-digests-pending';
        return logs.flatMap(({ key, time }) => {
          const subject = { type: 'folder', bucket, key } as const;
          if (code === 'folder-digests-pending')
            return time === undefined ? [] : [finding(code, subject, { since: time })];
          return code ? [finding(code, subject, {})] : [];
        });
      }
      const isOver = place.hasLeft && !this.#accounts.has(folder.accountId);
      if (!isFolderEmpty || isOver || !(await this.#holdsDigests(place))) return [];
      const subject = { type: 'folder', bucket, key: toDigestFolder(folder) } as const;
      return [finding('folder-without-digests-in-range', subject, {})];
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      return [unlistable(error, { bucket, key: error.request.prefix })];
    }
  }

  /** The code for logs whose digest is due; undefined where they are reported one by one. */
  #codeOf({ folder, isAudited }: BarePlace): 'folder-without-digests' | 'folder-logs-alone' | undefined {
    if (!this.#regions.has(`${folder.accountId}/${folder.region}`)) return 'folder-without-digests';
    return isAudited ? undefined : 'folder-logs-alone';
  }

  /** The first logs of each kind that has any: a wider time has all that a narrower one has. */
  async #firstLogs(place: BarePlace, kinds: readonly LogKind[]): Promise<readonly FirstLog[]> {
    const found: FirstLog[] = [];
    for (const kind of kinds) {
      const first = await findFirstLog(this.#store, this.#leftovers, place, kind, place.range);
      if (first) found.push(first);
    }
    return found;
  }

  /** Whether the digest that lists the first of some logs must be there by now, or when the copy was made. */
  #isDigestDue(logs: readonly FirstLog[]): boolean {
    const { to = Number.NEGATIVE_INFINITY, isLive } = this.#asked;
    const isOfNow = isLive || to >= this.#now;
    const lookedAt = isOfNow ? this.#now : Math.min(this.#now, this.#newestEnd + FASTEST_DELIVERY);
    const times = logs.map(({ time = Number.NEGATIVE_INFINITY }) => time);
    const due = Math.min(...times) + FIRST_DIGEST_DUE;
    return due <= lookedAt || logs.some(({ isOutlived }) => isOutlived) || times.some((time) => time >= due);
  }

  /** Whether any digest lies in a folder, of whatever time. */
  async #holdsDigests({ bucket, folder, range }: BarePlace): Promise<boolean> {
    if (range.from === undefined && range.to === undefined) return false;
    let left = NAMES_LOOKED_AT;
    for await (const page of this.#store.list({ bucket, prefix: toDigestFolder(folder) })) {
      if (page.some(({ key }) => parseDigestKey(key))) return true;
      left -= page.length;
      if (left <= 0) return true;
    }
    return false;
  }

  #seeLog(ref: ObjectRef): void {
    if (this.#isListed.size === 0) return;
    const key = parseLogKey(ref.key);
    if (!key) return;
    const folder = this.#logFolder({ bucket: ref.bucket, folder: key }, key.kind);
    // In a folder, the logs of a bucket may lie in one of its name.
    for (const place of [folder, `${ref.bucket}/${folder}`])
      if (this.#isListed.has(place)) this.#isListed.set(place, true);
  }

  #logFolder({ bucket, folder }: PlacedFolder, kind: LogKind): string {
    return this.#identify({ bucket, key: toLogFolder(folder, kind) });
  }
}
