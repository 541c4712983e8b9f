/** What is read ahead; to be asked for one item at a time, and to be ended with `return` where it is not read to its end. */
export interface ReadAhead<T> extends AsyncIterableIterator<T, void> {
  return(): Promise<IteratorResult<T, void>>;
}

/**
 * Starts to read a source at once and goes on reading while the consumer is busy, until what is waiting weighs `limit`.
 * Order is kept. What the source throws is thrown when everything before it was taken. Ends the source when the consumer stops.
 */
export function readAhead<T>(
  source: AsyncIterable<T>,
  limit: number,
  weigh: (item: T) => number = () => 1,
): ReadAhead<T> {
  const waiting: T[] = [];
  let weight = 0;
  let end: { readonly error?: unknown } | undefined;
  let isAbandoned = false;
  let wakeProducer = () => {};
  let wakeConsumer = () => {};

  const produce = async () => {
    try {
      for await (const item of source) {
        waiting.push(item);
        weight += weigh(item);
        wakeConsumer();
        while (weight >= limit && !isAbandoned) {
          await new Promise<void>((wake) => {
            wakeProducer = wake;
          });
        }
        if (isAbandoned) break;
      }
      end = {};
    } catch (error) {
      end = { error };
    }
    wakeConsumer();
  };
  const produced = produce();

  // No generator function: one that was never asked for anything would not come to its `finally`, nor end the source.
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (true) {
        const item = waiting.shift();
        if (item !== undefined) {
          weight -= weigh(item);
          wakeProducer();
          return { done: false, value: item };
        }
        if (end) {
          if ('error' in end) throw end.error;
          return { done: true, value: undefined };
        }
        await new Promise<void>((wake) => {
          wakeConsumer = wake;
        });
      }
    },
    async return() {
      isAbandoned = true;
      wakeProducer();
      await produced;
      return { done: true, value: undefined };
    },
  };
}

/**
 * Runs several sources at once and gives what they give as if they had run one after the other.
 * Each of the `parallel` sources in hand is read ahead until what is waiting weighs `limit`.
 */
export async function* inOrder<T>(
  sources: Iterable<() => AsyncIterable<T>>,
  parallel: number,
  limit: number,
  weigh?: (item: T) => number,
): AsyncGenerator<T> {
  const started: ReadAhead<T>[] = [];
  const rest = sources[Symbol.iterator]();
  const startMore = () => {
    while (started.length < parallel) {
      const next = rest.next();
      if (next.done) return;
      started.push(readAhead(next.value(), limit, weigh));
    }
  };
  try {
    startMore();
    for (let head = started[0]; head; head = started[0]) {
      yield* head;
      started.shift();
      startMore();
    }
  } finally {
    await Promise.all(started.map((source) => source.return()));
  }
}
