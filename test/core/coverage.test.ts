import { describe, expect, it } from 'vitest';
import { CoverageLedger, STALE_FAILURE_AGE, STALE_WARNING_AGE } from '../../src/core/coverage.js';
import { HOUR, MINUTE } from '../../src/core/instant.js';
import { account, at, CHAIN, FAR_FUTURE, place, type Shown } from '../support/coverage-account.js';
import { handMadeDigest } from '../support/hand-made.js';

const ofChain = (code: string, from: number, to: number, ends: object) => ({
  code,
  subject: { type: 'chain', chain: CHAIN },
  args: { start: at(from), end: at(to), ...ends },
});

describe('proven time', () => {
  it('is one interval when digests touch', () => {
    expect(
      account(0, 3, [
        [2, 3],
        [1, 2],
        [0, 1, 'starting'],
      ]),
    ).toEqual({ coverage: [['proven', 0, 3]], findings: [] });
  });

  it('is cut to what was asked for', () => {
    expect(
      account(0.5, 2.25, [
        [2, 3],
        [1, 2],
        [0, 1],
      ]),
    ).toEqual({ coverage: [['proven', 0.5, 2.25]], findings: [] });
  });

  it('is counted once where digests overlap or repeat', () => {
    const shown: Shown[] = [
      [2, 4],
      [1, 3],
      [2, 3],
      [0, 2, 'starting'],
    ];
    expect(account(0, 4, shown)).toEqual({ coverage: [['proven', 0, 4]], findings: [] });
  });

  it('is not shortened by a digest within another', () => {
    expect(
      account(0, 4, [
        [0, 4],
        [1, 2],
      ]),
    ).toEqual({ coverage: [['proven', 0, 4]], findings: [] });
  });

  it('does not come from a digest after it', () => {
    expect(
      account(0, 2, [
        [3, 4],
        [0, 2, 'starting'],
      ]),
    ).toEqual({ coverage: [['proven', 0, 2]], findings: [] });
  });

  it('makes good for a broken digest whose time others cover', () => {
    expect(account(0, 3, [[2, 3], 'failed', [0, 2]])).toEqual({ coverage: [['proven', 0, 3]], findings: [] });
  });
});

describe('a hole', () => {
  const ends = { previous: place(1), next: place(3) };

  it('below a starting digest is a gap', () => {
    expect(
      account(0, 3, [
        [2, 3, 'starting'],
        [0, 1],
      ]),
    ).toEqual({
      coverage: [
        ['proven', 0, 1],
        ['gap', 1, 2],
        ['proven', 2, 3],
      ],
      findings: [ofChain('chain-gap', 1, 2, ends)],
    });
  });

  it.each([
    [['failed'], 'lost', 'chain-interval-lost'],
    [['undetermined'], 'undetermined', 'chain-interval-undetermined'],
    [['failed', 'undetermined'], 'lost', 'chain-interval-lost'],
    [['undetermined', 'failed'], 'lost', 'chain-interval-lost'],
    [['undetermined', 'undetermined'], 'undetermined', 'chain-interval-undetermined'],
  ] as const)('with %j in it is %s, whatever lies above it', (trouble, state, code) => {
    for (const upper of [
      [2, 3],
      [2, 3, 'starting'],
    ] as const) {
      expect(account(0, 3, [upper, ...trouble, [0, 1]])).toEqual({
        coverage: [
          ['proven', 0, 1],
          [state, 1, 2],
          ['proven', 2, 3],
        ],
        findings: [ofChain(code, 1, 2, ends)],
      });
    }
  });

  it('between linked digests is a break in what they say of themselves', () => {
    const { coverage, findings } = account(0, 3, [
      [2, 3],
      [0, 1],
    ]);
    expect(coverage).toEqual([
      ['proven', 0, 1],
      ['gap', 1, 2],
      ['proven', 2, 3],
    ]);
    expect(findings).toEqual([
      {
        code: 'digest-interval-break',
        subject: { type: 'digest', ...place(1) },
        args: { start: at(1), end: at(2), successor: place(3) },
      },
    ]);
  });

  it('is told by the digest next above it, and by the trouble since', () => {
    const shown: Shown[] = [[6, 7, 'starting'], 'failed', [4, 5], [2, 3, 'starting'], [0, 1]];
    const { coverage, findings } = account(0, 7, shown);
    expect(findings.map(({ code }) => code)).toEqual(['chain-interval-lost', 'digest-interval-break', 'chain-gap']);
    expect(coverage.map(([state]) => state)).toEqual(['proven', 'gap', 'proven', 'gap', 'proven', 'lost', 'proven']);
  });

  it('of a minute counts', () => {
    const minute = MINUTE / HOUR;
    expect(
      account(0, 2, [
        [1 + minute, 2, 'starting'],
        [0, 1],
      ]).coverage[1],
    ).toEqual(['gap', 1, 1 + minute]);
  });
});

describe('the time before the oldest digest', () => {
  it('is a gap when nothing speaks against it', () => {
    for (const upper of [
      [2, 3, 'starting'],
      [2, 3],
    ] as const) {
      expect(account(0, 3, [upper])).toEqual({
        coverage: [
          ['gap', 0, 2],
          ['proven', 2, 3],
        ],
        findings: [ofChain('chain-begins-late', 0, 2, { first: place(3) })],
      });
    }
  });

  it.each([
    ['failed', 'lost', 'chain-interval-lost'],
    ['undetermined', 'undetermined', 'chain-interval-undetermined'],
  ] as const)('is not when the last that was shown is %s', (trouble, state, code) => {
    expect(account(0, 3, [[2, 3, 'starting'], trouble])).toEqual({
      coverage: [
        [state, 0, 2],
        ['proven', 2, 3],
      ],
      findings: [ofChain(code, 0, 2, { next: place(3) })],
    });
  });

  it('is nothing when the oldest digest reaches back far enough, in trouble or not', () => {
    expect(account(2, 3, [[2, 3], 'failed'])).toEqual({ coverage: [['proven', 2, 3]], findings: [] });
  });
});

describe('the time after the newest digest', () => {
  const tail = (age: number, maxAge?: number) =>
    account(0, 9, [[0, 1, 'starting']], at(1) + age, maxAge === undefined ? {} : { maxAge });

  it.each([
    ['a digest may still come', 0],
    ['two hours are no delay', STALE_WARNING_AGE],
  ])('is pending: %s', (_, age) => {
    expect(tail(age)).toEqual({
      coverage: [
        ['proven', 0, 1],
        ['pending', 1, 9],
      ],
      findings: [],
    });
  });

  it.each([
    ['more than two hours are late', STALE_WARNING_AGE + 1, 2],
    ['so are 2 h 31 min, when the second digest is due', 2 * HOUR + 31 * MINUTE, 3],
    ['three hours are late and no more', STALE_FAILURE_AGE, 3],
  ])('is stale as far as digests are due: %s', (_, age, due) => {
    expect(tail(age)).toEqual({
      coverage: [
        ['proven', 0, 1],
        ['stale', 1, due],
        ['pending', due, 9],
      ],
      findings: [ofChain('chain-end-late', 1, 9, { last: place(1) })],
    });
  });

  it.each([
    ['more than three hours', STALE_FAILURE_AGE + 1, undefined, 3],
    ['longer than may be', 24 * HOUR + 1, 24 * HOUR, 9],
    ['longer than may be, though less than two hours', 100 * MINUTE, HOUR, 2],
    ['longer than may be, though no digest is due', 31 * MINUTE, 30 * MINUTE, 1],
  ])('is lost as far as digests are due after %s', (_, age, maxAge, due) => {
    const { coverage, findings } = tail(age, maxAge);
    const expected = [
      ['proven', 0, 1],
      ['lost', 1, due],
      ['pending', due, 9],
    ];
    expect(coverage).toEqual(expected.filter(([, start, end]) => start !== end));
    expect(findings).toEqual([ofChain('chain-ends-early', 1, 9, { last: place(1) })]);
  });

  it.each([
    [STALE_WARNING_AGE + 1, 24 * HOUR, ['chain-end-late']],
    [24 * HOUR, 24 * HOUR, ['chain-end-late']],
    [HOUR, HOUR, []],
    [HOUR + 1, HOUR, ['chain-ends-early']],
  ])('of the age %i where %i is allowed', (age, maxAge, codes) => {
    expect(tail(age, maxAge).findings.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    [HOUR, 3, 3],
    [STALE_WARNING_AGE + 1, 3, 3],
    [24 * HOUR, 3, 9],
    [HOUR, 20, 9],
  ])(
    'is lost as far as digests are known to have been delivered, and more is not said of it: %i, %i',
    (age, until, due) => {
      const { coverage, findings } = account(0, 9, [[0, 1]], at(1) + age, { deliveredUntil: at(until) });
      const expected = [
        ['proven', 0, 1],
        ['lost', 1, due],
        ['pending', due, 9],
      ];
      expect(coverage).toEqual(expected.filter(([, start, end]) => start !== end));
      expect(findings).toEqual([]);
    },
  );

  it('has ages of two and three hours', () => {
    expect([STALE_WARNING_AGE, STALE_FAILURE_AGE]).toEqual([2 * HOUR, 3 * HOUR]);
  });

  it.each([
    ['failed', 'lost', 'chain-interval-lost'],
    ['undetermined', 'undetermined', 'chain-interval-undetermined'],
  ] as const)('is not pending when a digest in it is %s', (trouble, state, code) => {
    expect(account(0, 2, [trouble, [0, 1]], at(1))).toEqual({
      coverage: [
        ['proven', 0, 1],
        [state, 1, 2],
      ],
      findings: [ofChain(code, 1, 2, { previous: place(1) })],
    });
  });
});

describe('a chain without a verified digest', () => {
  it('proves nothing', () => {
    expect(account(0, 2, [])).toEqual({ coverage: [['undetermined', 0, 2]], findings: [] });
    expect(account(0, 2, ['failed'])).toEqual({
      coverage: [['lost', 0, 2]],
      findings: [ofChain('chain-interval-lost', 0, 2, {})],
    });
    expect(account(0, 2, ['undetermined'])).toEqual({
      coverage: [['undetermined', 0, 2]],
      findings: [ofChain('chain-interval-undetermined', 0, 2, {})],
    });
  });

  it('of no time has no coverage', () => {
    expect(account(2, 2, ['failed'])).toEqual({ coverage: [], findings: [] });
    expect(account(3, 2, [[1, 2]])).toEqual({ coverage: [], findings: [] });
  });
});

describe('the frontier', () => {
  it('is the oldest instant that is accounted for, and only goes back', () => {
    const ledger = new CoverageLedger(CHAIN, at(5), FAR_FUTURE);
    expect(ledger.frontier).toBe(at(5));
    ledger.addProven(handMadeDigest({ start: at(6), end: at(7) }, place(6)));
    expect(ledger.frontier).toBe(at(5));
    ledger.addProven(handMadeDigest({ start: at(2), end: at(3) }, place(2)));
    expect(ledger.frontier).toBe(at(2));
    ledger.addProven(handMadeDigest({ start: at(4), end: at(5) }, place(4)));
    expect(ledger.frontier).toBe(at(2));
  });
});
