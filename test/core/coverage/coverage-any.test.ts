import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, at, type Shown } from '../../support/run/coverage-account.js';

/** A starting digest covers the hour before logging began, and proves none of it. */
const covers = (each: Shown, time: number): boolean =>
  typeof each !== 'string' && each[2] !== 'starting' && each[0] <= time && time < each[1];

describe('any walk', () => {
  const half = fc.nat(24).map((halves) => halves / 2);
  const proven = fc
    .tuple(half, half, fc.boolean())
    .map(
      ([a, b, starts]): Shown =>
        starts ? [Math.min(a, b), Math.max(a, b), 'starting'] : [Math.min(a, b), Math.max(a, b)],
    );
  const shown = fc.array(fc.oneof(proven, fc.constantFrom<Shown[]>('failed', 'undetermined')), { maxLength: 12 });
  const anyOrder = fc.oneof(
    shown,
    shown.map((list) => [...list].sort((a, b) => (typeof a === 'string' || typeof b === 'string' ? 0 : b[1] - a[1]))),
  );

  it('fills the time asked for exactly, without overlap, and calls nothing proven that no digest covers', () => {
    fc.assert(
      fc.property(half, half, anyOrder, half, (a, b, list, now) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const { coverage } = account(from, to, list, at(now));
        let edge = from;
        for (const [index, [state, start, end]] of coverage.entries()) {
          expect(start).toBe(edge);
          expect(end).toBeGreaterThan(start);
          expect(coverage[index - 1]?.[0]).not.toBe(state);
          edge = end;
        }
        expect(coverage.length === 0 ? to : edge).toBe(to);
        expect(coverage.length > 0).toBe(from < to);
        for (let time = from; time < to; time += 0.5) {
          const state = coverage.find(([, start, end]) => start <= time && time < end)?.[0];
          if (state === 'proven') expect(list.some((each) => covers(each, time))).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('newest first: each starting digest with older ones is told, in the place of a hole or besides', () => {
    const sorted = shown.map((list) => list.filter((each) => typeof each !== 'string').sort((a, b) => b[1] - a[1]));
    fc.assert(
      fc.property(sorted, (list) => {
        const told = account(-1, 13, list).findings.filter(({ code }) => code === 'chain-gap').length;
        expect(told).toBe(list.slice(0, -1).filter((each) => each[2] === 'starting').length);
      }),
    );
  });

  it('newest first: what a verified digest covers is proven', () => {
    const sorted = shown.map((list) =>
      list.filter((each) => typeof each !== 'string').sort((a, b) => b[1] - a[1] || b[0] - a[0]),
    );
    fc.assert(
      fc.property(sorted, (list) => {
        const { coverage } = account(0, 12, list);
        for (let time = 0; time < 12; time += 0.5) {
          const covering = coverage.find(([, start, end]) => start <= time && time < end);
          expect(covering?.[0] === 'proven').toBe(list.some((each) => covers(each, time)));
        }
      }),
    );
  });
});
