import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { describeObjectStore } from '../../contracts/object-store.js';

describeObjectStore('memory', async (world) => ({ store: memoryStore(world.buckets), close: async () => {} }), {
  metadata: true,
  buckets: true,
  anyKey: true,
  archived: false,
  denied: false,
});
