import { describe, expect, it } from 'vitest';
import { inOrder, readAhead } from '../../../src/app/async/read-ahead.js';

/** Lets everything go on that can go on without the world outside. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A source that notes what was taken from it and how it ended. */
class Source {
  readonly name: string;
  readonly #items: readonly number[];
  readonly #error: Error | undefined;
  taken = 0;
  state: 'unstarted' | 'reading' | 'ended' = 'unstarted';

  constructor(name: string, count: number, error?: Error) {
    this.name = name;
    this.#items = Array.from({ length: count }, (_, index) => index);
    this.#error = error;
  }

  async *read(): AsyncGenerator<string> {
    this.state = 'reading';
    try {
      for (const item of this.#items) {
        // Sources take turns in no order that a consumer could count on.
        for (let turn = 0; turn < (item * 7 + this.name.length) % 5; turn += 1) await settle();
        this.taken += 1;
        yield `${this.name}${item}`;
      }
      if (this.#error) throw this.#error;
    } finally {
      this.state = 'ended';
    }
  }

  get all(): string[] {
    return this.#items.map((item) => `${this.name}${item}`);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const settleAll = async () => {
  for (let turn = 0; turn < 100; turn += 1) await settle();
};

describe('readAhead', () => {
  it.each([1, 2, 3, 100])('gives everything in order, reading %i ahead', async (limit) => {
    const source = new Source('a', 20);
    expect(await collect(readAhead(source.read(), limit))).toEqual(source.all);
    expect(source.state).toBe('ended');
  });

  it('gives nothing of an empty source', async () => {
    expect(await collect(readAhead(new Source('a', 0).read(), 5))).toEqual([]);
  });

  it('begins at once, and stops at the limit until something is taken', async () => {
    const source = new Source('a', 20);
    const reading = readAhead(source.read(), 3);
    await settleAll();
    expect(source.taken).toBe(3);
    await reading.next();
    await settleAll();
    expect(source.taken).toBe(4);
    await reading.return();
    expect(source.state).toBe('ended');
  });

  it('counts what items weigh', async () => {
    const source = new Source('a', 20);
    const reading = readAhead(source.read(), 30, () => 10);
    await settleAll();
    expect(source.taken).toBe(3);
    const one = readAhead(new Source('b', 20).read(), 30, () => 1000);
    expect(await one.next()).toEqual({ done: false, value: 'b0' });
    await Promise.all([reading.return(), one.return()]);
  });

  it('throws what the source throws, after everything before it', async () => {
    const error = new Error('the source is lost');
    const reading = readAhead(new Source('a', 2, error).read(), 10);
    await settleAll();
    expect(await reading.next()).toEqual({ done: false, value: 'a0' });
    expect(await reading.next()).toEqual({ done: false, value: 'a1' });
    await expect(reading.next()).rejects.toBe(error);
  });

  it('ends the source of a consumer that stops, be it that it never began', async () => {
    const [begun, unbegun] = [new Source('a', 20), new Source('b', 20)];
    for await (const _ of readAhead(begun.read(), 3)) break;
    expect(begun.state).toBe('ended');
    const reading = readAhead(unbegun.read(), 3);
    await settleAll();
    await reading.return();
    expect(unbegun.state).toBe('ended');
    expect(await reading.return()).toEqual({ done: true, value: undefined });
  });
});

describe('inOrder', () => {
  const sourcesOf = (counts: readonly number[]) =>
    counts.map((count, index) => new Source('abcdefgh'.charAt(index).repeat(index + 1), count));
  const starts = (sources: readonly Source[]) => sources.map((source) => () => source.read());

  it.each([1, 2, 3, 8, 100])('gives sources one after the other, %i at once', async (parallel) => {
    const sources = sourcesOf([4, 0, 7, 1, 0, 12, 3]);
    expect(await collect(inOrder(starts(sources), parallel, 3))).toEqual(sources.flatMap(({ all }) => all));
  });

  it('begins no more than it may at once, and the next when one is done', async () => {
    const sources = sourcesOf([2, 2, 2, 2]);
    const items = inOrder(starts(sources), 2, 100);
    const begun = () => sources.map(({ state }) => state !== 'unstarted');
    await items.next();
    await settleAll();
    expect(begun()).toEqual([true, true, false, false]);
    await items.next();
    expect((await items.next()).value).toBe('bb0');
    expect(begun()).toEqual([true, true, true, false]);
    await items.return(undefined);
  });

  it('reads no further ahead than the limit in any of them', async () => {
    const sources = sourcesOf([50, 50, 50]);
    const items = inOrder(starts(sources), 3, 5);
    await items.next();
    await settleAll();
    expect(sources.map(({ taken }) => taken)).toEqual([6, 5, 5]);
    await items.return(undefined);
  });

  it('throws in the place of the source that fails, and ends the others', async () => {
    const error = new Error('lost');
    const sources = [new Source('a', 3), new Source('bb', 2, error), new Source('ccc', 50), new Source('dddd', 50)];
    const seen: string[] = [];
    const run = async () => {
      for await (const item of inOrder(starts(sources), 3, 5)) seen.push(item);
    };
    await expect(run()).rejects.toBe(error);
    expect(seen).toEqual(['a0', 'a1', 'a2', 'bb0', 'bb1']);
    expect(sources.map(({ state }) => state)).toEqual(['ended', 'ended', 'ended', 'ended']);
  });

  it('ends every source of a consumer that stops early', async () => {
    const sources = sourcesOf([20, 20, 20]);
    for await (const _ of inOrder(starts(sources), 3, 4)) break;
    expect(sources.map(({ state }) => state)).toEqual(['ended', 'ended', 'ended']);
    await settleAll();
    expect(sources.reduce((sum, { taken }) => sum + taken, 0)).toBeLessThan(20);
  });
});
