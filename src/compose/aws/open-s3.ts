import { limitedStore, limitedVersions } from '../../adapters/decorators/limited-store.js';
import { retryingStore } from '../../adapters/decorators/retrying-store.js';
import { retryingVersions } from '../../adapters/decorators/retrying-versions.js';
import { type IsStopped, stoppingStore, stoppingVersions } from '../../adapters/decorators/stopping-store.js';
import { leanStore } from '../../adapters/s3/direct/direct-store.js';
import { leanGet } from '../../adapters/s3/direct/signed-get.js';
import { openS3Store, type S3Settings } from '../../adapters/s3/s3-store.js';
import type { DescribeAccess } from '../../adapters/s3/sdk/s3-access.js';
import { storeHasher } from '../../app/objects/store-hasher.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { nodeInflater } from '../inflate/inflater.js';
import { MOST_AT_ONCE, newLimit, newRetry, type Pace } from './request-limits.js';

/** S3 opened in this thread. */
export interface OpenedS3 {
  readonly store: ObjectStore;
  readonly hasher: LogHasher;
  readonly versions: VersionedObjects;
  /** For other threads. */
  readonly describeAccess: DescribeAccess;
  close(): Promise<void>;
}

/** S3 with retries and a limit: objects the lean way, all else by the SDK. */
export function openS3Here(settings: S3Settings, pace: Pace, isStopped: IsStopped = () => false): OpenedS3 {
  const sdk = openS3Store(settings);
  const lean = leanGet(sdk.describeAccess, Date.now);
  const retry = newRetry();
  const limit = newLimit(pace);
  const store = retryingStore(limitedStore(stoppingStore(leanStore(sdk, lean), isStopped), limit), retry);
  const versions = retryingVersions(limitedVersions(stoppingVersions(sdk, isStopped), limit), retry);
  const close = async () => {
    await lean.close();
    sdk.close();
  };
  return {
    store,
    versions,
    hasher: storeHasher(store, nodeInflater, MOST_AT_ONCE),
    describeAccess: sdk.describeAccess,
    close,
  };
}
