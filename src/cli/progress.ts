import { WriteStream } from 'node:tty';
import type { VerifyEvent } from '../core/events.js';
import type { Terminal } from './terminal.js';

/** Tells on a terminal how far a run is. */
export interface Progress {
  event(event: VerifyEvent): void;
  /** Makes room: something else is about to be written. */
  clear(): void;
  stop(): void;
}

/** No progress at all. */
export const SILENT: Progress = { event() {}, clear() {}, stop() {} };

/** Milliseconds between two updates of the text. */
const UPDATE = 250;

/** Progress on standard error where that is a terminal; elsewhere none. */
export async function openProgress({ stderr, env }: Terminal, isWanted: boolean): Promise<Progress> {
  if (!isWanted || !(stderr instanceof WriteStream) || !stderr.isTTY || env.CI || env.TERM === 'dumb') return SILENT;
  const { default: yoctoSpinner } = await import('yocto-spinner');
  const spinner = yoctoSpinner({ stream: stderr, text: 'looking for trails' }).start();
  const begun = performance.now();
  const done = { chains: 0, digests: 0, logs: 0, bytes: 0 };
  let next = 0;
  return {
    event(event) {
      if (event.type === 'digest') done.digests += 1;
      else if (event.type === 'chain') done.chains += 1;
      else if (event.type === 'log') {
        done.logs += 1;
        done.bytes += event.size;
      }
      const now = performance.now();
      if (now < next) return;
      next = now + UPDATE;
      spinner.text = toText(done, (now - begun) / 1000);
    },
    clear: () => {
      spinner.clear();
    },
    stop: () => {
      spinner.stop();
    },
  };
}

function toText(
  done: { readonly chains: number; readonly digests: number; readonly logs: number; readonly bytes: number },
  seconds: number,
): string {
  const count = (value: number) => Math.round(value).toLocaleString('en');
  const rate = seconds > 1 ? `, ${count(done.logs / seconds)} logs/s` : '';
  return `${count(done.digests)} digests, ${count(done.logs)} logs, ${count(done.bytes / 1e6)} MB${rate}; ${count(done.chains)} chains done`;
}
