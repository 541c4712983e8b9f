import { randomUUID } from 'node:crypto';
import { constants, openSync, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type StopSignal, untilAborted } from '../../app/async/cancellation.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { StoppedError } from '../../ports/object-store.js';
import { isSystemError, isWrongPath, OutputError } from '../process/system-error.js';
import { type TextStream, write } from '../process/terminal.js';

/** Where a report goes, piece by piece. */
export interface ReportOutput {
  write(text: string): Promise<void>;
  /** The report is whole. */
  finish(): Promise<void>;
  /** It will not be. Changes nothing once it is finished. Never throws: what is left behind is less than what came before. */
  abandon(): Promise<void>;
}

/** Milliseconds that a reader may take for a piece of a report when nothing else is waited for any more. */
const READ_GRACE = 1_000;

/**
 * Writes to a stream as the pieces come.
 * @param abandon once it is aborted, who does not read is waited for a second: then writing throws {@link StoppedError}
 */
export const toStream = (stream: TextStream, abandon?: StopSignal): ReportOutput => ({
  write: (text) => untilAborted(abandon, write(stream, text), READ_GRACE),
  finish: async () => {},
  abandon: async () => {},
});

/**
 * Writes to a file that appears under its name only when the report is whole. Links are followed: what they lead to is
 * replaced. What is there and is no file, like a named pipe or a device, is written to as the pieces come; a pipe is
 * waited for until somebody reads it.
 * @param abandon once it is aborted, no reader is waited for any more
 * @throws {UsageError} before anything is done where no such file can be made; {@link OutputError} where that is the
 * machine's fault, and later on
 */
export async function toFile(path: string, abandon?: StopSignal): Promise<ReportOutput> {
  try {
    const present = await statOf(path);
    if (present?.isDirectory()) throw new UsageError(`cannot write ${path}: it is a folder\nName a file in it.`);
    const output = await openOutput(path, present, abandon);
    return namingIt(path, output);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isWrongPath(error)) throw new OutputError(path, error);
    const next = 'Name a file in a folder that is there and may be written.';
    throw new UsageError(`cannot write ${path} (${error.code})\n${next}`);
  }
}

async function openOutput(
  path: string,
  present: Stats | undefined,
  abandon: StopSignal | undefined,
): Promise<ReportOutput> {
  if (present?.isFIFO()) return intoPipe(path, abandon);
  return present && !present.isFile() ? intoPlace(path) : inPlaceOf(await followLinks(path));
}

/** The system does not say which file it is that it cannot write. */
function namingIt(path: string, { write: append, finish, abandon }: ReportOutput): ReportOutput {
  const name = (error: unknown): never => {
    throw isSystemError(error) ? new OutputError(path, error) : error;
  };
  return { write: (text) => append(text).catch(name), finish: () => finish().catch(name), abandon };
}

/** A file that is written beside the one that it replaces in the end. */
async function inPlaceOf(path: string): Promise<ReportOutput> {
  // Not the process id: in a container every run has the same one, and a killed run leaves its file behind.
  await removeLeftovers(path).catch(() => {});
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  const { write: collect, flush } = inChunks(file);
  const renewing = setInterval(() => {
    const now = new Date();
    file.utimes(now, now).catch(() => {});
  }, STALE / 4);
  // A report alone keeps no process alive.
  renewing.unref();
  let isFinished = false;
  return {
    write: collect,
    finish: async () => {
      await flush();
      await file.sync();
      clearInterval(renewing);
      await file.close();
      await rename(temporary, path);
      isFinished = true;
    },
    abandon: async () => {
      if (isFinished) return;
      clearInterval(renewing);
      await file.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
    },
  };
}

/** Milliseconds after which a file that nobody renews was left behind by a run that is gone. */
const STALE = 10 * 60_000;

/** What killed runs have left of this report. Another run may be writing just now: its file is fresh. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !/^[0-9a-f-]{36}\.tmp$/.test(name.slice(prefix.length))) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > STALE) await rm(join(folder, name), { force: true });
  }
}

/** Something that must stay what it is. */
async function intoPlace(path: string): Promise<ReportOutput> {
  // Never made: where it has gone meanwhile, a file in its place is not what was meant.
  const file = await open(path, constants.O_WRONLY);
  const { write: collect, flush } = inChunks(file);
  return {
    write: collect,
    finish: async () => {
      await flush();
      await file.close();
    },
    // What has gone through cannot be called back.
    abandon: () => file.close().catch(() => {}),
  };
}

/** Milliseconds after which it is looked again whether anybody reads a pipe. */
const READER_INTERVAL = 100;

/** A pipe. To open it plainly would wait for a reader in a way that holds up the end of the process. */
async function intoPipe(path: string, abandon: StopSignal | undefined): Promise<ReportOutput> {
  let file = openForReader(path);
  for (; file === undefined; file = openForReader(path)) {
    if (abandon?.aborted) throw new StoppedError();
    await setTimeout(READER_INTERVAL);
  }
  const pipe = new Socket({ fd: file, readable: false, writable: true });
  const failed = new Promise<never>((_, reject) => {
    pipe.once('error', reject);
  });
  failed.catch(() => {});
  const sent = (send: (done: () => void) => void) =>
    untilAborted(abandon, Promise.race([new Promise<void>(send), failed]), READ_GRACE);
  return {
    write: (text) =>
      sent((done) => {
        if (pipe.write(text)) done();
        else pipe.once('drain', done);
      }),
    finish: () => sent((done) => pipe.end(done)),
    // What has gone through cannot be called back.
    abandon: async () => {
      pipe.destroy();
    },
  };
}

/** Undefined while nobody reads it. */
function openForReader(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENXIO') return undefined;
    throw error;
  }
}

/** Pieces are collected up to this many UTF-16 units: most are single lines. */
const CHUNK = 64 * 1024;

function inChunks(file: FileHandle) {
  let pending = '';
  const flush = async () => {
    const text = pending;
    pending = '';
    // Unlike `write`, this goes on until all of it is written.
    await file.appendFile(text);
  };
  const collect = async (text: string) => {
    pending += text;
    if (pending.length >= CHUNK) await flush();
  };
  return { write: collect, flush };
}

/** What a path leads to; undefined where that is nothing yet. */
export const statOf = (path: string): Promise<Stats | undefined> =>
  stat(path).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    return undefined;
  });

/** The file that a path leads to through links, whether it is there yet or not. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return path;
  // Not joined, which would take `..` after a link for the folder that the link lies in.
  return followLinks(isAbsolute(target) ? target : `${await realpath(dirname(path))}${sep}${target}`);
}

const isAbsent = (error: unknown): boolean => isSystemError(error) && error.code === 'ENOENT';
