import type { CheckpointStore } from '../../ports/checkpoint-store.js';

/** A place in memory. */
export interface CheckpointMemory extends CheckpointStore {
  /** Takes away what is there. */
  remove(): void;
}

/** A place in memory with nothing in it. */
export function checkpointMemory(): CheckpointMemory {
  let bytes: Uint8Array | undefined;
  let writes = 0;
  return {
    read: async () => (bytes ? { bytes: bytes.slice(), revision: String(writes) } : undefined),
    async write(written, revision) {
      if (revision !== (bytes && String(writes))) return 'conflict';
      bytes = written.slice();
      writes += 1;
      return 'written';
    },
    remove() {
      bytes = undefined;
    },
  };
}
