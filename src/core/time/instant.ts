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

/** Where the digits stand, and what stands between them. */
interface TimeForm {
  readonly length: number;
  readonly digits: readonly [number, number, number, number, number, number];
  readonly marks: readonly (readonly [at: number, code: number])[];
}

const DIGEST_TIME: TimeForm = formOf('0000-00-00T00:00:00Z', [0, 5, 8, 11, 14, 17]);
const COMPACT_TIME: TimeForm = formOf('00000000T000000Z', [0, 4, 6, 9, 11, 13]);

/** Reads `YYYY-MM-DDTHH:MM:SSZ`, the only form digest files use. Undefined for anything else, February 30th included. */
export const parseInstant = (text: string): Instant | undefined => parseForm(text, DIGEST_TIME);

/** Reads `YYYYMMDDTHHMMSSZ`, as digest file names carry it. Undefined for anything else. */
export const parseCompactInstant = (text: string): Instant | undefined => parseForm(text, COMPACT_TIME);

const EARLIEST: Instant = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST: Instant = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether a number is a time that can be written: one of the years 0000 to 9999. */
export const isInstant = (value: number): boolean => value >= EARLIEST && value <= LATEST;

/** The time of a date; undefined where that is none that can be written. */
export function instantOf(date: Date | undefined): Instant | undefined {
  const time = date?.getTime() ?? Number.NaN;
  return isInstant(time) ? time : undefined;
}

/** `YYYY-MM-DDTHH:MM:SSZ`, fractions of a second dropped. For what {@link isInstant} allows. */
export const formatInstant = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** `YYYYMMDDTHHMMSSZ`, as digest file names carry it. */
export const formatCompactInstant = (instant: Instant): string => formatInstant(instant).replace(/[-:]/g, '');

/** `YYYY/MM/DD`, the date folders CloudTrail delivers into; for a time before or after all of them, the first or the last. */
export const formatDateFolder = (instant: Instant): string =>
  formatInstant(Math.min(Math.max(instant, EARLIEST), LATEST))
    .slice(0, 10)
    .replaceAll('-', '/');

/** Length in milliseconds, never negative. */
export const lengthOf = (interval: Interval): number => Math.max(0, interval.end - interval.start);

function formOf(model: string, digits: TimeForm['digits']): TimeForm {
  const marks = [...model].flatMap((char, at) => (char === '0' ? [] : [[at, char.charCodeAt(0)] as const]));
  return { length: model.length, digits, marks };
}

/** Every log of every digest has two of these times: they are read digit by digit, which a regular expression takes many times as long for. */
function parseForm(text: string, { length, digits, marks }: TimeForm): Instant | undefined {
  if (text.length !== length) return undefined;
  for (const [at, code] of marks) if (text.charCodeAt(at) !== code) return undefined;
  const [year, month, day, hour, minute, second] = digits;
  return toInstant(
    twoDigits(text, year) * 100 + twoDigits(text, year + 2),
    twoDigits(text, month),
    twoDigits(text, day),
    twoDigits(text, hour),
    twoDigits(text, minute),
    twoDigits(text, second),
  );
}

/** Not a number where there are no two digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const units = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : Number.NaN;
}

/** Undefined for a time that no calendar or clock shows. */
function toInstant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): Instant | undefined {
  // Date.UTC takes years below 100 for those of the last century, and CloudTrail is younger than either.
  if (!(year >= 100 && hour < 24 && minute < 60 && second < 60)) return undefined;
  const instant = Date.UTC(year, month - 1, day, hour, minute, second);
  // It rolls impossible dates over: February 30th becomes March 2nd.
  const date = new Date(instant);
  return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? instant : undefined;
}
