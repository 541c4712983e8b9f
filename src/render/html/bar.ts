import { type Interval, lengthOf } from '../../core/time/instant.js';
import { addCoverage, formatTotals, noCoverage } from '../lines/coverage-lines.js';
import { formatDuration, formatInterval } from '../strings/numbers-and-times.js';
import type { ShownChain } from './collect-run.js';
import { type Content, html, type Markup } from './markup.js';
import { type Span, snap, TIME_STATES, type TimeState, ticksOf } from './time-scale.js';

/** How each state is told apart without colour, too, and what it means. */
export const TIME_STATE_LOOKS: { readonly [S in TimeState]: { readonly mark: string; readonly meaning: string } } = {
  proven: { mark: '', meaning: 'A verified digest covers it, and no file of it failed.' },
  failed: { mark: 'F', meaning: 'A verified digest covers it, but a file is missing, damaged or changed.' },
  lost: { mark: 'L', meaning: 'Digests are missing or broken: what was delivered cannot be shown.' },
  undetermined: { mark: '?', meaning: 'Files could not be read or checked.' },
  accepted: {
    mark: 'A',
    meaning: 'A verified digest covers it; a file did not prove good, and the policy accepts that.',
  },
  gap: {
    mark: 'G',
    meaning: 'No digests: logging or validation was off, or the last ones were deleted.',
  },
  stale: { mark: '!', meaning: 'The digest is overdue, but may still come.' },
  pending: { mark: '…', meaning: 'The digest is not due yet.' },
};

/** Names of classes, short because there are many. */
export const TIME_STATE_CLASSES: { readonly [S in TimeState]: string } = {
  proven: 'p',
  failed: 'f',
  lost: 'l',
  undetermined: 'u',
  accepted: 'a',
  gap: 'g',
  stale: 's',
  pending: 'w',
};

/** Spans on a bar that are drawn one by one; beyond this many they are put into as many columns. */
const MAX_SPANS = 120;
/** In per cent of the bar. What is shorter is still to be seen, and a mark needs some room. */
const MIN_WIDTH = 0.35;
const MIN_MARK_WIDTH = 0.9;
/** In per cent, so that the last label does not stand out beyond the bar. */
const LAST_LABEL = 95;
const LAST_LABEL_WHEN_NARROW = 85;

/** A line of time from end to end of the interval, the worse drawn over the better. */
export function bar(spans: readonly Span[], within: Interval, label: string): Markup {
  const column = lengthOf(within) / MAX_SPANS;
  const drawn = spans.length > MAX_SPANS ? snap(spans, { start: within.start, column, columns: MAX_SPANS }) : spans;
  const bestFirst = [...drawn].sort((a, b) => TIME_STATES.indexOf(b.state) - TIME_STATES.indexOf(a.state));
  return html`<svg class="bar" role="img" aria-label="${label}">${bestFirst.map((span) => block(span, within))}</svg>`;
}

function block({ state, start, end }: Span, within: Interval): Content {
  const left = toPercent(Math.max(start, within.start), within);
  const width = Math.max(MIN_WIDTH, toPercent(Math.min(end, within.end), within) - left);
  if (end <= within.start || start >= within.end) return undefined;
  const x = Math.min(left, 100 - width);
  const rect = html`<rect class="${TIME_STATE_CLASSES[state]}" x="${trim(x)}%" width="${trim(width)}%" height="100%"`;
  if (state === 'proven') return html`${rect}/>`;
  const mark =
    width < MIN_MARK_WIDTH
      ? undefined
      : html`<text x="${trim(x + width / 2)}%" y="50%">${TIME_STATE_LOOKS[state].mark}</text>`;
  return html`${rect}><title>${state}: ${formatInterval({ start, end })}</title></rect>${mark}`;
}

/** The axis of time, with ticks where round times are. For the eye alone: bars say their times in words. */
export const axis = (within: Interval): Markup =>
  html`<svg class="axis" aria-hidden="true">${ticksOf(within).map(({ at, label }, index) => {
    const x = toPercent(at, within);
    if (x > LAST_LABEL) return undefined;
    const width = index % 3 === 0 && x < LAST_LABEL_WHEN_NARROW ? 'main' : 'more';
    return html`<g class="${width}"><line x1="${trim(x)}%" x2="${trim(x)}%" y1="0" y2="100%"/><text x="${trim(x)}%" dx="4" y="11">${label}</text></g>`;
  })}</svg>`;

/** `proven 20 h, gap 3 h; something failed in 1 h`. */
export function timeInWords({ report, marks }: ShownChain): string {
  const totals = noCoverage();
  addCoverage(totals, report.coverage);
  const marked = { failed: 0, undetermined: 0, accepted: 0 };
  for (const mark of marks) marked[mark.state] += lengthOf(mark);
  return [
    formatTotals(totals) || 'no time looked at',
    marked.failed > 0 ? `something failed in ${formatDuration(marked.failed)}` : '',
    marked.undetermined > 0 ? `something could not be checked in ${formatDuration(marked.undetermined)}` : '',
    marked.accepted > 0 ? `something is accepted in ${formatDuration(marked.accepted)}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ');
}

const toPercent = (instant: number, { start, end }: Interval): number => ((instant - start) / (end - start)) * 100;

const trim = (percent: number): string => String(Math.round(percent * 100) / 100);
