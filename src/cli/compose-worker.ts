import type { ArchiveLayout } from '../adapters/local/archive-files.js';
import { localHasher } from '../adapters/local/local-hasher.js';
import { localStore } from '../adapters/local/local-store.js';
import { nodeInflater } from '../adapters/node/inflater.js';
import { LIMITS } from '../app/limits.js';
import { storeHasher } from '../app/store-hasher.js';
import type { LogHasher } from '../ports/log-hasher.js';

/** A store in words, so that another thread can open the same. */
export type StoreDescription = { readonly type: 'local'; readonly layout: ArchiveLayout };

/** Opens a store for hashing logs, in whichever thread this is called. */
export function openHasher({ layout }: StoreDescription): LogHasher {
  const large = storeHasher(localStore(layout), nodeInflater, 1);
  return localHasher(layout, nodeInflater, LIMITS.wholeLog, large);
}
