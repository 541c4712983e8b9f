import { existsSync } from 'node:fs';
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
}

/** Finds and reads the files that stand for objects. */
export class ArchiveFiles {
  readonly #root: string;
  readonly #reader: FolderReader;
  readonly #bucketFolders: ReadonlySet<string>;
  readonly #hasFolder = new Map<string, boolean>();

  constructor({ root, bucketFolders }: ArchiveLayout) {
    this.#root = root;
    this.#reader = new FolderReader(root);
    this.#bucketFolders = new Set(bucketFolders);
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
    for (const path of this.#pathsOf(ref)) {
      const found = look(path);
      if (found.status !== 'not-found') return found;
    }
    return { status: 'not-found' };
  }

  #pathsOf({ bucket, key }: ObjectRef): string[] {
    if (this.isBucketFolder(bucket)) return [`${bucket}/${key}`];
    // A bucket that holds nothing but logs has a folder too, though no digest has shown it to be one.
    const hasFolder = this.#hasFolder.get(bucket) ?? (isSafePath(bucket) && existsSync(join(this.#root, bucket)));
    this.#hasFolder.set(bucket, hasFolder);
    return hasFolder ? [`${bucket}/${key}`, key] : [key];
  }
}

const unsafe = (key: string) =>
  ({
    status: 'unavailable',
    refusal: { errorCode: 'UnsafeKey', message: `no file can stand for the key ${JSON.stringify(key)}` },
  }) as const;
