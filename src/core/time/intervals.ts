import type { Instant, Interval } from './instant.js';

/** In order, and those that touch made one. */
export function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else merged.push({ start, end });
  }
  return merged;
}

/** All of that time in so many intervals at most: those that lie nearest to each other are made one, with what is between. */
export function mergeNearest(intervals: readonly Interval[], most: number): readonly Interval[] {
  const merged = mergeIntervals(intervals);
  if (merged.length <= most) return merged;
  const gaps = merged.slice(1).map(({ start }, index) => ({ start: merged[index]?.end ?? start, end: start }));
  const nearest = gaps.sort((a, b) => a.end - a.start - (b.end - b.start)).slice(0, merged.length - most);
  return mergeIntervals([...merged, ...nearest]);
}

/** What of it lies from an instant on. */
export const cutBefore = (intervals: readonly Interval[], from: Instant): readonly Interval[] =>
  intervals.map(({ start, end }) => ({ start: Math.max(start, from), end })).filter(({ start, end }) => start < end);

/** What of it lies up to an instant. */
export const cutAfter = (intervals: readonly Interval[], to: Instant): readonly Interval[] =>
  intervals.map(({ start, end }) => ({ start, end: Math.min(end, to) })).filter(({ start, end }) => start < end);

/** What of it lies in none of the others. */
export function subtractIntervals(intervals: readonly Interval[], others: readonly Interval[]): readonly Interval[] {
  const taken = mergeIntervals(others);
  return mergeIntervals(intervals).flatMap(({ start, end }) => {
    const left: Interval[] = [];
    let from = start;
    for (const other of taken) {
      if (other.end <= from || other.start >= end) continue;
      if (other.start > from) left.push({ start: from, end: other.start });
      from = other.end;
    }
    if (from < end) left.push({ start: from, end });
    return left;
  });
}
