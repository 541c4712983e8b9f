import { expect, it } from 'vitest';
import { Census } from '../../../src/app/expected/chain-inventory.js';
import type { ChainId } from '../../../src/core/objects/chain-id.js';
import { placeOf } from '../../support/forge/hand-made.js';

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

/** Trails of one account in two regions each: the first in the given ones, all others in the same two. */
function missingBeside(others: number, regions: readonly [string, string]): readonly string[] {
  const census = new Census();
  const see = (trailName: string, region: string) => {
    const chain: ChainId = { accountId: '111122223333', region, trailName, homeRegion: 'us-east-1', kind: 'standard' };
    census.see({ chain, candidates: [{ ref: placeOf(0), end: 0 }] });
  };
  for (const region of regions) see('main', region);
  for (let index = 0; index < others; index += 1) {
    for (const region of ['eu-west-1', 'eu-west-2']) see(`other-${index}`, region);
  }
  return census
    .missingSiblings(() => false)
    .flatMap(({ subject }) => (subject.type === 'chain' ? [`${subject.chain.trailName} ${subject.chain.region}`] : []));
}

it('expects of a trail what one other of the account has, as long as there are no more trails than may be', () => {
  expect(missingBeside(4, ['eu-west-1', 'us-west-2'])).toEqual([
    'main eu-west-2',
    ...[0, 1, 2, 3].map((index) => `other-${index} us-west-2`),
  ]);
  expect(missingBeside(5, ['eu-west-1', 'us-west-2'])).toEqual(['main eu-west-2']);
});

it('says no more than a few times as many chains to be missing as there are names', () => {
  const census = new Census();
  for (let index = 0; index < 400; index += 1) {
    for (const region of [`region-${index}a`, `region-${index}b`]) {
      const trailName = `planted-${index}`;
      const chain: ChainId = {
        accountId: '111122223333',
        region,
        trailName,
        homeRegion: 'eu-west-1',
        kind: 'standard',
      };
      census.see({ chain, candidates: [{ ref: placeOf(0), end: 0 }] });
    }
  }
  expect(census.missingSiblings(() => false).length).toBeLessThanOrEqual(5 * 800);
});
