import type { Instant } from '../../core/time/instant.js';

/** A stream that text is written to; Node's standard streams are such. */
export interface TextStream {
  readonly isTTY?: boolean;
  /** Of a terminal: how wide it is. */
  readonly columns?: number;
  /** False when the text is kept in memory until `drain`. */
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** All that a command sees of the world around it. */
export interface Terminal {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly cwd: string;
  now(): Instant;
  /** Milliseconds of a clock that never goes back. */
  elapsed(): number;
  /** Calls back once after so many milliseconds, unless what it gives is called before. */
  after(milliseconds: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** Aborted when the process is asked to end. To be called by a command that then ends by itself; others are ended as ever. */
  readonly stopSignal?: () => AbortSignal;
  /** So many milliseconds objects in hand are waited for after that; as long as the run finds right when absent. */
  readonly patience?: number;
}

/** Writes and waits until there is room for more, so that a slow reader does not fill the memory. */
export async function write(stream: TextStream, text: string): Promise<void> {
  if (text === '' || stream.write(text)) return;
  await new Promise<void>((resolve) => {
    stream.once('drain', resolve);
  });
}

/** Colour only for a terminal, and not where NO_COLOR (no-color.org) or a dumb terminal says no. */
export const wantsColor = ({ stdout, env }: Terminal): boolean =>
  stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
