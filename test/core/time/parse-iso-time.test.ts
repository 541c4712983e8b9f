import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatInstant, isInstant } from '../../../src/core/time/instant.js';
import { parseIsoTime, parseTime, parseUtcTime } from '../../../src/core/time/parse-iso-time.js';

const START = Date.UTC(2026, 2, 1, 0, 1, 31);

it.each([
  ['2026-03-01T00:01:31Z', 0],
  ['20260301T000131Z', 0],
  ['2026-03-01 00:01:31Z', 0],
  ['2026-03-01T02:01:31+02:00', 0],
  ['2026-02-28T23:01:31-01:00', 0],
  ['2026-03-01T00:01:31.25Z', 250],
])('takes %s for a time', (text, milliseconds) => {
  expect(parseTime(text)).toBe(START + milliseconds);
});

it.each([
  '2026-03-01T00:01:31+99:99',
  '9999-12-31T23:59:59-00:01',
  '2026-02-30T00:00:00+02:00',
  '2026-03-01T25:00:00.5Z',
  '2026-03-01',
  'Mar 1 2026',
  '',
  5,
  null,
  undefined,
])('takes %j for no time', (value) => {
  expect(parseTime(value)).toBeUndefined();
});

describe('on a machine far from UTC', () => {
  beforeEach(() => {
    vi.stubEnv('TZ', 'America/New_York');
    expect(new Date(START).getTimezoneOffset()).toBe(300);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each(['2026-03-01T00:01:31', '2026-03-01 00:01:31', '20260301T000131', '2026-03-01T02:01:31+02:00'])(
    'takes %s for a time in UTC',
    (text) => {
      expect(parseUtcTime(text)).toBe(START);
      expect(parseIsoTime(text)).toBe(START);
    },
  );

  it.each(['2026-02-30T00:00:00', '2026-03-01T02:01:31+02:00Z', '2026-03-01', 'Mar 1 2026', 'soon', ''])(
    'takes %j for none',
    (text) => {
      expect(parseUtcTime(text)).toBeUndefined();
    },
  );
});

it.each([
  ['2026-03-01', START - 91_000],
  ['20260301', START - 91_000],
  ['2026-03-01T00:01Z', START - 31_000],
  ['20260301T0201+02', START - 31_000],
  ['2026-02-28 23:01:31.25 -0100', START + 250],
  ['2026-03-01T00:01:31.250999+00:00', START + 250],
  ['0000-01-01T00:00:00+00:01', undefined],
  ['9999-12-31T23:59:59-00:01', undefined],
  ['2026-02-30', undefined],
  ['Mar 1 2026', undefined],
])('reads %s, if at all, as ISO 8601 means it', (text, instant) => {
  expect(parseIsoTime(text)).toBe(instant);
});

it('whatever is read can be written', () => {
  const number = (most: number, width: number) =>
    fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(width, '0'));
  const zone = fc.oneof(
    fc.constantFrom('', 'Z'),
    fc.tuple(fc.constantFrom('+', '-'), number(99, 2), number(99, 2)).map(([sign, h, m]) => `${sign}${h}:${m}`),
  );
  const year = fc.oneof(number(9_999, 4), fc.constantFrom('0000', '0100', '9999'));
  const text = fc
    .tuple(year, number(13, 2), number(32, 2), number(24, 2), number(60, 2), zone)
    .map(([y, mo, d, h, m, z]) => `${y}-${mo}-${d}T${h}:${m}:59${z}`);
  fc.assert(
    fc.property(text, (each) => {
      for (const instant of [parseTime(each), parseUtcTime(each), parseIsoTime(each)]) {
        if (instant === undefined) continue;
        expect(isInstant(instant)).toBe(true);
        expect(formatInstant(instant)).toHaveLength(20);
      }
    }),
    { numRuns: 1_000 },
  );
});
