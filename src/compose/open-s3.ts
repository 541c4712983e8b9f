import type { MessagePort } from 'node:worker_threads';
import { nodeInflater } from '../adapters/node/inflater.js';
import { askThrough } from '../adapters/node/port-access.js';
import type { ThreadFacts } from '../adapters/node/thread-protocol.js';
import type { DescribeAccess, S3Access } from '../adapters/s3/access.js';
import { type LeanGet, leanGet } from '../adapters/s3/lean-get.js';
import { leanOnlyStore, leanStore, UnusualAnswerError } from '../adapters/s3/lean-store.js';
import { openS3Store, type S3Settings } from '../adapters/s3/s3-store.js';
import { limitedStore } from '../adapters/wrap/limited-store.js';
import { type RequestLimit, requestLimit } from '../adapters/wrap/request-limit.js';
import { createRetry } from '../adapters/wrap/retry.js';
import { retryingStore } from '../adapters/wrap/retrying-store.js';
import { retryingVersions } from '../adapters/wrap/retrying-versions.js';
import { storeHasher } from '../app/store-hasher.js';
import type { ObjectRef } from '../core/objects.js';
import type { LogHasher } from '../ports/log-hasher.js';
import type { ObjectStore } from '../ports/object-store.js';
import { isOverload } from '../ports/service-error.js';
import type { VersionedObjects } from '../ports/versioned-objects.js';

/** How fast objects are asked for. */
export interface Pace {
  /** Requests under way at once; found out where absent. */
  readonly concurrency?: number;
  /** Requests a second to any one bucket, at most. */
  readonly rate?: number;
}

/** S3 opened in this thread. */
export interface OpenedS3 {
  readonly store: ObjectStore;
  readonly hasher: LogHasher;
  readonly versions: VersionedObjects;
  /** For other threads. */
  readonly describeAccess: DescribeAccess;
  close(): Promise<void>;
}

/** As many as there are connections. More in flight from one thread has never brought more through, and takes memory. */
const MOST_AT_ONCE = 256;

/** S3 with retries and a limit: objects the lean way, all else by the SDK. */
export function openS3Here(settings: S3Settings, pace: Pace): OpenedS3 {
  const sdk = openS3Store(settings);
  const lean = leanGet(sdk.describeAccess, Date.now);
  const retry = createRetry(retryEnvironment);
  const store = retryingStore(limitedStore(leanStore(sdk, lean), newLimit(pace)), retry);
  const versions = retryingVersions(sdk, retry);
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

/** The part of S3 that another thread takes over: plain objects, got the lean way. What is unusual comes back as null. */
export function openS3Thread(access: MessagePort, pace: Pace): (refs: readonly ObjectRef[]) => Promise<ThreadFacts> {
  const lean: LeanGet = leanGet(askThrough<S3Access | undefined>(access), Date.now);
  const store = retryingStore(limitedStore(leanOnlyStore(lean), newLimit(pace)), createRetry(retryEnvironment));
  const hasher = storeHasher(store, nodeInflater, MOST_AT_ONCE);
  const hashOne = async (ref: ObjectRef) => {
    try {
      const [facts] = await hasher.hash([ref]);
      return facts ?? null;
    } catch (error) {
      if (error instanceof UnusualAnswerError) return null;
      throw error;
    }
  };
  return (refs) => Promise.all(refs.map(hashOne));
}

const newLimit = (pace: Pace): RequestLimit =>
  requestLimit({
    ...pace,
    most: MOST_AT_ONCE,
    isOverload,
    elapsed: retryEnvironment.elapsed,
    sleep: retryEnvironment.sleep,
  });

/** Chance and time, as retrying wants them. */
export const retryEnvironment = {
  random: Math.random,
  sleep: (milliseconds: number) =>
    new Promise<void>((resolve) => {
      setTimeout(resolve, milliseconds);
    }),
  elapsed: () => performance.now(),
};
