import { expect, it } from 'vitest';
import { Census } from '../../src/app/census.js';
import type { ChainId } from '../../src/core/chain.js';
import { placeOf } from '../support/hand-made.js';

it('looks for the siblings of a chain without comparing it to every other, however many regions are named', () => {
  const readsFor = (count: number): number => {
    let reads = 0;
    const census = new Census();
    for (let index = 0; index < count; index += 1) {
      const chain: ChainId = {
        accountId: '111122223333',
        get region() {
          reads += 1;
          return `region-${index}`;
        },
        trailName: 'main',
        homeRegion: 'us-east-1',
        kind: 'standard',
      };
      census.see({ chain, candidates: [{ ref: placeOf(0), end: 0 }] });
    }
    expect(census.missingSiblings(() => false)).toEqual([]);
    return reads;
  };
  // Sorting takes a few dozen for each.
  expect(readsFor(200)).toBeLessThan(200 * 200);
  expect(readsFor(4_000)).toBeLessThan(200 * 4_000);
});
