import { effectOf, type Finding } from '../../core/findings/finding.js';
import { chainOfSubject } from '../../core/findings/finding-scope.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import { formatControl } from '../../core/report/controls.js';
import type { ReportHeader, ReportSummary, RequestedSelection } from '../../core/report/report.js';
import type {
  ChainReport,
  DigestEvent,
  JudgedQueryFile,
  LogEvent,
  QueryResultsEvent,
  VerifyEvent,
} from '../../core/report/verify-events.js';
import { formatInstant } from '../../core/time/instant.js';
import { coverageLines } from '../lines/coverage-lines.js';
import { LABEL_WIDTH, labelOf, nameOf, type Paint, painter, placeOf, TEXT_WIDTH } from '../lines/finding-lines.js';
import { nameOfResults, queryResultsLines } from '../lines/query-results-lines.js';
import { Closing } from '../lines/summary.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { countOf, formatBytes, formatTally, formatTimes, policyInWords, wrap } from '../strings/numbers-and-times.js';
import { Explainer } from './explain-once.js';

export interface TextOptions {
  /** A line for every digest, log and query result file that is verified too. */
  readonly verbose: boolean;
  /** Nothing at all when everything is verified without a warning; otherwise what failed or is undetermined, and the closing words. */
  readonly quiet: boolean;
  /** Colours by SGR sequences. */
  readonly color: boolean;
  readonly header: ReportHeader;
}

/**
 * Text for people. Our own words keep to 100 columns; keys and hashes are never cut. What a code means is said once a run.
 * What comes from outside is escaped here, where events enter, and nowhere further in.
 */
export function textRenderer(options: TextOptions): Renderer {
  const closing = new Closing();
  const paint = painter(options.color);
  const body = options.quiet ? new QuietBody(paint) : new FullBody(options.verbose, paint);
  return {
    begin: () => (options.quiet ? '' : lines(wrap(introduction(escapeStrings(options.header)), TEXT_WIDTH))),
    event(event) {
      closing.add(event);
      return body.isSilentOn(event) ? '' : lines(body.linesOf(escapeStrings(event)));
    },
    end: (summary) =>
      options.quiet && isSpotless(summary)
        ? ''
        : `${options.quiet ? '' : '\n'}${lines(conclusion(closing.toText(summary), summary, paint))}${lines(evidence(options.header))}`,
  };
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

const isSpotless = ({ outcome, warnings, accepted = 0 }: ReportSummary): boolean =>
  outcome === 'verified' && warnings === 0 && accepted === 0;

function introduction({ tool, checkedAt, request, keySource }: ReportHeader): string {
  const { sources, from, to, policy, checkpoint, bySource = [] } = request;
  const chosen = choiceOf(request);
  const chosenOfEach = bySource
    .map(
      ({ source, ...own }) => [source, [...choiceOf(own), ...(own.policy ? [policyInWords(own.policy)] : [])]] as const,
    )
    .flatMap(([source, choice]) => (choice.length > 0 ? [`${source}: ${choice.join(', ')}`] : []));
  return [
    `${tool.name} ${tool.version} verifies ${sources.join(', ')}`,
    ...(chosen.length > 0 ? [`(${chosen.join(', ')})`] : []),
    ...(chosenOfEach.length > 0 ? [`(${chosenOfEach.join('; ')})`] : []),
    ...(from === undefined ? [] : [`from ${formatInstant(from)}`]),
    ...(to === undefined ? [] : [`to ${formatInstant(to)}`]),
    ...(policy ? [`under ${policyInWords(policy)}`] : []),
    ...(checkpoint === undefined ? [] : [`with the checkpoint ${checkpoint}`]),
    `${checkpoint === undefined ? 'with' : 'and'} public keys from ${keySource}, as of ${formatInstant(checkedAt)}`,
  ].join(' ');
}

const choiceOf = ({ accounts, regions, trails, trailArn, endpoint }: RequestedSelection): string[] => [
  ...(accounts ?? []).map((account) => `account ${account}`),
  ...(regions ?? []).map((region) => `region ${region}`),
  ...(trails ?? []).map((trail) => `trail ${trail}`),
  ...(trailArn === undefined ? [] : [trailArn]),
  ...(endpoint === undefined ? [] : [`endpoint ${endpoint}`]),
];

/** The controls, where they are asked for. */
const evidence = ({ controls = [] }: ReportHeader): string[] =>
  controls.length === 0 ? [] : wrap(`Evidence for: ${controls.map(formatControl).join('; ')}.`, TEXT_WIDTH);

function conclusion(text: string, { outcome }: ReportSummary, paint: Paint): string[] {
  const [first = '', ...rest] = wrap(text, TEXT_WIDTH);
  return [first.replace(/^[A-Z]+/, (word) => paint(word, outcome)), ...rest];
}

class QuietBody {
  readonly #explainer: Explainer;

  constructor(paint: Paint) {
    this.#explainer = new Explainer(paint);
  }

  isSilentOn(event: VerifyEvent): boolean {
    return event.type === 'gap' || event.type === 'chain' || !event.findings.some(counts);
  }

  linesOf(event: VerifyEvent): string[] {
    if (event.type === 'gap' || event.type === 'chain') return [];
    return event.findings.filter(counts).flatMap((finding) => this.#explainer.linesOf(finding));
  }
}

function counts(finding: Finding): boolean {
  const effect = effectOf(finding);
  return effect === 'failed' || effect === 'undetermined';
}

/** Findings in a section for each chain, which ends with what the chain came to; what belongs to no chain stands apart. */
class FullBody {
  readonly #verbose: boolean;
  readonly #paint: Paint;
  readonly #explainer: Explainer;
  /** The chain whose section is open; undefined before, between and after chains. */
  #section: string | undefined;
  #isApart = false;

  constructor(verbose: boolean, paint: Paint) {
    this.#verbose = verbose;
    this.#paint = paint;
    this.#explainer = new Explainer(paint);
  }

  isSilentOn(event: VerifyEvent): boolean {
    if (event.type === 'gap') return true;
    if (event.type === 'query-results') return false;
    return event.type !== 'chain' && event.findings.length === 0 && !(this.#verbose && event.type !== 'findings');
  }

  linesOf(event: VerifyEvent): string[] {
    switch (event.type) {
      case 'gap':
        return [];
      case 'digest':
      case 'log':
        return [...this.#open(event.chain), ...this.#verified(event), ...this.#findings(event.findings, event.chain)];
      case 'findings':
        return event.findings.flatMap((finding) => {
          const chain = chainOfSubject(finding.subject);
          return [...this.#open(chain), ...this.#findings([finding], chain)];
        });
      case 'chain':
        return [...this.#open(event.report.chain), ...this.#close(event.report)];
      case 'query-results':
        return this.#queryResults(event);
    }
  }

  /** A section of its own. */
  #queryResults(event: QueryResultsEvent): string[] {
    this.#section = undefined;
    this.#isApart = false;
    const findings = event.findings.flatMap((finding) => this.#explainer.linesOf(finding, '  '));
    const verified = event.files.flatMap((file) => this.#verified({ type: 'query file', ...file }));
    const summary = queryResultsLines(event, this.#paint, TEXT_WIDTH - 2).map((line) => `  ${line}`);
    return ['', nameOfResults(event), ...verified, ...findings, ...summary];
  }

  #open(chain: ChainId | undefined): string[] {
    const section = chain && formatChainId(chain);
    if (section === undefined ? this.#isApart : section === this.#section) return [];
    this.#section = section;
    this.#isApart = section === undefined;
    return chain ? ['', nameOf(chain)] : [''];
  }

  #close(report: ChainReport): string[] {
    this.#section = undefined;
    return [...summaryLines(report, this.#paint), ...coverageLines(report)].map((line) => `  ${line}`);
  }

  #findings(findings: readonly Finding[], chain: ChainId | undefined): string[] {
    return findings.flatMap((finding) => this.#explainer.linesOf(finding, chain ? '  ' : '', chain && 'chain'));
  }

  #verified(event: DigestEvent | LogEvent | ({ readonly type: 'query file' } & JudgedQueryFile)): string[] {
    if (!this.#verbose || event.outcome !== 'verified') return [];
    const times =
      event.type === 'digest' && event.start !== undefined
        ? ` ${formatTimes({ start: event.start, end: event.end })}`
        : '';
    return [`  ${labelOf('verified', this.#paint)}  ${event.type}${times}  ${placeOf(event.ref)}`];
  }
}

function summaryLines({ outcome, source, digests, logs, logBytes, accepted }: ChainReport, paint: Paint): string[] {
  const hashed = logBytes > 0 ? `; ${formatBytes(logBytes)} hashed` : '';
  const but = accepted === undefined ? '' : `but for ${countOf(accepted, 'accepted finding')}; `;
  const indent = ' '.repeat(LABEL_WIDTH);
  return [
    `${labelOf(outcome, paint)}  ${but}digests: ${formatTally(digests)}`,
    `${indent}  logs: ${formatTally(logs)}${hashed}`,
    ...(source === undefined ? [] : [`${indent}  in ${source}`]),
  ];
}
