import type { VerifiedDigest } from '../../core/chain/digest-verifier.js';
import type { LogReference } from '../../core/digest/parse-digest.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import {
  type Folder,
  LOG_KINDS,
  parseDigestKey,
  parseLogKey,
  toDigestFolder,
  toLogFolder,
} from '../../core/objects/cloudtrail-key.js';
import { DAY, formatDateFolder, type Instant } from '../../core/time/instant.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { dayOf } from './list-by-date.js';
import type { PlacedFolder } from './list-digests.js';

/** Where the objects of a day may lie; the days before or after it are looked for on that side. */
type Side = 'before' | 'after';

/** So many pages are listed to find a date folder behind objects that lie in none. */
const MOST_PAGES = 10;

/** Knows of which days nothing lies in the folders of an account and region, neither digests nor logs. */
export class AbsentDays {
  readonly #store: ObjectStore;
  readonly #folders: readonly PlacedFolder[];
  readonly #answers = new Map<string, Promise<boolean>>();

  /** @param folders all that are known of the account and region */
  constructor(store: ObjectStore, folders: readonly PlacedFolder[]) {
    this.#store = store;
    this.#folders = folders;
  }

  /**
   * Whether nothing lies there of a day, nor of any day on that side of it. False where that cannot be listed.
   * @param day when it begins
   * @param others where to look besides
   */
  async isAbsent(side: Side, day: Instant, others: readonly PlacedFolder[] = []): Promise<boolean> {
    const prefixes = [...this.#folders, ...others].flatMap(({ bucket, folder }) =>
      prefixesOf(folder).map((prefix) => ({ bucket, prefix })),
    );
    for (const { bucket, prefix } of prefixes) {
      const id = `${side} ${day} ${bucket}/${prefix}`;
      const answer = this.#answers.get(id) ?? this.#isEmpty(side, day, bucket, prefix);
      this.#answers.set(id, answer);
      if (!(await answer)) return false;
    }
    return true;
  }

  async #isEmpty(side: Side, day: Instant, bucket: string, prefix: string): Promise<boolean> {
    const startAfter = side === 'after' ? { startAfter: `${prefix}${formatDateFolder(day)}` } : {};
    let pages = 0;
    try {
      for await (const page of this.#store.list({ bucket, prefix, ...startAfter })) {
        for (const { key } of page) {
          const found = key.endsWith('/') ? undefined : dayOf(key, prefix);
          if (found !== undefined) return side === 'before' && found > day;
        }
        pages += 1;
        if (pages === MOST_PAGES) return false;
      }
    } catch (error) {
      if (error instanceof ListingError) return false;
      throw error;
    }
    return true;
  }
}

/** The folders of digests and logs, which are divided by dates. */
const prefixesOf = (folder: Folder): readonly string[] => [
  toDigestFolder(folder),
  ...LOG_KINDS.map((kind) => toLogFolder(folder, kind)),
];

/** What is known of the time of a chain besides its digests. */
interface KnownTime {
  readonly from?: Instant;
  readonly to?: Instant;
  /** When CloudTrail delivered the last digest, or until when it delivered some, by its own word. */
  readonly deliveredAt?: Instant;
  readonly deliveredUntil?: Instant;
}

/**
 * Judges logs of a chain that are not there. Where nothing is left of the day of a log, nor of any day beyond, and nobody asked
 * for that day, a copy of single days or an expired day cannot be told from a deletion: such a log is not found, but not missing.
 */
export class MissingLogs {
  readonly #days: AbsentDays;
  readonly #known: KnownTime;
  /** The end of the newest digest that lists logs of an absent day before it. */
  #begin: Instant | undefined;

  constructor(days: AbsentDays, known: KnownTime) {
    this.#days = days;
    this.#known = known;
  }

  /** What is found about a log that a digest lists. To be called for one digest after the other, newest first. */
  async judge(found: readonly Finding[], log: LogReference, digest: VerifiedDigest): Promise<readonly Finding[]> {
    const { code, subject } = found[0] ?? {};
    const side = code === 'log-missing' ? await this.#absentSide(log, digest) : undefined;
    if (!side || !subject) return found;
    const expected = log.sha256;
    if (side === 'after') return [finding('log-day-absent', subject, { expected, verifyTo: digest.start })];
    this.#begin ??= digest.end;
    return [finding('log-day-absent', subject, { expected, verifyFrom: this.#begin })];
  }

  /** On which side of its digest the day of a log lies, where all of that day is absent and nobody asked for it. */
  async #absentSide(log: LogReference, { end, place, previous }: VerifiedDigest): Promise<Side | undefined> {
    const { from, to, deliveredAt, deliveredUntil } = this.#known;
    const key = parseLogKey(log.key);
    if (!key) return undefined;
    const [day, digestDay] = [startOfDay(key.time), startOfDay(end)];
    const side = day === digestDay - DAY ? 'before' : day === digestDay + DAY ? 'after' : undefined;
    if (!side || dayOf(log.key, toLogFolder(key, key.kind)) !== day) return undefined;
    const isAskedFor =
      side === 'before'
        ? from !== undefined && from <= key.time
        : [to, deliveredAt, deliveredUntil].some((instant) => instant !== undefined && instant > key.time);
    if (isAskedFor) return undefined;
    const digests = [place, ...(previous ? [previous] : [])].flatMap(({ bucket, key: digestKey }) => {
      const folder = parseDigestKey(digestKey);
      return folder ? [{ bucket, folder }] : [];
    });
    const others = [...digests, { bucket: log.bucket, folder: key }];
    return (await this.#days.isAbsent(side, day, others)) ? side : undefined;
  }
}

const startOfDay = (instant: Instant): Instant => Math.floor(instant / DAY) * DAY;
