import type { Unread } from '../core/content/object-content.js';
import type { ObjectRef } from '../core/objects/object-ref.js';
import type { Instant } from '../core/time/instant.js';
import type { ListRequest, StoredObject } from './object-store.js';

/** One version of an object, or the mark that it was deleted. */
export interface ObjectVersion {
  readonly versionId: string;
  /** When it was written, or the object deleted. */
  readonly at: Instant;
  readonly isDeleteMarker: boolean;
}

export type VersionsAnswer =
  | {
      readonly status: 'listed';
      /** Newest first. */
      readonly versions: readonly ObjectVersion[];
      /** There may be older ones: more than are listed. */
      readonly isCut: boolean;
    }
  | Extract<Unread, { status: 'not-found' | 'denied' | 'unavailable' }>;

/** A key, and whether its newest version is the mark that its object was deleted. */
export interface NewestVersion extends ObjectRef {
  readonly isDeleteMarker: boolean;
}

/** Where the older versions of objects are kept, for reading only. */
export interface VersionedObjects {
  /** The versions of an object; of a bucket that keeps none, at most the present one. */
  versions(ref: ObjectRef): Promise<VersionsAnswer>;
  /** Reads a version as `ObjectStore.get` reads the present one. */
  getVersion(ref: ObjectRef, versionId: string, maxBytes: number): Promise<StoredObject | Unread>;
  /** As `ObjectStore.list`, with the keys of deleted objects among those of present ones, markers of folders too. Throws `ListingError`. */
  listNewest(request: ListRequest): AsyncIterable<readonly NewestVersion[]>;
  /** As `ObjectStore.listFolders`, with folders whose objects were all deleted. Throws `ListingError`. */
  listVersionFolders(bucket: string, prefix: string, most?: number): Promise<readonly string[]>;
}
