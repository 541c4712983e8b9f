import { type Retry, ServiceError } from '../../ports/service-error.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';

/** Makes {@link VersionedObjects} that throw a {@link ServiceError} retry what may pass, and answer `unavailable` for the rest. */
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
  };
}
