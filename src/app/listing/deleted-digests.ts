import { type Folder, parseDigestKey, toDigestFolder } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { DAY, formatDateFolder, HOUR, type Instant } from '../../core/time/instant.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { type DeletedListing, isWithin, type TimeRange } from './list-digests.js';

/**
 * Finds digests of which nothing is left but older versions: no listing shows them, and where they were the newest of
 * their chain, or all of it, no link leads to them either.
 */
export class DeletedDigests implements DeletedListing {
  readonly #objects: VersionedObjects;
  readonly #range: TimeRange & { readonly to: Instant };

  /** @param now what is named after a later time was never a digest */
  constructor(objects: VersionedObjects, { from, to }: TimeRange, now: Instant) {
    this.#objects = objects;
    this.#range = { ...(from !== undefined && { from }), to: Math.min(to ?? now, now) };
  }

  /** Whether whole folders are looked for: where no start was asked for, those that are gone may be long expired. */
  get seeksFolders(): boolean {
    return this.#range.from !== undefined;
  }

  /** The names of the folders in which anything lies or lay, not many more than `most`. Throws `ListingError`. */
  listFolders(bucket: string, prefix: string, most: number): Promise<readonly string[]> {
    return this.#objects.listVersionFolders(bucket, prefix, most);
  }

  /**
   * The digests of a folder that were deleted and, by their names, may cover some of the time asked for, from the day of
   * an instant on; in the order of their keys. Throws `ListingError`.
   */
  async *list(bucket: string, folder: Folder, since: Instant): AsyncGenerator<ObjectRef> {
    const prefix = toDigestFolder(folder);
    const startAfter = `${prefix}${formatDateFolder(since)}`;
    const afterLast = `${prefix}${formatDateFolder(this.#range.to + HOUR + DAY)}`;
    for await (const page of this.#objects.listNewest({ bucket, prefix, startAfter })) {
      for (const { key, isDeleteMarker } of page) {
        const name = parseDigestKey(key);
        if (name && key >= afterLast) return;
        const ref = { bucket, key };
        if (name && isDeleteMarker && isWithin({ ref, end: name.endTime }, this.#range)) yield ref;
      }
    }
  }

  /** Whether there are any, in a folder of which nothing else is left. Throws `ListingError`. */
  async hasAny(bucket: string, folder: Folder): Promise<boolean> {
    const { from } = this.#range;
    if (from === undefined) return false;
    for await (const _ of this.list(bucket, folder, from)) return true;
    return false;
  }
}
