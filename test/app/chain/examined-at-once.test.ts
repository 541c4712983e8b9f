import { expect, it, vi } from 'vitest';
import { DIGESTS_EXAMINED_AT_ONCE } from '../../../src/app/limits.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import { forgeChain } from '../../support/forge/forge.js';
import { verifyWorld, worldKeys } from '../../support/run/verify-world.js';
import { emptyWorld } from '../../support/worlds/world.js';

it('inflates no more digests than are examined at once, however many were fetched', async () => {
  const world = emptyWorld();
  const place = { bucket: 'trails', accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
  forgeChain(world, { ...place, trailName: 'main', start: 91_000, hours: 20, logsPerHour: 0 });
  const open = vi.spyOn(nodeInflater, 'open');
  let inflated = 0;
  const keys = {
    ...worldKeys(world),
    keysFor: async () => {
      for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      inflated = open.mock.calls.length;
      return { status: 'found', keys: world.publicKeys } as const;
    },
  };
  expect((await verifyWorld(world, { keys })).outcome).toBe('verified');
  // One more was read to see where all of them were delivered.
  expect(inflated).toBe(DIGESTS_EXAMINED_AT_ONCE + 1);
  expect(open).toHaveBeenCalledTimes(21);
  open.mockRestore();
});
