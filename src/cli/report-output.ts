import { open, rename, unlink } from 'node:fs/promises';
import { type TextStream, write } from './terminal.js';

/** Where a report goes, piece by piece. */
export interface ReportOutput {
  write(text: string): Promise<void>;
  /** The report is whole. */
  finish(): Promise<void>;
  /** It will not be. */
  abandon(): Promise<void>;
}

/** Writes to a stream as the pieces come. */
export const toStream = (stream: TextStream): ReportOutput => ({
  write: (text) => write(stream, text),
  finish: async () => {},
  abandon: async () => {},
});

/** Writes to a file that appears under its name only when the report is whole. */
export async function toFile(path: string): Promise<ReportOutput> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'wx');
  return {
    write: async (text) => {
      await file.write(text);
    },
    finish: async () => {
      await file.sync();
      await file.close();
      await rename(temporary, path);
    },
    abandon: async () => {
      await file.close();
      await unlink(temporary);
    },
  };
}
