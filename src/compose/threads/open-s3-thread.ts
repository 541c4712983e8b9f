import type { MessagePort } from 'node:worker_threads';
import { limitedStore } from '../../adapters/decorators/limited-store.js';
import { retryingStore } from '../../adapters/decorators/retrying-store.js';
import { type IsStopped, stoppingStore } from '../../adapters/decorators/stopping-store.js';
import type { ThreadFacts } from '../../adapters/node/threads/messages.js';
import { askThrough } from '../../adapters/node/threads/rpc.js';
import { leanOnlyStore, UnusualAnswerError } from '../../adapters/s3/direct/direct-store.js';
import { type LeanGet, leanGet } from '../../adapters/s3/direct/signed-get.js';
import type { S3Access } from '../../adapters/s3/sdk/s3-access.js';
import { storeHasher } from '../../app/objects/store-hasher.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { MOST_AT_ONCE, newLimit, newRetry, type Pace } from '../aws/request-limits.js';
import { nodeInflater } from '../inflate/inflater.js';

/** The part of S3 that another thread takes over: plain objects, got the lean way. What is unusual comes back as null. */
export function openS3Thread(
  access: MessagePort,
  pace: Pace,
  isStopped: IsStopped,
): (refs: readonly ObjectRef[]) => Promise<ThreadFacts> {
  const lean: LeanGet = leanGet(askThrough<S3Access | undefined>(access), Date.now);
  const store = retryingStore(limitedStore(stoppingStore(leanOnlyStore(lean), isStopped), newLimit(pace)), newRetry());
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
