import { parentPort, workerData } from 'node:worker_threads';
import { type HashAnswer, type HashTask, toPlainError } from '../../adapters/node/threads/messages.js';
import { openThread, type StoreDescription } from './open-thread.js';

// The script of a hashing thread: opens the store it is told of, and answers task after task.
const thread = openThread(workerData as StoreDescription);

parentPort?.on('message', async ({ id, refs }: HashTask) => {
  let answer: HashAnswer;
  try {
    const hash = await thread;
    answer = { id, facts: await hash(refs) };
  } catch (error) {
    answer = { id, error: toPlainError(error) };
  }
  parentPort?.postMessage(answer);
});
