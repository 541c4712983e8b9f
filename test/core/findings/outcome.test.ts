import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addTally,
  emptyTally,
  foldOutcomes,
  type Outcome,
  outcomeOf,
  totalOf,
} from '../../../src/core/findings/outcome.js';

const outcomes = fc.array(fc.constantFrom<Outcome>('verified', 'failed', 'undetermined'));

describe('foldOutcomes', () => {
  it.each<[Outcome, Outcome[]]>([
    ['undetermined', []],
    ['verified', ['verified']],
    ['verified', ['verified', 'verified']],
    ['undetermined', ['undetermined']],
    ['undetermined', ['verified', 'undetermined', 'verified']],
    ['failed', ['failed']],
    ['failed', ['verified', 'failed']],
    ['failed', ['failed', 'undetermined']],
    ['failed', ['undetermined', 'failed', 'verified']],
  ])('says %s of %j', (whole, parts) => {
    expect(foldOutcomes(parts)).toBe(whole);
  });

  it('does not depend on order or on how the parts are grouped, and takes any iterable', () => {
    fc.assert(
      fc.property(outcomes, outcomes, (left, right) => {
        const whole = foldOutcomes(new Set([...left, ...right]));
        expect(foldOutcomes([...right, ...left])).toBe(whole);
        if (left.length > 0 && right.length > 0)
          expect(foldOutcomes([foldOutcomes(left), foldOutcomes(right)])).toBe(whole);
      }),
    );
  });
});

describe('tallies', () => {
  it('of nothing at all are never verified', () => {
    expect(outcomeOf(emptyTally())).toBe('undetermined');
  });

  it('begin empty, each for itself', () => {
    const tally = emptyTally();
    tally.verified += 1;
    expect(emptyTally()).toEqual({ verified: 0, failed: 0, undetermined: 0 });
  });

  it('add up', () => {
    const into = { verified: 1, failed: 2, undetermined: 3 };
    addTally(into, { verified: 10, failed: 20, undetermined: 40 });
    expect(into).toEqual({ verified: 11, failed: 22, undetermined: 43 });
    expect(totalOf(into)).toBe(76);
  });
});
