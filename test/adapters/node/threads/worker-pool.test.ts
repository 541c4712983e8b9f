import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { growingHasher } from '../../../../src/adapters/node/threads/lazy-pool.js';
import { workerHasher } from '../../../../src/adapters/node/threads/worker-pool.js';
import type { LogFacts } from '../../../../src/core/content/object-content.js';
import type { ObjectRef } from '../../../../src/core/objects/object-ref.js';
import type { LogHasher } from '../../../../src/ports/log-hasher.js';
import { CredentialsError, StoreUnreachableError } from '../../../../src/ports/object-store.js';
import { ServiceError } from '../../../../src/ports/service-error.js';

/** Facts that tell which log they are of and who found them. */
const factsOf = ({ key }: ObjectRef, finder: string): LogFacts => ({
  status: 'read',
  form: 'gzip',
  sha256: `${finder}:${key}`,
  storedSize: 1,
  size: 1,
});

const refsOf = (count: number, start = 0): ObjectRef[] =>
  Array.from({ length: count }, (_, index) => ({ bucket: 'b', key: `k${start + index}` }));

/** The keys that the facts are of, whoever found them. */
const keysOf = (facts: readonly LogFacts[]): (string | undefined)[] =>
  facts.map((fact) => (fact.status === 'read' ? fact.sha256?.replace(/^\w+:/, '') : fact.status));

const findersOf = (facts: readonly LogFacts[]): Set<string | undefined> =>
  new Set(facts.map((fact) => (fact.status === 'read' ? fact.sha256?.replace(/:.*/, '') : fact.status)));

/** The script of a thread that does this with each task. */
const script = (onTask: string): string => `
  const { parentPort } = require('node:worker_threads');
  const factsOf = ({ key }) => ({ status: 'read', form: 'gzip', sha256: 'thread:' + key, storedSize: 1, size: 1 });
  let turn = 0;
  parentPort.on('message', ({ id, refs }) => { turn += 1; ${onTask} });
`;
const ANSWER = 'parentPort.postMessage({ id, facts: refs.map(factsOf) });';
const ANSWER_LATER_FIRST = `setTimeout(() => { ${ANSWER} }, 30 - 10 * (turn % 4));`;

class OwnHasher implements LogHasher {
  readonly calls: (readonly ObjectRef[])[] = [];
  underWay = 0;
  mostUnderWay = 0;
  isClosed = false;

  announce(): void {}

  async hash(refs: readonly ObjectRef[]): Promise<readonly LogFacts[]> {
    this.calls.push(refs);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.underWay -= 1;
    return refs.map((ref) => factsOf(ref, 'own'));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Never takes a batch of its own accord to its end, so that all is left to the threads. */
const busy: LogHasher = { announce: () => {}, hash: () => new Promise(() => {}), close: async () => {} };

const opened: LogHasher[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((hasher) => hasher.close()));
});

function open(onTask: string, options: { threads?: number; own?: LogHasher; ownBatches?: number } = {}) {
  const { threads = 2, own = new OwnHasher(), ownBatches = 1 } = options;
  const workers: Worker[] = [];
  const startWorker = () => {
    const worker = new Worker(script(onTask), { eval: true });
    workers.push(worker);
    return worker;
  };
  const hasher = workerHasher({ own, threads, startWorker, batchesInHand: 3, ownBatches });
  opened.push(hasher);
  return { hasher, workers };
}

describe('hashing in threads', () => {
  it.each([0, 1, 2, 4])('answers in the order of the references, with %i threads', async (threads) => {
    const { hasher } = open(ANSWER_LATER_FIRST, { threads });
    const facts = await Promise.all([
      hasher.hash(refsOf(700)),
      hasher.hash(refsOf(5, 700)),
      hasher.hash(refsOf(90, 705)),
    ]);
    expect(keysOf(facts.flat())).toEqual(refsOf(795).map(({ key }) => key));
    expect(facts.map(({ length }) => length)).toEqual([700, 5, 90]);
  });

  it('answers nothing about nothing', async () => {
    expect(await open(ANSWER).hasher.hash([])).toEqual([]);
  });

  it('has the calling thread work beside the others', async () => {
    const { hasher } = open(ANSWER_LATER_FIRST);
    expect(findersOf(await hasher.hash(refsOf(1_000)))).toEqual(new Set(['own', 'thread']));
  });

  it('gives the calling thread no more at once than it was told', async () => {
    const own = new OwnHasher();
    const { hasher } = open(ANSWER, { own, threads: 0, ownBatches: 2 });
    await Promise.all([hasher.hash(refsOf(500)), hasher.hash(refsOf(500))]);
    expect(own.mostUnderWay).toBe(2);
    expect(Math.max(...own.calls.map(({ length }) => length))).toBe(32);
  });

  it('gives the calling thread as many logs at once where each is of another call', async () => {
    const own = new OwnHasher();
    const { hasher } = open(ANSWER, { own, threads: 0, ownBatches: 2 });
    const facts = await Promise.all(refsOf(200).map((ref) => hasher.hash([ref])));
    expect(own.mostUnderWay).toBe(64);
    expect(keysOf(facts.flat())).toEqual(refsOf(200).map(({ key }) => key));
  });

  it('gives a thread as many logs at once where each is of another call', async () => {
    // Three batches of 32: no answer comes before all are there.
    const together = 'held.push(id); if (held.length === 96) for (const each of held) answer(each);';
    const answer = 'const answer = (id) => parentPort.postMessage({ id, facts: [factsOf(refs[0])] });';
    const { hasher } = open(`const held = (globalThis.held ??= []); ${answer} ${together}`, {
      threads: 1,
      own: busy,
      ownBatches: 0,
    });
    const facts = await Promise.all(refsOf(96).map((ref) => hasher.hash([ref])));
    expect(facts.map(({ length }) => length)).toEqual(Array.from({ length: 96 }, () => 1));
  });

  it('starts threads only when there is much to do', async () => {
    const own = new OwnHasher();
    const openThreads = vi.fn(() => open(ANSWER, { own: busy }).hasher);
    const hasher = growingHasher(own, 256, openThreads);
    expect(findersOf(await hasher.hash(refsOf(200)))).toEqual(new Set(['own']));
    expect(findersOf(await hasher.hash(refsOf(56)))).toEqual(new Set(['own']));
    expect(openThreads).not.toHaveBeenCalled();
    expect(keysOf(await hasher.hash(refsOf(60)))).toEqual(refsOf(60).map(({ key }) => key));
    expect(findersOf(await hasher.hash(refsOf(60)))).toEqual(new Set(['thread']));
    expect(openThreads).toHaveBeenCalledTimes(1);
    expect(own.calls.map(({ length }) => length)).toEqual([200, 56]);
    await hasher.close();
    expect(own.isClosed).toBe(true);
  });

  it('starts threads before the first log when many digests are announced', async () => {
    const own = new OwnHasher();
    const openThreads = vi.fn(() => open(ANSWER, { own: busy }).hasher);
    const hasher = growingHasher(own, 256, openThreads);
    hasher.announce(200);
    hasher.announce(56);
    expect(openThreads).not.toHaveBeenCalled();
    hasher.announce(1);
    expect(openThreads).toHaveBeenCalledTimes(1);
    expect(findersOf(await hasher.hash(refsOf(2)))).toEqual(new Set(['thread']));
    hasher.announce(1_000);
    expect(openThreads).toHaveBeenCalledTimes(1);
    expect(own.calls).toEqual([]);
  });

  it('starts no threads any more once it is closed', async () => {
    const openThreads = vi.fn(() => open(ANSWER, { own: busy }).hasher);
    const hasher = growingHasher(new OwnHasher(), 256, openThreads);
    await hasher.close();
    hasher.announce?.(1_000);
    expect(openThreads).not.toHaveBeenCalled();
    expect(findersOf(await hasher.hash(refsOf(300)))).toEqual(new Set(['own']));
    expect(openThreads).not.toHaveBeenCalled();
  });

  it('closes what was never grown', async () => {
    const own = new OwnHasher();
    await growingHasher(own, 1, () => own).close();
    expect(own.isClosed).toBe(true);
  });
});

describe('what a thread cannot deal with', () => {
  const NULL_FOR_ODD = `parentPort.postMessage({ id, facts: refs.map((ref) => /[13579]$/.test(ref.key) ? null : factsOf(ref)) });`;

  it('is done by the calling thread, in its place', async () => {
    const own = new OwnHasher();
    const { hasher } = open(NULL_FOR_ODD, { own, ownBatches: 0 });
    const facts = await hasher.hash(refsOf(100));
    expect(facts).toEqual(refsOf(100).map((ref) => factsOf(ref, /[13579]$/.test(ref.key) ? 'own' : 'thread')));
    expect(own.calls.flat()).toHaveLength(50);
  });

  it.each([
    ['too few answers', 'parentPort.postMessage({ id, facts: refs.slice(0, 3).map(factsOf) });'],
    ['no answers', 'parentPort.postMessage({ id, facts: [] });'],
  ])('is also what it gave %s about', async (_, onTask) => {
    const { hasher } = open(onTask, { ownBatches: 0 });
    expect(keysOf(await hasher.hash(refsOf(70)))).toEqual(refsOf(70).map(({ key }) => key));
  });

  it('and the calling thread does not answer either is unavailable, never anything else', async () => {
    const own: LogHasher = { announce: () => {}, hash: async () => [], close: async () => {} };
    const { hasher } = open(NULL_FOR_ODD, { own, ownBatches: 0 });
    const facts = await hasher.hash(refsOf(2));
    expect(facts).toEqual([
      factsOf({ bucket: 'b', key: 'k0' }, 'thread'),
      { status: 'unavailable', refusal: { errorCode: 'NoAnswer', message: expect.stringMatching(/./) } },
    ]);
  });
});

describe('a failure', () => {
  const fail = (error: object) => `parentPort.postMessage({ id, error: ${JSON.stringify(error)} });`;
  const call = { service: 'S3 at x', operation: 'GetObject' };

  it.each<[string, object, new (...args: never[]) => Error, object]>([
    [
      'an unreachable store',
      { name: 'StoreUnreachableError', message: 'S3 cannot be reached' },
      StoreUnreachableError,
      { message: 'S3 cannot be reached' },
    ],
    [
      'credentials',
      { name: 'CredentialsError', message: 'renew', errorCode: 'ExpiredToken' },
      CredentialsError,
      { message: 'renew', errorCode: 'ExpiredToken' },
    ],
    [
      'a service',
      { name: 'ServiceError', message: 'no', errorCode: 'SlowDown', httpStatus: 503, call },
      ServiceError,
      { message: 'no', errorCode: 'SlowDown', httpStatus: 503, call },
    ],
    ['anything', { name: 'TypeError', message: 'a bug' }, Error, { message: 'a bug' }],
  ])('of %s keeps its class', async (_, error, kind, expected) => {
    const failing = open(fail(error), { ownBatches: 0 }).hasher.hash(refsOf(40));
    await expect(failing).rejects.toBeInstanceOf(kind);
    await expect(failing).rejects.toMatchObject(expected);
  });

  it('of one task is not one of the next', async () => {
    const { hasher } = open(
      `if (refs[0].key === 'k0') { ${fail({ name: 'Error', message: 'first' })} } else { ${ANSWER} }`,
      {
        ownBatches: 0,
      },
    );
    await expect(hasher.hash(refsOf(10))).rejects.toThrow('first');
    expect(keysOf(await hasher.hash(refsOf(3, 1)))).toEqual(['k1', 'k2', 'k3']);
  });

  it('of the calling thread fails the call', async () => {
    const own: LogHasher = {
      announce: () => {},
      hash: async () => {
        throw new CredentialsError('ExpiredToken', 'renew');
      },
      close: async () => {},
    };
    await expect(open(ANSWER, { own, threads: 0 }).hasher.hash(refsOf(3))).rejects.toBeInstanceOf(CredentialsError);
  });
});

describe('a thread that dies', () => {
  it.each([
    ['by an exception', `if (turn === 2) throw new TypeError('a bug'); ${ANSWER}`, 'a bug'],
    ['by ending', `if (turn === 2) process.exit(0); ${ANSWER}`, 'a hashing thread has ended'],
    ['at its first task', `process.exit(1);`, 'a hashing thread has ended'],
  ])('%s fails what it had in hand and all that follows', async (_, onTask, message) => {
    const { hasher } = open(onTask, { threads: 1, ownBatches: 0 });
    await expect(hasher.hash(refsOf(320))).rejects.toThrow(message);
    await expect(hasher.hash(refsOf(1))).rejects.toThrow(message);
  });

  it('fails a run that others could go on with: nothing is left unsaid', async () => {
    const { hasher, workers } = open(`setTimeout(() => { ${ANSWER} }, 5);`, { threads: 2, ownBatches: 0 });
    const hashing = hasher.hash(refsOf(2_000));
    const failed = expect(hashing).rejects.toThrow('a hashing thread has ended');
    await workers[0]?.terminate();
    await failed;
  });

  it('that could not start is told', async () => {
    const startWorker = () => new Worker('this is no script', { eval: true });
    const hasher = workerHasher({ own: new OwnHasher(), threads: 1, startWorker, batchesInHand: 1, ownBatches: 0 });
    opened.push(hasher);
    await expect(hasher.hash(refsOf(10))).rejects.toThrow(SyntaxError);
  });

  it('or whose answer cannot be read fails the run', async () => {
    const { hasher, workers } = open('', { threads: 1, ownBatches: 0 });
    const failed = expect(hasher.hash(refsOf(10))).rejects.toThrow('unreadable');
    workers[0]?.emit('messageerror', new Error('unreadable'));
    await failed;
  });
});

describe('closing', () => {
  it('ends the threads and the hasher of the calling thread', async () => {
    const own = new OwnHasher();
    const { hasher, workers } = open(ANSWER, { own });
    await hasher.hash(refsOf(100));
    const exits = Promise.all(workers.map((worker) => once(worker, 'exit')));
    await hasher.close();
    await exits;
    expect(own.isClosed).toBe(true);
  });

  it('fails calls that are pending', async () => {
    const { hasher } = open('', { ownBatches: 0 });
    const failed = expect(hasher.hash(refsOf(500))).rejects.toThrow('a hashing thread has ended');
    await hasher.close();
    await failed;
  });
});

describe('a process', () => {
  it('is kept running by a thread exactly as long as it has something in hand', async () => {
    let isHeld = true;
    const startWorker = () => {
      const worker = new Worker(script(`setTimeout(() => { ${ANSWER} }, 10);`), { eval: true });
      const [ref, unref] = [worker.ref.bind(worker), worker.unref.bind(worker)];
      worker.ref = () => {
        isHeld = true;
        ref();
      };
      worker.unref = () => {
        isHeld = false;
        unref();
      };
      return worker;
    };
    const hasher = workerHasher({ own: new OwnHasher(), threads: 1, startWorker, batchesInHand: 2, ownBatches: 0 });
    opened.push(hasher);
    expect(isHeld).toBe(false);
    for (let time = 0; time < 2; time += 1) {
      const hashing = hasher.hash(refsOf(200));
      expect(isHeld).toBe(true);
      await hashing;
      expect(isHeld).toBe(false);
    }
  });
});
