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

/**
 * Colour for a terminal that is not dumb, and elsewhere where FORCE_COLOR asks for it; none where NO_COLOR (no-color.org) says so.
 */
export function wantsColor({ stdout, env }: Terminal): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stdout.isTTY === true && env.TERM !== 'dumb';
}

/** Where no terminal says how wide it is. */
const COLUMNS = 80;
/** Less than this makes lines that nobody reads. */
const LEAST_COLUMNS = 40;

/** How wide text is to be. */
const columnsOf = ({ stdout }: Terminal): number =>
  Math.max(LEAST_COLUMNS, stdout.isTTY === true ? (stdout.columns ?? COLUMNS) : COLUMNS);

/** Whether the locale says that UTF-8 is not shown. Where none is named, as in most containers, it is. */
function wantsAscii({ env }: Terminal): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale !== '' && !/utf-?8/i.test(locale);
}

/** How text is to look. */
export interface TextStyle {
  readonly color: boolean;
  readonly width: number;
  readonly ascii: boolean;
}

/** The style of a text for standard output, or for a file, which no terminal shows. */
export const textStyle = (terminal: Terminal, path: string | undefined): TextStyle =>
  path === undefined
    ? { color: wantsColor(terminal), width: columnsOf(terminal), ascii: wantsAscii(terminal) }
    : { color: false, width: COLUMNS, ascii: false };
