import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { MAX_CHECKPOINT_BYTES } from '../../core/checkpoint/checkpoint-document.js';
import { type CheckpointStore, CheckpointStoreError, type StoredCheckpoint } from '../../ports/checkpoint-store.js';
import { errorCodeOf } from './error-code.js';
import { lockFolder } from './folder-lock.js';

/** Milliseconds to wait for a lock: longer than one that was left behind lasts. */
const PATIENCE = 15_000;

/**
 * A file that is replaced as a whole: what is new is written beside it, brought to the disk and renamed, under a lock
 * (`FILE.lock`, a folder) that lapses when its process dies. The file is readable by its owner only. A link in its place
 * is refused, since it would be replaced and not followed.
 * @param patience milliseconds to wait for another process that is writing
 */
export function checkpointFile(path: string, patience = PATIENCE): CheckpointStore {
  const file = resolve(path);
  return {
    read: () => orStoreError(file, 'read', () => readFile(file)),
    write: (bytes, revision) =>
      orStoreError(file, 'write', () => underLock(file, patience, () => replace(file, bytes, revision))),
  };
}

// O_NONBLOCK: opening a named pipe must not wait for a writer.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function readFile(file: string): Promise<StoredCheckpoint | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, READ_FLAGS);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    // A folder that is not there is a slip of whoever named it, and no first run.
    await stat(dirname(file));
    return undefined;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new CheckpointStoreError('unfit', `${file} is no file`);
    if (stats.size > MAX_CHECKPOINT_BYTES)
      throw new CheckpointStoreError('unfit', `${file} has ${stats.size} bytes, more than any checkpoint`);
    const bytes = await handle.readFile();
    return { bytes, revision: createHash('sha256').update(bytes).digest('hex') };
  } finally {
    await handle.close();
  }
}

/** Runs while no other process does, unless this one has slept so long that its lock lapsed. */
async function underLock<T>(file: string, patience: number, run: () => Promise<T>): Promise<T> {
  const release = await lockFolder(`${file}.lock`, patience);
  try {
    return await run();
  } finally {
    // What was done is done, even if the lock cannot be taken away: it lapses.
    await release().catch(() => {});
  }
}

async function replace(file: string, bytes: Uint8Array, revision: string | undefined): Promise<'written' | 'conflict'> {
  await removeLeftovers(file);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeToDisk(temporary, bytes);
    // Right before it counts, for the sake of a process that slept and woke up without its lock.
    const present = await readFile(file);
    if (present?.revision !== revision) return 'conflict';
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(file));
  return 'written';
}

async function writeToDisk(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What killed writers have left. Under the lock, nobody else is writing. */
async function removeLeftovers(file: string): Promise<void> {
  const prefix = `${basename(file)}.`;
  const names = await readdir(dirname(file));
  const left = names.filter(
    (name) => name.startsWith(prefix) && /^[0-9a-f-]{36}\.tmp$/.test(name.slice(prefix.length)),
  );
  for (const name of left) await rm(join(dirname(file), name), { force: true });
}

/** Without this a rename may be forgotten when the machine goes down. Windows knows no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (sep !== '/') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function orStoreError<T>(file: string, what: 'read' | 'write', run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = errorCodeOf(error);
    if (error instanceof CheckpointStoreError || code === undefined) throw error;
    const reason = REASONS[code] ?? { fault: 'unavailable' as const };
    const message = reason.message ?? (error instanceof Error ? error.message : code);
    throw new CheckpointStoreError(reason.fault, `cannot ${what} the checkpoint ${file}: ${message}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, { readonly fault: CheckpointStoreError['fault']; readonly message?: string }>> =
  {
    EACCES: { fault: 'denied' },
    EPERM: { fault: 'denied' },
    EROFS: { fault: 'denied' },
    ELOCKED: { fault: 'unavailable', message: 'another process is writing it' },
    ELOOP: { fault: 'unfit', message: 'it is a link; name what it leads to' },
    EISDIR: { fault: 'unfit', message: 'it is a folder' },
    ENOENT: { fault: 'unfit', message: 'there is no such folder' },
    ENOTDIR: { fault: 'unfit', message: 'it would lie in something that is no folder' },
    ENAMETOOLONG: { fault: 'unfit' },
    ENXIO: { fault: 'unfit', message: 'it is no file' },
  };
