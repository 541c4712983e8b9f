import { TrailproofError } from '../core/errors/trailproof-error.js';
import type { Refusal } from '../core/findings/finding.js';
import type { ListedKey } from '../core/keys/key-list.js';
import type { Interval } from '../core/time/instant.js';

/** A public key as it was handed out, before it is parsed. The fingerprint it is said to have is not checked either. */
export type PublicKeyRecord = ListedKey;

export type KeyAnswer =
  | { readonly status: 'found'; readonly keys: readonly PublicKeyRecord[] }
  | { readonly status: 'unavailable'; readonly refusal: Refusal };

/** Where public keys come from: CloudTrail's ListPublicKeys, or saved answers of it. */
export interface KeySource {
  /** For the report: `list-public-keys`, or the file the keys were read from. */
  readonly description: string;
  /** The keys of a region that were valid at some time of the interval; a source that does not know regions or times gives all it has. */
  keysFor(region: string, during: Interval): Promise<KeyAnswer>;
}

/** A file of public keys that cannot be used: thrown when it is opened. The message names it and the cause. */
export class KeyFileError extends TrailproofError {
  override readonly code = 'key-file';
  override readonly name = 'KeyFileError';
}
