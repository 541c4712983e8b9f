import { verifyAs } from '../cli/commands/verify.js';
import { toExit } from '../cli/process/exit.js';
import type { Terminal } from '../cli/process/terminal.js';
import { openConfiguration } from '../config/load-configuration.js';
import type { Configuration } from '../config/precedence.js';
import { type Outcome, totalOf } from '../core/findings/outcome.js';
import type { ReportSummary } from '../core/report/report.js';
import { SECOND } from '../core/time/instant.js';
import { StoppedError } from '../ports/object-store.js';
import { narrow } from './event-settings.js';

export type { Outcome, Tally } from '../core/findings/outcome.js';
export type { QueryTotals, ReportSummary } from '../core/report/report.js';
export type { EndEvent } from '../core/report/verify-events.js';

/** What starts an invocation: an event of EventBridge, or any object with a `detail`. */
export interface RunEvent {
  /** What narrows the run: `from`, `to`, `accounts`, `regions`, `trails`, as the configuration file has them. Anything else is refused. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What Lambda says of an invocation, as far as it is looked at. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** What a run came to. */
export interface RunResult {
  readonly outcome: Outcome;
  /** As the command would have it: 0 verified, 1 failed, 2 undetermined or interrupted. */
  readonly exitStatus: number;
  /** Whether the time of the function was up before the run was done. */
  readonly interrupted: boolean;
  readonly totals: ReportSummary['totals'];
  /** How many there are. */
  readonly findings: number;
}

/** Parts of the time of a function that the end of its run may take, and the most that each takes, in milliseconds. */
const PATIENCE = { share: 1 / 4, most: 6 * SECOND } as const;
const FINISHING = { share: 1 / 4, most: 10 * SECOND } as const;

/**
 * Verifies what the `TRAILPROOF_…` variables and the configuration file of the function name, as `trailproof verify` does. The
 * event may narrow it. Where no format is set, the report goes to the log as metrics of CloudWatch (embedded metric format).
 * @throws {Error} when nothing could be concluded (wrong settings, no access, no network, nothing found, or no time left even
 * for a partial report), so that Lambda counts and retries it
 */
export async function handler(event: RunEvent, context: InvocationContext): Promise<RunResult> {
  const end = new Countdown(context.getRemainingTimeInMillis());
  try {
    return await Promise.race([verifyEvent(event, openTerminal(end)), end.reached]);
  } catch (error) {
    if (error instanceof InconclusiveError) throw error;
    throw error instanceof StoppedError
      ? new InconclusiveError(NO_TIME, { cause: error })
      : new Error(toExit(error).message, { cause: error });
  } finally {
    end.cancel();
  }
}

async function verifyEvent(event: RunEvent, terminal: Terminal): Promise<RunResult> {
  const { env: environment, cwd: folder } = terminal;
  const { configuration } = await openConfiguration({ flags: {}, environment, folder });
  const narrowed = narrow(configuration, event, terminal.now());
  let findings = 0;
  const { summary, status } = await verifyAs(asMetrics(narrowed), terminal, (told) => {
    if ('findings' in told) findings += told.findings.length;
  });
  const { outcome, interrupted = false, totals } = summary;
  if (outcome === 'undetermined' && !interrupted && isEmpty(totals))
    throw new InconclusiveError('there was nothing to verify: what was looked for is in the report');
  return { outcome, exitStatus: status, interrupted, totals, findings };
}

const isEmpty = ({ chains, queryResults }: RunResult['totals']): boolean =>
  totalOf(chains) === 0 && queryResults === undefined;

/** The time of a function as it runs out: begin nothing more; wait for nothing more; give up. */
class Countdown {
  readonly #stop = new AbortController();
  readonly #timers: readonly ReturnType<typeof setTimeout>[];
  /** How long objects in hand are waited for after the signal, in milliseconds. */
  readonly patience: number;
  /** Throws when there is not even time for a report any more: to be killed would tell nobody anything. */
  readonly reached: Promise<never>;

  /** @param remaining milliseconds until the function is killed */
  constructor(remaining: number) {
    const [patience, finishing] = [PATIENCE, FINISHING].map(({ share, most }) => Math.min(most, remaining * share));
    const [left = 0, rest = 0] = [patience, finishing];
    this.patience = left;
    let giveUp = (_reason: Error) => {};
    this.reached = new Promise((_resolve, reject) => {
      giveUp = reject;
    });
    this.#timers = [
      setTimeout(() => this.#stop.abort(), remaining - left - rest),
      setTimeout(() => giveUp(new InconclusiveError(NO_TIME)), remaining - rest / 2),
    ];
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

const NO_TIME =
  'the time of the function was up before there was anything to report: nothing is concluded. Give it more time.';

/** A run came to its end, or to that of its time, and nothing can be concluded from it. */
class InconclusiveError extends Error {
  override readonly name = 'InconclusiveError';
}

function asMetrics({ run, ...rest }: Configuration): Configuration {
  return { ...rest, run: { ...run, values: { format: 'emf', ...run.values } } };
}

function openTerminal({ signal, patience }: Countdown): Terminal {
  const { stdout, stderr, env } = process;
  return {
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    now: Date.now,
    elapsed: () => performance.now(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    stopSignal: () => signal,
    patience,
  };
}
