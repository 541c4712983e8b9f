import { describe, expect, it } from 'vitest';
import { DAY, formatInstant, HOUR } from '../../../src/core/time/instant.js';
import { boundsOf, type Span, scaleOf, snap, ticksOf } from '../../../src/render/html/time-scale.js';

const START = Date.UTC(2026, 2, 1, 0, 1, 31);
const lasting = (length: number) => ({ start: START, end: START + length });

describe('scaleOf', () => {
  it.each([
    [HOUR, 'hour', 2, '2026-03-01T00:00:00Z'],
    [DAY, 'hour', 25, '2026-03-01T00:00:00Z'],
    [5 * DAY, '6 hours', 21, '2026-03-01T00:00:00Z'],
    [31 * DAY, 'day', 32, '2026-03-01T00:00:00Z'],
    [365 * DAY, 'week', 54, '2026-02-23T00:00:00Z'],
    [10 * 365 * DAY, '4 weeks', 131, '2026-02-16T00:00:00Z'],
  ])('divides %i ms into columns of one %s', (length, unit, columns, start) => {
    const scale = scaleOf(lasting(length));
    expect({ unit: scale.unit, columns: scale.columns, start: formatInstant(scale.start) }).toEqual({
      unit,
      columns,
      start,
    });
    expect(scale.start).toBeLessThanOrEqual(START);
    expect(scale.end).toBe(scale.start + columns * scale.column);
    expect(scale.end).toBeGreaterThanOrEqual(START + length);
  });

  it('begins weeks on Mondays', () => {
    expect(new Date(scaleOf(lasting(365 * DAY)).start).getUTCDay()).toBe(1);
  });
});

describe('snap', () => {
  const scale = { start: 0, column: 10, columns: 10 };
  const span = (state: Span['state'], start: number, end: number): Span => ({ state, start, end });

  it('lets the worst state win in each column', () => {
    const order = ['proven', 'pending', 'stale', 'gap', 'undetermined', 'lost', 'failed'] as const;
    for (const [index, worse] of order.entries()) {
      for (const better of order.slice(0, index)) {
        const spans = [span(better, 0, 10), span(worse, 9, 10)];
        expect(snap(spans, scale)).toEqual([span(worse, 0, 10)]);
        expect(snap(spans.reverse(), scale)).toEqual([span(worse, 0, 10)]);
      }
    }
  });

  it('makes columns of one state one span, and leaves empty what nothing is known of', () => {
    const spans = [span('proven', 0, 42), span('gap', 42, 44), span('proven', 44, 60), span('lost', 80, 81)];
    expect(snap(spans, scale)).toEqual([
      span('proven', 0, 40),
      span('gap', 40, 50),
      span('proven', 50, 60),
      span('lost', 80, 90),
    ]);
  });

  it('does not touch the column after an end', () => {
    expect(snap([span('failed', 10, 20)], scale)).toEqual([span('failed', 10, 20)]);
  });

  it('cuts what lies outside', () => {
    expect(snap([span('failed', -50, 5), span('lost', 95, 500), span('gap', 200, 300)], scale)).toEqual([
      span('failed', 0, 10),
      span('lost', 90, 100),
    ]);
  });
});

describe('boundsOf', () => {
  const now = START + 10 * DAY;

  it('reaches from the earliest to the latest', () => {
    expect(boundsOf([lasting(DAY), { start: START - DAY, end: START }], now)).toEqual({
      start: START - DAY,
      end: START + DAY,
    });
  });

  it('is not stretched by times that cannot be', () => {
    const planted = [{ start: Date.UTC(1, 0, 1), end: Date.UTC(9999, 0, 1) }];
    expect(boundsOf(planted, now)).toEqual({ start: Date.UTC(2013, 0, 1), end: now + HOUR });
    expect(boundsOf([{ start: Date.UTC(9000, 0, 1), end: Date.UTC(9999, 0, 1) }], now)).toBeUndefined();
  });

  it('is nothing of nothing', () => {
    expect(boundsOf([], now)).toBeUndefined();
    expect(boundsOf([{ start: START, end: START }], now)).toBeUndefined();
  });
});

describe('ticksOf', () => {
  const labels = (length: number) => ticksOf(lasting(length)).map(({ label }) => label);

  it.each([
    [6 * HOUR, ['01:00', '02:00', '03:00', '04:00', '05:00', '06:00']],
    [2 * DAY, ['06:00', '12:00', '18:00', '2 Mar', '06:00', '12:00', '18:00', '3 Mar']],
    [4 * DAY, ['2 Mar', '3 Mar', '4 Mar', '5 Mar']],
    [30 * DAY, ['2 Mar', '9 Mar', '16 Mar', '23 Mar', '30 Mar']],
    [365 * DAY, ['Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec', '2027', 'Feb', 'Mar']],
    [4 * 365 * DAY, ['Jul', '2027', 'Jul', '2028', 'Jul', '2029', 'Jul', '2030']],
    [8 * 365 * DAY, ['2027', '2028', '2029', '2030', '2031', '2032', '2033', '2034']],
  ])('names round times within %i ms', (length, expected) => {
    expect(labels(length)).toEqual(expected);
  });

  it('has at most 13, all within, however long the time', () => {
    for (let hours = 1; hours < 13 * 365 * 24; hours = Math.ceil(hours * 1.13)) {
      const interval = lasting(hours * HOUR);
      const ticks = ticksOf(interval);
      expect(ticks.length).toBeLessThanOrEqual(13);
      for (const { at } of ticks) {
        expect(at).toBeGreaterThanOrEqual(interval.start);
        expect(at).toBeLessThan(interval.end);
      }
    }
  });
});
