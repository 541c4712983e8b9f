import { type ChainId, chainOf, formatChainId } from '../core/chain.js';
import { type Finding, finding } from '../core/findings.js';
import { DAY, formatDateFolder, HOUR, type Instant } from '../core/instant.js';
import { type Folder, parseDigestKey, toDigestFolder } from '../core/object-key.js';
import type { ObjectRef } from '../core/objects.js';
import type { Candidate } from '../core/walk.js';
import { ListingError, type ObjectStore } from '../ports/object-store.js';

/** The time asked for, as far as it is bounded. */
export interface TimeRange {
  readonly from?: Instant;
  readonly to?: Instant;
}

export interface ListedChain {
  readonly chain: ChainId;
  /** Those that may cover some of the time asked for, oldest first; where there are none, the last one before it and the first after it. */
  readonly candidates: readonly Candidate[];
  /** The one after them. */
  readonly witness?: ObjectRef;
}

/** A digest covers an hour, so the one that covers an instant ends within an hour of it; the one after that within two. */
const REACH = 2 * HOUR;
/**
 * So far around the time asked for, chains are looked for that have nothing in it: where one trail's digests are gone and
 * another's are not, only what lies before and after tells of it. A month of digests fits in one page of a listing.
 */
const LOOK_AROUND = 31 * DAY;

/** The chains of one account and region. */
export interface Listing {
  readonly chains: readonly ListedChain[];
  /** Keys in a digest folder that CloudTrail would not have written. */
  readonly findings: readonly Finding[];
  /** Folders that could not be listed to their end. What was listed of them is among the chains. */
  readonly unlisted: readonly ListingError[];
}

/** Lists the digests of one account and region and sorts them into chains. */
export async function listChains(
  store: ObjectStore,
  folders: readonly { readonly bucket: string; readonly folder: Folder }[],
  range: TimeRange,
): Promise<Listing> {
  const sorter = new ChainSorter(range);
  const unlisted: ListingError[] = [];
  for (const { bucket, folder } of folders) {
    try {
      for await (const ref of listDigestKeys(store, bucket, folder, range)) sorter.add(ref, folder);
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      unlisted.push(error);
    }
  }
  return { ...sorter.sorted(), unlisted };
}

/** Whether a digest may cover some of the time asked for, by its name. */
export const isWithin = ({ end }: Candidate, { from, to }: TimeRange): boolean =>
  (from === undefined || end > from) && (to === undefined || end - HOUR < to);

class ChainSorter {
  readonly #range: TimeRange;
  readonly #chains = new Map<string, { readonly chain: ChainId; readonly candidates: Candidate[]; last?: Candidate }>();
  readonly #findings: Finding[] = [];

  constructor(range: TimeRange) {
    this.#range = range;
  }

  add(ref: ObjectRef, folder: Folder): void {
    const { from } = this.#range;
    const key = parseDigestKey(ref.key);
    if (!key || (key.backfill && !this.#isNear(ref, folder))) {
      if (!key && this.#isNear(ref, folder))
        this.#findings.push(finding('digest-key-unrecognised', { type: 'digest', ...ref }, {}));
      return;
    }
    const chain = chainOf(key);
    const id = formatChainId(chain);
    const entry = this.#chains.get(id) ?? { chain, candidates: [] };
    this.#chains.set(id, entry);
    const candidate = { ref, end: key.endTime };
    if (from === undefined || key.endTime > from) entry.candidates.push(candidate);
    else if (!key.backfill && (!entry.last || entry.last.end <= key.endTime)) entry.last = candidate;
  }

  sorted(): Omit<Listing, 'unlisted'> {
    const entries = [...this.#chains.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    const chains = entries.map((entry) => cut(entry.chain, this.#candidatesOf(entry), this.#range.to));
    return { chains: chains.filter(({ candidates }) => candidates.length > 0), findings: this.#findings };
  }

  /** Whether a key lies in the folders of the time asked for, or in those of a day around it. */
  #isNear({ key }: ObjectRef, folder: Folder): boolean {
    const { from, to } = this.#range;
    const prefix = toDigestFolder(folder);
    const isEarly = from !== undefined && key < `${prefix}${formatDateFolder(from - DAY)}`;
    return !isEarly && (to === undefined || key < `${prefix}${formatDateFolder(to + REACH + DAY)}`);
  }

  /** A standard chain that ends before the time asked for is not passed over: its last digest shows since when there is none. */
  #candidatesOf({ candidates, last }: { candidates: Candidate[]; last?: Candidate }): readonly Candidate[] {
    return last && !candidates.some((candidate) => isWithin(candidate, this.#range))
      ? [last, ...candidates]
      : candidates;
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
  const afterLast = to === undefined ? undefined : `${prefix}${formatDateFolder(to + LOOK_AROUND)}`;
  for await (const page of store.list({ bucket, prefix, ...first })) {
    for (const { key } of page) {
      if (afterLast !== undefined && key >= afterLast && parseDigestKey(key)) return;
      yield { bucket, key };
    }
  }
}

/** Keeps the digests up to the first that reaches the end of the range, and the next one as a witness. */
function cut(chain: ChainId, listed: readonly Candidate[], to: Instant | undefined): ListedChain {
  const candidates = [...listed].sort((a, b) => a.end - b.end);
  if (to === undefined) return { chain, candidates };
  const last = candidates.findIndex(({ end }) => end >= to);
  if (last === -1) return { chain, candidates };
  const witness = candidates[last + 1];
  return { chain, candidates: candidates.slice(0, last + 1), ...(witness && { witness: witness.ref }) };
}
