import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { limitedStore, limitedVersions } from '../../../src/adapters/decorators/limited-store.js';
import {
  type RequestLimit,
  type RequestLimitOptions,
  requestLimit,
} from '../../../src/adapters/decorators/request-limit.js';
import { identifyByName } from '../../../src/core/objects/object-ref.js';
import type { ResumableStore } from '../../../src/ports/object-store.js';
import type { VersionedObjects } from '../../../src/ports/versioned-objects.js';

const BUCKET = 'b';
const OVERLOAD = new Error('slow down');

/** Time that passes only when everything there is to do has been done. In milliseconds. */
class VirtualTime {
  now = 0;
  readonly #events: { readonly at: number; readonly go: () => void }[] = [];

  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((go) => {
      this.#events.push({ at: this.now + milliseconds, go });
    });

  /** Lets time pass until then. */
  async passUntil(end: number): Promise<void> {
    for (;;) {
      await setImmediate();
      this.#events.sort((a, b) => a.at - b.at);
      const next = this.#events[0];
      if (!next || next.at > end) break;
      this.now = next.at;
      while (this.#events[0]?.at === this.now) this.#events.shift()?.go();
    }
    this.now = end;
  }
}

/** A service that notes how much is under way, and a caller that always wants more. */
class World {
  readonly time = new VirtualTime();
  readonly limit: RequestLimit;
  readonly #serve: (underWay: number) => Promise<unknown>;
  underWay = 0;
  mostUnderWay = 0;
  ended = 0;

  constructor(options: Partial<RequestLimitOptions>, serve: (world: World, underWay: number) => Promise<unknown>) {
    const { time } = this;
    this.limit = requestLimit({
      most: 512,
      isOverload: (error) => error === OVERLOAD,
      elapsed: () => time.now,
      sleep: time.sleep,
      ...options,
    });
    this.#serve = (underWay) => serve(this, underWay);
  }

  ask = (bucket = BUCKET): Promise<unknown> =>
    this.limit.run(bucket, async () => {
      this.underWay += 1;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      try {
        return await this.#serve(this.underWay);
      } finally {
        this.underWay -= 1;
        this.ended += 1;
      }
    });

  /** Keeps so many asking, over and over. */
  keepAsking(many: number): void {
    for (let one = 0; one < many; one += 1) void this.#askForever();
  }

  async #askForever(): Promise<never> {
    for (;;) await this.ask().catch(() => {});
  }

  /** The most that was under way in the time that passes until then. */
  async mostUntil(end: number): Promise<number> {
    this.mostUnderWay = this.underWay;
    await this.time.passUntil(end);
    return this.mostUnderWay;
  }
}

const afterLatency = async ({ time }: World) => time.sleep(20);

describe('a level that is found out', () => {
  it('begins at 32', async () => {
    const world = new World({}, afterLatency);
    world.keepAsking(1_000);
    expect(await world.mostUntil(19)).toBe(32);
  });

  it('grows while more comes through, up to the most that is allowed', async () => {
    const world = new World({ most: 300 }, afterLatency);
    world.keepAsking(1_000);
    const levels: number[] = [];
    for (let end = 250; end <= 3_000; end += 250) levels.push(await world.mostUntil(end));
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels.at(-1)).toBe(300);
  });

  it('stays near the peak of what the service brings through', async () => {
    // Sixty at a time; further ones wait for their turn.
    const turns: number[] = Array.from({ length: 60 }, () => 0);
    const world = new World({}, async ({ time }) => {
      const turn = turns.indexOf(Math.min(...turns));
      const begin = Math.max(time.now, turns[turn] ?? 0);
      turns[turn] = begin + 20;
      await time.sleep(begin + 20 - time.now);
    });
    world.keepAsking(1_000);
    await world.time.passUntil(5_000);
    const level = await world.mostUntil(20_000);
    expect(level).toBeGreaterThanOrEqual(60);
    expect(level).toBeLessThanOrEqual(120);
  });

  it('does not grow where nobody waits', async () => {
    const world = new World({}, afterLatency);
    world.keepAsking(20);
    await world.time.passUntil(5_000);
    world.keepAsking(1_000);
    expect(await world.mostUntil(5_010)).toBe(32);
  });

  it('is halved by overload, once for all that was under way', async () => {
    let isOverloaded = true;
    const world = new World({}, async ({ time }) => {
      await time.sleep(20);
      if (isOverloaded) throw OVERLOAD;
    });
    world.keepAsking(1_000);
    await world.time.passUntil(21);
    expect(world.ended).toBe(32);
    expect(world.underWay).toBe(16);
    // What comes in the next quarter of a second is still of the same overload.
    await world.time.passUntil(265);
    expect(world.underWay).toBe(16);
    await world.time.passUntil(320);
    expect(world.underWay).toBe(8);
    isOverloaded = false;
    expect(await world.mostUntil(12_000)).toBeGreaterThan(32);
  });

  it('never falls to nothing', async () => {
    const world = new World({}, async ({ time }) => {
      await time.sleep(20);
      throw OVERLOAD;
    });
    world.keepAsking(100);
    await world.time.passUntil(10_000);
    expect(await world.mostUntil(11_000)).toBe(1);
    const before = world.ended;
    await world.time.passUntil(12_000);
    expect(world.ended - before).toBeGreaterThanOrEqual(45);
  });

  it('comes back to what the service takes', async () => {
    const world = new World({}, async ({ time }, underWay) => {
      await time.sleep(20);
      if (underWay > 100) throw OVERLOAD;
    });
    world.keepAsking(1_000);
    await world.time.passUntil(10_000);
    const before = world.ended;
    await world.time.passUntil(30_000);
    // A hundred would be 5,000 a second.
    expect((world.ended - before) / 20).toBeGreaterThan(2_500);
  });

  it('is soon regained after a single refusal', async () => {
    let isRefused = false;
    const world = new World({ most: 200 }, async ({ time }) => {
      await time.sleep(20);
      if (!isRefused) return;
      isRefused = false;
      throw OVERLOAD;
    });
    world.keepAsking(1_000);
    expect(await world.mostUntil(5_000)).toBe(200);
    isRefused = true;
    await world.time.passUntil(5_030);
    expect(world.underWay).toBe(100);
    expect(await world.mostUntil(5_400)).toBe(150);
  });

  it('is not lowered by other failures', async () => {
    const world = new World({}, async ({ time }) => {
      await time.sleep(20);
      throw new Error('not found');
    });
    world.keepAsking(1_000);
    expect(await world.mostUntil(2_000)).toBe(32);
    expect(world.underWay).toBe(32);
  });
});

describe('a level that is given', () => {
  it.each([1, 2, 16])('%i is reached, never exceeded, and not lowered', async (concurrency) => {
    let turn = 0;
    const world = new World({ concurrency }, async ({ time }) => {
      await time.sleep(20);
      turn += 1;
      if (turn % 3 === 0) throw OVERLOAD;
    });
    world.keepAsking(100);
    for (let end = 500; end <= 3_000; end += 500) expect(await world.mostUntil(end)).toBe(concurrency);
    expect(world.underWay).toBe(concurrency);
  });

  it('lets requests through in the order they came, and gives them their answers', async () => {
    const started: number[] = [];
    const { limit, time } = new World({ concurrency: 2 }, afterLatency);
    const answers = Promise.all(
      [0, 1, 2, 3, 4].map((number) =>
        limit
          .run(BUCKET, async () => {
            started.push(number);
            await time.sleep(50 - number * 10);
            if (number === 3) throw new Error('of the fourth');
            return number;
          })
          .catch((error: Error) => error.message),
      ),
    );
    await time.passUntil(1_000);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    expect(await answers).toEqual([0, 1, 2, 'of the fourth', 4]);
  });
});

describe('a rate', () => {
  it('is kept by each bucket for itself, at even distances', async () => {
    const starts = new Map<string, number[]>([
      ['a', []],
      ['b', []],
    ]);
    const { limit, time } = new World({ rate: 10 }, afterLatency);
    for (let index = 0; index < 4; index += 1) {
      for (const [bucket, times] of starts) void limit.run(bucket, async () => times.push(time.now));
    }
    await time.passUntil(10_000);
    expect([...starts]).toEqual([
      ['a', [0, 100, 200, 300]],
      ['b', [0, 100, 200, 300]],
    ]);
  });

  it('is not made up for after a pause', async () => {
    const starts: number[] = [];
    const { limit, time } = new World({ rate: 10 }, afterLatency);
    const ask = () => limit.run(BUCKET, async () => starts.push(time.now));
    void ask();
    await time.passUntil(5_000);
    void Promise.all([ask(), ask(), ask()]);
    await time.passUntil(10_000);
    expect(starts).toEqual([0, 5_000, 5_100, 5_200]);
  });
});

describe('a rate and a limit of what is under way', () => {
  it('let no bucket that waits for its pace keep another from its place', async () => {
    const starts: [string, number][] = [];
    const { limit, time } = new World({ rate: 10, concurrency: 1 }, afterLatency);
    const ask = (bucket: string) => limit.run(bucket, async () => starts.push([bucket, time.now]));
    void Promise.all([ask('a'), ask('a'), ask('a'), ask('b')]);
    await time.passUntil(10_000);
    expect(starts).toEqual([
      ['a', 0],
      ['b', 0],
      ['a', 100],
      ['a', 200],
    ]);
  });

  it('let those that had to wait for a place not follow all at once', async () => {
    const starts: number[] = [];
    const { limit, time } = new World({ rate: 10, concurrency: 1 }, afterLatency);
    void limit.run('slow', () => time.sleep(1_000));
    void Promise.all([0, 1, 2].map(() => limit.run(BUCKET, async () => starts.push(time.now))));
    await time.passUntil(10_000);
    expect(starts).toEqual([1_000, 1_100, 1_200]);
  });
});

function notedLimit() {
  const asked: string[] = [];
  const limit: RequestLimit = {
    run: (bucket, request) => {
      asked.push(bucket);
      return request();
    },
  };
  return { limit, asked };
}

describe('a limited store', () => {
  it('counts what is got and what is opened, by its bucket, and nothing else', async () => {
    const { limit, asked } = notedLimit();
    const store: ResumableStore = {
      knowsBuckets: () => true,
      identify: identifyByName,
      get: async (_, maxBytes) => ({ status: 'too-large', measure: 'stored', limit: maxBytes }),
      open: async (_, maxBytes) => ({ status: 'too-large', measure: 'stored', limit: maxBytes }),
      async *list() {
        yield [];
      },
      listFolders: async () => ['folder'],
    };
    const limited = limitedStore(store, limit);
    expect(await limited.get({ bucket: 'one', key: 'k' }, 7)).toMatchObject({ limit: 7 });
    expect(await limited.open({ bucket: 'two', key: 'k' }, 8)).toMatchObject({ limit: 8 });
    expect(await limited.listFolders('three', '')).toEqual(['folder']);
    for await (const page of limited.list({ bucket: 'four', prefix: '' })) expect(page).toEqual([]);
    expect(asked).toEqual(['one', 'two']);
  });
});

it('limited versions count what is asked of one object, by its bucket, and nothing else', async () => {
  const { limit, asked } = notedLimit();
  const objects: VersionedObjects = {
    versions: async () => ({ status: 'not-found' }),
    getVersion: async (_, versionId, maxBytes) => ({
      status: 'found',
      body: new Uint8Array(maxBytes),
      metadata: { versionId },
    }),
    async *listNewest({ bucket, prefix }) {
      yield [{ bucket, key: prefix, isDeleteMarker: true }];
    },
    listVersionFolders: async (bucket, prefix) => [bucket, prefix],
  };
  const limited = limitedVersions(objects, limit);
  expect(await limited.versions({ bucket: 'one', key: 'k' })).toEqual({ status: 'not-found' });
  const version = await limited.getVersion({ bucket: 'two', key: 'k' }, 'first', 7);
  expect(version).toEqual({ status: 'found', body: new Uint8Array(7), metadata: { versionId: 'first' } });
  expect(await limited.listVersionFolders('three', 'p')).toEqual(['three', 'p']);
  for await (const page of limited.listNewest({ bucket: 'four', prefix: 'q' }))
    expect(page).toEqual([{ bucket: 'four', key: 'q', isDeleteMarker: true }]);
  expect(asked).toEqual(['one', 'two']);
});
