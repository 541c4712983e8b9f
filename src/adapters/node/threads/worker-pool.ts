import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { LogFacts } from '../../../core/content/object-content.js';
import type { ObjectRef } from '../../../core/objects/object-ref.js';
import type { LogHasher } from '../../../ports/log-hasher.js';
import { StoppedError } from '../../../ports/object-store.js';
import { fromPlainError, type HashAnswer, type HashTask } from './messages.js';

/** A piece of work large enough that passing it on costs next to nothing, small enough that no thread idles at the end. */
const BATCH = 32;

export interface WorkerHasherOptions {
  /** Hashes in the calling thread, beside the others, and what they cannot deal with. */
  readonly own: LogHasher;
  readonly threads: number;
  /** Starts a script that answers every {@link HashTask} with a {@link HashAnswer}. */
  readonly startWorker: () => Worker;
  /** Once it says so, no more jobs are begun: they fail with {@link StoppedError}. */
  readonly isStopped?: () => boolean;
  /**
   * Batches that a thread has in hand, or as many logs of calls with fewer: some for files, so that it never waits for the
   * next; many where each log is a wait.
   */
  readonly batchesInHand: number;
  /** Batches that the calling thread has in hand, or as many logs. */
  readonly ownBatches: number;
}

interface Job {
  readonly refs: readonly ObjectRef[];
  resolve(facts: readonly LogFacts[]): void;
  reject(error: unknown): void;
}

/**
 * Hashes logs in other threads and in this one beside its other work, so that no core idles and none has two threads
 * to run. Answers come in the order of the references, whoever was quickest.
 */
export function workerHasher(options: WorkerHasherOptions): LogHasher {
  const { own, threads, startWorker, isStopped = () => false, batchesInHand, ownBatches } = options;
  const jobs: Job[] = [];
  /** What may be begun. */
  const queued = (): Job[] => {
    if (isStopped()) for (const job of jobs.splice(0)) job.reject(new StoppedError());
    return jobs;
  };
  const takeJob = () => queued().shift();
  const takeJobs = () => takeBatch(queued());
  const hands = Array.from({ length: threads }, () => new WorkerHand(startWorker(), takeJob, own, batchesInHand));
  const ownHand = new OwnHand(own, takeJobs, ownBatches);
  return {
    announce: () => {},
    async hash(refs) {
      const batches: Promise<readonly LogFacts[]>[] = [];
      for (let start = 0; start < refs.length; start += BATCH) {
        const batch = refs.slice(start, start + BATCH);
        batches.push(
          new Promise((resolve, reject) => {
            jobs.push({ refs: batch, resolve, reject });
          }),
        );
      }
      for (const hand of hands) hand.fill();
      ownHand.fill();
      return (await Promise.all(batches)).flat();
    },
    async close() {
      await Promise.all([own.close(), ...hands.map((hand) => hand.close())]);
    },
  };
}

/** Takes jobs that make up a batch together: hardly a digest lists as many logs. */
function takeBatch(queue: Job[]): readonly Job[] {
  let logs = 0;
  const end = queue.findIndex(({ refs }) => {
    logs += refs.length;
    return logs > BATCH;
  });
  return queue.splice(0, end === -1 ? queue.length : end);
}

/** The calling thread: takes a batch whenever it has nothing else to do. */
class OwnHand {
  readonly #own: LogHasher;
  readonly #next: () => readonly Job[];
  readonly #most: number;
  #underWay = 0;

  constructor(own: LogHasher, next: () => readonly Job[], most: number) {
    this.#own = own;
    this.#next = next;
    this.#most = most;
  }

  fill(): void {
    while (this.#underWay < this.#most) {
      this.#underWay += 1;
      void this.#work();
    }
  }

  async #work(): Promise<void> {
    // Answers of the other threads and the walk itself come first.
    await setImmediate();
    for (let jobs = this.#next(); jobs.length > 0; jobs = this.#next()) {
      await Promise.all(jobs.map((job) => this.#own.hash(job.refs).then(job.resolve, job.reject)));
      await setImmediate();
    }
    this.#underWay -= 1;
  }
}

/** One thread and the logs it has in hand. */
class WorkerHand {
  readonly #worker: Worker;
  readonly #next: () => Job | undefined;
  readonly #own: LogHasher;
  readonly #most: number;
  readonly #inHand = new Map<number, Job>();
  #logsInHand = 0;
  #lastId = 0;
  #failure: Error | undefined;

  constructor(worker: Worker, next: () => Job | undefined, own: LogHasher, most: number) {
    this.#worker = worker;
    this.#next = next;
    this.#own = own;
    this.#most = most * BATCH;
    // A thread at rest keeps nobody from ending.
    worker.unref();
    worker.on('message', (answer: HashAnswer) => this.#settle(answer));
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('messageerror', (error: Error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('a hashing thread has ended')));
  }

  fill(): void {
    while (this.#logsInHand < this.#most) {
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
    this.#logsInHand += job.refs.length;
    const task: HashTask = { id: this.#lastId, refs: job.refs };
    this.#worker.postMessage(task);
  }

  #settle(answer: HashAnswer): void {
    const job = this.#inHand.get(answer.id);
    if (this.#inHand.delete(answer.id)) this.#logsInHand -= job?.refs.length ?? 0;
    if ('error' in answer) job?.reject(fromPlainError(answer.error));
    else if (job) this.#complete(job, answer.facts).then(job.resolve, job.reject);
    this.fill();
    if (this.#inHand.size === 0) this.#worker.unref();
  }

  /** Has the calling thread do what the other could not. */
  async #complete({ refs }: Job, facts: readonly (LogFacts | null)[]): Promise<readonly LogFacts[]> {
    const left = refs.filter((_, index) => !facts[index]);
    const rest = left.length === 0 ? [] : await this.#own.hash(left);
    let next = 0;
    return refs.map((_, index) => facts[index] ?? rest[next++] ?? NO_ANSWER);
  }

  #fail(error: Error): void {
    // A thread that fails also ends: the cause is the first that is heard.
    this.#failure ??= error;
    for (const job of this.#inHand.values()) job.reject(error);
    this.#inHand.clear();
    this.#logsInHand = 0;
    this.fill();
  }
}

const NO_ANSWER: LogFacts = {
  status: 'unavailable',
  refusal: { errorCode: 'NoAnswer', message: 'the log hasher gave no answer' },
};
