import { expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { parseDigestKey, toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { digestAt, forgeChain } from '../../support/forge/forge.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

/** Two hours of a trail, and files of the second hour's name in so many folders of organizations that do not exist. */
function worldWith(planted: number) {
  const world = emptyWorld();
  const place = { bucket: 'acme-trail', accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
  const chain = forgeChain(world, {
    ...place,
    trailName: 'main',
    start: Date.UTC(2026, 2, 1),
    hours: 2,
    logsPerHour: 0,
  });
  const name = parseDigestKey(digestAt(chain, 1).ref.key);
  for (let index = 0; name && index < planted; index += 1) {
    const organizationId = `o-${String(index).padStart(10, '0')}`;
    putObject(world, 'acme-trail', toDigestKey({ ...name, organizationId }), { body: new Uint8Array(3), metadata: {} });
  }
  return world;
}

it('compares planted digests of one hour with few others, however many there are', async () => {
  const comparisonsFor = async (planted: number): Promise<number> => {
    const world = worldWith(planted);
    const store = memoryStore(world.buckets);
    let comparisons = 0;
    // Wherever two references are compared, each is identified.
    const identify: ObjectStore['identify'] = (ref) => {
      comparisons += 1;
      return store.identify(ref);
    };
    const { summary } = await verifyWorld(world, { store: { ...store, identify } });
    expect(summary.totals.digests).toMatchObject({ verified: 2, failed: planted });
    return comparisons;
  };
  expect(await comparisonsFor(50)).toBeLessThan(50 * 30);
  expect(await comparisonsFor(400)).toBeLessThan(400 * 30);
});
