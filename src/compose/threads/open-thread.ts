import type { MessagePort } from 'node:worker_threads';
import type { ThreadFacts } from '../../adapters/node/threads/messages.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Pace } from '../aws/request-limits.js';
import { isRaised, type StopFlag } from './stop-flag.js';

/** A store in words, so that another thread can open the same. */
export type StoreDescription = { readonly stop: StopFlag } & (
  | { readonly type: 'local'; readonly root: string }
  /** `access`: where to ask for the address and the credentials of a bucket. */
  | { readonly type: 's3'; readonly access: MessagePort; readonly pace: Pace }
);

/** Opens a store for hashing logs in the thread that this is called in, and loads nothing that it does not take. */
export async function openThread(
  description: StoreDescription,
): Promise<(refs: readonly ObjectRef[]) => Promise<ThreadFacts>> {
  if (description.type === 'local') {
    const { openLocalHasher } = await import('./open-local-hasher.js');
    const hasher = openLocalHasher(description.root, isRaised(description.stop));
    return (refs) => hasher.hash(refs);
  }
  const { openS3Thread } = await import('./open-s3-thread.js');
  return openS3Thread(description.access, description.pace, isRaised(description.stop));
}
