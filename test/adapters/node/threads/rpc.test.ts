import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { answerThrough, askThrough } from '../../../../src/adapters/node/threads/rpc.js';
import { CredentialsError, StoreUnreachableError } from '../../../../src/ports/object-store.js';
import { ServiceError } from '../../../../src/ports/service-error.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function connect(find: (text: string) => Promise<unknown>) {
  const { port1, port2 } = new MessageChannel();
  closing.push(() => port1.close());
  answerThrough(port1, find);
  return { ask: askThrough<unknown>(port2), asker: port2, answerer: port1 };
}

/** Whether a port keeps its thread running. The type declarations do not know of it. */
const isHolding = (port: MessagePort): boolean => (port as MessagePort & { hasRef(): boolean }).hasRef();

describe('asking through a port', () => {
  it('gives each question its own answer, whichever is found first', async () => {
    const { ask } = connect(async (text) => {
      await new Promise((resolve) => setTimeout(resolve, text === 'slow' ? 20 : 0));
      return { text, list: [1, undefined] };
    });
    expect(await Promise.all([ask('slow'), ask('quick'), ask('slow')])).toEqual(
      ['slow', 'quick', 'slow'].map((text) => ({ text, list: [1, undefined] })),
    );
  });

  it('gives undefined where that is the answer', async () => {
    expect(await connect(async () => undefined).ask('x')).toBeUndefined();
  });

  const call = { service: 'S3 in us-east-1', operation: 'GetBucketLocation' };
  it.each<[string, unknown, new (...args: never[]) => Error, object]>([
    ['a bug', new TypeError('a bug'), Error, { message: 'a bug' }],
    ['no error at all', 'text', Error, { message: 'text' }],
    [
      'credentials',
      new CredentialsError('ExpiredToken', 'renew'),
      CredentialsError,
      { errorCode: 'ExpiredToken', message: 'renew' },
    ],
    ['an unreachable store', new StoreUnreachableError('gone'), StoreUnreachableError, { message: 'gone' }],
    [
      'a service, so that it can be retried',
      new ServiceError(call, { errorCode: 'SlowDown', message: 'slow down' }, 503),
      ServiceError,
      { errorCode: 'SlowDown', message: 'slow down', httpStatus: 503, call },
    ],
    [
      'a service that did not answer',
      new ServiceError(call, { errorCode: 'ECONNREFUSED', message: 'refused' }, undefined),
      ServiceError,
      { errorCode: 'ECONNREFUSED', httpStatus: undefined },
    ],
  ])('passes on failures of %s', async (_, error, kind, expected) => {
    const asking = connect(() => Promise.reject(error)).ask('x');
    await expect(asking).rejects.toBeInstanceOf(kind);
    await expect(asking).rejects.toMatchObject(expected);
  });

  it('keeps a thread running while a question is open, and not before or after', async () => {
    let answer = () => {};
    const { ask, asker, answerer } = connect(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    );
    expect([isHolding(asker), isHolding(answerer)]).toEqual([false, false]);
    const asking = ask('x');
    expect([isHolding(asker), isHolding(answerer)]).toEqual([true, false]);
    await once(answerer, 'message');
    answer();
    await asking;
    expect([isHolding(asker), isHolding(answerer)]).toEqual([false, false]);
  });

  it('works between threads, and survives the end of one', async () => {
    const { port1, port2 } = new MessageChannel();
    const asked: string[] = [];
    closing.push(() => port1.close());
    answerThrough(port1, async (text) => {
      asked.push(text);
      return `${text}!`;
    });
    const source = `
      const { workerData, parentPort } = require('node:worker_threads');
      workerData.on('message', ({ id, value }) => parentPort.postMessage([id, value]));
      workerData.postMessage({ id: 7, text: 'hello' });
      workerData.postMessage({ id: 8, text: 'again' });
    `;
    const worker = new Worker(source, { eval: true, workerData: port2, transferList: [port2] });
    expect((await once(worker, 'message'))[0]).toEqual([7, 'hello!']);
    await worker.terminate();
    expect(asked).toEqual(['hello', 'again']);
  });
});
