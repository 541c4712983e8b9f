import { HOUR, type Instant, isInstant, MINUTE, parseCompactInstant, parseInstant } from './instant.js';

const ISO_WITH_OFFSET = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const ANY_ISO =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Reads a point in time as ISO 8601 writes it, the distance from UTC included; undefined for anything else. */
export function parseTime(value: unknown): Instant | undefined {
  if (typeof value !== 'string') return undefined;
  const instant = parseInstant(value) ?? parseCompactInstant(value);
  if (instant !== undefined || !ISO_WITH_OFFSET.test(value)) return instant;
  // Date.parse takes February 30th for March 2nd.
  const exists = parseInstant(`${value.slice(0, 10)}T${value.slice(11, 19)}Z`) !== undefined;
  return exists ? ifInstant(Date.parse(value)) : undefined;
}

/**
 * As {@link parseTime}, and in UTC where the text does not tell its distance from it: the time zone of the machine never
 * has a say.
 */
export const parseUtcTime = (text: string): Instant | undefined => parseTime(text) ?? parseTime(`${text}Z`);

/**
 * Reads a point in time in any form of ISO 8601 that has a date: a date alone means its first instant, and without a
 * distance from UTC it is in UTC. Undefined for anything else.
 */
export function parseIsoTime(text: string): Instant | undefined {
  const match = ANY_ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const instant = Date.parse(local);
  // Date.parse takes February 30th for March 2nd.
  if (Number.isNaN(instant) || new Date(instant).getUTCDate() !== Number(day)) return undefined;
  return ifInstant(instant - toOffset(offset));
}

function toOffset(offset: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset);
  if (!match) return 0;
  const length = Number(match[2]) * HOUR + Number(match[3] ?? 0) * MINUTE;
  return match[1] === '-' ? -length : length;
}

/** An offset may lead out of the years that can be written. */
const ifInstant = (value: number): Instant | undefined => (isInstant(value) ? value : undefined);
