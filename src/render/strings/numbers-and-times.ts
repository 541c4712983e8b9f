import type { Tally } from '../../core/findings/outcome.js';
import type { PolicySummary } from '../../core/policy/parse-policy.js';
import { DAY, formatInstant, HOUR, type Interval, lengthOf, MINUTE, SECOND } from '../../core/time/instant.js';

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];
/** Up to here hours are easier to grasp than days. */
const HOURS_UP_TO = 2 * DAY;

/** A whole number, `1,234`. `Intl.NumberFormat` would load data for this, which takes 20 ms of every start. */
export const formatNumber = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 digest`, `1,234 digests`; with a plural where it takes more than an `s`. */
export const countOf = (count: number, noun: string, plural = `${noun}s`): string =>
  `${formatNumber(count)} ${count === 1 ? noun : plural}`;

/** `2 verified, 1 failed`; `none` when there is nothing. */
export function formatTally({ verified, failed, undetermined }: Readonly<Tally>): string {
  const parts = [
    [verified, 'verified'],
    [failed, 'failed'],
    [undetermined, 'undetermined'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatNumber(count)} ${word}`);
  return said.join(', ') || 'none';
}

/** `a policy of 2 rules and 1 exception (SHA-256 b5bb9d8014a0…)` */
export const policyInWords = ({ rules, exceptions, sha256 }: PolicySummary): string =>
  `a policy of ${countOf(Object.keys(rules).length, 'rule')} and ${countOf(exceptions, 'exception')} (SHA-256 ${shorten(sha256)})`;

/** `512 B`, `1.2 MB`: decimal units, one digit after the point. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** Exact to the second: `45 min`, `26 h`, `3 d 4 h 30 s`. */
export function formatDuration(milliseconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ...(milliseconds > HOURS_UP_TO ? ([['d', DAY]] as const) : []),
    ['h', HOUR],
    ['min', MINUTE],
    ['s', SECOND],
  ];
  let rest = milliseconds;
  const parts: string[] = [];
  for (const [name, length] of units) {
    const count = Math.floor(rest / length);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * length;
  }
  return parts.join(' ') || '0 s';
}

/**
 * `a, b and 7 more`.
 * @param most so many names are told, the others counted
 * @param unnamed how many there are besides, of which no name is known
 */
export function someOf(names: readonly string[], most: number, unnamed: number): string {
  const told = names.slice(0, most);
  const left = names.length - told.length + unnamed;
  return left > 0 ? `${told.join(', ')} and ${formatNumber(left)} more` : told.join(', ');
}

/** `2026-03-01T00:00:00Z to 2026-03-01T03:00:00Z`. */
export const formatTimes = ({ start, end }: Interval): string => `${formatInstant(start)} to ${formatInstant(end)}`;

/** `2026-03-01T00:00:00Z to 2026-03-01T03:00:00Z (3 h)`. */
export const formatInterval = (interval: Interval): string =>
  `${formatTimes(interval)} (${formatDuration(lengthOf(interval))})`;

/** The first digits of a hash, enough to compare by eye. */
export const shorten = (hex: string): string => (hex.length > 16 ? `${hex.slice(0, 12)}…` : hex);

/**
 * Breaks text into lines between words. What stands between backticks is never broken, and a word that is
 * wider than a line stays whole.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word] of text.matchAll(/(?:`[^`]*`|\S)+/g)) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}
