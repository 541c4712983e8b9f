import type { MessagePort } from 'node:worker_threads';
import { askThrough } from '../adapters/node/port-access.js';
import type { ThreadFacts } from '../adapters/node/thread-protocol.js';
import type { S3Access } from '../adapters/s3/access.js';
import { type LeanGet, leanGet } from '../adapters/s3/lean-get.js';
import { leanOnlyStore, UnusualAnswerError } from '../adapters/s3/lean-store.js';
import { limitedStore } from '../adapters/wrap/limited-store.js';
import { retryingStore } from '../adapters/wrap/retrying-store.js';
import { storeHasher } from '../app/store-hasher.js';
import type { ObjectRef } from '../core/objects.js';
import { nodeInflater } from './inflater.js';
import { MOST_AT_ONCE, newLimit, newRetry, type Pace } from './request-pace.js';

/** The part of S3 that another thread takes over: plain objects, got the lean way. What is unusual comes back as null. */
export function openS3Thread(access: MessagePort, pace: Pace): (refs: readonly ObjectRef[]) => Promise<ThreadFacts> {
  const lean: LeanGet = leanGet(askThrough<S3Access | undefined>(access), Date.now);
  const store = retryingStore(limitedStore(leanOnlyStore(lean), newLimit(pace)), newRetry());
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
