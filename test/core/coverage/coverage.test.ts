import { describe, expect, it } from 'vitest';
import { coverageOf, restartsOf, STALE_FAILURE_AGE, STALE_WARNING_AGE } from '../../../src/core/coverage/coverage.js';
import type { Trouble } from '../../../src/core/coverage/unproven-reason.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { handMadeDigest } from '../../support/forge/hand-made.js';
import {
  account,
  at,
  CHAIN,
  collect,
  FAR_FUTURE,
  place,
  type Shown,
  toAccounted,
} from '../../support/run/coverage-account.js';

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
        [0, 1],
      ]),
    ).toEqual({ coverage: [['proven', 0, 3]], findings: [] });
  });

  it('does not come from a starting digest, which covers the hour before logging began', () => {
    expect(
      account(0, 3, [
        [2, 3],
        [1, 2],
        [0, 1, 'starting'],
      ]),
    ).toEqual({
      coverage: [
        ['gap', 0, 1],
        ['proven', 1, 3],
      ],
      findings: [],
    });
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
      [0, 2],
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
        [0, 2],
      ]),
    ).toEqual({ coverage: [['proven', 0, 2]], findings: [] });
  });

  it('makes good for a broken digest whose time others cover', () => {
    expect(account(0, 3, [[2, 3], 'failed', [0, 2]])).toEqual({ coverage: [['proven', 0, 3]], findings: [] });
  });
});

describe('a hole', () => {
  const ends = { previous: place(1), next: place(3) };

  it('below a starting digest is a gap up to its end, which is when logging began', () => {
    expect(
      account(0, 4, [
        [3, 4],
        [2, 3, 'starting'],
        [0, 1],
      ]),
    ).toEqual({
      coverage: [
        ['proven', 0, 1],
        ['gap', 1, 3],
        ['proven', 3, 4],
      ],
      findings: [ofChain('chain-gap', 1, 3, ends)],
    });
  });

  it.each([
    [['failed'], 'lost', 'chain-interval-lost'],
    [['undetermined'], 'undetermined', 'chain-interval-undetermined'],
    [['failed', 'undetermined'], 'lost', 'chain-interval-lost'],
    [['undetermined', 'failed'], 'lost', 'chain-interval-lost'],
    [['undetermined', 'undetermined'], 'undetermined', 'chain-interval-undetermined'],
  ] as const)('with %j in it is %s, whatever lies above it', (trouble, state, code) => {
    for (const [end, ...upper] of [
      [2, 2, 3],
      [3, 2, 3, 'starting'],
    ] as const) {
      expect(account(0, 4, [[3, 4], upper, ...trouble, [0, 1]])).toEqual({
        coverage: [
          ['proven', 0, 1],
          [state, 1, end],
          ['proven', end, 4],
        ],
        findings: [ofChain(code, 1, end, ends)],
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
    expect(coverage).toEqual([
      ['proven', 0, 1],
      ['gap', 1, 4],
      ['proven', 4, 5],
      ['lost', 5, 7],
    ]);
  });

  it('of a minute counts', () => {
    const minute = MINUTE / HOUR;
    expect(
      account(0, 2, [
        [1 + minute, 2],
        [0, 1],
      ]).coverage[1],
    ).toEqual(['gap', 1, 1 + minute]);
  });

  it('is told as a whole where any of it was asked for', () => {
    const shown: Shown[] = [
      [4, 5],
      [3, 4, 'starting'],
      [0, 1],
    ];
    const gap = ofChain('chain-gap', 1, 4, { previous: place(1), next: place(4) });
    for (const [from, to] of [
      [0.5, 3],
      [2, 4.5],
      [2, 3],
    ] as const) {
      const { coverage, findings } = account(from, to, shown);
      expect(findings).toEqual([gap]);
      expect(coverage.find(([state]) => state === 'gap')).toEqual(['gap', Math.max(1, from), Math.min(4, to)]);
    }
    expect(account(0, 1, shown).findings).toEqual([]);
    expect(account(4, 5, shown).findings).toEqual([]);
  });
});

describe('a restart', () => {
  const third = 20 * MINUTE;
  const [restartedAt, later] = [4 + third / HOUR, 5 + third / HOUR];
  const hourEnding = (end: number) => [end - 1, end, 'starting'] as const;

  it('after 20 minutes is a gap of 20 minutes, though the starting digest leaves no hole', () => {
    expect(account(0, later, [[restartedAt, later], hourEnding(restartedAt), [3, 4], [0, 3]])).toEqual({
      coverage: [
        ['proven', 0, 4],
        ['gap', 4, restartedAt],
        ['proven', restartedAt, later],
      ],
      findings: [ofChain('chain-gap', 4, restartedAt, { previous: place(4), next: place(restartedAt) })],
    });
  });

  it('right at the end of the older run is a gap of no time', () => {
    expect(account(0, 5, [[4, 5], hourEnding(4), [0, 4]])).toEqual({
      coverage: [['proven', 0, 5]],
      findings: [ofChain('chain-gap', 4, 4, { previous: place(4), next: place(4) })],
    });
  });

  it('before the end of the older run is told, and nothing is proven twice', () => {
    expect(account(0, 5, [[4, 5], hourEnding(4), [3.5, 4.5], [0, 3.5]])).toEqual({
      coverage: [['proven', 0, 5]],
      findings: [ofChain('chain-gap', 4, 4, { previous: place(4.5), next: place(4) })],
    });
  });

  it('at the edges of the time asked for is told by what lies within it', () => {
    const shown: Shown[] = [[4, 5], hourEnding(4), [0, 4]];
    expect(account(3, 4, shown).findings).toHaveLength(1);
    expect(account(4, 5, shown).findings).toEqual([]);
    expect(account(3, 3.5, shown).findings).toEqual([]);
  });

  it('is told each time, however many there are within an hour', () => {
    const { coverage, findings } = account(0, 4.75, [hourEnding(4.75), hourEnding(4.5), hourEnding(4.25), [0, 4]]);
    expect(coverage).toEqual([
      ['proven', 0, 4],
      ['gap', 4, 4.75],
    ]);
    expect(findings.filter(({ code }) => code === 'chain-gap').map(({ args }) => args)).toEqual(
      [
        [4.5, 4.75],
        [4.25, 4.5],
        [4, 4.25],
      ].map(([start = 0, end = 0]) => ({ start: at(start), end: at(end), previous: place(start), next: place(end) })),
    );
  });

  it('is a loss where a digest between the two is broken, and a gap besides where that leaves no time open', () => {
    const { findings } = account(0, 5, [[4, 5], hourEnding(4), 'failed', [0, 3]]);
    expect(findings.map(({ code }) => code)).toEqual(['chain-interval-lost']);
    expect(account(0, 5, [[4, 5], hourEnding(4), 'failed', [0, 4]]).findings.map(({ code }) => code)).toEqual([
      'chain-gap',
    ]);
  });

  it('says when the run before it ended, and when logging began again', () => {
    const asked = { from: at(2), to: at(9), isEndAsked: true, now: FAR_FUTURE };
    const restarts = (shown: readonly Shown[]) =>
      coverageOf(CHAIN, collect(shown).segments, asked).findings.map(({ restart }) => restart);
    expect(restarts([[7, 9], hourEnding(7), [2, 5], hourEnding(2)])).toEqual([{ runEnd: at(5), restartedAt: at(7) }]);
  });

  it('after a last digest that ends behind it is the end of that digest, which the walk passes over', () => {
    const collector = collect([[4, 5], hourEnding(4), [2, 3.5]]);
    collector.addPassedOver(handMadeDigest({ start: at(3.5), end: at(4.5) }, place(3.5)));
    const asked = { from: at(2), to: at(5), isEndAsked: true, now: FAR_FUTURE };
    expect(toAccounted(coverageOf(CHAIN, collector.segments, asked))).toEqual({
      coverage: [['proven', 2, 5]],
      findings: [ofChain('chain-gap', 4, 4, { previous: place(4.5), next: place(4) })],
    });
  });

  it('is all that is told of a chain whose digests account for no time', () => {
    const { segments } = collect([hourEnding(9), 'failed', [4, 5], hourEnding(3), [0, 1]]);
    const gapsIn = (from: number, to: number) =>
      restartsOf(CHAIN, segments, { from: at(from), to: at(to) }).map(({ finding }) => finding);
    const [first, second] = [
      ofChain('chain-gap', 1, 3, { previous: place(1), next: place(3) }),
      ofChain('chain-gap', 5, 9, { previous: place(5), next: place(9) }),
    ];
    expect(gapsIn(0, 9)).toEqual([second, first]);
    expect(gapsIn(3, 5)).toEqual([]);
  });
});

describe('the time before the oldest digest', () => {
  it('is a gap when nothing speaks against it', () => {
    for (const [begin, ...upper] of [
      [2, 1, 2, 'starting'],
      [1, 1, 2],
    ] as const) {
      expect(account(0, 3, [[2, 3], upper])).toEqual({
        coverage: [
          ['gap', 0, begin],
          ['proven', begin, 3],
        ],
        findings: [ofChain('chain-begins-late', 0, begin, { first: place(2) })],
      });
    }
  });

  it('is a gap, and nothing more is said, where it is the hour of the starting digest', () => {
    for (const from of [1, 1.5])
      expect(
        account(from, 3, [
          [2, 3],
          [1, 2, 'starting'],
        ]),
      ).toEqual({
        coverage: [
          ['gap', from, 2],
          ['proven', 2, 3],
        ],
        findings: [],
      });
  });

  it.each([
    ['failed', 'lost', 'chain-interval-lost'],
    ['undetermined', 'undetermined', 'chain-interval-undetermined'],
  ] as const)('is not when the last that was shown is %s', (trouble, state, code) => {
    expect(account(0, 3, [[2, 3], trouble])).toEqual({
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
    account(0, 9, [[0, 1]], at(1) + age, maxAge === undefined ? {} : { maxAge });

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

describe('the time after the newest digest, where others lie without a signature', () => {
  const end = (trouble: Trouble, to: number, rules = {}) =>
    account(0, to, [trouble, [0, 1]], FAR_FUTURE, rules).findings.map(({ code }) => code);

  it.each([
    ['the next hour: it may be the newest, which no other keeps the signature of', 'unsigned', 2],
    ['any time, where one claims to be a starting digest', 'unsigned-start', 9],
  ] as const)('is undetermined for %s', (_, trouble, to) => {
    expect(end(trouble, to)).toEqual(['chain-interval-undetermined']);
    expect(account(0, to, [trouble, [0, 1]]).coverage).toEqual([
      ['proven', 0, 1],
      ['undetermined', 1, to],
    ]);
  });

  it('is lost after the next hour', () => {
    expect(end('unsigned', 3)).toEqual(['chain-ends-early']);
  });

  it('is undetermined where nobody asked for an end', () => {
    expect(end('unsigned', 3, { isEndAsked: false })).toEqual(['chain-interval-undetermined']);
  });

  it('is lost where CloudTrail delivered a newer one', () => {
    const rules = { deliveredAt: at(5), isEndAsked: false };
    expect(end('unsigned', 5, rules)).toEqual(['chain-newest-digest-deleted']);
    expect(end('unsigned-start', 5, rules)).toEqual(['chain-interval-undetermined']);
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
