import type { MessagePort } from 'node:worker_threads';
import { fromPlainError, type PlainError, toPlainError } from './messages.js';

interface Question {
  readonly id: number;
  readonly text: string;
}
type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: PlainError });

/** Answers another thread's questions through a port. The port keeps no process running. */
export function answerThrough(port: MessagePort, find: (text: string) => Promise<unknown>): void {
  port.on('message', async ({ id, text }: Question) => {
    let answer: Answer;
    try {
      answer = { id, value: await find(text) };
    } catch (error) {
      answer = { id, error: toPlainError(error) };
    }
    port.postMessage(answer);
  });
  port.unref();
}

/** Asks the thread at the other end of a port. Values come as they were found: what they are is for the caller to know. */
export function askThrough<T>(port: MessagePort): (text: string) => Promise<T> {
  const open = new Map<number, { resolve(value: T): void; reject(error: Error): void }>();
  let lastId = 0;
  port.on('message', (answer: Answer) => {
    const asked = open.get(answer.id);
    open.delete(answer.id);
    if ('error' in answer) asked?.reject(fromPlainError(answer.error));
    else asked?.resolve(answer.value as T);
    if (open.size === 0) port.unref();
  });
  port.unref();
  return (text) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      open.set(lastId, { resolve, reject });
      port.ref();
      const question: Question = { id: lastId, text };
      port.postMessage(question);
    });
}
