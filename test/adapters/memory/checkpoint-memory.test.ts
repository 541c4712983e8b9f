import { checkpointMemory } from '../../../src/adapters/memory/checkpoint-memory.js';
import { describeCheckpointStore } from '../../contracts/checkpoint-store.js';

describeCheckpointStore('memory', async () => {
  const store = checkpointMemory();
  return { open: () => store, remove: async () => store.remove(), close: async () => {} };
});
