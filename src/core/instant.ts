/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** A half-open span of time: `start` belongs to it, `end` does not. */
export interface Interval {
  readonly start: Instant;
  readonly end: Instant;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const DIGEST_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/;
const COMPACT_TIME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Reads `YYYY-MM-DDTHH:MM:SSZ`, the only form digest files use. Undefined for anything else, February 30th included. */
export const parseInstant = (text: string): Instant | undefined => fromMatch(DIGEST_TIME.exec(text));

/** Reads `YYYYMMDDTHHMMSSZ`, as digest file names carry it. Undefined for anything else. */
export const parseCompactInstant = (text: string): Instant | undefined => fromMatch(COMPACT_TIME.exec(text));

/** `YYYY-MM-DDTHH:MM:SSZ`, fractions of a second dropped. */
export const formatInstant = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** `YYYYMMDDTHHMMSSZ`, as digest file names carry it. */
export const formatCompactInstant = (instant: Instant): string => formatInstant(instant).replace(/[-:]/g, '');

/** `YYYY/MM/DD`, the date folders CloudTrail delivers into. */
export const formatDateFolder = (instant: Instant): string => formatInstant(instant).slice(0, 10).replaceAll('-', '/');

/** Length in milliseconds, never negative. */
export const lengthOf = (interval: Interval): number => Math.max(0, interval.end - interval.start);

function fromMatch(match: RegExpExecArray | null): Instant | undefined {
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const instant = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  // Date.UTC rolls impossible times over (February 30th becomes March 2nd, 25:00 the next day) and moves years below 100.
  const date = new Date(instant);
  const isItself =
    date.getUTCFullYear() === Number(year) &&
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour) &&
    date.getUTCMinutes() === Number(minute) &&
    date.getUTCSeconds() === Number(second);
  return isItself ? instant : undefined;
}
