import type { LogFacts, Unread } from '../../core/content/object-content.js';
import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import { parseObjectName } from '../../core/objects/cloudtrail-key.js';
import { isBeginning } from '../../core/objects/leftovers.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { type Place, toPath } from '../../core/places/displacement.js';
import type { ListingPart, Placement } from '../../core/places/placement.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import { ListingError, type ListRequest, type ObjectStore } from '../../ports/object-store.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';

/** A store in which objects are asked for, and listed, where they were delivered, and are read where they lie. */
export const placedStore = (store: ObjectStore, placement: Placement): ObjectStore => ({
  knowsBuckets: (ref) => placement.knowsBuckets(ref),
  identify: (ref) => placement.identify(ref),
  get: (ref, maxBytes) => readPlaced(placement, ref, (place) => store.get(place, maxBytes)),
  open: (ref, maxBytes) => readPlaced(placement, ref, (place) => store.open(place, maxBytes)),
  async *list(request) {
    for (const part of placement.listings(request)) {
      const pages = pagesAsAsked(request, store.list(listOf(part)));
      for await (const page of toDelivered(pages, part, request)) if (page.length > 0) yield page;
    }
  },
  listFolders: (bucket, prefix, most) =>
    placedFolders(placement, { bucket, prefix }, most, (place, asked) =>
      store.listFolders(place.bucket, place.prefix, asked),
    ),
});

/** A hasher of logs by where they were delivered. */
export const placedHasher = (hasher: LogHasher, placement: Placement): LogHasher => ({
  announce: (digests) => hasher.announce(digests),
  async hash(refs) {
    const places = refs.map((ref) => placement.locate(ref));
    const facts = await hasher.hash(places.flatMap((place) => (place === 'outside' ? [] : place)));
    let taken = 0;
    return refs.map((ref, index) => {
      const place = places[index] ?? [];
      if (place === 'outside') return notInSource(ref);
      const answers = facts.slice(taken, taken + place.length);
      taken += place.length;
      return onlyOne(ref, place, answers, placement);
    });
  },
  close: () => hasher.close(),
});

/** Older versions of objects by where they were delivered. */
export const placedVersions = (objects: VersionedObjects, placement: Placement): VersionedObjects => {
  const toLying = (ref: ObjectRef): ObjectRef => {
    const places = placement.locate(ref);
    return (places === 'outside' ? undefined : places[0]) ?? ref;
  };
  return {
    versions: (ref) => objects.versions(toLying(ref)),
    getVersion: (ref, versionId, maxBytes) => objects.getVersion(toLying(ref), versionId, maxBytes),
    async *listNewest(request) {
      for (const part of placement.listings(request))
        yield* toDelivered(pagesAsAsked(request, objects.listNewest(listOf(part))), part, request);
    },
    listVersionFolders: (bucket, prefix, most) =>
      placedFolders(placement, { bucket, prefix }, most, (place, asked) =>
        objects.listVersionFolders(place.bucket, place.prefix, asked),
      ),
  };
};

const listOf = ({ bucket, prefix, startAfter }: ListingPart): ListRequest => ({
  bucket,
  prefix,
  ...(startAfter !== undefined && { startAfter }),
});

/** What was asked for, by its delivered keys and in their order. Of a folder whose order is another one, all names are held. */
async function* toDelivered<T extends ObjectRef>(
  pages: AsyncIterable<readonly T[]>,
  { back, isUnordered }: ListingPart,
  { prefix, startAfter = '' }: ListRequest,
): AsyncGenerator<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) {
    const told = page.flatMap((ref) => back(ref) ?? []);
    if (!isUnordered) yield told;
    else for (const ref of told) if (ref.key.startsWith(prefix) && compareUtf8(ref.key, startAfter) > 0) all.push(ref);
  }
  if (isUnordered) yield all.sort((a, b) => compareUtf8(a.key, b.key));
}

async function placedFolders(
  placement: Placement,
  place: Place,
  most: number | undefined,
  list: (place: Place, most: number | undefined) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const { lies, isShown, hidden, names } = placement.folders(place.bucket, place.prefix);
  // Names that are not shown must not make a listing look as if it came to its end.
  const asked = most === undefined ? undefined : most + hidden;
  const listed = lies ? (await asAsked(place, () => list(lies, asked))).filter(isShown) : [];
  return names.length === 0 ? listed : [...new Set([...listed, ...names])].sort(compareUtf8);
}

/** A listing that fails by the name of what was asked for. */
async function asAsked<T>(request: ListRequest, list: () => Promise<T>): Promise<T> {
  try {
    return await list();
  } catch (error) {
    throw error instanceof ListingError ? new ListingError(request, error.reason) : error;
  }
}

async function* pagesAsAsked<T>(request: ListRequest, pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw error instanceof ListingError ? new ListingError(request, error.reason) : error;
  }
}

/** Reads the one object that is there. */
async function readPlaced<T extends { readonly status: string }>(
  placement: Placement,
  ref: ObjectRef,
  read: (place: ObjectRef) => Promise<T | Unread>,
): Promise<T | Unread> {
  const places = placement.locate(ref);
  if (places === 'outside') return notInSource(ref);
  return onlyOne(ref, places, await Promise.all(places.map(read)), placement);
}

/** What was read of an object, unless it lies in several places: one of these may be there to hide another. */
function onlyOne<T extends { readonly status: string }>(
  ref: ObjectRef,
  places: readonly ObjectRef[],
  answers: readonly (T | Unread)[],
  placement: Placement,
): T | Unread {
  const there = answers.flatMap((answer, index) => {
    const place = places[index];
    return answer.status === 'not-found' || !place ? [] : [{ answer, place }];
  });
  const [first, ...others] = there;
  if (!first) return placement.mayBeOutside(ref) ? notInSource(ref) : NOTHING;
  if (others.every(({ answer }) => isSameContent(answer, first.answer))) return first.answer;
  return ambiguous(
    ref,
    there.map(({ place }) => place),
  );
}

/** Whether two answers hold the same; of bodies that come piece by piece it is not known. */
function isSameContent(a: object, b: object): boolean {
  if ('body' in a && 'body' in b)
    return a.body instanceof Uint8Array && b.body instanceof Uint8Array && isSameBytes(a.body, b.body);
  const isWhole = 'sha256' in a && !('fault' in a) && !('fault' in b);
  return isWhole && 'sha256' in b && a.sha256 === b.sha256;
}

const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && isBeginning(a, b);

const NOTHING: Unread = { status: 'not-found' };

const ambiguous = (ref: ObjectRef, places: readonly ObjectRef[]): Unread & LogFacts => ({
  status: 'unavailable',
  refusal: {
    errorCode: 'AmbiguousPlace',
    message: `${places.map((place) => JSON.stringify(toPath(place))).join(' and ')} are both there, and may both stand for ${JSON.stringify(toPath(ref))}: give each bucket a folder of its own`,
  },
});

/** A digest that was not copied is not there; whether a log should be, nothing tells. */
const notInSource = (ref: ObjectRef): Unread & LogFacts =>
  parseObjectName(ref.key)?.kind === 'CloudTrail-Digest'
    ? NOTHING
    : {
        status: 'unavailable',
        refusal: {
          errorCode: 'NotInSource',
          message: `no folder of the source holds what was delivered to ${JSON.stringify(toPath(ref))}`,
        },
      };
