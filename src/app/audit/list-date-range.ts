import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { DAY, formatDateFolder, HOUR } from '../../core/time/instant.js';
import type { ListRequest, ObjectStore } from '../../ports/object-store.js';
import { dayOf, listAtOnce, listUpTo } from '../listing/list-by-date.js';
import type { TimeRange } from '../listing/list-digests.js';

/** The character after the slash: what begins with a folder's name and this stands right behind the folder. */
const AFTER_SLASH = '0';
/** How long the part of a key is that names year and month, and the last date folder that a month can have. */
const MONTH_LENGTH = 'YYYY/MM/'.length;
const LAST_DAY = '31/';
/** Behind all that CloudTrail puts into a date folder; what stands even behind this is seen, and passed over, one by one. */
const LAST_NAME = '~';

/**
 * The objects of a folder that is divided by dates: those in the date folders of the range, and what lies in no date folder.
 * Outside of the range whole months are jumped over, up to the end of their last day, where a page does not reach so far: it
 * takes a request for each month or each page, whichever are fewer, and what lies in no date folder but among the days of such
 * a month is not seen. Throws `ListingError`.
 */
export async function* listDated(
  store: ObjectStore,
  bucket: string,
  prefix: string,
  { from, to }: TimeRange,
): AsyncGenerator<readonly ObjectRef[]> {
  const first = from === undefined ? undefined : `${prefix}${formatDateFolder(from - HOUR)}`;
  const until = to === undefined ? undefined : to + HOUR;
  const last = until === undefined ? undefined : `${prefix}${formatDateFolder(until)}${AFTER_SLASH}`;
  if (first !== undefined) yield* listUndated(store, { bucket, prefix }, first);
  const within = { bucket, prefix, ...(first !== undefined && { startAfter: first }) };
  yield* listUpTo(listAtOnce(store, within, until === undefined ? undefined : until + DAY), last);
  if (last !== undefined) yield* listUndated(store, { bucket, prefix, startAfter: last });
}

/** What lies in no date folder, as far as it is seen on the way by months, up to a key, that one included; to the end where it is absent. */
async function* listUndated(
  store: ObjectStore,
  request: ListRequest,
  last?: string,
): AsyncGenerator<readonly ObjectRef[]> {
  const { prefix } = request;
  let next: ListRequest | undefined = request;
  while (next) {
    const pages = listUpTo(store.list(next), last);
    next = undefined;
    for await (const page of pages) {
      yield page.filter(({ key }) => dayOf(key, prefix) === undefined);
      const end = page.at(-1)?.key ?? '';
      const month = end.slice(0, prefix.length + MONTH_LENGTH);
      const behind = dayOf(end, prefix) === undefined ? end : `${month}${LAST_DAY}${LAST_NAME}`;
      if (compareUtf8(behind, end) <= 0) continue;
      next = { ...request, startAfter: behind };
      break;
    }
  }
}
