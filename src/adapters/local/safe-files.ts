import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Unread } from '../../core/content/object-content.js';
import { BodyError, type OpenedObject } from '../../ports/object-store.js';
import { errorCodeOf } from './error-code.js';

/** What a file holds, or why that is not known. */
export type FileContent = { readonly status: 'found'; readonly body: Uint8Array } | Unread;

/** An empty, `.` or `..` part, or a NUL; where backslashes divide paths, those too. */
const UNSAFE_PART = sep === '/' ? /(?:^|\/)\.{0,2}(?:\/|$)|\0/ : /(?:^|\/)\.{0,2}(?:\/|$)|[\0\\]/;

/** Whether a key can be a path below a folder. S3 keys may be anything. */
export const isSafePath = (key: string): boolean => !UNSAFE_PART.test(key);

/** What a link leads to in the end; `nothing` where that is not there, or may not be looked at. */
export function targetOf(link: string): 'folder' | 'file' | 'nothing' {
  try {
    return statSync(link).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}

/**
 * Reads files below a folder, and nothing outside of it: links are followed only where they end up inside.
 * Reading is synchronous, which for files of this size is several times quicker than a promise for each.
 */
export class FolderReader {
  readonly #root: string;
  readonly #insideFolders = new Map<string, boolean>();

  /** @param root an absolute path without links in it */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Reads a file whole, unless it has more than `maxBytes`. The path must be safe. With a buffer to use, the body may
   * lie in it, and is gone when the buffer is used again.
   */
  read(path: string, maxBytes: number, buffer?: Uint8Array): FileContent {
    return this.#locate(path, (absolute) => readRegularFile(absolute, maxBytes, buffer));
  }

  /** Opens a file to be read piece by piece, unless it has more than `maxBytes`. The path must be safe. */
  open(path: string, maxBytes: number): OpenedObject | Unread {
    return this.#locate(path, (absolute) => openRegularFile(absolute, maxBytes));
  }

  #locate<T>(path: string, use: (absolute: string) => T): T | Unread {
    // What node:path would make of a path that is safe, at a fraction of the time.
    const absolute = this.#root + sep + path;
    try {
      if (!this.#isFolderInside(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) return outside(path);
      return use(absolute);
    } catch (error) {
      if (errorCodeOf(error) !== 'ELOOP') return toUnread(error);
    }
    return this.#followLink(absolute, path, use);
  }

  /** A file that is itself a link. */
  #followLink<T>(absolute: string, path: string, use: (absolute: string) => T): T | Unread {
    try {
      const target = realpathSync(absolute);
      return this.#isInside(target) ? use(target) : outside(path);
    } catch (error) {
      return toUnread(error);
    }
  }

  /** Links among the folders on the way are looked into once for each folder. */
  #isFolderInside(folder: string): boolean {
    const known = this.#insideFolders.get(folder);
    if (known !== undefined) return known;
    const isInside = this.#isInside(realpathSync(join(this.#root, folder)));
    this.#insideFolders.set(folder, isInside);
    return isInside;
  }

  #isInside(path: string): boolean {
    return path === this.#root || path.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep);
  }
}

// O_NONBLOCK: opening a named pipe must not wait for a writer. O_NOFOLLOW: links are looked at before they are followed.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function readRegularFile(path: string, maxBytes: number, buffer?: Uint8Array): FileContent {
  const file = openSync(path, OPEN_FLAGS);
  try {
    return (buffer && readIntoBuffer(file, maxBytes, buffer)) ?? readBySize(file, maxBytes);
  } finally {
    closeSync(file);
  }
}

/** Reads a file that fits without asking for its size. Undefined where that does not settle it, with nothing read. */
function readIntoBuffer(file: number, maxBytes: number, buffer: Uint8Array): FileContent | undefined {
  const length = readSync(file, buffer, 0, buffer.length, 0);
  // What is empty may be no regular file; what fills the buffer may go on.
  if (length === 0 || length === buffer.length || length > maxBytes) return undefined;
  const isWhole = readSync(file, buffer, length, 1, length) === 0;
  return isWhole ? { status: 'found', body: buffer.subarray(0, length) } : undefined;
}

function readBySize(file: number, maxBytes: number): FileContent {
  const size = sizeOf(file, maxBytes);
  if (typeof size !== 'number') return size;
  const body = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < body.length) {
    const count = readSync(file, body, length, body.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return length < size ? SHRUNK : { status: 'found', body };
}

const PIECE_SIZE = 2 ** 18;

function openRegularFile(path: string, maxBytes: number): OpenedObject | Unread {
  const file = openSync(path, OPEN_FLAGS);
  try {
    const size = sizeOf(file, maxBytes);
    if (typeof size !== 'number') return size;
    return { status: 'found', size, body: piecesOf(path, size) };
  } finally {
    closeSync(file);
  }
}

/** Opened when first asked for a piece: what is never read keeps no file open. */
async function* piecesOf(path: string, size: number): AsyncGenerator<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, OPEN_FLAGS);
    for (let offset = 0; offset < size; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_SIZE, size - offset));
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) throw new BodyError(SHRUNK);
      offset += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof BodyError ? error : new BodyError(toUnread(error));
  } finally {
    await file?.close();
  }
}

/** The size of an open file that may be read. */
function sizeOf(file: number, maxBytes: number): number | Unread {
  const stat = fstatSync(file);
  // As in S3, where a folder is no more than the beginning of other keys.
  if (stat.isDirectory()) return { status: 'not-found' };
  if (!stat.isFile())
    return { status: 'unavailable', refusal: { errorCode: 'NotAFile', message: 'not a regular file' } };
  return stat.size > maxBytes ? { status: 'too-large', measure: 'stored', limit: maxBytes } : stat.size;
}

/** A file that shrinks while it is read is being written to: what it holds is not known. */
const SHRUNK: Unread = {
  status: 'unavailable',
  refusal: { errorCode: 'ShortRead', message: 'the file shrank while it was read' },
};

const outside = (path: string): Unread => ({
  status: 'unavailable',
  refusal: { errorCode: 'OutsideArchive', message: `${path} is a link that leads out of the archive` },
});

/** No such name, a file in place of a folder, a folder in place of a file. */
const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** What a failed system call says of a file. Only the file system's word that nothing is there counts as not found. */
export function toUnread(error: unknown): Unread {
  const refusal = {
    errorCode: errorCodeOf(error) ?? 'Unknown',
    message: error instanceof Error ? error.message : String(error),
  };
  if (NOTHING_THERE.has(refusal.errorCode)) return { status: 'not-found' };
  if (refusal.errorCode === 'EACCES' || refusal.errorCode === 'EPERM') return { status: 'denied', refusal };
  return { status: 'unavailable', refusal };
}
