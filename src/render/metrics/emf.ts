import type { CoverageState } from '../../core/coverage/coverage.js';
import type { Outcome, Tally } from '../../core/findings/outcome.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import type { ChainReport } from '../../core/report/verify-events.js';
import { type Instant, SECOND } from '../../core/time/instant.js';
import { addCoverage, noCoverage } from '../lines/coverage-lines.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { toSafeJson } from '../strings/escape-terminal.js';
import { newestProven } from './newest-proven.js';

const NAMESPACE = 'Trailproof';
const DIMENSIONS = ['AccountId', 'Region', 'Trail', 'Kind'];

type Unit = 'Count' | 'Seconds' | 'Bytes';
type Metric = readonly [name: string, unit: Unit, value: number];

/**
 * Lines in CloudWatch's embedded metric format: one for each chain and one, without dimensions, for the run. Written to a
 * log group (as AWS Lambda and the CloudWatch agent do), they become metrics of the namespace `Trailproof`.
 */
export function emfRenderer({ checkedAt }: ReportHeader): Renderer {
  return {
    begin: () => '',
    event: (event) => (event.type === 'chain' ? chainLine(event.report, checkedAt) : ''),
    end: (summary) => toLine(checkedAt, [], runMetrics(summary), { Outcome: summary.outcome }),
  };
}

function chainLine(report: ChainReport, checkedAt: Instant): string {
  const { accountId, region, trailName, kind, homeRegion } = escapeStrings(report.chain);
  const values = { AccountId: accountId, Region: region, Trail: trailName, Kind: kind };
  return toLine(checkedAt, DIMENSIONS, chainMetrics(report, checkedAt), {
    ...values,
    HomeRegion: homeRegion,
    Outcome: report.outcome,
  });
}

function chainMetrics({ outcome, digests, logs, logBytes, coverage }: ChainReport, checkedAt: Instant): Metric[] {
  const newest = newestProven(coverage);
  const time = noCoverage();
  addCoverage(time, coverage);
  return [
    ...outcomeMetrics(outcome),
    ...tallyMetrics('Digests', digests),
    ...tallyMetrics('Logs', logs),
    ['LogBytes', 'Bytes', logBytes],
    ...Object.entries(time).map(
      ([state, length]): Metric => [TIME_METRICS[state as CoverageState], 'Seconds', length / SECOND],
    ),
    ...(newest === undefined ? [] : [['NewestDigestAge', 'Seconds', (checkedAt - newest) / SECOND] as const]),
  ];
}

const TIME_METRICS: { readonly [S in CoverageState]: string } = {
  proven: 'TimeProven',
  gap: 'TimeGap',
  lost: 'TimeLost',
  undetermined: 'TimeUndetermined',
  stale: 'TimeStale',
  pending: 'TimePending',
};

const runMetrics = ({ outcome, totals, warnings, accepted = 0 }: ReportSummary): Metric[] => [
  ...outcomeMetrics(outcome),
  ...tallyMetrics('Chains', totals.chains),
  ...tallyMetrics('Digests', totals.digests),
  ...tallyMetrics('Logs', totals.logs),
  ['LogBytes', 'Bytes', totals.logBytes],
  ...(totals.queryResults ? tallyMetrics('QueryResults', totals.queryResults.exports) : []),
  ['Warnings', 'Count', warnings],
  ['Accepted', 'Count', accepted],
];

/** 1 for the outcome that it is, 0 for the others, so that an alarm needs no metric math. */
const outcomeMetrics = (outcome: Outcome): Metric[] => [
  ['Verified', 'Count', Number(outcome === 'verified')],
  ['Failed', 'Count', Number(outcome === 'failed')],
  ['Undetermined', 'Count', Number(outcome === 'undetermined')],
];

const tallyMetrics = (things: string, { verified, failed, undetermined }: Readonly<Tally>): Metric[] => [
  [`${things}Verified`, 'Count', verified],
  [`${things}Failed`, 'Count', failed],
  [`${things}Undetermined`, 'Count', undetermined],
];

function toLine(
  time: Instant,
  dimensions: readonly string[],
  metrics: readonly Metric[],
  values: Readonly<Record<string, string>>,
): string {
  const directive = {
    Namespace: NAMESPACE,
    Dimensions: [dimensions],
    Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
  };
  const numbers = Object.fromEntries(metrics.map(([name, , value]) => [name, value]));
  return `${toSafeJson({ _aws: { Timestamp: time, CloudWatchMetrics: [directive] }, ...values, ...numbers })}\n`;
}
