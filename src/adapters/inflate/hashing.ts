import type { NewSha256 } from '../../ports/sha256.js';

/** SHA-256, of bytes in one piece and of bytes in several. */
export interface Hashing {
  /** Lower-case hexadecimal. */
  sha256(bytes: Uint8Array): string;
  readonly newSha256: NewSha256;
}
