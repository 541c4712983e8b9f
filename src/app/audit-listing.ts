import { DAY, formatDateFolder, HOUR } from '../core/instant.js';
import type { ObjectRef } from '../core/objects.js';
import type { ObjectStore } from '../ports/object-store.js';
import { listAtOnce } from './list-at-once.js';
import type { TimeRange } from './list-digests.js';

/** The character after `9`: behind every folder that is named after a year. */
const AFTER_YEARS = ':';

/**
 * The objects of a folder that is divided by dates: those in the date folders of the range, and all that lie in no
 * date folder. What lies in other date folders is jumped over. Throws `ListingError`.
 */
export async function* listDated(
  store: ObjectStore,
  bucket: string,
  prefix: string,
  { from, to }: TimeRange,
): AsyncGenerator<readonly ObjectRef[]> {
  const isDated = (key: string) => /^\d{4}\/\d{2}\/\d{2}\//.test(key.slice(prefix.length));
  const first = from === undefined ? undefined : `${prefix}${formatDateFolder(from - HOUR)}`;
  const until = to === undefined ? undefined : to + HOUR + DAY;
  const afterLast = until === undefined ? undefined : `${prefix}${formatDateFolder(until)}`;
  if (first !== undefined) yield* listUntil(store.list({ bucket, prefix }), isDated);
  const isBeyond = (key: string) => afterLast !== undefined && key >= afterLast && isDated(key);
  const startAfter = first === undefined ? {} : { startAfter: first };
  const wasCut = yield* listUntil(listAtOnce(store, { bucket, prefix, ...startAfter }, until), isBeyond);
  if (wasCut) yield* store.list({ bucket, prefix, startAfter: `${prefix}${AFTER_YEARS}` });
}

/** Goes up to the first key that is too much; whether there was one. */
async function* listUntil(
  pages: AsyncIterable<readonly ObjectRef[]>,
  isTooMuch: (key: string) => boolean,
): AsyncGenerator<readonly ObjectRef[], boolean> {
  for await (const page of pages) {
    const cut = page.findIndex(({ key }) => isTooMuch(key));
    yield cut === -1 ? page : page.slice(0, cut);
    if (cut !== -1) return true;
  }
  return false;
}
