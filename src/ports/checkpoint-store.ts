import { TrailproofError } from '../core/errors/trailproof-error.js';
/** What is stored, and what tells it from whatever else may come to lie there. */
export interface StoredCheckpoint {
  readonly bytes: Uint8Array;
  /** To be handed back as it is; means nothing but to the store that gave it. */
  readonly revision: string;
}

/**
 * One place that holds a checkpoint or nothing. What it holds is always whole: the old one until the moment it is the new
 * one, whatever happens to the writer.
 *
 * Both methods throw {@link CheckpointStoreError} where there is no answer, and what a store throws that cannot be
 * reached (`StoreUnreachableError`, `CredentialsError`). That nothing is there is said only on the store's own word.
 */
export interface CheckpointStore {
  /** Undefined when there is nothing yet. */
  read(): Promise<StoredCheckpoint | undefined>;
  /**
   * Writes if what is there still has that revision; without one, if there is still nothing. `conflict`: somebody else
   * has written or removed it meanwhile, and nothing was changed.
   */
  write(bytes: Uint8Array, revision: string | undefined): Promise<'written' | 'conflict'>;
}

/**
 * - `denied`: access was refused, or the place may not be written to
 * - `unavailable`: passing faults outlasted the retries, a full disk, a lock that another process holds on to
 * - `unfit`: what lies there can be no checkpoint (a folder, a link, too large), or nothing can lie there
 */
export type CheckpointFault = 'denied' | 'unavailable' | 'unfit';

/** A checkpoint could not be read or written. The message names the place; text from outside in it is not escaped. */
export class CheckpointStoreError extends TrailproofError {
  override readonly code = 'checkpoint';
  override readonly name = 'CheckpointStoreError';
  readonly fault: CheckpointFault;

  constructor(fault: CheckpointFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
