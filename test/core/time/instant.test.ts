import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY,
  formatCompactInstant,
  formatDateFolder,
  formatInstant,
  HOUR,
  isInstant,
  lengthOf,
  MINUTE,
  parseCompactInstant,
  parseInstant,
  SECOND,
} from '../../../src/core/time/instant.js';

/** Whole seconds from the year 100, before which JavaScript's own constructors guess the century, to 9999. */
const instants = fc
  .integer({ min: Date.UTC(100, 0, 1) / SECOND, max: Date.UTC(9999, 11, 31, 23, 59, 59) / SECOND })
  .map((seconds) => seconds * SECOND);

describe('units', () => {
  it('are milliseconds', () => {
    expect([SECOND, MINUTE, HOUR, DAY]).toEqual([1_000, 60_000, 3_600_000, 86_400_000]);
  });
});

describe('parseInstant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-03-01T00:01:31Z', Date.UTC(2026, 2, 1, 0, 1, 31)],
    ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['1969-12-31T23:59:59Z', -1_000],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('reads %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ['nothing', ''],
    ['a fraction', '2026-03-01T00:01:31.000Z'],
    ['an offset', '2026-03-01T00:01:31+00:00'],
    ['no zone', '2026-03-01T00:01:31'],
    ['a small z', '2026-03-01T00:01:31z'],
    ['a small t', '2026-03-01t00:01:31Z'],
    ['a space for the T', '2026-03-01 00:01:31Z'],
    ['the compact form', '20260301T000131Z'],
    ['a date alone', '2026-03-01'],
    ['a space before', ' 2026-03-01T00:01:31Z'],
    ['a newline after', '2026-03-01T00:01:31Z\n'],
    ['something before', 'x2026-03-01T00:01:31Z'],
    ['something after', '2026-03-01T00:01:31Zx'],
    ['five digits of year', '12026-03-01T00:01:31Z'],
    ['a signed year', '+002026-03-01T00:01:31Z'],
    ['other digits', '２０２６-03-01T00:01:31Z'],
    ['February 30th', '2026-02-30T00:00:00Z'],
    ['February 29th of no leap year', '2026-02-29T00:00:00Z'],
    ['February 29th of 1900', '1900-02-29T00:00:00Z'],
    ['April 31st', '2026-04-31T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['day 0', '2026-03-00T00:00:00Z'],
    ['day 32', '2026-03-32T00:00:00Z'],
    ['hour 24', '2026-03-01T24:00:00Z'],
    ['minute 60', '2026-03-01T00:60:00Z'],
    ['a leap second', '2026-12-31T23:59:60Z'],
    ['the year 26', '0026-03-01T00:00:00Z'],
  ])('refuses %s', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads back what was written, and only whole seconds', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 999 }), (instant, fraction) => {
        expect(parseInstant(formatInstant(instant + fraction))).toBe(instant);
      }),
    );
  });

  it('never throws, and what it accepts is written the same way', () => {
    const likely = fc.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), likely), (text) => {
        const instant = parseInstant(text);
        expect(instant === undefined ? text : formatInstant(instant)).toBe(text);
      }),
    );
  });
});

describe('parseCompactInstant', () => {
  it('reads the form of names and no other', () => {
    expect(parseCompactInstant('20260301T000131Z')).toBe(Date.UTC(2026, 2, 1, 0, 1, 31));
    for (const text of [
      '2026-03-01T00:01:31Z',
      '20260230T000000Z',
      '20260301T000131',
      '20260301T000131Z\n',
      '20260301T0001Z',
    ])
      expect(parseCompactInstant(text)).toBeUndefined();
  });

  it('reads back what was written', () => {
    fc.assert(fc.property(instants, (instant) => parseCompactInstant(formatCompactInstant(instant)) === instant));
  });
});

describe('formats', () => {
  const instant = Date.UTC(2026, 2, 1, 4, 5, 6) + 789;

  it('drop fractions of a second', () => {
    expect(formatInstant(instant)).toBe('2026-03-01T04:05:06Z');
    expect(formatCompactInstant(instant)).toBe('20260301T040506Z');
    expect(formatDateFolder(instant)).toBe('2026/03/01');
  });
});

describe('isInstant', () => {
  const edges = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')] as const;

  it('is true of what can be written, and of nothing else', () => {
    expect(edges.map(formatInstant)).toEqual(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z']);
    expect([...edges, 0].every(isInstant)).toBe(true);
    const others = [edges[0] - 1, edges[1] + 1, Number.NaN, Number.POSITIVE_INFINITY, -8.64e16, 8.64e16];
    expect(others.some(isInstant)).toBe(false);
  });

  it('leaves a time outside of it the first or the last date folder', () => {
    expect([edges[0] - DAY, Number.NEGATIVE_INFINITY].map(formatDateFolder)).toEqual(['0000/01/01', '0000/01/01']);
    expect([edges[1] + DAY, 8.64e16].map(formatDateFolder)).toEqual(['9999/12/31', '9999/12/31']);
  });
});

describe('lengthOf', () => {
  it('is the distance, never negative', () => {
    expect(lengthOf({ start: 5, end: 12 })).toBe(7);
    expect(lengthOf({ start: 5, end: 5 })).toBe(0);
    expect(lengthOf({ start: 12, end: 5 })).toBe(0);
  });
});
