import { byEnd, type Candidate } from '../../core/chain/walk.js';
import type { ChainMemory } from '../../core/checkpoint/checkpoint.js';
import { parseDigestKey, toDigestKey } from '../../core/objects/cloudtrail-key.js';
import { HOUR, type Interval } from '../../core/time/instant.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ListingError, ObjectStore } from '../../ports/object-store.js';
import type { DigestFolders } from '../listing/discover-folders.js';
import { listChains, type PlacedFolder, type TimeRange } from '../listing/list-digests.js';
import { readUnprovenLink } from '../objects/read-digest.js';
import { inListing, type Part, placeOf } from './verify-span.js';

/** A part of a chain's time as it is listed. */
export interface EarlierPart extends Part {
  /** Folders that could not be listed to their end. */
  readonly unlisted?: readonly ListingError[];
}

/**
 * Lists a part of a chain that was looked at before. Where it begins or ends in a hole, the digests on either side tell what
 * that is; where there is none after it, it is lost, since there was one.
 */
export async function listEarlier(
  memory: ChainMemory,
  folders: DigestFolders['folders'],
  time: Interval,
  { store, inflater }: { readonly store: ObjectStore; readonly inflater: Inflater },
): Promise<EarlierPart> {
  const { chain } = memory;
  let unlisted: readonly ListingError[] = [];
  let places = folders;
  const list = async (range: TimeRange) => {
    const listing = await listChains(store, places, range);
    if (listing.unlisted.length > 0) unlisted = listing.unlisted;
    const { older = [], candidates, newer = [] } = inListing(listing, chain);
    return [...older, ...candidates, ...newer];
  };
  while (true) {
    const near = select(memory, await list({ from: time.start, to: time.end }), time);
    if (near.isWhole) return { chain, ...near.told };
    const all = await list({});
    const around = select(memory, all, time);
    // The chain may have begun in another bucket or under another prefix.
    const before = await placeBefore(
      all.find(({ end }) => end > time.start),
      store,
      inflater,
    );
    if (
      before &&
      !places.some((place) => placeOf(place.bucket, place.folder) === placeOf(before.bucket, before.folder))
    ) {
      places = [...places, before];
      continue;
    }
    if (unlisted.length > 0) return { chain, candidates: around.listed, isEndUnknown: true, unlisted };
    const { told } = around;
    return { chain, ...told, isEndLost: !told.candidates.some(({ end }) => end >= time.end) };
  }
}

/** Of the digests of a chain, oldest first, those that tell of a part of its time; whole, where there is no hole at either end. */
function select(memory: ChainMemory, all: readonly Candidate[], time: Interval) {
  if (memory.chain.kind === 'backfill') {
    const listed = all.filter(({ end }) => end > time.start && end <= time.end);
    const gone = goneOf(memory, time, listed);
    const candidates = [...listed, ...gone].sort(byEnd);
    return { isWhole: gone.length === 0, told: { candidates }, listed };
  }
  const within = all.filter(({ end }) => end > time.start && end < time.end);
  const [next, ...after] = all.filter(({ end }) => end >= time.end);
  // The last digest of a run may end after logging began again: then only from above it is clear which of the two comes first.
  const overlapping = after.filter(({ end }) => end < time.end + HOUR).length;
  const above = overlapping > 0 ? after.slice(0, overlapping + 1) : [];
  const listed = next ? [...within, next, ...above] : within;
  const newer = after.slice(above.length);
  const last = all.findLast(({ end }) => end <= time.start)?.end ?? Number.NEGATIVE_INFINITY;
  const told = { candidates: [...all.filter(({ end }) => end === last), ...listed], newer };
  // The one before it, or the first of it, reaches where it begins.
  const isBegun = last > time.start - HOUR || (listed[0] !== undefined && listed[0].end - HOUR <= time.start);
  return { isWhole: isBegun && next !== undefined, told, listed };
}

/** Backfill digests that are known to exist and have no other one in their place. @param listed what is listed of that time */
function goneOf(
  { history }: ChainMemory,
  { start, end }: Interval,
  listed: readonly Candidate[],
): readonly Candidate[] {
  const key = history && parseDigestKey(history.anchor.key);
  if (!key) return [];
  const { anchor, seen = [] } = history;
  const there = new Set(listed.map((candidate) => candidate.end));
  return seen
    .filter((endTime) => endTime > start && endTime <= end && !there.has(endTime))
    .map((endTime) => ({ ref: { bucket: anchor.bucket, key: toDigestKey({ ...key, endTime }) }, end: endTime }));
}

/** Where the predecessor of a digest was delivered, by its own word; undefined where places are not told apart. */
async function placeBefore(
  digest: Candidate | undefined,
  store: ObjectStore,
  inflater: Inflater,
): Promise<PlacedFolder | undefined> {
  if (!digest || !store.knowsBuckets(digest.ref)) return undefined;
  const link = await readUnprovenLink(store, inflater, digest.ref);
  const folder = link && parseDigestKey(link.key);
  return folder && { bucket: link.bucket, folder };
}
