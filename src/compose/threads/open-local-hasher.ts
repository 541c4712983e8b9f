import { type IsStopped, stoppingHasher } from '../../adapters/decorators/stopping-store.js';
import { localHasher } from '../../adapters/local/local-hasher.js';
import { localStore } from '../../adapters/local/local-store.js';
import { LIMITS } from '../../app/limits.js';
import { storeHasher } from '../../app/objects/store-hasher.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import { nodeInflater } from '../inflate/inflater.js';

/** Hashes the logs of an archive in the thread it is called in. */
export function openLocalHasher(root: string, isStopped: IsStopped): LogHasher {
  const large = storeHasher(localStore(root), nodeInflater, 1);
  return stoppingHasher(localHasher(root, nodeInflater, LIMITS.wholeLog, large), isStopped);
}
