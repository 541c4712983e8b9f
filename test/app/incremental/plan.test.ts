import { describe, expect, it } from 'vitest';
import { planEarlier } from '../../../src/app/incremental/plan.js';
import type { ChainHistory, ChainMemory } from '../../../src/core/checkpoint/checkpoint.js';
import { DAY, HOUR, type Interval } from '../../../src/core/time/instant.js';
import { exampleMemory } from '../../support/worlds/example-checkpoint.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const hours = (from: number, to: number): Interval => ({ start: START + from * HOUR, end: START + to * HOUR });
const lengthOf = (intervals: readonly Interval[]) =>
  intervals.reduce((sum, { start, end }) => sum + (end - start) / HOUR, 0);

function memoryOf(length: number, changes: Partial<ChainHistory> = {}): ChainMemory {
  return exampleMemory('eu-west-1', length, changes);
}

describe('the earlier time that a run looks at', () => {
  it('is nothing where all was verified, and where nothing was', () => {
    expect(planEarlier(memoryOf(20), undefined, undefined)).toEqual({ intervals: [] });
    const { chain } = memoryOf(20);
    expect(planEarlier({ chain }, START, { share: 1, salt: '' })).toEqual({ intervals: [] });
  });

  it('is what is open or failed', () => {
    const memory = memoryOf(20, { open: [hours(2, 4), hours(9, 10)], failed: [hours(4, 5), hours(7, 8)] });
    expect(planEarlier(memory, undefined, undefined).intervals).toEqual([hours(2, 5), hours(7, 8), hours(9, 10)]);
  });

  it('does not lie before the time asked for', () => {
    const memory = memoryOf(20, { open: [hours(2, 4)], failed: [hours(0, 1)] });
    expect(planEarlier(memory, START + 3 * HOUR, { share: 1, salt: '' }).intervals).toEqual([hours(3, 19)]);
    expect(planEarlier(memory, START + 3 * HOUR, undefined).intervals).toEqual([hours(3, 4)]);
  });

  it('is what no run was asked for before', () => {
    expect(planEarlier(memoryOf(20), START - 5 * HOUR, undefined).intervals).toEqual([hours(-5, 0)]);
  });
});

describe('hours that have their turn to be verified again', () => {
  /** The hours of so many runs, each over a chain that is as long as is said. */
  function turns(count: number, share: number, lengthAt: (run: number) => number, salt = 'secret') {
    const taken: Interval[][] = [];
    let rechecked: number | undefined;
    for (let run = 0; run < count; run += 1) {
      const memory = memoryOf(lengthAt(run), rechecked === undefined ? {} : { rechecked });
      const plan = planEarlier(memory, undefined, { share, salt });
      rechecked = plan.rechecked;
      taken.push([...plan.intervals]);
    }
    return taken;
  }

  it.each([
    [6, 0.01],
    [25, 0.01],
    [200, 0.003],
  ])('are one at least in each run: %i hours, a share of %d', (length, share) => {
    const runs = turns(length - 1, share, () => length);
    for (const intervals of runs) expect(lengthOf(intervals)).toBe(1);
    expect(lengthOf(runs.flat())).toBe(length - 1);
    expect(new Set(runs.flat().map(({ start }) => start)).size).toBe(length - 1);
  });

  it.each([0.01, 0.1, 0.25, 0.3, 1])('are all after as many runs as a share of %d says, each once', (share) => {
    const runs = turns(Math.ceil(1 / share), share, () => 500);
    expect(lengthOf(runs.flat())).toBe(499);
    const starts = runs.flat().flatMap(({ start, end }) => {
      return Array.from({ length: (end - start) / HOUR }, (_, hour) => start + hour * HOUR);
    });
    expect(new Set(starts).size).toBe(499);
    expect(new Set(turns(Math.ceil(1 / share), share, () => 500).flat())).toEqual(new Set(runs.flat()));
  });

  it('are all of them where that is asked for, wherever the turn was', () => {
    const memory = memoryOf(100, { rechecked: START + 50 * HOUR });
    expect(planEarlier(memory, undefined, { share: 1, salt: '' }).intervals).toEqual([hours(0, 99)]);
  });

  it('skip none while the chain grows', () => {
    const runs = turns(100, 0.02, (run) => 48 + run);
    const seen = new Set(
      runs
        .flat()
        .flatMap(({ start, end }) => Array.from({ length: (end - start) / HOUR }, (_, hour) => start + hour * HOUR)),
    );
    for (let hour = 0; hour < 47; hour += 1) expect(seen.has(START + hour * HOUR)).toBe(true);
  });

  it('come in an order that depends on the salt, and in few pieces', () => {
    const [one, other] = ['a', 'b'].map((salt) => turns(10, 0.1, () => 720, salt));
    expect(one).not.toEqual(other);
    for (const intervals of one ?? []) expect(intervals.length).toBeLessThanOrEqual(72 / 6 + 2);
    const days = (one ?? []).map((intervals) => new Set(intervals.map(({ start }) => Math.floor(start / DAY))).size);
    expect(Math.min(...days)).toBeGreaterThan(3);
  });

  it('are cut to what was looked at', () => {
    const memory = memoryOf(20, { since: START + 30 * 60_000 });
    const { intervals } = planEarlier(memory, undefined, { share: 1, salt: '' });
    expect(intervals).toEqual([{ start: START + 30 * 60_000, end: START + 19 * HOUR }]);
  });
});
