import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { listDated } from '../../../src/app/audit/list-date-range.js';
import { listAtOnce } from '../../../src/app/listing/list-by-date.js';
import { listChains } from '../../../src/app/listing/list-digests.js';
import { compareUtf8 } from '../../../src/core/encoding/compare-utf8.js';
import { type Folder, toDigestFolder, toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { DAY, formatDateFolder, HOUR, type Instant } from '../../../src/core/time/instant.js';
import { ListingError, type ListRequest, type ObjectStore } from '../../../src/ports/object-store.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

const BUCKET = 'acme-trails';
const PREFIX = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';
const START = Date.parse('2025-01-01T00:29:23Z');
const NOTHING = { body: new Uint8Array([1]), metadata: {} };

interface Counted {
  readonly store: ObjectStore;
  /** The keys after which pages were asked for, in that order; of listings of folders, their prefixes. */
  readonly asked: string[];
  /** How many pages were under way at once. */
  readonly most: () => number;
}

/** A store with pages as small as wanted, each of which takes a while. */
function storeOf(keys: readonly string[], pageSize: number, deny: (key: string) => boolean = () => false): Counted {
  const world = emptyWorld();
  world.buckets.set(BUCKET, new Map());
  for (const key of keys) putObject(world, BUCKET, key, NOTHING);
  const memory = memoryStore(world.buckets);
  const sorted = [...new Set(keys)].sort(compareUtf8);
  const asked: string[] = [];
  let underWay = 0;
  let most = 0;
  async function* list({ bucket, prefix, startAfter = '' }: ListRequest): AsyncGenerator<readonly ObjectRef[]> {
    const left = sorted.slice(countUpTo(sorted, startAfter)).filter((key) => key.startsWith(prefix));
    for (let at = 0; at === 0 || at < left.length; at += pageSize) {
      const page = left.slice(at, at + pageSize);
      asked.push(at === 0 ? startAfter : (left[at - 1] ?? ''));
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      if (page.some(deny)) {
        const refusal = { errorCode: 'AccessDenied', message: 'no' };
        throw new ListingError({ bucket, prefix }, { status: 'denied', refusal });
      }
      if (page.length > 0) yield page.map((key) => ({ bucket, key }));
    }
  }
  return { store: { ...memory, list }, asked, most: () => most };
}

/** How many keys, of many in their order, are not behind one. */
function countUpTo(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareUtf8(sorted[middle] ?? '', key) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function keysOf(pages: AsyncIterable<readonly ObjectRef[]>): Promise<{ keys: string[]; failed: boolean }> {
  const keys: string[] = [];
  try {
    for await (const page of pages) {
      keys.push(...page.map(({ key }) => key));
    }
  } catch (error) {
    expect(error).toBeInstanceOf(ListingError);
    return { keys, failed: true };
  }
  return { keys, failed: false };
}

const dated = (day: number, name: string): string => `${PREFIX}${formatDateFolder(START + day * DAY)}/${name}`;
/** Whatever may lie in a folder of dates, and just beside it. */
const anyKey = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 900 }), fc.string({ minLength: 1, maxLength: 3 }))
      .map(([day, name]) => dated(day, name)),
  },
  // Just where one part may end and the next begin.
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 900 }).map((day) => dated(day, '').slice(0, -1)) },
  {
    weight: 1,
    arbitrary: fc.string({ maxLength: 12, unit: 'binary' }).map((name) => `${PREFIX}${name}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '0000/00/00/x',
        '0001/01/01/x',
        '2025/02/31/x',
        '2025/13/01/x',
        '2025/06',
        '2025/06/07',
        '2025:',
        '9999/12/31/x',
        '12345/01/01/x',
        '2025/06/\uffee',
        '2025/06/\u{1f600}',
      )
      .map((name) => `${PREFIX}${name}`),
  },
);
const anyTime = fc.option(fc.integer({ min: -100, max: 1200 }), { nil: undefined });

describe('a listing of several parts at once', () => {
  it('gives the same keys in the same order as one after the other, and fails after the same', async () => {
    const property = fc.asyncProperty(
      fc.array(anyKey, { maxLength: 150 }),
      fc.integer({ min: 1, max: 5 }),
      anyTime,
      anyTime,
      fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined, freq: 3 }),
      async (keys, pageSize, from, until, denied) => {
        const deny = (key: string) => denied !== undefined && key.startsWith(dated(denied, ''));
        const { store } = storeOf(keys, pageSize, deny);
        const startAfter = from === undefined ? {} : { startAfter: `${PREFIX}${formatDateFolder(START + from * DAY)}` };
        const request = { bucket: BUCKET, prefix: PREFIX, ...startAfter };
        const atOnce = await keysOf(listAtOnce(store, request, until === undefined ? undefined : START + until * DAY));
        const inTurn = await keysOf(store.list(request));
        expect(atOnce.failed).toBe(inTurn.failed);
        // The page that fails may begin elsewhere: what stands before it in the other listing is given as well.
        const common = Math.min(atOnce.keys.length, inTurn.keys.length);
        expect(atOnce.keys.slice(0, common)).toEqual(inTurn.keys.slice(0, common));
        if (!inTurn.failed) expect(atOnce.keys).toEqual(inTurn.keys);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  /** A year of one trail. */
  const YEAR = Array.from({ length: 365 * 24 }, (_, hour) => START + hour * HOUR);
  const folder: Folder = { prefix: '', accountId: '111122223333', region: 'us-east-1' };
  const digestKey = (endTime: Instant, trailName = 'main') =>
    toDigestKey({ ...folder, trailName, homeRegion: 'us-east-1', endTime, backfill: false });
  const KEYS = YEAR.map((end) => digestKey(end));

  it('has the pages of a year under way at once, but for the first two', async () => {
    const { store, asked, most } = storeOf(KEYS, 1000);
    const { keys } = await keysOf(listAtOnce(store, { bucket: BUCKET, prefix: toDigestFolder(folder) }));
    expect(keys).toEqual(KEYS);
    expect(most()).toBeGreaterThan(6);
    // One for each page, but for a part that is cut short and the last, which finds nothing.
    expect(asked.length).toBeLessThanOrEqual(12);
  });

  it.each([
    [1_000, undefined],
    [2_000, START + 90 * DAY],
  ])('takes no request more for %d digests', async (count, until) => {
    const { store, asked, most } = storeOf(KEYS.slice(0, count), 1000);
    const listFolders = vi.fn(store.listFolders);
    await keysOf(listAtOnce({ ...store, listFolders }, { bucket: BUCKET, prefix: toDigestFolder(folder) }, until));
    expect([asked.length, most(), listFolders.mock.calls.length]).toEqual([count / 1_000, 1, 0]);
  });

  it('loses and repeats nothing at the end of the years of four digits', async () => {
    const last = Date.parse('9999-12-31T00:00:00Z');
    const keys = Array.from({ length: 90 }, (_, day) => `${PREFIX}${formatDateFolder(last - (89 - day) * DAY)}/x`);
    const { store } = storeOf(keys, 2);
    for (const until of [undefined, last + 400 * DAY])
      expect((await keysOf(listAtOnce(store, { bucket: BUCKET, prefix: PREFIX }, until))).keys).toEqual(keys);
  });

  it('goes on page by page where folders may not be listed', async () => {
    const { store, most } = storeOf(KEYS, 1000);
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const listFolders = async (bucket: string, prefix: string) => {
      throw new ListingError({ bucket, prefix }, { status: 'denied', refusal });
    };
    const { keys, failed } = await keysOf(
      listAtOnce({ ...store, listFolders }, { bucket: BUCKET, prefix: toDigestFolder(folder) }),
    );
    expect([keys.length, failed, most()]).toEqual([KEYS.length, false, 1]);
  });

  it('costs a bounded number of requests where one key lies thousands of years away', async () => {
    const far = `${toDigestFolder(folder)}9998/01/01/x`;
    const { store, asked } = storeOf([...KEYS, far], 1000);
    const { keys } = await keysOf(listAtOnce(store, { bucket: BUCKET, prefix: toDigestFolder(folder) }));
    expect(keys).toEqual([...KEYS, far]);
    expect(asked.length).toBeLessThan(100);
  });

  it('asks for nothing more once it is left', async () => {
    const { store, asked } = storeOf(KEYS, 100);
    let pages = 0;
    for await (const _page of listAtOnce(store, { bucket: BUCKET, prefix: toDigestFolder(folder) })) {
      pages += 1;
      if (pages === 3) break;
    }
    const count = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked.length).toBe(count);
    expect(count).toBeLessThan(40);
  });

  it('is what digests are sorted from, and logs audited: over pages of any size, the same', async () => {
    const keys = [
      ...KEYS,
      ...YEAR.filter((_, hour) => hour % 3 === 0).map((end) => digestKey(end, 'other')),
      dated(200, 'strange'),
    ];
    const range = { from: START + 100 * DAY, to: START + 300 * DAY };
    const folders = [{ bucket: BUCKET, folder }];
    const expected = await listChains(storeOf(keys, keys.length).store, folders, range);
    expect(expected.chains.map(({ candidates }) => candidates.length)).toEqual([4_800, 1_600]);
    expect(expected.findings).toHaveLength(1);
    const { keys: logs } = await keysOf(listDated(storeOf(keys, keys.length).store, BUCKET, PREFIX, range));
    expect(logs).toHaveLength(202 * 32 + 1);
    for (const pageSize of [37, 1000]) {
      const { store, most } = storeOf(keys, pageSize);
      expect(await listChains(store, folders, range)).toEqual(expected);
      expect((await keysOf(listDated(store, BUCKET, PREFIX, range))).keys).toEqual(logs);
      expect(most()).toBeGreaterThan(1);
    }
  });

  it('jumps over the months that are not audited, by the page where that is further', async () => {
    const hundredDays = KEYS.filter((key) => key < dated(100, ''));
    const range = { from: START + 50 * DAY, to: START + 51 * DAY };
    const audited = [49, 50, 51].map((day) => dated(day, ''));
    const requestsOf = async (pageSize: number) => {
      const { store, asked } = storeOf(hundredDays, pageSize);
      const { keys } = await keysOf(listDated(store, BUCKET, PREFIX, range));
      expect(keys).toEqual(hundredDays.filter((key) => audited.some((folder) => key.startsWith(folder))));
      return asked.length;
    };
    expect(await requestsOf(12)).toBeLessThan(4 * 2 + 15);
    expect(await requestsOf(240)).toBeLessThan(10 + 5);
  });

  it('of what is audited outside of the range leaves out the dates, whatever is in their folders, and nothing else', async () => {
    const name = fc.constantFrom('!', '0', '03', '2024', '2025', '31', '\u{ffff}', '\u{10ffff}', '~', '~~', 'a.gz');
    const someKeys = fc.uniqueArray(
      fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
      {
        maxLength: 60,
      },
    );
    const days = fc.integer({ min: -700, max: 700 }).map((day) => START + day * DAY);
    const property = fc.asyncProperty(
      someKeys,
      days,
      days,
      fc.integer({ min: 1, max: 9 }),
      async (names, a, b, size) => {
        const range = { from: Math.min(a, b), to: Math.max(a, b) };
        const [first, last] = [formatDateFolder(range.from - HOUR), formatDateFolder(range.to + HOUR)];
        const isAudited = (key: string) => {
          const date = key.slice(PREFIX.length, PREFIX.length + 10);
          const isDate = /^\d{4}\/\d{2}\/\d{2}\/$/.test(key.slice(PREFIX.length, PREFIX.length + 11));
          return !isDate || Number.isNaN(Date.parse(date.replaceAll('/', '-'))) || (date >= first && date <= last);
        };
        const keys = names.map((each) => PREFIX + each);
        const { keys: listed } = await keysOf(listDated(storeOf(keys, size).store, BUCKET, PREFIX, range));
        const expected = keys.filter(isAudited).sort(compareUtf8);
        // Where a month outside of the range is jumped over, what lies among its days is not seen.
        const isAmongDays = (key: string) => {
          const [, month] = /^(\d{4}\/\d{2})\//.exec(key.slice(PREFIX.length)) ?? [];
          const isOutside = key < `${PREFIX}${first}` || key > `${PREFIX}${last}~`;
          return month !== undefined && isOutside && key <= `${PREFIX}${month}/31/~`;
        };
        expect(listed.filter((key) => !isAmongDays(key))).toEqual(expected.filter((key) => !isAmongDays(key)));
        expect(listed).toEqual(expected.filter((key) => listed.includes(key)));
      },
    );
    await fc.assert(property);
  });
});
