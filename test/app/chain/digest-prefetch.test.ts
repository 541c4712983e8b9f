import { expect, it } from 'vitest';
import { DigestPrefetch } from '../../../src/app/chain/digest-prefetch.js';
import type { Candidate } from '../../../src/core/chain/walk.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';

const refOf = (hour: number): ObjectRef => ({ bucket: 'b', key: `digest ${hour}` });
const hours = (...of: number[]): Candidate[] => of.map((hour) => ({ ref: refOf(hour), end: hour }));

/** A prefetch over digests that answer with their key, and what was asked for. */
function prefetchOf(depth: number, fails: (key: string) => boolean = () => false, capacity = Number.POSITIVE_INFINITY) {
  const asked: string[] = [];
  const examine = async ({ key }: ObjectRef) => {
    asked.push(key);
    if (fails(key)) throw new Error(`${key} is lost`);
    return { content: key, size: 10 };
  };
  return { asked, prefetch: new DigestPrefetch(examine, ({ bucket, key }) => `${bucket}/${key}`, depth, capacity) };
}

it('asks for nothing before the walk begins, and then for the newest that follow', async () => {
  const { asked, prefetch } = prefetchOf(3);
  prefetch.expect(hours(8, 7, 6, 5, 4, 3, 2, 1));
  expect(asked).toEqual([]);
  expect(await prefetch.take(refOf(8))).toBe('digest 8');
  expect(asked).toEqual(['digest 8', 'digest 7', 'digest 6', 'digest 5']);
  expect(await prefetch.take(refOf(7))).toBe('digest 7');
  expect(asked).toEqual(['digest 8', 'digest 7', 'digest 6', 'digest 5', 'digest 4']);
});

it('asks for every digest of a walk once, in order', async () => {
  const { asked, prefetch } = prefetchOf(4);
  const all = Array.from({ length: 50 }, (_, index) => 49 - index);
  prefetch.expect(hours(...all));
  for (const hour of all) expect(await prefetch.take(refOf(hour))).toBe(`digest ${hour}`);
  expect(asked).toEqual(all.map((hour) => `digest ${hour}`));
});

it('asks for a digest that it did not expect when the walk comes to it', async () => {
  const { asked, prefetch } = prefetchOf(2);
  prefetch.expect(hours(3, 2, 1));
  await prefetch.take(refOf(3));
  expect(await prefetch.take({ bucket: 'other', key: 'digest 2' })).toBe('digest 2');
  expect(asked).toEqual(['digest 3', 'digest 2', 'digest 1', 'digest 2']);
});

it('goes by what is expected last, and does not ask anew for what is under way', async () => {
  const { asked, prefetch } = prefetchOf(3);
  prefetch.expect(hours(4, 3, 2, 1));
  await prefetch.take(refOf(4));
  prefetch.expect(hours(3, 2, 1, 0));
  for (const hour of [3, 2, 1, 0]) expect(await prefetch.take(refOf(hour))).toBe(`digest ${hour}`);
  expect(asked).toEqual(['digest 4', 'digest 3', 'digest 2', 'digest 1', 'digest 0']);
});

it('fails where the walk takes what has failed, and nowhere else', async () => {
  const { prefetch } = prefetchOf(5, (key) => key === 'digest 2');
  prefetch.expect(hours(3, 2, 1));
  expect(await prefetch.take(refOf(3))).toBe('digest 3');
  // Unhandled rejections would end the test run here.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await prefetch.take(refOf(1))).toBe('digest 1');
  await expect(prefetch.take(refOf(2))).rejects.toThrow('digest 2 is lost');
});

it('keeps no more than it has room for, and examines the rest again when the walk comes to it', async () => {
  const { asked, prefetch } = prefetchOf(4, undefined, 25);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  prefetch.expect(hours(8, 7, 6, 5, 4, 3, 2, 1));
  await prefetch.take(refOf(8));
  await settle();
  expect(asked.splice(0)).toEqual(['digest 8', 'digest 7', 'digest 6', 'digest 5', 'digest 4']);
  for (const hour of [7, 6, 5, 4]) expect(await prefetch.take(refOf(hour))).toBe(`digest ${hour}`);
  await settle();
  expect(asked.filter((key) => key === 'digest 7' || key === 'digest 6')).toEqual([]);
  expect(asked.filter((key) => key === 'digest 5' || key === 'digest 4')).toEqual(['digest 5', 'digest 4']);
});

it('asks for nothing more while it has no room', async () => {
  const { asked, prefetch } = prefetchOf(2, undefined, 20);
  prefetch.expect(hours(5, 4, 3, 2, 1));
  await prefetch.take(refOf(5));
  await new Promise((resolve) => setImmediate(resolve));
  await prefetch.take({ bucket: 'b', key: 'another' });
  expect(asked).toEqual(['digest 5', 'digest 4', 'digest 3', 'another']);
  for (const hour of [4, 3, 2, 1]) await prefetch.take(refOf(hour));
  expect(asked).toEqual(['digest 5', 'digest 4', 'digest 3', 'another', 'digest 2', 'digest 1']);
});
