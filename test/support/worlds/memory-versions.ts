import type { MemoryBuckets, MemoryObject } from '../../../src/adapters/memory/memory-store.js';
import { compareUtf8 } from '../../../src/core/encoding/compare-utf8.js';
import type { Instant } from '../../../src/core/time/instant.js';
import { ListingError, type ListRequest } from '../../../src/ports/object-store.js';
import type { NewestVersion, ObjectVersion, VersionedObjects } from '../../../src/ports/versioned-objects.js';

/** A version in hand; without an object it is the mark of a deletion. */
interface MemoryVersion {
  readonly versionId: string;
  readonly at: Instant;
  readonly object?: MemoryObject;
}

/** `bucket/key` → versions, newest first */
export type MemoryVersions = ReadonlyMap<string, readonly MemoryVersion[]>;

/** Versions in hand, and the objects that never had another. It looks at them when asked, so that later changes show. */
export function memoryVersions(kept: MemoryVersions, buckets: MemoryBuckets): VersionedObjects {
  return {
    versions: async ({ bucket, key }) => ({
      status: 'listed',
      versions: (kept.get(`${bucket}/${key}`) ?? []).map(toVersion),
      isCut: false,
    }),
    async getVersion({ bucket, key }, versionId, maxBytes) {
      const object = kept.get(`${bucket}/${key}`)?.find((version) => version.versionId === versionId)?.object;
      if (!object) return { status: 'not-found' };
      if (object.body.length > maxBytes) return { status: 'too-large', measure: 'stored', limit: maxBytes };
      return { status: 'found', body: object.body, metadata: object.metadata };
    },
    async *listNewest(request) {
      const { bucket, startAfter = '' } = request;
      const newest = newestUnder(kept, buckets, request).filter(({ key }) => compareUtf8(key, startAfter) > 0);
      if (newest.length > 0) yield newest.map((version) => ({ ...version, bucket }));
    },
    async listVersionFolders(bucket, prefix) {
      const names = newestUnder(kept, buckets, { bucket, prefix }).map(
        ({ key }) => /^([^/]*)\//.exec(key.slice(prefix.length))?.[1],
      );
      return [...new Set(names)].filter((name) => name !== undefined).sort(compareUtf8);
    },
  };
}

/** In byte order of the keys. */
function newestUnder(
  kept: MemoryVersions,
  buckets: MemoryBuckets,
  request: ListRequest,
): Omit<NewestVersion, 'bucket'>[] {
  const { bucket, prefix } = request;
  const present = buckets.get(bucket);
  if (!present) throw new ListingError(request, { status: 'not-found' });
  const newest = new Map([...present.keys()].map((key) => [key, false]));
  for (const [place, [version]] of kept)
    if (place.startsWith(`${bucket}/`) && version) newest.set(place.slice(bucket.length + 1), !version.object);
  return [...newest]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([key, isDeleteMarker]) => ({ key, isDeleteMarker }));
}

const toVersion = ({ versionId, at, object }: MemoryVersion): ObjectVersion => ({
  versionId,
  at,
  isDeleteMarker: object === undefined,
});
