import type { LogFacts } from '../core/content/object-content.js';
import type { ObjectRef } from '../core/objects/object-ref.js';

/**
 * Reads log files and hashes their uncompressed bytes. It is not told which hash is expected, so that it cannot
 * report a match that was not computed.
 */
export interface LogHasher {
  /** The logs of so many more digests are likely to come: what takes time to start can start now. */
  announce(digests: number): void;
  /** One answer for each reference, in their order. Throws only what {@link ObjectStore} says it throws. */
  hash(refs: readonly ObjectRef[]): Promise<readonly LogFacts[]>;
  /** Ends threads and connections. Pending calls fail. */
  close(): Promise<void>;
}
