import { UsageError } from '../compose/errors/usage-error.js';
import { DAY, HOUR, type Instant, isInstant, MINUTE, SECOND } from '../core/time/instant.js';
import { parseIsoTime } from '../core/time/parse-iso-time.js';

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const RELATIVE = /^-(\d+)([smhdw])$/;

/**
 * Reads a time as people give it: ISO 8601 (a date alone means its first instant; without an offset UTC is meant; an
 * offset is honoured), `now`, or so long before now: `-90m`, `-24h`, `-7d`, `-2w`. Undefined for anything else, times before
 * the year 0 and after the year 9999 included.
 */
export function parseTime(text: string, now: Instant): Instant | undefined {
  const trimmed = text.trim();
  if (trimmed === 'now') return now;
  const relative = RELATIVE.exec(trimmed);
  if (!relative) return parseIsoTime(trimmed);
  const instant = now - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? Number.NaN);
  return isInstant(instant) ? instant : undefined;
}

/** Reads a length of time like `90m`, `3h` or `1d`, in milliseconds; undefined for anything else, and for none at all. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhdw])$/.exec(text.trim());
  const length = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  return length > 0 ? length : undefined;
}

/** Reads the value of a flag, in milliseconds. @throws {UsageError} */
export function toDuration(flag: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  throw new UsageError(`${flag} ${text}: not a length of time; write it like 90m, 3h or 1d`);
}

/** Reads the value of a flag. @throws {UsageError} */
export function toInstant(flag: string, text: string, now: Instant): Instant {
  const instant = parseTime(text, now);
  if (instant !== undefined) return instant;
  throw new UsageError(`${flag} ${text}: not a time; write it like 2026-03-01T05:00:00Z, 2026-03-01, now or -24h`);
}
