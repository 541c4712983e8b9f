import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { UsageError } from '../compose/usage-error.js';
import { type TextStream, write } from './terminal.js';

/** Where a report goes, piece by piece. */
export interface ReportOutput {
  write(text: string): Promise<void>;
  /** The report is whole. */
  finish(): Promise<void>;
  /** It will not be. Changes nothing once it is finished. */
  abandon(): Promise<void>;
}

/** Writes to a stream as the pieces come. */
export const toStream = (stream: TextStream): ReportOutput => ({
  write: (text) => write(stream, text),
  finish: async () => {},
  abandon: async () => {},
});

/** Pieces are collected up to this many UTF-16 units: most are single lines. */
const CHUNK = 64 * 1024;

/**
 * Writes to a file that appears under its name only when the report is whole.
 * @throws {UsageError} before anything is done where no such file can be made
 */
export async function toFile(path: string): Promise<ReportOutput> {
  // Not the process id: in a container every run has the same one, and a killed run leaves its file behind.
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await create(path, temporary);
  let pending = '';
  let isFinished = false;
  const flush = async () => {
    const text = pending;
    pending = '';
    // Unlike `write`, this goes on until all of it is written.
    await file.appendFile(text);
  };
  return {
    write: async (text) => {
      pending += text;
      if (pending.length >= CHUNK) await flush();
    },
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
      await rm(temporary, { force: true });
    },
  };
}

async function create(path: string, temporary: string): Promise<FileHandle> {
  // Asked now: a run may take hours until the file gets its name.
  if ((await stat(path).catch(() => undefined))?.isDirectory())
    throw new UsageError(`cannot write ${path}: it is a folder\nName a file in it.`);
  try {
    return await open(temporary, 'wx');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    throw new UsageError(`cannot write ${path} (${reason})\nName a file in a folder that is there and may be written.`);
  }
}
