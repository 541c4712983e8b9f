import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { LogFacts } from '../../core/contents.js';
import type { ObjectRef } from '../../core/objects.js';
import type { LogHasher } from '../../ports/log-hasher.js';

/** What a worker is sent, and what it answers with the same number. */
export interface HashTask {
  readonly id: number;
  readonly refs: readonly ObjectRef[];
}
export type HashAnswer = { readonly id: number } & (
  | { readonly facts: readonly LogFacts[] }
  | { readonly error: unknown }
);

/** A piece of work large enough that passing it on costs next to nothing, small enough that no thread idles at the end. */
const BATCH = 32;
/** Batches that a worker has in hand, so that it never waits for the next. */
const BATCHES_IN_HAND = 4;

interface Job {
  readonly refs: readonly ObjectRef[];
  resolve(facts: readonly LogFacts[]): void;
  reject(error: unknown): void;
}

/**
 * Hashes logs in other threads and in this one beside its other work, so that no core idles and none has two threads
 * to run. Each thread runs a script that answers every {@link HashTask} with a {@link HashAnswer}.
 */
export function workerHasher(own: LogHasher, threads: number, startWorker: () => Worker): LogHasher {
  const queue: Job[] = [];
  const takeJob = () => queue.shift();
  const hands = Array.from({ length: threads }, () => new WorkerHand(startWorker(), takeJob));
  const ownHand = new OwnHand(own, takeJob);
  return {
    async hash(refs) {
      const batches: Promise<readonly LogFacts[]>[] = [];
      for (let start = 0; start < refs.length; start += BATCH) {
        const batch = refs.slice(start, start + BATCH);
        batches.push(
          new Promise((resolve, reject) => {
            queue.push({ refs: batch, resolve, reject });
          }),
        );
      }
      for (const hand of hands) hand.fill();
      ownHand.work();
      return (await Promise.all(batches)).flat();
    },
    async close() {
      await Promise.all([own.close(), ...hands.map((hand) => hand.close())]);
    },
  };
}

/** The calling thread: takes a batch whenever it has nothing else to do. */
class OwnHand {
  readonly #own: LogHasher;
  readonly #next: () => Job | undefined;
  #isWorking = false;

  constructor(own: LogHasher, next: () => Job | undefined) {
    this.#own = own;
    this.#next = next;
  }

  async work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    // Answers of the other threads and the walk itself come first.
    await setImmediate();
    for (let job = this.#next(); job; job = this.#next()) {
      await this.#own.hash(job.refs).then(job.resolve, job.reject);
      await setImmediate();
    }
    this.#isWorking = false;
  }
}

/** One thread and the batches it has in hand. */
class WorkerHand {
  readonly #worker: Worker;
  readonly #next: () => Job | undefined;
  readonly #inHand = new Map<number, Job>();
  #lastId = 0;
  #failure: Error | undefined;

  constructor(worker: Worker, next: () => Job | undefined) {
    this.#worker = worker;
    this.#next = next;
    // A thread at rest keeps nobody from ending.
    worker.unref();
    worker.on('message', (answer: HashAnswer) => this.#settle(answer));
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('a hashing thread has ended')));
  }

  fill(): void {
    while (this.#inHand.size < BATCHES_IN_HAND) {
      const job = this.#next();
      if (!job) break;
      if (this.#failure) job.reject(this.#failure);
      else this.#send(job);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(job: Job): void {
    this.#lastId += 1;
    if (this.#inHand.size === 0) this.#worker.ref();
    this.#inHand.set(this.#lastId, job);
    const task: HashTask = { id: this.#lastId, refs: job.refs };
    this.#worker.postMessage(task);
  }

  #settle(answer: HashAnswer): void {
    const job = this.#inHand.get(answer.id);
    this.#inHand.delete(answer.id);
    if ('error' in answer) job?.reject(answer.error);
    else job?.resolve(answer.facts);
    this.fill();
    if (this.#inHand.size === 0) this.#worker.unref();
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const job of this.#inHand.values()) job.reject(error);
    this.#inHand.clear();
    this.fill();
  }
}
