import { parentPort, workerData } from 'node:worker_threads';
import type { HashAnswer, HashTask } from '../adapters/node/worker-hasher.js';
import { openHasher, type StoreDescription } from './compose-worker.js';

// The script of a hashing thread: opens the store it is told of, and answers task after task.
const hasher = openHasher(workerData as StoreDescription);

parentPort?.on('message', async ({ id, refs }: HashTask) => {
  let answer: HashAnswer;
  try {
    answer = { id, facts: await hasher.hash(refs) };
  } catch (error) {
    answer = { id, error };
  }
  parentPort?.postMessage(answer);
});
