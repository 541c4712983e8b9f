import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval } from '../../../src/core/time/instant.js';
import {
  cutAfter,
  cutBefore,
  mergeIntervals,
  mergeNearest,
  subtractIntervals,
} from '../../../src/core/time/intervals.js';

const anyIntervals = fc.array(
  fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 9 })).map(([start, length]) => ({ start, end: start + length })),
  { maxLength: 30 },
);
const pointsOf = (intervals: readonly Interval[]): Set<number> =>
  new Set(intervals.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index)));
const lengthOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { start, end }) => sum + end - start, 0);

describe('intervals', () => {
  it('are merged to those that lie apart, of the same time', () => {
    fc.assert(
      fc.property(anyIntervals, (intervals) => {
        const merged = mergeIntervals(intervals);
        expect(pointsOf(merged)).toEqual(pointsOf(intervals));
        for (const [index, { start }] of merged.entries())
          if (index > 0) expect(start).toBeGreaterThan(merged[index - 1]?.end ?? 0);
      }),
    );
  });

  it('are merged to few, with nothing left out and no more taken in than must be', () => {
    fc.assert(
      fc.property(anyIntervals, fc.integer({ min: 1, max: 8 }), (intervals, most) => {
        const apart = mergeIntervals(intervals);
        const few = mergeNearest(intervals, most);
        expect(few).toHaveLength(Math.min(most, apart.length));
        const points = pointsOf(few);
        for (const point of pointsOf(intervals)) expect(points.has(point)).toBe(true);
        const gaps = apart.slice(1).map(({ start }, index) => start - (apart[index]?.end ?? 0));
        const taken = gaps.sort((a, b) => a - b).slice(0, apart.length - few.length);
        expect(lengthOf(few)).toBe(taken.reduce((sum, gap) => sum + gap, lengthOf(apart)));
      }),
    );
  });

  it('are cut in two at an instant', () => {
    fc.assert(
      fc.property(anyIntervals, fc.nat(210), (intervals, at) => {
        const [early, late] = [pointsOf(cutAfter(intervals, at)), pointsOf(cutBefore(intervals, at))];
        expect([...early].every((point) => point < at) && [...late].every((point) => point >= at)).toBe(true);
        expect(new Set([...early, ...late])).toEqual(pointsOf(intervals));
      }),
    );
  });

  it('are what is left when others are taken away', () => {
    fc.assert(
      fc.property(anyIntervals, anyIntervals, (intervals, others) => {
        const left = subtractIntervals(intervals, others);
        const taken = pointsOf(others);
        expect(pointsOf(left)).toEqual(new Set([...pointsOf(intervals)].filter((point) => !taken.has(point))));
        expect(left.every(({ start, end }) => start < end)).toBe(true);
      }),
    );
  });
});
