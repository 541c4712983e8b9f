import { toExit } from '../cli/errors.js';
import type { Terminal } from '../cli/terminal.js';
import { verifyAs } from '../cli/verify-command.js';
import { openConfiguration } from '../config/open-configuration.js';
import type { Configuration } from '../config/settle.js';
import { SECOND } from '../core/instant.js';
import type { Outcome } from '../core/outcome.js';
import type { ReportSummary } from '../core/report.js';
import { settingsOfDetail } from './event-settings.js';

/** What starts an invocation: an event of EventBridge, or any object with a `detail`. */
export interface RunEvent {
  /** Settings by the names of the configuration file, like `trailArn` and `from`. They stand above the environment and the file. */
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

/** So long before its time is up the run is stopped: what is under way is finished and reported. */
const RESERVE = 20 * SECOND;

/**
 * Verifies what the event, the `TRAILPROOF_…` variables and the configuration file of the function name, as `trailproof
 * verify` does. Where no format is set, the report goes to the log as metrics of CloudWatch (embedded metric format).
 * @throws {Error} when nothing could be concluded (wrong settings, no access, no network), so that Lambda counts and retries it
 */
export async function handler(event: RunEvent, context: InvocationContext): Promise<RunResult> {
  const remaining = context.getRemainingTimeInMillis();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.max(remaining - RESERVE, remaining / 2));
  try {
    const terminal = openTerminal(stop.signal);
    const { env: environment, cwd: folder } = terminal;
    const flags = settingsOfDetail(event.detail ?? {});
    const { configuration } = await openConfiguration({ flags, environment, folder });
    let findings = 0;
    const { summary, status } = await verifyAs(asMetrics(configuration), terminal, (told) => {
      if ('findings' in told) findings += told.findings.length;
    });
    const { outcome, interrupted = false, totals } = summary;
    return { outcome, exitStatus: status, interrupted, totals, findings };
  } catch (error) {
    throw new Error(toExit(error).message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function asMetrics({ run, sources }: Configuration): Configuration {
  return { run: { ...run, values: { format: 'emf', ...run.values } }, sources };
}

function openTerminal(signal: AbortSignal): Terminal {
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
  };
}
