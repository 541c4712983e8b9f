import type { CoverageState } from '../../core/coverage/coverage.js';
import { DAY, HOUR, type Instant, type Interval } from '../../core/time/instant.js';

/**
 * `failed`: the time is covered, but a log or digest of it failed its check. `accepted`: it did not prove good, and a policy
 * puts up with that. The others are those of the coverage.
 */
export type TimeState = CoverageState | 'failed' | 'accepted';

/** The worst first: it is what a column shows when several states fall into it. */
export const TIME_STATES = ['failed', 'lost', 'undetermined', 'accepted', 'gap', 'stale', 'pending', 'proven'] as const;

/** A span of time and what is known of it. Spans may overlap; then the worse counts. */
export interface Span extends Interval {
  readonly state: TimeState;
}

/** Columns of equal length, side by side from `start` to `end`. */
export interface Scale extends Interval {
  /** In milliseconds. */
  readonly column: number;
  readonly columns: number;
  /** `hour`, `6 hours`, `day`, `week`, `4 weeks`. */
  readonly unit: string;
}

/** A mark on the axis of time. */
export interface Tick {
  readonly at: Instant;
  readonly label: string;
}

const WEEK = 7 * DAY;
const UNITS: readonly (readonly [unit: string, column: number])[] = [
  ['hour', HOUR],
  ['6 hours', 6 * HOUR],
  ['day', DAY],
  ['week', WEEK],
  ['4 weeks', 4 * WEEK],
];
/** What still reads well side by side: two years of weeks. */
const MAX_COLUMNS = 107;
const MAX_TICKS = 13;
/** A Monday, so that weeks begin on Mondays. */
const FIRST_MONDAY = Date.UTC(1970, 0, 5);
/** CloudTrail delivers nothing older. A planted name from another millennium must not push everything else together. */
const CLOUDTRAIL_BEGAN = Date.UTC(2013, 0, 1);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** From the earliest to the latest time, within what is possible; undefined when there is none. */
export function boundsOf(intervals: Iterable<Interval>, checkedAt: Instant): Interval | undefined {
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const interval of intervals) {
    start = Math.min(start, interval.start);
    end = Math.max(end, interval.end);
  }
  start = Math.max(start, CLOUDTRAIL_BEGAN);
  end = Math.min(end, checkedAt + HOUR);
  return start < end ? { start, end } : undefined;
}

/** The shortest columns that are few enough, beginning at whole hours, days or Mondays (UTC). */
export function scaleOf({ start, end }: Interval): Scale {
  let scale: Scale | undefined;
  for (const [unit, column] of UNITS) {
    const first = FIRST_MONDAY + Math.floor((start - FIRST_MONDAY) / column) * column;
    const columns = Math.ceil((end - first) / column);
    scale = { start: first, end: first + columns * column, column, columns, unit };
    if (columns <= MAX_COLUMNS) break;
  }
  if (!scale) throw new Error('no unit of time');
  return scale;
}

/** Columns of one state side by side become one span; in each the worst state counts. */
export function snap(spans: readonly Span[], { start, column, columns }: Omit<Scale, 'end' | 'unit'>): Span[] {
  const worst = new Array<number | undefined>(columns);
  for (const span of spans) {
    const rank = TIME_STATES.indexOf(span.state);
    const last = Math.min(columns, Math.ceil((span.end - start) / column));
    for (let index = Math.max(0, Math.floor((span.start - start) / column)); index < last; index += 1) {
      const known = worst[index];
      if (known === undefined || rank < known) worst[index] = rank;
    }
  }
  return runsOf(worst).map(({ rank, from, to }) => ({
    state: TIME_STATES[rank] ?? 'undetermined',
    start: start + from * column,
    end: start + to * column,
  }));
}

interface Run {
  readonly rank: number;
  readonly from: number;
  to: number;
}

function runsOf(ranks: readonly (number | undefined)[]): Run[] {
  const runs: Run[] = [];
  for (let index = 0; index < ranks.length; index += 1) {
    const rank = ranks[index];
    const last = runs.at(-1);
    if (rank === undefined) continue;
    if (last && last.rank === rank && last.to === index) last.to = index + 1;
    else runs.push({ rank, from: index, to: index + 1 });
  }
  return runs;
}

/** At most 13 round times within the interval: hours, days, Mondays, months or years. */
export function ticksOf(interval: Interval): Tick[] {
  for (const [hours, label] of [
    [1, toClock],
    [2, toClock],
    [6, toClock],
    [24, toDay],
    [48, toDay],
  ] as const) {
    const ticks = everyHours(interval, hours, label);
    if (ticks.length <= MAX_TICKS) return ticks;
  }
  const mondays = everyHours(interval, 7 * 24, toDay);
  if (mondays.length <= MAX_TICKS) return mondays;
  for (const months of [1, 2, 3, 6]) {
    const ticks = everyMonths(interval, months);
    if (ticks.length <= MAX_TICKS) return ticks;
  }
  return everyMonths(interval, 12);
}

function everyHours({ start, end }: Interval, hours: number, toLabel: (at: Instant) => string): Tick[] {
  const step = hours * HOUR;
  const first = FIRST_MONDAY + Math.ceil((start - FIRST_MONDAY) / step) * step;
  const count = Math.max(0, Math.ceil((end - first) / step));
  // More than are wanted need not be made to be counted.
  return Array.from({ length: Math.min(count, MAX_TICKS + 1) }, (_, index) => {
    const at = first + index * step;
    return { at, label: toLabel(at) };
  });
}

function everyMonths({ start, end }: Interval, months: number): Tick[] {
  const ticks: Tick[] = [];
  const year = new Date(start).getUTCFullYear();
  for (let month = 0; ; month += months) {
    const at = Date.UTC(year, month);
    if (at >= end) return ticks;
    if (at < start) continue;
    const isYear = month % 12 === 0;
    ticks.push({ at, label: isYear ? String(new Date(at).getUTCFullYear()) : (MONTHS[month % 12] ?? '') });
  }
}

const toDay = (at: Instant): string => {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
};

const toClock = (at: Instant): string => (at % DAY === 0 ? toDay(at) : new Date(at).toISOString().slice(11, 16));
