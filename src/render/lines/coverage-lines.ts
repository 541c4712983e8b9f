import type { CoverageInterval, CoverageState } from '../../core/coverage/coverage.js';
import type { ChainReport } from '../../core/report/verify-events.js';
import { formatInstant, type Interval, lengthOf } from '../../core/time/instant.js';
import { countOf, formatDuration, formatInterval } from '../strings/numbers-and-times.js';

/** The worst first: it is what a cell of the bar shows when several states fall into it. */
const STATES = [
  'lost',
  'undetermined',
  'gap',
  'stale',
  'pending',
  'proven',
] as const satisfies readonly CoverageState[];
const TOTALS_ORDER = [
  'proven',
  'gap',
  'lost',
  'undetermined',
  'stale',
  'pending',
] as const satisfies readonly CoverageState[];
const CELLS: { readonly [S in CoverageState]: string } = {
  proven: '█',
  gap: '░',
  lost: '×',
  undetermined: '?',
  stale: '!',
  pending: '·',
};
const BAR_LENGTH = 50;
/** What stands beside the bar: its indent, two times and two spaces. */
const BESIDE_BAR = 44;
const SHORTEST_BAR = 10;
/** Unproven intervals that are listed one by one. */
const LISTED = 12;

/** How long each state lasts, in milliseconds. */
export type CoverageTotals = Readonly<Record<CoverageState, number>>;

export const noCoverage = (): Record<CoverageState, number> => ({
  proven: 0,
  gap: 0,
  lost: 0,
  undetermined: 0,
  stale: 0,
  pending: 0,
});

/** Adds the length of each interval to the total of its state. */
export function addCoverage(totals: Record<CoverageState, number>, coverage: readonly CoverageInterval[]): void {
  for (const interval of coverage) totals[interval.state] += lengthOf(interval);
}

/** `proven 20 h, gap 3 h`: states that do not occur are left out, and so is `proven` when only the rest is wanted. */
export const formatTotals = (totals: CoverageTotals, which: 'all' | 'unproven' = 'all'): string =>
  TOTALS_ORDER.filter((state) => totals[state] > 0 && (which === 'all' || state !== 'proven'))
    .map((state) => `${state} ${formatDuration(totals[state])}`)
    .join(', ');

/** The time of a chain, in lines of about that width: a bar from end to end, totals, and when exactly it is not proven. No lines when no time was looked at. */
export function coverageLines({ asked, rechecked = [], coverage }: ChainReport, width: number): string[] {
  const length = Math.max(SHORTEST_BAR, Math.min(BAR_LENGTH, width - BESIDE_BAR));
  return [...timeLines({ asked, coverage }, length), ...recheckedLines(rechecked)];
}

/** `72 h rechecked`; undefined where nothing was. */
export const formatRechecked = (rechecked: readonly Interval[] = []): string | undefined =>
  rechecked.length === 0
    ? undefined
    : `${formatDuration(rechecked.reduce((sum, interval) => sum + lengthOf(interval), 0))} rechecked`;

/** What of earlier time was verified again. */
function recheckedLines(rechecked: readonly Interval[]): string[] {
  const listed = rechecked.slice(0, LISTED).map((interval) => `  rechecked     ${formatInterval(interval)}`);
  const left = rechecked.length - listed.length;
  return [...listed, ...(left > 0 ? [`  and ${countOf(left, 'more interval')}`] : [])];
}

function timeLines({ asked, coverage }: Pick<ChainReport, 'asked' | 'coverage'>, length: number): string[] {
  const totals = noCoverage();
  addCoverage(totals, coverage);
  const summary = formatTotals(totals);
  if (summary === '' || lengthOf(asked) === 0) return [];
  const unproven = coverage.filter(({ state }) => state !== 'proven');
  const listed = unproven
    .slice(0, LISTED)
    .map((interval) => `  ${interval.state.padEnd(12)}  ${formatInterval(interval)}`);
  const left = unproven.length - listed.length;
  return [
    `${formatInstant(asked.start)} ${barOf(asked, coverage, length)} ${formatInstant(asked.end)}`,
    summary,
    ...listed,
    ...(left > 0 ? [`  and ${countOf(left, 'more interval')}`] : []),
  ];
}

function barOf(asked: ChainReport['asked'], coverage: readonly CoverageInterval[], length: number): string {
  const cells = new Array<CoverageState | undefined>(length);
  const toCell = (instant: number) => ((instant - asked.start) / lengthOf(asked)) * length;
  for (const { state, start, end } of coverage) {
    const last = Math.min(length, Math.ceil(toCell(end)));
    for (let cell = Math.max(0, Math.floor(toCell(start))); cell < last; cell += 1) {
      cells[cell] = worse(cells[cell], state);
    }
  }
  return Array.from(cells, (state) => (state ? CELLS[state] : ' ')).join('');
}

const worse = (known: CoverageState | undefined, state: CoverageState): CoverageState =>
  known !== undefined && STATES.indexOf(known) < STATES.indexOf(state) ? known : state;
