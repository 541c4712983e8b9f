import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { IncrementalRun } from '../../app/incremental/incremental-run.js';
import type { Recheck } from '../../app/incremental/recheck.js';
import type { Checkpoint } from '../../core/checkpoint/checkpoint.js';
import { describeRefusal, formatCheckpoint, verifyCheckpoint } from '../../core/checkpoint/checkpoint-document.js';
import { type CheckpointKey, signWith } from '../../core/checkpoint/checkpoint-key.js';
import type { Instant } from '../../core/time/instant.js';
import type { AwsOptions } from '../aws/aws-access.js';
import { UsageError } from '../errors/usage-error.js';
import { openCheckpoint } from './open-checkpoint.js';

/** What a run goes on from, and where it leaves word for the next one. */
export interface CheckpointOptions {
  /** A file, or `s3://BUCKET/KEY`; not in the bucket or folder that is verified. */
  readonly place: string;
  /** Signs it, and must have signed what is there. */
  readonly key?: CheckpointKey;
  /** Nothing is looked at again when absent. */
  readonly recheck?: Recheck;
}

export interface OpenedResume {
  readonly resume: IncrementalRun;
  /**
   * Leaves word for the next run; to be called when the report is out. `conflict`: another run has done so meanwhile, and
   * what that one remembers stays.
   */
  remember(): Promise<'written' | 'conflict'>;
}

/**
 * Reads what earlier runs remember.
 * @throws {UsageError} when it is not to be relied on; {@link CheckpointStoreError} when it cannot be read
 */
export async function openResume(
  { place, key, recheck }: CheckpointOptions,
  origin: Pick<Checkpoint, 'sources' | 'trailArn'>,
  aws: AwsOptions,
  now: Instant,
): Promise<OpenedResume> {
  const { store, close } = await openCheckpoint(place, aws);
  const stored = await store.read().finally(close);
  const before = stored && readCheckpoint(stored.bytes, key, origin, place);
  if (before && before.writtenAt > now)
    throw new UsageError(`${place} was written in the future\nSet this machine's clock, or move the checkpoint away.`);
  const resume = new IncrementalRun({
    ...(before && { before }),
    ...(recheck && { recheck }),
    origin,
    isAuthentic: key !== undefined,
    salt: key ? bytesToHex(signWith(key, utf8ToBytes('trailproof recheck'))) : '',
    now,
  });
  const remember = async () => {
    const opened = await openCheckpoint(place, aws);
    try {
      return await opened.store.write(formatCheckpoint(resume.next(), key), stored?.revision);
    } finally {
      await opened.close();
    }
  };
  return { resume, remember };
}

function readCheckpoint(
  bytes: Uint8Array,
  key: CheckpointKey | undefined,
  origin: Pick<Checkpoint, 'sources' | 'trailArn'>,
  place: string,
): Checkpoint {
  const read = verifyCheckpoint(bytes, key, origin);
  if (!('problem' in read)) return read.checkpoint;
  throw new UsageError(`${place} is no checkpoint to go on from (${read.problem}): ${describeRefusal(read)}`);
}
