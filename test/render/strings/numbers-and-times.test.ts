import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../src/core/time/instant.js';
import {
  countOf,
  formatBytes,
  formatDuration,
  formatInterval,
  shorten,
  wrap,
} from '../../../src/render/strings/numbers-and-times.js';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [1_234_567_890, '1.2 GB'],
  [5e18, '5000.0 PB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0, '0 s'],
  [90_000, '1 min 30 s'],
  [3 * HOUR, '3 h'],
  [2 * DAY, '48 h'],
  [2 * DAY + HOUR, '2 d 1 h'],
  [3 * DAY + 4 * HOUR + 5 * MINUTE + 6_000, '3 d 4 h 5 min 6 s'],
])('%d ms are %s', (length, text) => expect(formatDuration(length)).toBe(text));

it('names an interval and its length', () => {
  expect(formatInterval({ start: 0, end: HOUR })).toBe('1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z (1 h)');
});

it('counts things', () => {
  expect([0, 1, 1234].map((count) => countOf(count, 'log'))).toEqual(['0 logs', '1 log', '1,234 logs']);
});

it('shortens hashes only', () => {
  expect([shorten('0123456789abcdef'), shorten('0123456789abcdef0')]).toEqual(['0123456789abcdef', '0123456789ab…']);
});

it('wraps between words, and neither breaks a long word nor a command', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a veryverylong word', 6)).toEqual(['a', 'veryverylong', 'word']);
  expect(wrap('run `aws s3 ls` now', 8)).toEqual(['run', '`aws s3 ls`', 'now']);
  expect(wrap('an odd ` stays', 6)).toEqual(['an odd', '`', 'stays']);
  expect(wrap('', 10)).toEqual([]);
});
