import { createHash } from 'node:crypto';
import type { NewSha256 } from '../../ports/sha256.js';

/** SHA-256 by Node, which uses what the processor has for it. */
export const nodeSha256: NewSha256 = () => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
};
