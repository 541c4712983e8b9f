import { UsageError } from '../compose/usage-error.js';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../core/instant.js';

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const RELATIVE = /^-(\d+)([smhdw])$/;
const ISO =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads a time as people give it: ISO 8601 (a date alone means its first instant; without an offset UTC is meant; an
 * offset is honoured), `now`, or so long before now: `-90m`, `-24h`, `-7d`, `-2w`. Undefined for anything else.
 */
export function parseTime(text: string, now: Instant): Instant | undefined {
  const trimmed = text.trim();
  if (trimmed === 'now') return now;
  const relative = RELATIVE.exec(trimmed);
  if (relative) return now - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? Number.NaN);
  return parseIso(trimmed);
}

/** Reads a length of time like `90m`, `3h` or `1d`, in milliseconds; undefined for anything else, and for none at all. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhdw])$/.exec(text.trim());
  const length = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  return length > 0 ? length : undefined;
}

function parseIso(text: string): Instant | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const instant = Date.parse(local);
  // Date.parse takes February 30th for March 2nd.
  if (Number.isNaN(instant) || new Date(instant).getUTCDate() !== Number(day)) return undefined;
  return instant - toOffset(offset);
}

function toOffset(offset: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset);
  if (!match) return 0;
  const length = Number(match[2]) * HOUR + Number(match[3] ?? 0) * MINUTE;
  return match[1] === '-' ? -length : length;
}

/** Reads the value of a flag. @throws {UsageError} */
export function toInstant(flag: string, text: string, now: Instant): Instant {
  const instant = parseTime(text, now);
  if (instant !== undefined) return instant;
  throw new UsageError(`${flag} ${text}: not a time; write it like 2026-03-01T05:00:00Z, 2026-03-01, now or -24h`);
}
