import { byEnd, type Candidate } from '../../core/chain/walk.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import { type ChainId, chainOf, formatChainId } from '../../core/objects/chain-id.js';
import { type DigestKey, type Folder, parseDigestKey, toDigestFolder } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { RunRequest } from '../../core/report/request.js';
import { DAY, formatDateFolder, HOUR, type Instant } from '../../core/time/instant.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { STRANGE_NAMES_TOLD } from '../limits.js';
import { listAtOnce } from './list-by-date.js';

/** The time asked for, as far as it is bounded. */
export type TimeRange = Pick<RunRequest, 'from' | 'to'>;

export interface ListedChain {
  readonly chain: ChainId;
  /**
   * Those that may cover some of the time asked for, oldest first, up to the first that reaches its end; where there are none,
   * the last one before it and the first after it.
   */
  readonly candidates: readonly Candidate[];
  /** Those after them, oldest first, as far as they were listed. Anybody may have planted the last of the candidates. */
  readonly newer?: readonly Candidate[];
  /** Of a standard chain, oldest first, those before the time asked for, as far as they were listed. */
  readonly older?: readonly Candidate[];
  /**
   * Of a standard chain, oldest first, those of the time asked for that were deleted and are older than the oldest one left: expiry
   * may have taken them, if nobody planted that one.
   */
  readonly expired?: readonly Candidate[];
}

/** A digest covers an hour, so the one that covers an instant ends within an hour of it; the one after that within two. */
export const REACH = 2 * HOUR;
/** How long after a log a backfill digest may end that lists it. CloudTrail documents no limit; a day is the strictest that fits the logs seen so far. */
export const BACKFILL_BEHIND = DAY;
/**
 * So far around the time asked for, chains are looked for that have nothing in it: where one trail's digests are gone and
 * another's are not, only what lies before and after tells of it. A month of digests fits in one page of a listing.
 */
export const LOOK_AROUND = 31 * DAY;

/** The chains of one account and region. */
export interface Listing {
  readonly chains: readonly ListedChain[];
  /** Backfill digests of the day after the time asked for: they may list logs of that time. */
  readonly late: readonly ListedChain[];
  /** Keys in a digest folder that CloudTrail would not have written. */
  readonly findings: readonly Finding[];
  /** Folders that could not be listed to their end. What was listed of them is among the chains. */
  readonly unlisted: readonly ListingError[];
  /** Folders whose deleted digests could not be listed to their end. */
  readonly unsearched: readonly ListingError[];
}

/** Where digests that were deleted are found. */
export interface DeletedListing {
  /** Those of a folder that may cover some of the time asked for, from the day of an instant on. Throws {@link ListingError}. */
  list(bucket: string, folder: Folder, since: Instant): AsyncIterable<ObjectRef>;
}

/** A folder of one account and region, in its bucket. */
export interface PlacedFolder {
  readonly bucket: string;
  readonly folder: Folder;
}

/**
 * Lists the digests of one account and region and sorts them into chains.
 * @param deleted where given, digests that were deleted are candidates as well: those that are newer than the oldest
 * one left of their chain, since expiry takes the oldest first; of a chain of which nothing is left, those of the time
 * asked for, where its start was given. The others of that time are the expired ones.
 */
export async function listChains(
  store: ObjectStore,
  folders: readonly PlacedFolder[],
  range: TimeRange,
  deleted?: DeletedListing,
): Promise<Listing> {
  const sorter = new ChainSorter(range);
  const unlisted = await listEach(folders, async ({ bucket, folder }) => {
    for await (const ref of listDigestKeys(store, bucket, folder, range)) sorter.add(ref, folder);
  });
  const since = sorter.oldestOfInterest;
  if (!deleted || since === undefined) return { ...sorter.sorted(), unlisted, unsearched: [] };
  const unsearched = await listEach(folders, async ({ bucket, folder }) => {
    for await (const ref of deleted.list(bucket, folder, since)) sorter.addDeleted(ref);
  });
  return { ...sorter.sorted(), unlisted, unsearched };
}

/** Lists one folder after the other; answers with the listings that failed. */
async function listEach(
  folders: readonly PlacedFolder[],
  list: (placed: PlacedFolder) => Promise<void>,
): Promise<readonly ListingError[]> {
  const failed: ListingError[] = [];
  for (const placed of folders) {
    try {
      await list(placed);
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      failed.push(error);
    }
  }
  return failed;
}

/** Whether a digest may cover some of the time asked for, by its name. */
export const isWithin = ({ end }: Candidate, { from, to }: TimeRange): boolean =>
  (from === undefined || end > from) && (to === undefined || end - HOUR < to);

/** What a listing shows of a chain. */
interface Entry {
  readonly chain: ChainId;
  readonly candidates: Candidate[];
  readonly deleted: Candidate[];
  /** Of a standard chain, those before the time asked for. */
  readonly older: Candidate[];
  /** Of a standard chain, those of the time asked for that were deleted before the oldest that was listed. */
  readonly expired: Candidate[];
  /** The end of the oldest that was listed; absent where none was. */
  oldest?: Instant;
}

class ChainSorter {
  readonly #range: TimeRange;
  readonly #chains = new Map<string, Entry>();
  readonly #findings: Finding[] = [];
  /** Strange names that are not told, by their folder. */
  readonly #untold = new Map<string, { readonly bucket: string; count: number }>();

  constructor(range: TimeRange) {
    this.#range = range;
  }

  add(ref: ObjectRef, folder: Folder): void {
    const { from } = this.#range;
    const key = parseDigestKey(ref.key);
    if (!key) {
      if (this.#isNear(ref, folder)) this.#addStrange(ref, folder);
      return;
    }
    const entry = this.#entryOf(key);
    entry.oldest = Math.min(key.endTime, entry.oldest ?? key.endTime);
    const candidate = { ref, end: key.endTime };
    if (from === undefined || key.endTime > from) entry.candidates.push(candidate);
    else if (!key.backfill) entry.older.push(candidate);
  }

  #addStrange(ref: ObjectRef, folder: Folder): void {
    if (this.#findings.length < STRANGE_NAMES_TOLD) {
      this.#findings.push(finding('digest-key-unrecognised', { type: 'digest', ...ref }, {}));
      return;
    }
    const prefix = toDigestFolder(folder);
    const untold = this.#untold.get(prefix) ?? { bucket: ref.bucket, count: 0 };
    untold.count += 1;
    this.#untold.set(prefix, untold);
  }

  get #told(): readonly Finding[] {
    const untold = [...this.#untold].map(([key, { bucket, count }]) =>
      finding('folder-names-limited', { type: 'folder', bucket, key }, { limit: STRANGE_NAMES_TOLD, count }),
    );
    return [...this.#findings, ...untold];
  }

  /** Before then, no digest that was deleted is of interest; nor is any, where it is undefined. To be asked when all others were added. */
  get oldestOfInterest(): Instant | undefined {
    const { from } = this.#range;
    if (from !== undefined) return from;
    const oldest = [...this.#chains.values()].flatMap((entry) => entry.oldest ?? []);
    return oldest.length === 0 ? undefined : oldest.reduce((a, b) => Math.min(a, b));
  }

  /** A digest that was deleted. */
  addDeleted(ref: ObjectRef): void {
    const key = parseDigestKey(ref.key);
    if (!key) return;
    const { from } = this.#range;
    const oldest = this.#chains.get(formatChainId(chainOf(key)))?.oldest;
    const isOfInterest = oldest === undefined ? from !== undefined : key.endTime > oldest;
    const candidate = { ref, end: key.endTime };
    if (isOfInterest) this.#entryOf(key).deleted.push(candidate);
    else if (!key.backfill && from !== undefined && isWithin(candidate, this.#range))
      this.#entryOf(key).expired.push(candidate);
  }

  sorted(): Pick<Listing, 'chains' | 'late' | 'findings'> {
    const entries = [...this.#chains.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    const chains = entries.filter((entry) => this.#isOfInterest(entry)).map((entry) => this.#toListed(entry));
    const late = entries.map((entry) => this.#toLate(entry));
    const isThere = ({ candidates }: ListedChain) => candidates.length > 0;
    return { chains: chains.filter(isThere), late: late.filter(isThere), findings: this.#told };
  }

  /** Backfill digests of another time say nothing about the time asked for, unlike those of a chain that goes on hour by hour. */
  #isOfInterest({ chain, candidates, deleted }: Entry): boolean {
    const { to } = this.#range;
    return (
      chain.kind === 'standard' || [...candidates, ...deleted].some(({ end }) => to === undefined || end - HOUR < to)
    );
  }

  #toLate({ chain, candidates }: Entry): ListedChain {
    const { to } = this.#range;
    if (to === undefined || chain.kind === 'standard') return { chain, candidates: [] };
    const late = candidates.filter(({ end }) => end > to);
    const isLate = late.some(({ end }) => end - HOUR < to + BACKFILL_BEHIND);
    return isLate ? cut({ chain, deleted: [] }, late, to + BACKFILL_BEHIND) : { chain, candidates: [] };
  }

  #entryOf(key: DigestKey): Entry {
    const chain = chainOf(key);
    const id = formatChainId(chain);
    const entry = this.#chains.get(id) ?? { chain, candidates: [], deleted: [], older: [], expired: [] };
    this.#chains.set(id, entry);
    return entry;
  }

  /** Whether a key lies in the folders of the time asked for, or in those of a day around it. */
  #isNear({ key }: ObjectRef, folder: Folder): boolean {
    const { from, to } = this.#range;
    const prefix = toDigestFolder(folder);
    const isEarly = from !== undefined && key < `${prefix}${formatDateFolder(from - DAY)}`;
    return !isEarly && (to === undefined || key < `${prefix}${formatDateFolder(to + REACH + DAY)}`);
  }

  /** A standard chain that ends before the time asked for is not passed over: its last digest shows since when there is none. */
  #toListed(entry: Entry): ListedChain {
    const { candidates, deleted, expired } = entry;
    const isWithinAny = deleted.length > 0 || candidates.some((candidate) => isWithin(candidate, this.#range));
    const before = entry.older.sort(byEnd);
    const older = isWithinAny ? before : before.slice(0, -1);
    const listed = cut(entry, [...before.slice(older.length), ...candidates], this.#range.to);
    return {
      ...listed,
      ...(older.length > 0 && { older }),
      ...(expired.length > 0 && { expired: expired.sort(byEnd) }),
    };
  }
}

/** The digest keys of a folder that end in the range or in the month before or after it. */
async function* listDigestKeys(
  store: ObjectStore,
  bucket: string,
  folder: Folder,
  { from, to }: TimeRange,
): AsyncGenerator<ObjectRef> {
  const prefix = toDigestFolder(folder);
  const first = from === undefined ? {} : { startAfter: `${prefix}${formatDateFolder(from - LOOK_AROUND)}` };
  const until = to === undefined ? undefined : to + LOOK_AROUND;
  const afterLast = until === undefined ? undefined : `${prefix}${formatDateFolder(until)}`;
  for await (const page of listAtOnce(store, { bucket, prefix, ...first }, until)) {
    for (const { key } of page) {
      if (afterLast !== undefined && key >= afterLast && parseDigestKey(key)) return;
      yield { bucket, key };
    }
  }
}

/** Divides the digests after the first that is there and reaches the end of the range. Deleted ones that are too new to cover that end are left out. */
function cut(
  { chain, deleted }: Pick<Entry, 'chain' | 'deleted'>,
  listed: readonly Candidate[],
  to: Instant | undefined,
): ListedChain {
  const present = [...listed].sort(byEnd);
  const last = to === undefined ? undefined : present.find(({ end }) => end >= to);
  if (to === undefined || !last) return { chain, candidates: [...present, ...deleted].sort(byEnd) };
  const kept = present.slice(0, present.indexOf(last) + 1);
  const newer = present.slice(kept.length);
  return {
    chain,
    candidates: [...kept, ...deleted.filter(({ end }) => end < last.end)].sort(byEnd),
    newer: [...newer, ...deleted.filter(({ end }) => end > last.end && end - HOUR < to)].sort(byEnd),
  };
}
