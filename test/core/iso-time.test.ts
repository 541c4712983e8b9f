import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseTime, parseUtcTime } from '../../src/core/iso-time.js';

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

it.each(['2026-02-30T00:00:00+02:00', '2026-03-01T25:00:00.5Z', '2026-03-01', 'Mar 1 2026', '', 5, null, undefined])(
  'takes %j for no time',
  (value) => {
    expect(parseTime(value)).toBeUndefined();
  },
);

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
    },
  );

  it.each(['2026-02-30T00:00:00', '2026-03-01T02:01:31+02:00Z', '2026-03-01', 'Mar 1 2026', 'soon', ''])(
    'takes %j for none',
    (text) => {
      expect(parseUtcTime(text)).toBeUndefined();
    },
  );
});
