import { createHash, hash } from 'node:crypto';
import type { NewSha256 } from '../../ports/sha256.js';

/** SHA-256 by Node, which uses what the processor has for it. */
export const nodeSha256: NewSha256 = () => {
  const begun = createHash('sha256');
  return { update: (bytes) => void begun.update(bytes), digest: () => begun.digest('hex') };
};

/** SHA-256 of bytes in one piece, as lower-case hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
