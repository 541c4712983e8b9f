import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
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

/** Writes to a file that appears under its name only when the report is whole. */
export async function toFile(path: string): Promise<ReportOutput> {
  // Not the process id: in a container every run has the same one, and a killed run leaves its file behind.
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
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
