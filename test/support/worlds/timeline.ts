import { HOUR, type Instant, type Interval, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import type { RunPlan, TrailPlan, WorldPlan } from './world-plan.js';

/** The worlds begin here: late in the evening, so that they go on into another day's folder. */
export const BEGINNING: Instant = Date.parse('2026-03-01T20:00:00Z');
/** A short final digest ends so long after the stop: its last log holds the event of it. */
const FINAL_TAIL = 2 * MINUTE;

/** From one StartLogging to the next. */
interface Run {
  readonly begin: Instant;
  /** Absent while it goes on. */
  readonly stop?: Instant;
  readonly plan: RunPlan;
}

/** The time of one digest. */
export interface DigestTime extends Interval {
  /** A starting digest covers the hour before logging began, and lists nothing. */
  readonly isStarting: boolean;
  /** When logging was stopped in it, where a log of it is to hold that event. */
  readonly stop?: Instant;
}

/** When the world is looked at: after all that the plan names. */
export const untilOf = ({ trails, lookedAt }: WorldPlan): Instant =>
  Math.max(...trails.map(lastNamed)) + lookedAt * MINUTE;

const lastNamed = (trail: TrailPlan): Instant =>
  Math.max(...runsOf(trail).map(({ begin, stop, plan }) => stop ?? begin + plan.hours * HOUR));

/** When StartLogging was called first. */
export const beginOf = ({ beginHour, anchor }: TrailPlan): Instant => BEGINNING + beginHour * HOUR + anchor * SECOND;

function runsOf(trail: TrailPlan): readonly Run[] {
  let begin = beginOf(trail);
  return trail.runs.map((plan, index): Run => {
    const stop = begin + plan.hours * HOUR + plan.stopMinute * MINUTE;
    const run = trail.isStillLogging && index === trail.runs.length - 1 ? { begin, plan } : { begin, stop, plan };
    begin = stop + plan.pause * MINUTE;
    return run;
  });
}

/** The hourly digests of one account and region of a trail, oldest first, delivered or not by the time the world is looked at. */
export function digestTimesOf(
  trail: TrailPlan,
  account: number,
  region: number,
  until: Instant,
): readonly DigestTime[] {
  const joined = account === 0 ? beginOf(trail) : beginOf(trail) + trail.joinsLater * HOUR;
  const left = account === 0 ? until : until - trail.leavesEarlier * HOUR;
  // Regions and accounts do not begin in the same second.
  const skew = (region * 7 + account * 13) * SECOND;
  const runs = runsOf(trail);
  return runs.flatMap((run, index) => {
    const begin = Math.max(run.begin, joined) + skew;
    const { stop = until } = run;
    if (begin >= Math.min(stop, left) && !(run.stop === run.begin && begin <= left)) return [];
    const starting = { start: begin - HOUR, end: begin, isStarting: true };
    const next = runs[index + 1]?.begin ?? Number.POSITIVE_INFINITY;
    return [starting, ...hoursOf(run, begin, next, until)].filter(({ end }) => account === 0 || end <= left);
  });
}

function hoursOf({ stop, plan }: Run, begin: Instant, next: Instant, until: Instant): readonly DigestTime[] {
  const hours: DigestTime[] = [];
  let start = begin;
  const add = (end: Instant, more: object = {}) => {
    hours.push({ start, end, isStarting: false, ...more });
    start = end;
  };
  if (stop === undefined) {
    while (start < until) add(start + HOUR);
    return hours;
  }
  while (start + HOUR <= stop) add(start + HOUR);
  if (start >= stop && !plan.isStopRecorded) return hours;
  const whole = start + HOUR;
  const end = plan.isFinalWhole && whole < next && whole > stop ? whole : stop + FINAL_TAIL;
  add(end, plan.isStopRecorded ? { stop } : {});
  return hours;
}
