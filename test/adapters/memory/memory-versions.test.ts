import { memoryVersions } from '../../../src/adapters/memory/memory-versions.js';
import { describeVersionedObjects } from '../../contracts/versioned-objects.js';

describeVersionedObjects('memory', async (world) => ({
  versions: memoryVersions(world.versions, world.buckets),
  close: async () => {},
}));
