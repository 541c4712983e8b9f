import { sep } from 'node:path';
import type { CheckpointKey } from '../../core/checkpoint/checkpoint-key.js';
import type { CheckpointStore } from '../../ports/checkpoint-store.js';
import { type AwsOptions, toAccess } from '../aws/aws-access.js';
import { newRetry } from '../aws/request-limits.js';
import { UsageError } from '../errors/usage-error.js';
import type { Opened } from '../source/open-source.js';
import { parseSource, type SourceArgument } from '../source/parse-source.js';

/** The environment variable that may hold a key, as text. */
export const KEY_VARIABLE = 'TRAILPROOF_CHECKPOINT_KEY';

export interface OpenedCheckpoint extends Opened {
  readonly store: CheckpointStore;
}

/** Opens the place of a checkpoint: a file, or `s3://BUCKET/KEY`. Nothing is read or written yet. @throws {UsageError} */
export async function openCheckpoint(place: string, aws: AwsOptions): Promise<OpenedCheckpoint> {
  const parsed = parseCheckpointPlace(place);
  if (parsed.type === 'local') {
    const { checkpointFile } = await import('../../adapters/local/file-checkpoint-store.js');
    return { store: checkpointFile(parsed.path), close: async () => {} };
  }
  const [{ checkpointObject }, access] = await Promise.all([
    import('../../adapters/s3/s3-checkpoint-store.js'),
    toAccess(aws),
  ]);
  const { bucket, key } = parsed;
  const store = checkpointObject(access, { bucket, key }, newRetry);
  return { store, close: async () => store.close() };
}

/** @throws {UsageError} */
function parseCheckpointPlace(place: string): SourceArgument {
  const parsed = parseSource(place);
  if (parsed.type === 's3' && (parsed.key === '' || parsed.key.endsWith('/')))
    throw new UsageError(`${place} is no place for a checkpoint: write s3://BUCKET/KEY`);
  return parsed;
}

/**
 * Refuses a checkpoint in a bucket or folder that is verified: nothing is ever written there. To be asked as soon as it is
 * known what is verified.
 * @throws {UsageError}
 */
export async function refuseInside(place: string, source: SourceArgument): Promise<void> {
  const parsed = parseCheckpointPlace(place);
  if (parsed.type === 's3' && source.type === 's3' && parsed.bucket === source.bucket)
    throw new UsageError(
      `${place} is no place for a checkpoint: its bucket is the one that is verified, where nothing is ever written\nName another bucket.`,
    );
  if (parsed.type !== 'local' || source.type !== 'local') return;
  const { isInsideFolder } = await import('../../adapters/local/inside-folder.js');
  if (isInsideFolder(parsed.path, source.path))
    throw new UsageError(
      `${place} is no place for a checkpoint: it lies in ${source.path}, which is verified and where nothing is ever written\nName another folder.`,
    );
}

/** A key, and what is to be said of how it is kept. */
export interface OpenedCheckpointKey {
  readonly key: CheckpointKey;
  readonly warning?: string;
}

/**
 * The key for checkpoints: from a file, or else from {@link KEY_VARIABLE}; undefined where neither is given. A variable that
 * is empty is refused: a secret that failed to arrive must not pass for a run without one.
 * @param use what it is for: a public key cannot sign
 * @throws {UsageError} when it is none
 */
export async function openCheckpointKey(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  use: 'sign' | 'check',
): Promise<OpenedCheckpointKey | undefined> {
  const variable = env[KEY_VARIABLE];
  if (file === undefined && variable === undefined) return undefined;
  const from = file ?? KEY_VARIABLE;
  const { text, isExposed } = file === undefined ? { text: variable ?? '', isExposed: false } : await readFile(file);
  const { canSign } = await import('../../core/checkpoint/checkpoint-key.js');
  const key = await parseKey(text, from, use);
  // What only checks is no secret.
  if (!isExposed || !canSign(key)) return { key };
  return { key, warning: `others than its owner can read the key in ${from}: chmod 600 ${from}` };
}

/**
 * The key that a text holds.
 * @param from what to call the place that the text is from
 * @throws {UsageError}
 */
export async function parseKey(text: string, from: string, use: 'sign' | 'check'): Promise<CheckpointKey> {
  const { canSign, CheckpointKeyError, parseCheckpointKey } = await import('../../core/checkpoint/checkpoint-key.js');
  try {
    const key = parseCheckpointKey(text);
    if (use === 'sign' && !canSign(key))
      throw new CheckpointKeyError('a public key cannot sign checkpoints: the private one is needed');
    return key;
  } catch (error) {
    if (!(error instanceof CheckpointKeyError)) throw error;
    throw new UsageError(`${from}: ${error.message}\nMake one with trailproof checkpoint key.`);
  }
}

async function readFile(file: string): Promise<{ readonly text: string; readonly isExposed: boolean }> {
  const [{ readInput }, { MAX_KEY_TEXT }, { decodeSavedText }] = await Promise.all([
    import('../../adapters/local/input-file.js'),
    import('../../core/checkpoint/checkpoint-key.js'),
    import('../../core/encoding/decode-saved-text.js'),
  ]);
  try {
    const { bytes, stats } = await readInput(file, MAX_KEY_BYTES_PER_UNIT * MAX_KEY_TEXT);
    // Windows has no such bits: what it shows of them says nothing.
    const isExposed = sep === '/' && stats.isFile() && (stats.mode & 0o044) !== 0;
    return { text: decodeSavedText(bytes) ?? '', isExposed };
  } catch (error) {
    throw new UsageError(`cannot read the checkpoint key: ${error instanceof Error ? error.message : error}`);
  }
}

/** In UTF-16. */
const MAX_KEY_BYTES_PER_UNIT = 2;
