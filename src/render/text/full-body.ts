import type { Finding } from '../../core/findings/finding.js';
import { chainOfSubject } from '../../core/findings/finding-scope.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import type {
  ChainReport,
  DigestEvent,
  JudgedQueryFile,
  LogEvent,
  QueryResultsEvent,
  VerifyEvent,
} from '../../core/report/verify-events.js';
import { coverageLines } from '../lines/coverage-lines.js';
import { LABEL_WIDTH, labelOf, nameOf, type Paint, placeOf } from '../lines/finding-lines.js';
import { nameOfResults, queryResultsLines } from '../lines/query-results-lines.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { countOf, formatBytes, formatTally, formatTimes } from '../strings/numbers-and-times.js';
import type { Body } from './body.js';
import { Explainer } from './explain-once.js';

/** Findings in a section for each chain, which ends with what the chain came to; what belongs to no chain stands apart. */
export class FullBody implements Body {
  readonly #verbose: boolean;
  readonly #width: number;
  readonly #paint: Paint;
  readonly #explainer: Explainer;
  /** The chain whose section is open; undefined before, between and after chains. */
  #section: string | undefined;
  #isApart = false;

  constructor(verbose: boolean, paint: Paint, width: number) {
    this.#verbose = verbose;
    this.#paint = paint;
    this.#width = width;
    this.#explainer = new Explainer(paint, width);
  }

  linesOf(event: VerifyEvent): string[] {
    return this.#isSilentOn(event) ? [] : this.#told(escapeStrings(event));
  }

  atEnd(): string[] {
    return [];
  }

  #isSilentOn(event: VerifyEvent): boolean {
    if (event.type === 'gap') return true;
    if (event.type === 'query-results') return false;
    return event.type !== 'chain' && event.findings.length === 0 && !(this.#verbose && event.type !== 'findings');
  }

  #told(event: VerifyEvent): string[] {
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
    const summary = queryResultsLines(event, this.#paint, this.#width - 2).map((line) => `  ${line}`);
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
    return [...summaryLines(report, this.#paint), ...coverageLines(report, this.#width)].map((line) => `  ${line}`);
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
