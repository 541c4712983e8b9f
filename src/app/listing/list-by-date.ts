import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { DAY, formatDateFolder, type Instant, parseCompactInstant } from '../../core/time/instant.js';
import { ListingError, type ListRequest, type ObjectStore } from '../../ports/object-store.js';
import { inOrder } from '../async/read-ahead.js';

/** Parts of a listing that are listed at once: with the two pages before them, enough for a year of one trail. */
const PARTS_AT_ONCE = 16;
/** Pages of one part that may wait until the parts before it are read. */
const PAGES_AHEAD = 2;
/** So many pages must be left at least: fewer are as soon listed one after the other. */
const WORTH_PARTS = 3;
/** Parts that are planned at a time; what is left is measured anew. It bounds what a folder with a date far away costs. */
const MOST_PARTS = 64;
/** A part is planned to fill so much of a page, since one that a page just does not hold takes two. */
const FILL = 0.9;

/**
 * Lists a folder that is divided by dates (`YYYY/MM/DD/` under the prefix): the same keys in the same order as
 * `ObjectStore.list` gives them, whatever lies there, but for a long one several parts at once. The first two pages show how
 * much of the time fits in a page; a listing of one page takes no further request. Throws `ListingError`.
 * @param until where the listing will be left, at about that time; the last date folder is looked for where absent
 */
export async function* listAtOnce(
  store: ObjectStore,
  request: ListRequest,
  until?: Instant,
): AsyncGenerator<readonly ObjectRef[]> {
  let found: Promise<Instant | undefined> | undefined;
  const findEnd = async () => {
    if (until !== undefined) return until;
    found ??= findLastMonth(store, request);
    return found;
  };
  yield* listOpen(store, request, findEnd);
}

/** Lists to the end: page by page, until it is known how to divide what is left. */
async function* listOpen(
  store: ObjectStore,
  request: ListRequest,
  findEnd: () => Promise<Instant | undefined>,
): AsyncGenerator<readonly ObjectRef[]> {
  const pace = new Pace(request.prefix);
  let bounds: readonly string[] = [];
  for await (const page of store.list(request)) {
    yield page;
    pace.see(page);
    bounds = await pace.divide(findEnd);
    if (bounds.length > 0) break;
  }
  const parts = bounds.map((startAfter, index) => () => {
    const part = { ...request, startAfter };
    const last = bounds[index + 1];
    return last === undefined ? listOpen(store, part, findEnd) : listUpTo(store.list(part), last);
  });
  yield* inOrder(parts, PARTS_AT_ONCE, PAGES_AHEAD);
}

/** The pages of a listing up to a key, that one included; to the end where it is absent. */
export async function* listUpTo(
  pages: AsyncIterable<readonly ObjectRef[]>,
  last: string | undefined,
): AsyncGenerator<readonly ObjectRef[]> {
  for await (const page of pages) {
    const end = last === undefined ? -1 : page.findIndex(({ key }) => compareUtf8(key, last) > 0);
    if (end !== 0) yield end === -1 ? page : page.slice(0, end);
    if (end !== -1) return;
  }
}

/** Measures how much time the pages of a listing hold. */
class Pace {
  readonly #prefix: string;
  #pages = 0;
  #first: Instant | undefined;
  #last: { readonly key: string; readonly day: Instant | undefined } | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  see(page: readonly ObjectRef[]): void {
    const last = page.at(-1);
    if (!last) return;
    this.#pages += 1;
    this.#first ??= dayOf(page[0]?.key ?? '', this.#prefix);
    this.#last = { key: last.key, day: dayOf(last.key, this.#prefix) };
  }

  /** The keys after which the parts of what is left begin, in their order; none where it is not worth it, or cannot be told. */
  async divide(findEnd: () => Promise<Instant | undefined>): Promise<readonly string[]> {
    const { key, day } = this.#last ?? {};
    if (this.#pages < 2 || key === undefined || day === undefined || this.#first === undefined) return [];
    const days = (day - this.#first) / DAY + 1;
    const step = Math.max(1, Math.floor((days / this.#pages) * FILL)) * DAY;
    const end = await findEnd();
    if (end === undefined || end - day < WORTH_PARTS * step) return [];
    const count = Math.min(MOST_PARTS, Math.ceil((end - day) / step));
    const starts = Array.from({ length: count }, (_, index) => day + (index + 1) * step);
    const bounds = [key, ...starts.map((start) => `${this.#prefix}${formatDateFolder(start)}`)];
    // Years of more than four digits stand in no such order.
    const isInOrder = bounds.every((bound, index) => index === 0 || compareUtf8(bounds[index - 1] ?? '', bound) < 0);
    return isInOrder ? bounds : [];
  }
}

/** When the day begins whose folder under the prefix the key lies in; undefined for what lies in none. */
export function dayOf(key: string, prefix: string): Instant | undefined {
  const date = /^(\d{4})\/(\d{2})\/(\d{2})\//.exec(key.slice(prefix.length));
  return date ? parseCompactInstant(`${date[1]}${date[2]}${date[3]}T000000Z`) : undefined;
}

/** The end of the last month that has a folder; undefined where there is none, or folders cannot be listed. */
async function findLastMonth(store: ObjectStore, { bucket, prefix }: ListRequest): Promise<Instant | undefined> {
  const lastBelow = async (folder: string, form: RegExp) =>
    (await store.listFolders(bucket, folder)).filter((name) => form.test(name)).at(-1);
  try {
    const year = await lastBelow(prefix, /^\d{4}$/);
    const month = year === undefined ? undefined : await lastBelow(`${prefix}${year}/`, /^(?:0[1-9]|1[0-2])$/);
    return month === undefined ? undefined : Date.UTC(Number(year), Number(month), 1);
  } catch (error) {
    // The objects themselves may well be listed.
    if (error instanceof ListingError) return undefined;
    throw error;
  }
}
