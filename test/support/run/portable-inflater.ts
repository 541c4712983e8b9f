import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { compileKernel, openKernel } from '../../../src/adapters/inflate/kernel.js';
import { kernelInflater } from '../../../src/adapters/inflate/kernel-inflater.js';
import type { Inflater } from '../../../src/ports/inflater.js';

/** The inflater as a page would put it together. */
export function portableInflater(): Inflater {
  const module = compileKernel();
  const kernel = openKernel(module);
  if (!kernel) throw new Error('there is no WebAssembly');
  const newSha256 = () => {
    const hash = sha256.create();
    return { update: (bytes: Uint8Array) => void hash.update(bytes), digest: () => bytesToHex(hash.digest()) };
  };
  const hashing = { sha256: (bytes: Uint8Array) => bytesToHex(sha256(bytes)), newSha256 };
  return kernelInflater(kernel, () => openKernel(module), hashing, undefined);
}
