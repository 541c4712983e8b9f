import type { Instant } from '../../core/instant.js';
import type { ObjectVersion, VersionedObjects } from '../../ports/versioned-objects.js';
import type { MemoryObject } from './memory-store.js';

/** A version in hand; without an object it is the mark of a deletion. */
export interface MemoryVersion {
  readonly versionId: string;
  readonly at: Instant;
  readonly object?: MemoryObject;
}

/** `bucket/key` → versions, newest first */
export type MemoryVersions = ReadonlyMap<string, readonly MemoryVersion[]>;

/** Versions in hand. It looks at them when asked, so that later changes show. */
export function memoryVersions(kept: MemoryVersions): VersionedObjects {
  return {
    versions: async ({ bucket, key }) => ({
      status: 'listed',
      versions: (kept.get(`${bucket}/${key}`) ?? []).map(toVersion),
    }),
    async getVersion({ bucket, key }, versionId, maxBytes) {
      const object = kept.get(`${bucket}/${key}`)?.find((version) => version.versionId === versionId)?.object;
      if (!object) return { status: 'not-found' };
      if (object.body.length > maxBytes) return { status: 'too-large', measure: 'stored', limit: maxBytes };
      return { status: 'found', body: object.body, metadata: object.metadata };
    },
  };
}

const toVersion = ({ versionId, at, object }: MemoryVersion): ObjectVersion => ({
  versionId,
  at,
  isDeleteMarker: object === undefined,
});
