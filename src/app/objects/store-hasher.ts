import type { LogFacts } from '../../core/content/object-content.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import { BodyError, type ObjectStore } from '../../ports/object-store.js';
import { turnstile } from '../async/limit-concurrency.js';
import { LIMITS } from '../limits.js';

/** Reads and hashes logs in the thread it is called in, `concurrency` of them at a time over all calls. */
export function storeHasher(store: ObjectStore, inflater: Inflater, concurrency: number): LogHasher {
  const turn = turnstile(concurrency);
  return {
    announce: () => {},
    hash: (refs) => Promise.all(refs.map((ref) => turn(() => hashLog(store, inflater, ref)))),
    close: async () => {},
  };
}

/** Reads one log and drops its bytes as soon as they are hashed. */
async function hashLog(store: ObjectStore, inflater: Inflater, ref: ObjectRef): Promise<LogFacts> {
  const object = await store.get(ref, LIMITS.wholeLog.stored);
  if (object.status === 'found') {
    const hashed = inflater.hash(object.body, LIMITS.wholeLog.inflated);
    if (hashed.status === 'read') return hashed;
  } else if (object.status !== 'too-large') return object;
  return hashLargeLog(store, inflater, ref);
}

/** Reads a log of any size piece by piece. */
async function hashLargeLog(store: ObjectStore, inflater: Inflater, ref: ObjectRef): Promise<LogFacts> {
  const opened = await store.open(ref, LIMITS.log.stored);
  if (opened.status !== 'found') return opened;
  try {
    return await inflater.hashPieces(opened.body, opened.size, LIMITS.log.inflated);
  } catch (error) {
    if (error instanceof BodyError) return error.reason;
    throw error;
  }
}
