import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, sep } from 'node:path';
import { UsageError } from '../../compose/errors/usage-error.js';
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

/** Writes to a stream as the pieces come. */
export const toStream = (stream: TextStream): ReportOutput => ({
  write: (text) => write(stream, text),
  finish: async () => {},
  abandon: async () => {},
});

/**
 * Writes to a file that appears under its name only when the report is whole. Links are followed: what they lead to is
 * replaced. What is there and is no file, like a named pipe or a device, is written to as the pieces come; a pipe is
 * waited for until somebody reads it.
 * @throws {UsageError} before anything is done where no such file can be made; {@link OutputError} where that is the
 * machine's fault, and later on
 */
export async function toFile(path: string): Promise<ReportOutput> {
  try {
    const present = await statOf(path);
    if (present?.isDirectory()) throw new UsageError(`cannot write ${path}: it is a folder\nName a file in it.`);
    const output = await (present && !present.isFile() ? intoPlace(path) : inPlaceOf(await followLinks(path)));
    return namingIt(path, output);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isWrongPath(error)) throw new OutputError(path, error);
    const next = 'Name a file in a folder that is there and may be written.';
    throw new UsageError(`cannot write ${path} (${error.code})\n${next}`);
  }
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
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  const { write: collect, flush } = inChunks(file);
  let isFinished = false;
  return {
    write: collect,
    finish: async () => {
      await flush();
      await file.sync();
      await file.close();
      await rename(temporary, path);
      isFinished = true;
    },
    abandon: async () => {
      if (isFinished) return;
      await file.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
    },
  };
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
