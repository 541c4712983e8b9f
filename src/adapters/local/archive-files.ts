import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Unread } from '../../core/contents.js';
import type { ObjectRef } from '../../core/objects.js';
import type { OpenedObject } from '../../ports/object-store.js';
import { type FileContent, FolderReader, isSafePath } from './files.js';

/** How the files of an archive stand for the objects of a bucket. Serialisable, so that other threads can open the same archive. */
export interface ArchiveLayout {
  /** Absolute, without links in it. */
  readonly root: string;
  /** Folders directly under the root that are named after the bucket whose objects they hold. */
  readonly bucketFolders: readonly string[];
  /** Buckets whose objects lie by their keys alone: a folder with such a name holds what has its name before its key. */
  readonly flatBuckets: readonly string[];
}

/** Finds and reads the files that stand for objects. */
export class ArchiveFiles {
  readonly #root: string;
  readonly #reader: FolderReader;
  readonly #bucketFolders: ReadonlySet<string>;
  readonly #flatBuckets: ReadonlySet<string>;
  /** Read from the folder itself: a file system that takes names for one another would find others as well. */
  readonly #namesInRoot: ReadonlyMap<string, 'folder' | 'file'>;

  constructor({ root, bucketFolders, flatBuckets }: ArchiveLayout) {
    this.#root = root;
    this.#reader = new FolderReader(root);
    this.#bucketFolders = new Set(bucketFolders);
    this.#flatBuckets = new Set(flatBuckets);
    const entries = readdirSync(root, { withFileTypes: true });
    // What a link leads to is looked at when it is read.
    this.#namesInRoot = new Map(entries.map((entry) => [entry.name, entry.isFile() ? 'file' : 'folder']));
  }

  /** Whether there is a folder that is known to hold the objects of this bucket and no other. */
  isBucketFolder(bucket: string): boolean {
    return this.#bucketFolders.has(bucket);
  }

  /** Where the keys of a bucket begin. */
  folderOf(bucket: string): string {
    return this.isBucketFolder(bucket) ? join(this.#root, bucket) : this.#root;
  }

  /** Whether something lies at a place where the object may stand; reading it may fail all the same. */
  has(ref: ObjectRef): boolean {
    return isSafePath(ref.key) && this.#pathsOf(ref).some((path) => existsSync(join(this.#root, path)));
  }

  /** Reads an object whole. With a buffer to use, the body may lie in it, and is gone when the buffer is used again. */
  read(ref: ObjectRef, maxBytes: number, buffer?: Uint8Array): FileContent {
    return this.#find(ref, (path) => this.#reader.read(path, maxBytes, buffer));
  }

  /** Opens an object to be read piece by piece. */
  open(ref: ObjectRef, maxBytes: number): OpenedObject | Unread {
    return this.#find(ref, (path) => this.#reader.open(path, maxBytes));
  }

  #find<T extends { readonly status: string }>(ref: ObjectRef, look: (path: string) => T | Unread): T | Unread {
    if (!isSafePath(ref.key)) return unsafe(ref.key);
    if (this.#isAmbiguous(ref)) return ambiguous(ref);
    for (const path of this.#pathsOf(ref)) {
      const found = look(path);
      if (found.status !== 'not-found') return found;
    }
    return { status: 'not-found' };
  }

  #pathsOf({ bucket, key }: ObjectRef): string[] {
    if (this.isBucketFolder(bucket)) return [`${bucket}/${key}`];
    // A bucket that holds nothing but logs has a folder too, though no digest has shown it to be one.
    return this.#hasFolder(bucket) ? [`${bucket}/${key}`, key] : [key];
  }

  /**
   * Whether two files may stand for the object. One of them may be there to hide the other: whoever writes to a bucket that
   * was copied by its keys alone can put objects under the name of any bucket.
   */
  #isAmbiguous({ bucket, key }: ObjectRef): boolean {
    const [first = ''] = key.split('/', 1);
    if (!this.#hasFolder(bucket) || !this.#namesInRoot.has(first) || this.isBucketFolder(first)) return false;
    const [flat, own] = [join(this.#root, key), join(this.#root, bucket, key)];
    return existsSync(flat) && existsSync(own) && !isSameFile(flat, own);
  }

  /** Whether there is a folder where a bucket's objects may lie. */
  #hasFolder(bucket: string): boolean {
    return !this.#flatBuckets.has(bucket) && this.#namesInRoot.get(bucket) === 'folder';
  }
}

/** By way of links, one file may lie at both. */
function isSameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}

const ambiguous = ({ bucket, key }: ObjectRef) =>
  ({
    status: 'unavailable',
    refusal: {
      errorCode: 'AmbiguousPlace',
      message: `${JSON.stringify(`${bucket}/${key}`)} and ${JSON.stringify(key)} are both there, and may both stand for the object: give each bucket a folder of its own`,
    },
  }) as const;

const unsafe = (key: string) =>
  ({
    status: 'unavailable',
    refusal: { errorCode: 'UnsafeKey', message: `no file can stand for the key ${JSON.stringify(key)}` },
  }) as const;
