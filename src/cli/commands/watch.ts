import type { Argv } from 'yargs';
import { UsageError } from '../../compose/errors/usage-error.js';
import { parseDuration } from '../../config/parse-time.js';
import type { SettledSettings } from '../../config/settings.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { DAY, formatInstant, type Instant, MINUTE } from '../../core/time/instant.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { readConfiguration } from '../flags/config.js';
import { flagOption } from '../flags/setting-flags.js';
import { example } from '../flags/yargs-checks.js';
import { toExit } from '../process/exit.js';
import { type Terminal, write } from '../process/terminal.js';
import { runFlags, type VerifyFlags, verifyAs } from './verify.js';
import { nextRun } from './watch-schedule.js';

/** The flags of `trailproof watch`: those of `verify`, and how often. */
export const watchFlags = (yargs: Argv) =>
  runFlags(yargs)
    .option('every', flagOption('every'))
    .example(example('$0 watch s3://audit-logs --from -26h --to now', 'the last day, every hour'))
    .example(example('$0 watch s3://audit-logs --from -26h --to now --every 1d --report json=run.json', 'every day'))
    .epilog('Ends when it is told to (SIGTERM, SIGINT). Exit status: that of the last run; 64 wrong usage.');

/**
 * Verifies again and again until it is told to stop. A run that ends in an error is told, and the next one begins in its turn.
 * Answers with the exit status of the last run.
 * @throws {UsageError} when the first run cannot begin with these flags
 */
export async function runWatch(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const { configuration, found } = await readConfiguration(flags, terminal);
  const { values } = configuration.run;
  const every = toPeriod(configuration.run);
  const stop = terminal.stopSignal?.() ?? new AbortController().signal;
  // The file that was found is told of once, and read in each run.
  const round = new Round(flags, found, terminal, stop);
  let status = await round.run(true);
  while (!stop.aborted) {
    const next = nextRun({ every, ...round.times, ended: terminal.now(), chance: terminal.random() });
    if (values.quiet !== true) await tell(terminal, `the next run begins at ${formatInstant(next)}`);
    await sleep(next - terminal.now(), stop, terminal);
    if (!stop.aborted) status = await round.run();
  }
  return status;
}

/** @throws {UsageError} */
function toPeriod({ values: { every: text = '1h' }, nameOf }: SettledSettings): number {
  const every = parseDuration(text);
  if (every !== undefined && every >= MINUTE && every <= 7 * DAY) return every;
  throw new UsageError(`${nameOf('every')} ${text}: write a length of time from 1m to 7d, like 1h`);
}

/** One run after the other, with what is known from those before. */
class Round {
  readonly #flags: VerifyFlags;
  readonly #found: string | undefined;
  readonly #terminal: Terminal;
  readonly #stop: AbortSignal;
  #begun: Instant = 0;
  #newestEnd: Instant = 0;

  /** @param found the configuration file, if nobody named it */
  constructor(flags: VerifyFlags, found: string | undefined, terminal: Terminal, stop: AbortSignal) {
    this.#flags = flags;
    this.#found = found;
    this.#terminal = terminal;
    this.#stop = stop;
  }

  get times() {
    return { begun: this.#begun, newestEnd: this.#newestEnd };
  }

  /** Flags that are wrong in the first run stay so; all else may be otherwise next time. */
  async run(isFirst = false): Promise<number> {
    try {
      return await this.#verify();
    } catch (error) {
      if (isFirst && error instanceof UsageError) throw error;
      const { message, status } = toExit(error);
      await tell(this.#terminal, message);
      return status;
    }
  }

  async #verify(): Promise<number> {
    this.#begun = this.#terminal.now();
    // One of its own for each run, so that none keeps anything of the runs before.
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (this.#stop.aborted) abort();
    this.#stop.addEventListener('abort', abort, { once: true });
    try {
      const terminal = { ...this.#terminal, stopSignal: () => controller.signal };
      const { configuration } = await readConfiguration(this.#flags, terminal, this.#found);
      return (await verifyAs(configuration, terminal, (event) => this.#see(event))).status;
    } finally {
      this.#stop.removeEventListener('abort', abort);
    }
  }

  #see(event: VerifyEvent): void {
    if (event.type === 'digest') this.#newestEnd = Math.max(this.#newestEnd, event.end);
  }
}

const tell = ({ stderr, now }: Terminal, message: string): Promise<void> =>
  write(stderr, `trailproof: ${formatInstant(now())}: ${message.split('\n').map(escapeTerminal).join('\n')}\n`);

/** Until the time has passed, or it is time to stop. */
function sleep(milliseconds: number, stop: AbortSignal, { after }: Terminal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      stop.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = after(milliseconds, wake);
    stop.addEventListener('abort', wake);
    if (stop.aborted) wake();
  });
}
