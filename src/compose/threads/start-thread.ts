import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { StoreDescription } from './open-thread.js';

/** Lies beside this module, in the sources and in every bundle. */
const HASH_WORKER = new URL('./hash-worker.js', import.meta.url);

/** One for each further core; none where the script of a thread is missing, as in a bundle of a program that uses the library. */
export const threadsHere = (): number => (existsSync(HASH_WORKER) ? availableParallelism() - 1 : 0);

/** Starts a thread that hashes the logs of the store that is described. */
export const startThread = (
  workerData: StoreDescription,
  options: Pick<WorkerOptions, 'transferList' | 'resourceLimits'>,
): Worker => new Worker(HASH_WORKER, { workerData, ...options });
