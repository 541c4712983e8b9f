import { open, rm } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { openCheckpoint, openCheckpointKey } from '../../compose/checkpoint/open-checkpoint.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { toAwsOptions } from '../../config/aws-options.js';
import { fromFlags } from '../../config/settings.js';
import { describeRefusal, inspectCheckpoint, verifyCheckpoint } from '../../core/checkpoint/checkpoint-document.js';
import {
  type CheckpointKey,
  formatCheckpointKey,
  newCheckpointKey,
  publicPartOf,
} from '../../core/checkpoint/checkpoint-key.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { renderCheckpoint, renderCheckpointJson } from '../../render/text/checkpoint.js';
import { awsFlags } from '../flags/aws.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { EXIT } from '../process/exit-status.js';
import { isSystemError, isWrongPath, OutputError } from '../process/system-error.js';
import { type Terminal, write } from '../process/terminal.js';

const ALGORITHMS = { 'hmac-sha256': 'HMAC-SHA256', ed25519: 'Ed25519' } as const;

/** The flags of `trailproof checkpoint key`. */
export const keyFlags = (yargs: Argv) =>
  yargs
    .option('algorithm', {
      choices: ['hmac-sha256', 'ed25519'] as const,
      describe: 'hmac-sha256: one secret signs and checks; ed25519: checked with a public key [default: hmac-sha256]',
    })
    .option('public', {
      type: 'string',
      requiresArg: true,
      conflicts: 'algorithm',
      describe: 'give the public half of the ed25519 key in this file instead of a new key',
    })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'write it to this new file, for its owner only; default: standard output',
    })
    .check(refuseRepeated())
    .example(example('$0 checkpoint key --output trailproof.key', 'a new secret'))
    .example(example('$0 checkpoint key --public trailproof.key', 'what others check with'))
    .epilog(
      'Prints a key as it is saved: there is no --format. Exit status: 0 done, 2 the key cannot be written, 64 wrong usage.',
    );

type KeyFlags = Awaited<ReturnType<typeof keyFlags>['argv']>;

/** Makes a key for checkpoints, or gives the public half of one. */
export async function runCheckpointKey(flags: KeyFlags, terminal: Terminal): Promise<number> {
  const key =
    flags.public === undefined
      ? newCheckpointKey(ALGORITHMS[flags.algorithm ?? 'hmac-sha256'], crypto.getRandomValues(new Uint8Array(32)))
      : await publicHalfIn(flags.public);
  const text = `${formatCheckpointKey(key)}\n`;
  if (flags.output === undefined) await write(terminal.stdout, text);
  else await writeSecret(flags.output, text);
  await write(terminal.stderr, `${describeKey(key)}\n`);
  return EXIT.verified;
}

async function publicHalfIn(file: string): Promise<CheckpointKey> {
  const opened = await openCheckpointKey(file, {}, 'check');
  const half = opened && publicPartOf(opened.key);
  if (!half) throw new UsageError(`${file}: an HMAC key has no public half; whoever checks with it can also sign`);
  return half;
}

function describeKey(key: CheckpointKey): string {
  const name = `${key.algorithm} key ${key.id}`;
  if (key.algorithm === 'HMAC-SHA256') return `${name}. Keep it secret: whoever has it can sign checkpoints.`;
  if (!key.seed) return `${name}, public half: it checks and cannot sign.`;
  return `${name}. Keep it secret. Its public half: trailproof checkpoint key --public FILE`;
}

/**
 * Never over a file that is there: a key that is lost cannot be had again. Leaves no part of a key behind.
 * @throws {UsageError} where another file would do; {@link OutputError} where that is the machine's fault
 */
async function writeSecret(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => refuseToWrite(path, error));
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
    refuseToWrite(path, error);
  }
}

function refuseToWrite(path: string, error: unknown): never {
  if (!isSystemError(error)) throw error;
  const isThere = error.code === 'EEXIST';
  if (!isThere && !isWrongPath(error)) throw new OutputError(path, error);
  const next = isThere ? 'No key is written over a file. Name another.' : 'Name a file that can be made.';
  throw new UsageError(`cannot write ${path} (${error.code})\n${next}`);
}

/** The flags of `trailproof checkpoint show`. */
export const showFlags = (yargs: Argv) =>
  awsFlags(
    yargs
      .positional('place', { type: 'string', describe: 'a file, or s3://BUCKET/KEY' })
      .option('key', {
        type: 'string',
        requiresArg: true,
        describe: 'check its signature with the key in this file; default: TRAILPROOF_CHECKPOINT_KEY',
      })
      .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'how to show it' }),
  )
    .check(refuseRepeated())
    .example(example('$0 checkpoint show run.checkpoint --key trailproof.key', 'what the next run goes on from'))
    .epilog(
      'Exit status: 0 shown, and authentic where there is a key; 1 damaged, or it does not hold against the key; ' +
        '2 cannot be read; 64 wrong usage or no checkpoint there.',
    );

type ShowFlags = Awaited<ReturnType<typeof showFlags>['argv']>;

/** Shows what a checkpoint remembers, and whether that is authentic. */
export async function runCheckpointShow(flags: ShowFlags, terminal: Terminal): Promise<number> {
  const { place } = flags;
  if (place === undefined) throw new UsageError('name the checkpoint to show: a file, or s3://BUCKET/KEY');
  const opened = await openCheckpointKey(flags.key, terminal.env, 'check');
  if (opened?.warning !== undefined) await write(terminal.stderr, `trailproof: ${escapeTerminal(opened.warning)}\n`);
  const bytes = await readCheckpoint(place, flags);
  const read = opened ? verifyCheckpoint(bytes, opened.key) : inspectCheckpoint(bytes);
  if ('problem' in read) {
    const reason = describeRefusal(read).split('\n').map(escapeTerminal).join('\n');
    await write(terminal.stderr, `trailproof: ${escapeTerminal(place)}: ${reason}\n`);
    return EXIT.failed;
  }
  const shown = { ...read, isAuthentic: opened !== undefined };
  const render = flags.format === 'json' ? renderCheckpointJson : renderCheckpoint;
  await write(terminal.stdout, render(shown, terminal.now()));
  return EXIT.verified;
}

/** @throws {UsageError} when there is none */
async function readCheckpoint(place: string, flags: ShowFlags): Promise<Uint8Array> {
  const { store, close } = await openCheckpoint(place, toAwsOptions(fromFlags(flags)));
  try {
    const stored = await store.read();
    if (!stored) throw new UsageError(`there is no checkpoint at ${place}`);
    return stored.bytes;
  } finally {
    await close();
  }
}
