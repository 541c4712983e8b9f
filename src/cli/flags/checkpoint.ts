import { type StopSignal, untilAborted } from '../../app/async/cancellation.js';
import type { Recheck } from '../../app/incremental/recheck.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import type { OpenedRun, RunOptions } from '../../compose/run/open-run.js';
import { parseDuration } from '../../config/parse-time.js';
import type { Configuration } from '../../config/precedence.js';
import { flagOf, type SettledSettings } from '../../config/settings.js';
import type { CheckpointKey } from '../../core/checkpoint/checkpoint-key.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { toExit } from '../process/exit.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';

/**
 * The key for checkpoints, if there is any: of a flag, of the environment, or of the configuration file.
 * @throws {UsageError}
 */
export async function openKey(
  { run: { values, nameOf }, sources }: Configuration,
  terminal: Terminal,
): Promise<CheckpointKey | undefined> {
  if (!sources.some((source) => source.values.checkpoint !== undefined)) {
    if (values.checkpointKey === undefined) return undefined;
    throw new UsageError(`${nameOf('checkpointKey')} is for a checkpoint, and there is none`);
  }
  const { openCheckpointKey, KEY_VARIABLE } = await import('../../compose/checkpoint/open-checkpoint.js');
  const isFlag = nameOf('checkpointKey') === flagOf('checkpointKey');
  const file = isFlag || terminal.env[KEY_VARIABLE] === undefined ? values.checkpointKey : undefined;
  const opened = await openCheckpointKey(file, terminal.env, 'sign');
  if (opened?.warning !== undefined)
    await write(terminal.stderr, `trailproof: warning: ${escapeTerminal(opened.warning)}\n`);
  return opened?.key;
}

/** @throws {UsageError} */
export function toCheckpoint(
  { values, nameOf }: SettledSettings,
  key: CheckpointKey | undefined,
): Pick<RunOptions, 'checkpoint'> {
  const { checkpoint: place, recheck } = values;
  if (place === undefined) {
    if (recheck === undefined) return {};
    throw new UsageError(`${nameOf('recheck')} is for a checkpoint, and there is none`);
  }
  const again = recheck === undefined ? {} : { recheck: toRecheck(nameOf('recheck'), recheck) };
  return { checkpoint: { place, ...(key && { key }), ...again } };
}

function toRecheck(name: string, text: string): Recheck {
  if (text === 'all') return { share: 1 };
  const [, percent] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? [];
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return { share };
  const within = parseDuration(text);
  if (within !== undefined) return { within };
  throw new UsageError(`${name} ${text}: write a share like 1%, a time like 7d, or all`);
}

/** Milliseconds that a checkpoint may take when nothing else is waited for any more. */
const WRITE_GRACE = 2_000;

/**
 * Leaves word for the next run, now that the report is out, and answers with the exit status. Where that fails, the run is
 * not complete; the next one then verifies the same again.
 * @param abandon once it is aborted, an answer is waited for some seconds more
 */
export async function remember(
  run: OpenedRun,
  status: number,
  terminal: Terminal,
  abandon?: StopSignal,
): Promise<number> {
  const warn = (text: string) =>
    write(terminal.stderr, `trailproof: ${text.split('\n').map(escapeTerminal).join('\n')}\n`);
  try {
    if ((await untilAborted(abandon, run.remember(), WRITE_GRACE)) === 'conflict')
      await warn('another run has written the checkpoint meanwhile: the next run verifies again what this one has');
    return status;
  } catch (error) {
    const { message, status: ofError } = toExit(error);
    await warn(`the checkpoint could not be written: ${message}`);
    return status === EXIT.verified ? Math.max(EXIT.undetermined, ofError) : status;
  }
}
