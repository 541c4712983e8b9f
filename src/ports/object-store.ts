import type { Unread } from '../core/content/object-content.js';
import { TrailproofError } from '../core/errors/trailproof-error.js';
import type { ObjectRef } from '../core/objects/object-ref.js';

/** An object as it was stored: bytes untouched, still compressed if they were. */
export interface StoredObject {
  readonly status: 'found';
  readonly body: Uint8Array;
  /** User metadata by lower-case name, without the `x-amz-meta-` of HTTP. Empty where a copy has lost it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The key of a file that should hold the metadata and cannot be used. */
  readonly unusableMetadataFile?: string;
}

/** An object whose bytes come piece by piece, so that its size does not matter. */
export interface OpenedObject {
  readonly status: 'found';
  /** Bytes as stored. */
  readonly size: number;
  /**
   * The stored bytes in order, to be read once: exactly `size` of them, or else it throws {@link BodyError}. It must be
   * read or returned from, since a connection or a file may stay open until then.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A body broke off, or what came was not the whole of it. Thrown while iterating: no hash of such bytes says anything. */
export class BodyError extends TrailproofError {
  override readonly code = 'body';
  override readonly name = 'BodyError';
  readonly reason: Unread;

  constructor(reason: Unread) {
    super('refusal' in reason ? reason.refusal.message : `the object is ${reason.status}`);
    this.reason = reason;
  }
}

export interface ListRequest {
  readonly bucket: string;
  /** Only keys that begin so, to the byte; it need not end at a slash. */
  readonly prefix: string;
  /** Only keys after this one in UTF-8 byte order. */
  readonly startAfter?: string;
}

/** Why a listing could not be had. `not-found`: there is no such bucket. An empty listing is not an error. */
export type Unlisted = Extract<Unread, { status: 'not-found' | 'denied' | 'unavailable' }>;

/** A listing failed. Thrown while iterating, since a listing that stops early must never look complete. */
export class ListingError extends TrailproofError {
  override readonly code = 'listing';
  readonly request: ListRequest;
  readonly reason: Unlisted;

  constructor(request: ListRequest, reason: Unlisted) {
    super(reason.status === 'not-found' ? `no such bucket: ${request.bucket}` : reason.refusal.message);
    this.name = 'ListingError';
    this.request = request;
    this.reason = reason;
  }
}

/**
 * The store cannot be reached at all any more: thrown by any method once going on would only collect
 * the same failure for object after object. Nothing may be concluded from it.
 */
export class StoreUnreachableError extends TrailproofError {
  override readonly code = 'unreachable';
  override readonly name = 'StoreUnreachableError';
}

/**
 * The run was told to end before this was begun: thrown by any method of a store or hasher that belongs to a run that can be stopped.
 * Nothing may be concluded from it, but that the run is not whole.
 */
export class StoppedError extends TrailproofError {
  override readonly code = 'stopped';
  override readonly name = 'StoppedError';

  constructor() {
    super('the run was told to end before there was anything to report');
  }
}

/** What was named as a store is none: thrown when it is opened. The message names it and the cause. */
export class StoreOpenError extends TrailproofError {
  override readonly code = 'source';
  override readonly name = 'StoreOpenError';
  /** As it was named. */
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot open ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.path = path;
  }
}

/**
 * The caller's credentials are missing, wrong or expired: thrown by any method, in the middle of a run too, since
 * nothing more can be read with them. The message names the cause and what to do.
 */
export class CredentialsError extends TrailproofError {
  override readonly code = 'credentials';
  override readonly name = 'CredentialsError';
  /** For example `ExpiredToken`. */
  readonly errorCode: string;

  constructor(errorCode: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
  }
}

/**
 * Where objects lie, for reading only.
 *
 * Whatever a store answers about one object is data, never an exception: `not-found` is said only on the
 * store's own word that nothing is there, never after a fault; `denied` when access was refused, though the
 * object may or may not exist; `archived` when it exists but must be restored first; `unavailable` when passing
 * faults outlasted the retries. A body that was cut short is a passing fault, never a `found`.
 */
export interface ObjectStore {
  /** Whether buckets are told apart: false for a copy that does not say from which bucket it was made. */
  readonly knowsBuckets: (ref: ObjectRef) => boolean;
  /**
   * What two references to the same object have in common, and no others. In a folder, what was delivered to several buckets,
   * prefixes or organizations may lie in one place: then references that lead to the same file have the same.
   */
  readonly identify: (ref: ObjectRef) => string;
  /** Reads an object whole; `too-large` as soon as it is known to have more than `maxBytes`, without reading on. */
  get(ref: ObjectRef, maxBytes: number): Promise<StoredObject | Unread>;
  /** Opens an object to be read piece by piece; `too-large` as soon as it is known to have more than `maxBytes`. */
  open(ref: ObjectRef, maxBytes: number): Promise<OpenedObject | Unread>;
  /** Keys in UTF-8 byte order, as S3 gives them, in pages. Marker keys of zero bytes that end in `/` are left out. Throws {@link ListingError}. */
  list(request: ListRequest): AsyncIterable<readonly ObjectRef[]>;
  /**
   * The names of the folders directly under the prefix (which is empty or ends in `/`), in byte order, without slashes.
   * A name may be empty: that is where keys have two slashes in a row. Throws {@link ListingError}.
   * @param most so many names are enough: where there are as many or more, those may be left out whose keys come last
   */
  listFolders(bucket: string, prefix: string, most?: number): Promise<readonly string[]>;
}

/** Where a body broke off. */
export interface ResumePoint {
  /** Bytes that have arrived. */
  readonly offset: number;
  /** What {@link VersionedObject} said of the object they belong to. */
  readonly version: string;
}

/** An opened object, and what tells it from whatever else its key may be given to. */
export type VersionedObject = OpenedObject & { readonly version: string };

/** A store that does not retry and whose bodies throw what broke them; they can be gone on with where they broke off. */
export interface ResumableStore extends ObjectStore {
  /** From the point on, only the bytes that are left come, of the same version of the object or not at all; `size` stays that of the whole. */
  open(ref: ObjectRef, maxBytes: number, from?: ResumePoint): Promise<VersionedObject | Unread>;
}
