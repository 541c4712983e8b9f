import { type Instant, parseCompactInstant, parseInstant } from './instant.js';

const ISO_WITH_OFFSET = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads a point in time as ISO 8601 writes it, the distance from UTC included; undefined for anything else. */
export function parseTime(value: unknown): Instant | undefined {
  if (typeof value !== 'string') return undefined;
  const instant = parseInstant(value) ?? parseCompactInstant(value);
  if (instant !== undefined || !ISO_WITH_OFFSET.test(value)) return instant;
  // Date.parse takes February 30th for March 2nd.
  const exists = parseInstant(`${value.slice(0, 10)}T${value.slice(11, 19)}Z`) !== undefined;
  return exists ? Date.parse(value) : undefined;
}

/**
 * As {@link parseTime}, and in UTC where the text does not tell its distance from it: the time zone of the machine never
 * has a say.
 */
export const parseUtcTime = (text: string): Instant | undefined => parseTime(text) ?? parseTime(`${text}Z`);
