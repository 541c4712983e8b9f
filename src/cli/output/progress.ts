import { WriteStream } from 'node:tty';
import type { Extent } from '../../app/progress-listener.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { SECOND } from '../../core/time/instant.js';
import { formatDuration } from '../../render/strings/numbers-and-times.js';
import type { Terminal } from '../process/terminal.js';
import { ProgressCount } from './progress-count.js';

/** Tells how far a run is. */
export interface Progress extends Extent {
  event(event: VerifyEvent): void;
  /** Makes room: something else is about to be written. */
  clear(): void;
  stop(): void;
}

/** No progress at all. */
export const SILENT: Progress = { event() {}, foldersFound() {}, folderListed() {}, clear() {}, stop() {} };

/** Milliseconds between two updates of the text on a terminal. */
const UPDATE = 250;
/** Milliseconds between two lines elsewhere. */
const LINE_EVERY = 30 * SECOND;

/**
 * Progress on standard error: on a terminal a line that is kept up to date, in a pipe or in CI a plain line every half
 * minute, so that a short run is silent.
 * @param signal takes the line off the terminal when it is aborted: from then on a further signal may end the process
 */
export async function openProgress(terminal: Terminal, isWanted: boolean, signal?: AbortSignal): Promise<Progress> {
  if (!isWanted) return SILENT;
  const { stderr, env } = terminal;
  const isInteractive = stderr instanceof WriteStream && stderr.isTTY && !env.CI && env.TERM !== 'dumb';
  return isInteractive ? openSpinner(stderr, terminal, signal) : openLines(terminal);
}

async function openSpinner(
  stream: WriteStream,
  { elapsed }: Terminal,
  signal: AbortSignal | undefined,
): Promise<Progress> {
  const { default: yoctoSpinner } = await import('yocto-spinner');
  const count = new ProgressCount();
  const begun = elapsed();
  // Signals end the run, and with it the spinner; by itself it would end the process.
  const spinner = yoctoSpinner({ stream, text: count.toText(0), handleSignals: false }).start();
  const stop = () => {
    spinner.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  let next = begun;
  const update = () => {
    const now = elapsed();
    if (now < next || !spinner.isSpinning) return;
    next = now + UPDATE;
    spinner.text = count.toText(now - begun);
  };
  return {
    ...counting(count, update),
    clear: () => {
      spinner.clear();
    },
    stop: () => {
      signal?.removeEventListener('abort', stop);
      stop();
    },
  };
}

function openLines({ stderr, elapsed, after }: Terminal): Progress {
  const count = new ProgressCount();
  const begun = elapsed();
  const tell = () => {
    const passed = elapsed() - begun;
    const time = formatDuration(Math.floor(passed / SECOND) * SECOND);
    stderr.write(`trailproof: ${time}: ${count.toText(passed)}\n`);
    cancel = after(LINE_EVERY, tell);
  };
  let cancel = after(LINE_EVERY, tell);
  return { ...counting(count, () => {}), clear: () => {}, stop: () => cancel() };
}

/** Counts, and calls back after each time. */
const counting = (count: ProgressCount, update: () => void): Pick<Progress, 'event' | keyof Extent> => ({
  event: (event) => {
    count.event(event);
    update();
  },
  foldersFound: (folders) => {
    count.foldersFound(folders);
    update();
  },
  folderListed: (chains, digests) => {
    count.folderListed(chains, digests);
    update();
  },
});
