import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Unread } from '../../core/content/object-content.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { OpenedObject } from '../../ports/object-store.js';
import { type FileContent, FolderReader, isSafePath } from './safe-files.js';

/** Reads the files of an archive. A key is the path of a file below the archive's folder; of what bucket it is, is no matter here. */
export class ArchiveFiles {
  readonly #root: string;
  readonly #reader: FolderReader;

  /** @param root an absolute path without links in it */
  constructor(root: string) {
    this.#root = root;
    this.#reader = new FolderReader(root);
  }

  /** Whether something lies there; reading it may fail all the same. */
  has({ key }: ObjectRef): boolean {
    return isSafePath(key) && existsSync(join(this.#root, key));
  }

  /** Reads a file whole. With a buffer to use, the body may lie in it, and is gone when the buffer is used again. */
  read({ key }: ObjectRef, maxBytes: number, buffer?: Uint8Array): FileContent {
    return isSafePath(key) ? this.#reader.read(key, maxBytes, buffer) : unsafe(key);
  }

  /** Opens a file to be read piece by piece. */
  open({ key }: ObjectRef, maxBytes: number): OpenedObject | Unread {
    return isSafePath(key) ? this.#reader.open(key, maxBytes) : unsafe(key);
  }
}

const unsafe = (key: string) =>
  ({
    status: 'unavailable',
    refusal: { errorCode: 'UnsafeKey', message: `no file can stand for the key ${JSON.stringify(key)}` },
  }) as const;
