import { describeVersionedObjects } from '../../contracts/versioned-objects.js';
import { memoryVersions } from './memory-versions.js';

describeVersionedObjects('memory', async (world) => ({
  versions: memoryVersions(world.versions, world.buckets),
  close: async () => {},
}));
