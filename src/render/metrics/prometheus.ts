import { type Effect, effectOf } from '../../core/findings/finding.js';
import type { Outcome, Tally } from '../../core/findings/outcome.js';
import { formatChainId } from '../../core/objects/chain-id.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import type { ChainReport } from '../../core/report/verify-events.js';
import { type Instant, SECOND } from '../../core/time/instant.js';
import { addCoverage, noCoverage } from '../lines/coverage-lines.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { newestProven } from './newest-proven.js';

const OUTCOMES = ['verified', 'failed', 'undetermined'] as const satisfies readonly Outcome[];
const LAST_SUCCESS = 'trailproof_last_success_timestamp_seconds';

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Prometheus' text format, for the textfile collector of the node_exporter: gauges about the run and each chain.
 * @param previousSuccess when a run before was verified, so that a run that is not does not make that time disappear
 */
export function prometheusRenderer(header: ReportHeader, previousSuccess?: Instant): Renderer {
  const chains: ChainReport[] = [];
  const effects: Record<Effect, number> = { failed: 0, undetermined: 0, warning: 0, accepted: 0 };
  return {
    begin: () => '',
    event(event) {
      if (event.type === 'chain') chains.push(escapeStrings(event.report));
      else if (event.type !== 'gap') for (const finding of event.findings) effects[effectOf(finding)] += 1;
      return '';
    },
    end: (summary) =>
      [...runMetrics(header, summary, effects, previousSuccess), ...chainMetrics(header, chains)].join(''),
  };
}

/** The time of the last verified run that a file of this format tells. */
export function lastSuccessIn(text: string): Instant | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${LAST_SUCCESS} `));
  const seconds = Number(line?.slice(LAST_SUCCESS.length + 1));
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds * SECOND : undefined;
}

function runMetrics(
  { tool, checkedAt }: ReportHeader,
  { outcome, totals }: ReportSummary,
  effects: Readonly<Record<Effect, number>>,
  previousSuccess: Instant = 0,
): string[] {
  return [
    family('trailproof_build_info', 'The version that checked.', [{ labels: { version: tool.version }, value: 1 }]),
    family('trailproof_run_timestamp_seconds', 'When the last run began.', [plain(toSeconds(checkedAt))]),
    family(LAST_SUCCESS, 'When the last run that verified everything began; 0 when none is known.', [
      plain(toSeconds(outcome === 'verified' ? checkedAt : previousSuccess)),
    ]),
    family('trailproof_run_outcome', 'Of the last run: 1 for the outcome that it came to.', outcomeSamples(outcome)),
    family(
      'trailproof_run_findings',
      'Findings of the last run by what they do to its outcome.',
      Object.entries(effects).map(([effect, value]) => ({ labels: { effect }, value })),
    ),
    family(
      'trailproof_run_query_results',
      'Saved query results by outcome.',
      totals.queryResults ? tallySamples(totals.queryResults.exports) : [],
    ),
  ];
}

function chainMetrics({ checkedAt }: ReportHeader, chains: readonly ChainReport[]): string[] {
  const named = withLabels(chains);
  const each = (toSamples: (report: ChainReport) => readonly Sample[]): readonly Sample[] =>
    named.flatMap(([own, report]) =>
      toSamples(report).map(({ labels, value }) => ({ labels: { ...own, ...labels }, value })),
    );
  const newest = (toValue: (end: Instant) => number) =>
    each(({ coverage }) => {
      const end = newestProven(coverage);
      return end === undefined ? [] : [plain(toValue(end))];
    });
  return [
    family(
      'trailproof_chain_outcome',
      '1 for the outcome that the chain came to.',
      each((report) => outcomeSamples(report.outcome)),
    ),
    family(
      'trailproof_chain_digests',
      'Digests of the chain by outcome.',
      each((report) => tallySamples(report.digests)),
    ),
    family(
      'trailproof_chain_logs',
      'Logs of the chain by outcome.',
      each((report) => tallySamples(report.logs)),
    ),
    family('trailproof_chain_time_seconds', 'How much of the time asked for is in which state.', each(timeSamples)),
    family('trailproof_chain_newest_digest_timestamp_seconds', 'Up to when the chain is proven.', newest(toSeconds)),
    family(
      'trailproof_chain_newest_digest_age_seconds',
      'How old the newest verified digest was when the run began.',
      newest((end) => (checkedAt - end) / SECOND),
    ),
  ];
}

const toSeconds = (instant: Instant): number => Math.floor(instant / SECOND);

const plain = (value: number): Sample => ({ labels: {}, value });

/** Several sources may hold copies of one chain, and no two samples may have the same labels. */
function withLabels(chains: readonly ChainReport[]): readonly (readonly [Labels, ChainReport])[] {
  const copies = new Map<string, number>();
  return chains.map((report) => {
    const { accountId, region, trailName, homeRegion, kind } = report.chain;
    const labels = { account: accountId, region, trail: trailName, home_region: homeRegion, kind };
    const id = formatChainId(report.chain);
    const copy = (copies.get(id) ?? 0) + 1;
    copies.set(id, copy);
    return [copy === 1 ? labels : { ...labels, copy: String(copy) }, report];
  });
}

const outcomeSamples = (outcome: Outcome): Sample[] =>
  OUTCOMES.map((name) => ({ labels: { outcome: name }, value: Number(name === outcome) }));

const tallySamples = (tally: Readonly<Tally>): Sample[] =>
  OUTCOMES.map((outcome) => ({ labels: { outcome }, value: tally[outcome] }));

function timeSamples({ coverage }: ChainReport): Sample[] {
  const totals = noCoverage();
  addCoverage(totals, coverage);
  return Object.entries(totals).map(([state, length]) => ({ labels: { state }, value: length / SECOND }));
}

/** A gauge with its samples; nothing when there are none. */
function family(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
