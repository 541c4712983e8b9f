import { type ChainId, chainOf, formatChainId } from '../core/chain.js';
import { type Finding, finding } from '../core/findings.js';
import { DAY, formatDateFolder, HOUR, type Instant } from '../core/instant.js';
import { type Folder, parseDigestKey, toDigestFolder } from '../core/object-key.js';
import type { ObjectRef } from '../core/objects.js';
import type { Candidate } from '../core/walk.js';
import type { ObjectStore } from '../ports/object-store.js';

/** The time asked for, as far as it is bounded. */
export interface TimeRange {
  readonly from?: Instant;
  readonly to?: Instant;
}

export interface ListedChain {
  readonly chain: ChainId;
  /** Those that may cover some of the time asked for, oldest first; where there are none, the last one before it. */
  readonly candidates: readonly Candidate[];
  /** The one after them. */
  readonly witness?: ObjectRef;
}

/** A digest covers an hour, so the one that covers an instant ends within an hour of it; the one after that within two. */
const REACH = 2 * HOUR;

/**
 * Lists the digests of one account and region and sorts them into chains. Keys in a digest folder that CloudTrail
 * would not have written become findings.
 * @throws {ListingError} when a folder cannot be listed to its end
 */
export async function listChains(
  store: ObjectStore,
  folders: readonly { readonly bucket: string; readonly folder: Folder }[],
  range: TimeRange,
): Promise<{ readonly chains: readonly ListedChain[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const chains = new Map<string, { readonly chain: ChainId; readonly candidates: Candidate[]; last?: Candidate }>();
  for (const { bucket, folder } of folders) {
    for await (const ref of listDigestKeys(store, bucket, folder, range)) {
      const key = parseDigestKey(ref.key);
      if (!key) {
        findings.push(finding('digest-key-unrecognised', { type: 'digest', ...ref }, {}));
        continue;
      }
      const chain = chainOf(key);
      const id = formatChainId(chain);
      const entry = chains.get(id) ?? { chain, candidates: [] };
      chains.set(id, entry);
      const candidate = { ref, end: key.endTime };
      if (range.from === undefined || key.endTime > range.from) entry.candidates.push(candidate);
      else if (!key.backfill && (!entry.last || entry.last.end <= key.endTime)) entry.last = candidate;
    }
  }
  const sorted = [...chains.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  const listed = sorted.map((entry) => cut(entry.chain, candidatesOf(entry), range.to));
  return { chains: listed.filter(({ candidates }) => candidates.length > 0), findings };
}

/** A standard chain that ends before the time asked for is not passed over: its last digest shows since when there is none. */
const candidatesOf = ({ candidates, last }: { candidates: Candidate[]; last?: Candidate }): readonly Candidate[] =>
  candidates.length === 0 && last ? [last] : candidates;

/** The digest keys of a folder that end in the range, in the day before it or soon after it. */
async function* listDigestKeys(
  store: ObjectStore,
  bucket: string,
  folder: Folder,
  { from, to }: TimeRange,
): AsyncGenerator<ObjectRef> {
  const prefix = toDigestFolder(folder);
  const first = from === undefined ? {} : { startAfter: `${prefix}${formatDateFolder(from - DAY)}` };
  const afterLast = to === undefined ? undefined : `${prefix}${formatDateFolder(to + REACH + DAY)}`;
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
