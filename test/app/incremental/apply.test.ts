import { describe, expect, it } from 'vitest';
import { apply, type ChainResult } from '../../../src/app/incremental/apply.js';
import type { AnchorDigest, ChainHistory } from '../../../src/core/checkpoint/checkpoint.js';
import { HOUR, type Interval } from '../../../src/core/time/instant.js';
import { exampleMemory } from '../../support/worlds/example-checkpoint.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const hours = (from: number, to: number): Interval => ({ start: START + from * HOUR, end: START + to * HOUR });
const anchorAt = (end: number): AnchorDigest => exampleMemory('eu-west-1', end).history?.anchor ?? expect.fail();

/** A run from the anchor of 20 hours until 23, of which all is verified. */
const RESULT: ChainResult = {
  isSettled: true,
  newest: anchorAt(23),
  since: START + 19 * HOUR,
  isBounded: false,
  looked: [],
  proven: [hours(19, 23)],
  open: [],
  failed: [],
  seen: [],
};
const memoryAfter = (before: Partial<ChainHistory>, result: Partial<ChainResult>) =>
  apply(exampleMemory('eu-west-1', 20, before), { ...RESULT, ...result });

describe('the memory of a chain after a run', () => {
  it('has the newest anchor and all that was ever verified', () => {
    expect(memoryAfter({}, {})).toEqual(exampleMemory('eu-west-1', 23));
    expect(memoryAfter({}, { newest: anchorAt(18), proven: [hours(19, 20)] })).toEqual(exampleMemory('eu-west-1', 20));
  });

  it('begins with the first verified digest, and is none before', () => {
    const { chain } = exampleMemory('eu-west-1', 1);
    const { newest, ...none } = RESULT;
    expect(apply({ chain }, none)).toEqual({ chain });
    expect(apply({ chain }, { ...RESULT, isBounded: true })).toMatchObject({
      history: { since: START + 19 * HOUR, isBounded: true, anchor: newest, verified: [hours(19, 23)] },
    });
  });

  it('keeps what was not looked at, and forgets what was and is proven', () => {
    const before = { open: [hours(1, 3)], failed: [hours(5, 8)] };
    expect(memoryAfter(before, {}).history).toMatchObject(before);
    expect(memoryAfter(before, { looked: [hours(2, 6)], proven: [hours(2, 6)] }).history).toMatchObject({
      open: [hours(1, 2)],
      failed: [hours(6, 8)],
    });
    expect(memoryAfter(before, { looked: [hours(1, 8)], open: [hours(6, 7)] }).history).toMatchObject({
      open: [hours(6, 7)],
      failed: [],
    });
  });

  it('never takes time back that was verified', () => {
    const { history } = memoryAfter({}, { looked: [hours(2, 6)], failed: [hours(2, 6)] });
    expect(history).toMatchObject({ verified: [hours(0, 23)], failed: [hours(2, 6)] });
  });

  it('leaves out what the next run looks at by itself', () => {
    const { history } = memoryAfter({}, { open: [hours(21, 25)], failed: [hours(22, 24)] });
    expect(history).toMatchObject({ open: [hours(21, 22)], failed: [] });
  });

  it('believes nothing of a run that did not come to its end, but what failed', () => {
    const before = { open: [hours(1, 3)], failed: [hours(5, 8)], rechecked: START };
    const failures = { since: START, findings: ['0'.repeat(16)] };
    const stopped = { isSettled: false, looked: [hours(0, 9)], failed: [hours(8, 9), hours(22, 23)], failures };
    expect(memoryAfter(before, { ...stopped, open: [hours(11, 12)], rechecked: START + HOUR })).toEqual({
      ...exampleMemory('eu-west-1', 20, { ...before, failed: [hours(5, 9)] }),
      failures,
    });
    const { chain } = exampleMemory('eu-west-1', 1);
    expect(apply({ chain }, { ...RESULT, ...stopped })).toEqual({ chain, failures });
  });

  it('is bounded: of more than a hundred parts the nearest are made one', () => {
    const many = Array.from({ length: 150 }, (_, index) => hours(3 * index - 500, 3 * index - 499));
    const { open = [] } = memoryAfter({}, { open: many }).history ?? {};
    expect(open).toHaveLength(100);
    for (const { start, end } of many) expect(open.some((all) => all.start <= start && end <= all.end)).toBe(true);
  });

  it('has of a backfill chain the ends of what is known to exist, and no time', () => {
    const memory = exampleMemory('eu-west-1', 20, { verified: [], seen: [START + 3 * HOUR], open: [hours(2, 3)] });
    const { history } = apply(
      { ...memory, chain: { ...memory.chain, kind: 'backfill' } },
      {
        ...RESULT,
        newest: anchorAt(20),
        looked: [],
        seen: [START + 5 * HOUR, START + 30 * HOUR],
        failed: [hours(19, 20)],
      },
    );
    expect(history).toMatchObject({
      verified: [],
      open: [hours(2, 3)],
      failed: [],
      seen: [START + 3 * HOUR, START + 5 * HOUR],
    });
  });
});
