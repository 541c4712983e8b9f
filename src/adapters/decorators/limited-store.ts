import type { ResumableStore } from '../../ports/object-store.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import type { RequestLimit } from './request-limit.js';

/** A store whose objects are read within a limit. Listings are few and go through at once. */
export const limitedStore = (store: ResumableStore, limit: RequestLimit): ResumableStore => ({
  ...store,
  get: (ref, maxBytes) => limit.run(ref.bucket, () => store.get(ref, maxBytes)),
  open: (ref, maxBytes, from) => limit.run(ref.bucket, () => store.open(ref, maxBytes, from)),
});

/**
 * Older versions, within a limit where there may be as many requests as there are objects. The few pages of the versions
 * of one object count as one request; listings of folders go through at once.
 */
export const limitedVersions = (objects: VersionedObjects, limit: RequestLimit): VersionedObjects => ({
  versions: (ref) => limit.run(ref.bucket, () => objects.versions(ref)),
  getVersion: (ref, versionId, maxBytes) => limit.run(ref.bucket, () => objects.getVersion(ref, versionId, maxBytes)),
  listNewest: (request) => objects.listNewest(request),
  listVersionFolders: (bucket, prefix, most) => objects.listVersionFolders(bucket, prefix, most),
});
