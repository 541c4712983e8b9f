import { mkdir, rmdir, stat, utimes } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { errorCodeOf } from './error-code.js';

/** Milliseconds after which a lock that nobody renews was left behind by a process that is gone. */
const STALE_LOCK = 10_000;
const RENEWAL = STALE_LOCK / 2;
const LOCK_INTERVAL = 100;

/**
 * Takes a lock, which is a folder that is there as long as it is held, and gives what gives it back. It lapses when its process
 * dies or sleeps; nothing listens for signals or for the end of the process, which belong to whoever runs it.
 * @param patience milliseconds to wait for another process that holds it
 * @throws what the system says; with the code `ELOCKED` where another process keeps it
 */
export async function lockFolder(path: string, patience: number): Promise<() => Promise<void>> {
  for (let waited = 0; !(await take(path)); waited += LOCK_INTERVAL) {
    if (waited >= patience) throw Object.assign(new Error(`${path} is held`), { code: 'ELOCKED' });
    await setTimeout(LOCK_INTERVAL);
  }
  const renewing = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, RENEWAL);
  // A lock alone keeps no process alive.
  renewing.unref();
  return async () => {
    clearInterval(renewing);
    await rmdir(path);
  };
}

async function take(path: string): Promise<boolean> {
  if (await make(path)) return true;
  try {
    if (Date.now() - (await stat(path)).mtimeMs < STALE_LOCK) return false;
    await rmdir(path);
  } catch (error) {
    // Whoever held it has given it back meanwhile.
    if (errorCodeOf(error) !== 'ENOENT') throw error;
  }
  return make(path);
}

async function make(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
    return false;
  }
}
