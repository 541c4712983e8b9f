import type { Argv } from 'yargs';
import type { Recheck } from '../app/resume.js';
import type { CheckpointOptions } from '../compose/open-resume.js';
import type { OpenedRun } from '../compose/open-run.js';
import { UsageError } from '../compose/usage-error.js';
import { escapeTerminal } from '../render/escape-terminal.js';
import { toExit } from './errors.js';
import { EXIT } from './exit-status.js';
import { type Terminal, write } from './terminal.js';
import { parseDuration } from './time.js';

/** The flags of `verify` for runs that go on from one another. */
export const checkpointFlags = <T>(yargs: Argv<T>) =>
  yargs
    .option('checkpoint', {
      type: 'string',
      requiresArg: true,
      describe: 'FILE or s3://BUCKET/KEY: go on from where the run before ended, and leave word for the next',
    })
    .option('checkpoint-key', {
      type: 'string',
      requiresArg: true,
      describe: 'the file with the key that shows who wrote the checkpoint',
    })
    .option('recheck', {
      type: 'string',
      requiresArg: true,
      describe: 'also verify part of the time before again: 1% of it in each run, all of it in 7d, or all',
    })
    .implies({ 'checkpoint-key': 'checkpoint', recheck: 'checkpoint' });

interface CheckpointFlags {
  readonly checkpoint?: string | undefined;
  readonly checkpointKey?: string | undefined;
  readonly recheck?: string | undefined;
}

/** @throws {UsageError} */
export async function toCheckpoint(
  { checkpoint: place, checkpointKey, recheck }: CheckpointFlags,
  terminal: Terminal,
): Promise<CheckpointOptions | undefined> {
  if (place === undefined) return undefined;
  const { openCheckpointKey } = await import('../compose/open-checkpoint.js');
  const opened = await openCheckpointKey(checkpointKey, terminal.env, 'sign');
  if (opened?.warning !== undefined)
    await write(terminal.stderr, `trailproof: warning: ${escapeTerminal(opened.warning)}\n`);
  return {
    place,
    ...(opened && { key: opened.key }),
    ...(recheck !== undefined && { recheck: toRecheck(recheck) }),
  };
}

/** @throws {UsageError} */
export function toRecheck(text: string): Recheck {
  if (text === 'all') return { share: 1 };
  const [, percent] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? [];
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return { share };
  const within = parseDuration(text);
  if (within !== undefined) return { within };
  throw new UsageError(`--recheck ${text}: write a share like 1%, a time like 7d, or all`);
}

/**
 * Leaves word for the next run, now that the report is out, and answers with the exit status. Where that fails, the run is
 * not complete; the next one then verifies the same again.
 */
export async function remember(run: OpenedRun, status: number, terminal: Terminal): Promise<number> {
  const warn = (text: string) =>
    write(terminal.stderr, `trailproof: ${text.split('\n').map(escapeTerminal).join('\n')}\n`);
  try {
    if ((await run.remember()) === 'conflict')
      await warn('another run has written the checkpoint meanwhile: the next run verifies again what this one has');
    return status;
  } catch (error) {
    const { message, status: ofError } = toExit(error);
    await warn(`the checkpoint could not be written: ${message}`);
    return status === EXIT.verified ? Math.max(EXIT.undetermined, ofError) : status;
  }
}
