import type { LogFacts } from '../core/contents.js';
import type { ObjectRef } from '../core/objects.js';
import type { Inflater } from '../ports/inflater.js';
import type { LogHasher } from '../ports/log-hasher.js';
import type { ObjectStore } from '../ports/object-store.js';
import { LIMITS } from './limits.js';

/** Reads and hashes logs in the thread it is called in, `concurrency` of them at a time over all calls. */
export function storeHasher(store: ObjectStore, inflater: Inflater, concurrency: number): LogHasher {
  const turn = turnstile(concurrency);
  return {
    hash: (refs) => Promise.all(refs.map((ref) => turn(() => hashLog(store, inflater, ref)))),
    close: async () => {},
  };
}

/** Reads one log. The inflated bytes are dropped as soon as they are hashed. */
export async function hashLog(store: ObjectStore, inflater: Inflater, ref: ObjectRef): Promise<LogFacts> {
  const object = await store.get(ref, LIMITS.log.stored);
  if (object.status !== 'found') return object;
  const inflated = inflater.open(object.body, LIMITS.log.inflated);
  if (inflated.status !== 'read') return inflated;
  const { bytes: _dropped, ...facts } = inflated;
  return facts;
}

/** Lets at most `width` pieces of work run at once, in the order they came. */
function turnstile(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = width;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
