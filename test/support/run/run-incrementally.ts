import { type IncrementalOptions, IncrementalRun } from '../../../src/app/incremental/incremental-run.js';
import type { Checkpoint } from '../../../src/core/checkpoint/checkpoint.js';
import { formatCheckpoint, verifyCheckpoint } from '../../../src/core/checkpoint/checkpoint-document.js';
import type { Instant } from '../../../src/core/time/instant.js';
import type { World } from '../worlds/world.js';
import { type Run, type RunOptions, verifyWorld } from './verify-world.js';

const ORIGIN = { sources: ['s3://trails'] };

/** A scheduled job over a world: each run goes on from what the one before has left. */
export class ScheduledJob {
  readonly #world: World;
  readonly #settings: Partial<IncrementalOptions>;
  /** As it is stored. */
  document: Uint8Array | undefined;

  constructor(world: World, settings: Partial<IncrementalOptions> = {}) {
    this.#world = world;
    this.#settings = settings;
  }

  /** What is remembered now. */
  get checkpoint(): Checkpoint | undefined {
    const read = this.document && verifyCheckpoint(this.document, undefined, ORIGIN);
    if (read && 'problem' in read) throw new Error(`${read.problem}: ${read.detail}`);
    return read?.checkpoint;
  }

  /** @param isKilled whether it dies after its report, and before it could leave word for the next one */
  async run(now: Instant, options: RunOptions = {}, isKilled = false): Promise<Run> {
    const before = this.checkpoint;
    const resume = new IncrementalRun({
      ...(before && { before }),
      origin: ORIGIN,
      isAuthentic: true,
      salt: '',
      now,
      ...this.#settings,
    });
    const run = await verifyWorld(this.#world, { ...options, now, resume });
    if (!isKilled) this.document = formatCheckpoint(resume.next(), undefined);
    return run;
  }
}
