import { endsLikeLog, type LogKind, parseLogKey, toLogFolder } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { DAY, formatDateFolder, HOUR, type Instant } from '../../core/time/instant.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { deliveryOf } from '../audit/referenced-logs.js';
import { dayOf } from '../listing/list-by-date.js';
import type { PlacedFolder, TimeRange } from '../listing/list-digests.js';
import type { Leftovers } from '../objects/find-leftovers.js';

/** The oldest log of a folder in a time. */
export interface FirstLog {
  /** The folder that it lies in. */
  readonly key: string;
  /** By its name; absent for a file that ends like a log and has no name of CloudTrail's. */
  readonly time?: Instant;
  /** Whether a log lies beside it that is younger by {@link FIRST_DIGEST_DUE} or more. */
  readonly isOutlived: boolean;
}

/** The first digest of a new account, region or trail comes after an hour and 31 minutes at the latest. */
export const FIRST_DIGEST_DUE = 2 * HOUR;

/** So many names that are not CloudTrail's are looked at to see whether copying has left the files over. */
const ODD_NAMES = 100;

/**
 * Finds the oldest log that was delivered in a time, by names alone: one that may have been delivered before or after it does
 * not count. Where there is none, any other file that ends like a log counts, unless copying has left it over. Throws
 * `ListingError`.
 */
export async function findFirstLog(
  store: ObjectStore,
  leftovers: Leftovers,
  { bucket, folder }: PlacedFolder,
  kind: LogKind,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: TimeRange,
): Promise<FirstLog | undefined> {
  const prefix = toLogFolder(folder, kind);
  const odd: ObjectRef[] = [];
  let first: Instant | undefined;
  for await (const key of keysOf(store, bucket, prefix, { from, to })) {
    const time = parseLogKey(key)?.time;
    if (time === undefined) {
      if (endsLikeLog(key) && odd.length < ODD_NAMES) odd.push({ bucket, key });
      continue;
    }
    const { start, end } = deliveryOf(time);
    if (first === undefined && start >= from && end <= to) first = time;
    if (first !== undefined && time >= first + FIRST_DIGEST_DUE) return { key: prefix, time: first, isOutlived: true };
  }
  if (first !== undefined) return { key: prefix, time: first, isOutlived: false };
  const kinds = await leftovers.kindsOf(odd);
  return kinds.some((each) => each === undefined) ? { key: prefix, isOutlived: false } : undefined;
}

/** The keys of a folder that is divided by dates, from the day on which a time begins to the day after its end. */
async function* keysOf(
  store: ObjectStore,
  bucket: string,
  prefix: string,
  { from, to }: Required<TimeRange>,
): AsyncGenerator<string> {
  const first = Number.isFinite(from) ? { startAfter: `${prefix}${formatDateFolder(from)}` } : {};
  for await (const page of store.list({ bucket, prefix, ...first })) {
    for (const { key } of page) {
      if ((dayOf(key, prefix) ?? to) > to + DAY) return;
      yield key;
    }
  }
}
