import { type Retry, ServiceError } from '../../ports/service-error.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { retryFolders, retryPages } from './retrying-store.js';

/** Makes {@link VersionedObjects} that throw a {@link ServiceError} retry what may pass, and answer `unavailable` or throw `ListingError` for the rest. */
export function retryingVersions(objects: VersionedObjects, retry: Retry): VersionedObjects {
  const orUnavailable = async <T>(attempt: () => Promise<T>) => {
    try {
      return await retry(attempt);
    } catch (error) {
      if (error instanceof ServiceError) return { status: 'unavailable', refusal: error.refusal } as const;
      throw error;
    }
  };
  return {
    versions: (ref) => orUnavailable(() => objects.versions(ref)),
    getVersion: (ref, versionId, maxBytes) => orUnavailable(() => objects.getVersion(ref, versionId, maxBytes)),
    listNewest: (request) => retryPages((rest) => objects.listNewest(rest), retry, request),
    listVersionFolders: (bucket, prefix, most) =>
      retryFolders(() => objects.listVersionFolders(bucket, prefix, most), retry, { bucket, prefix }),
  };
}
