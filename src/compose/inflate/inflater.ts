import { compileKernel, openKernel } from '../../adapters/inflate/kernel.js';
import { kernelInflater } from '../../adapters/inflate/kernel-inflater.js';
import { zlibInflater } from '../../adapters/inflate/zlib-inflater.js';
import { nodeSha256, sha256 } from '../../adapters/node/sha256.js';
import type { Inflater } from '../../ports/inflater.js';

const HASHING = { sha256, newSha256: nodeSha256 };

let chosen: Inflater | undefined;

/** The kernel where it runs, node:zlib where there is no WebAssembly or too little address space. */
function choose(): Inflater {
  const zlib = zlibInflater(HASHING);
  const module = compileKernel();
  const kernel = openKernel(module);
  return kernel ? kernelInflater(kernel, () => openKernel(module), HASHING, zlib) : zlib;
}

const inflater = (): Inflater => {
  chosen ??= choose();
  return chosen;
};

/** Inflates on Node, in the thread it is called in: by the kernel, which is compiled when it is first asked for, or else by node:zlib. */
export const nodeInflater: Inflater = {
  get room() {
    return inflater().room;
  },
  open: (stored, maxInflated) => inflater().open(stored, maxInflated),
  hash: (stored, maxInflated) => inflater().hash(stored, maxInflated),
  hashPieces: (pieces, storedSize, maxInflated) => inflater().hashPieces(pieces, storedSize, maxInflated),
};
