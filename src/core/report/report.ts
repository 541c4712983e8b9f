import type { CoverageState } from '../coverage/coverage.js';
import { effectOf } from '../findings/finding.js';
import { addTally, emptyTally, type Outcome, outcomeOf, type Tally, totalOf } from '../findings/outcome.js';
import type { ChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { PolicySummary } from '../policy/parse-policy.js';
import { NOT_SIGNED } from '../query-results/verify-sign-file.js';
import { formatInstant, type Instant } from '../time/instant.js';
import type { Control } from './controls.js';
import type { ReportedFinding } from './reported-finding.js';
import type { RunRequest } from './request.js';
import type { ChainReport, EndEvent, QueryResultsEvent, VerifyEvent } from './verify-events.js';

/** What a report calls itself, in its field `format`. */
export const REPORT_FORMAT = 'trailproof-report';
/** Raised whenever a reader of the version before would misunderstand the report. New fields do not raise it. */
export const REPORT_VERSION = 1;

/** What of the sources was looked at, and how. */
export interface RequestedSelection extends RunRequest {
  /** The policy that the outcome was judged by; the default one when absent. */
  readonly policy?: PolicySummary;
  /** What the run went on from: only what is new since then was verified, and what is said to have been rechecked. */
  readonly checkpoint?: string;
  /** The URL that S3 was asked at, where that was not AWS's. */
  readonly endpoint?: string;
}

/** What was asked of one of several sources alone. */
export interface SourceRequest extends Omit<RequestedSelection, 'from' | 'to'> {
  readonly source: string;
}

/** What is known of a run before it begins. */
export interface ReportHeader {
  readonly tool: { readonly name: 'trailproof'; readonly version: string };
  /** The time of the run, by which it was judged what is due. */
  readonly checkedAt: Instant;
  readonly request: RequestedSelection & {
    /** Directories or S3 URIs. */
    readonly sources: readonly string[];
    /** What was asked of each source besides, in their order; present where it is not the same of all. */
    readonly bySource?: readonly SourceRequest[];
  };
  /** Where the public keys came from: all trust rests on them. */
  readonly keySource: string;
  /** Controls that the run gives evidence for, when asked for. */
  readonly controls?: readonly Control[];
}

/** What all saved query results of a run came to. */
export interface QueryTotals {
  /** Sign files, each with its files. */
  readonly exports: Readonly<Tally>;
  readonly files: Readonly<Tally>;
  /** Bytes of the files that were hashed, as delivered. */
  readonly fileBytes: number;
}

/** What is known when it is over. */
export interface ReportSummary {
  readonly outcome: Outcome;
  readonly totals: {
    readonly chains: Readonly<Tally>;
    readonly digests: Readonly<Tally>;
    readonly logs: Readonly<Tally>;
    readonly logBytes: number;
    /** Present where there were any. */
    readonly queryResults?: QueryTotals;
  };
  readonly warnings: number;
  /** Findings that the policy accepts; present where there are any. */
  readonly accepted?: number;
  /** The run was stopped before its end: what is not told of was not looked at. */
  readonly interrupted?: true;
  readonly keysUsed: EndEvent['keysUsed'];
}

export interface ReportedChain {
  readonly chain: ChainId;
  readonly source?: string;
  readonly outcome: Outcome;
  readonly places: ChainReport['places'];
  readonly digests: Readonly<Tally>;
  readonly logs: Readonly<Tally>;
  readonly logBytes: number;
  readonly accepted?: number;
  readonly asked: ReportedInterval;
  readonly rechecked?: readonly ReportedInterval[];
  readonly coverage: readonly (ReportedInterval & { readonly state: CoverageState })[];
}

/** The saved results of a query. Its findings are among those of the report. */
export interface ReportedQueryResults {
  readonly signFile: ObjectRef;
  readonly accountId?: string;
  readonly outcome: Outcome;
  /** Whether the signature holds. */
  readonly trusted: boolean;
  readonly region?: string;
  readonly completedAt?: string;
  readonly files: Readonly<Tally>;
  readonly fileBytes: number;
  /** What even a signature that holds says nothing about, what stands above from the sign file included. */
  readonly notSigned: typeof NOT_SIGNED;
}

interface ReportedInterval {
  readonly start: string;
  readonly end: string;
}

/** The report of a run: plain data, the same for the same input and time at any speed. Its JSON Schema is published with the package. */
export interface Report {
  readonly format: typeof REPORT_FORMAT;
  readonly version: typeof REPORT_VERSION;
  readonly tool: ReportHeader['tool'];
  readonly checkedAt: string;
  readonly request: Omit<ReportHeader['request'], 'from' | 'to'> & { readonly from?: string; readonly to?: string };
  readonly keySource: string;
  readonly controls?: readonly Control[];
  readonly findings: readonly ReportedFinding[];
  readonly chains: readonly ReportedChain[];
  /** Present where there were any. */
  readonly queryResults?: readonly ReportedQueryResults[];
  readonly keysUsed: ReportSummary['keysUsed'];
  readonly totals: ReportSummary['totals'];
  readonly warnings: number;
  /** Findings that the policy accepts; present where there are any. */
  readonly accepted?: number;
  readonly interrupted?: true;
  readonly outcome: Outcome;
}

/** Adds up a run from its events, keeping nothing else of them. */
export class RunAccount {
  readonly #chains: Tally = emptyTally();
  /** Chains of hourly digests that are verified. */
  #hourly = 0;
  readonly #digests: Tally = emptyTally();
  readonly #logs: Tally = emptyTally();
  readonly #exports: Tally = emptyTally();
  readonly #queryFiles: Tally = emptyTally();
  readonly #effects = { failed: 0, undetermined: 0, warning: 0, accepted: 0 };
  #isInterrupted = false;
  #logBytes = 0;
  #queryBytes = 0;

  add(event: VerifyEvent): void {
    if (event.type === 'chain') {
      const { chain, outcome } = event.report;
      this.#chains[outcome] += 1;
      if (outcome === 'verified' && chain.kind === 'standard') this.#hourly += 1;
      addTally(this.#digests, event.report.digests);
      addTally(this.#logs, event.report.logs);
      this.#logBytes += event.report.logBytes;
    } else if (event.type !== 'gap') {
      if (event.type === 'query-results') this.#addQueryResults(event);
      for (const item of event.findings) {
        this.#effects[effectOf(item)] += 1;
        this.#isInterrupted ||= item.code === 'run-interrupted';
      }
    }
  }

  #addQueryResults({ outcome, files }: QueryResultsEvent): void {
    this.#exports[outcome] += 1;
    addTally(this.#queryFiles, tallyOf(files));
    this.#queryBytes += bytesOf(files);
  }

  /**
   * Nothing is verified unless at least one chain of hourly digests is, and nothing anywhere speaks against it but what a policy
   * puts up with. Backfill digests come beside hourly ones and never in place of them; the results of queries count where
   * there is no chain.
   */
  summarise(keysUsed: EndEvent['keysUsed']): ReportSummary {
    const outcome = outcomeOf({
      verified: totalOf(this.#chains) > 0 ? this.#hourly : this.#exports.verified,
      failed: this.#chains.failed + this.#exports.failed + this.#effects.failed,
      undetermined: this.#chains.undetermined + this.#exports.undetermined + this.#effects.undetermined,
    });
    const queryResults = { exports: this.#exports, files: this.#queryFiles, fileBytes: this.#queryBytes };
    const totals = {
      chains: this.#chains,
      digests: this.#digests,
      logs: this.#logs,
      logBytes: this.#logBytes,
      ...(totalOf(this.#exports) > 0 && { queryResults }),
    };
    const interrupted = this.#isInterrupted && ({ interrupted: true } as const);
    const { warning: warnings, accepted } = this.#effects;
    return { outcome, totals, warnings, ...(accepted > 0 && { accepted }), ...interrupted, keysUsed };
  }
}

export function toReportedChain(report: ChainReport): ReportedChain {
  const { asked, rechecked, coverage, ...rest } = report;
  const inText = ({ start, end }: { start: Instant; end: Instant }) => ({
    start: formatInstant(start),
    end: formatInstant(end),
  });
  return {
    ...rest,
    asked: inText(asked),
    ...(rechecked && { rechecked: rechecked.map(inText) }),
    coverage: coverage.map((interval) => ({ state: interval.state, ...inText(interval) })),
  };
}

function tallyOf(files: QueryResultsEvent['files']): Tally {
  const tally = emptyTally();
  for (const { outcome } of files) tally[outcome] += 1;
  return tally;
}

const bytesOf = (files: QueryResultsEvent['files']): number => files.reduce((sum, { size }) => sum + size, 0);

export function toReportedQueryResults(event: QueryResultsEvent): ReportedQueryResults {
  const { ref, accountId, outcome, trusted, region, completedAt, files } = event;
  return {
    signFile: ref,
    ...(accountId !== undefined && { accountId }),
    outcome,
    trusted,
    ...(region !== undefined && { region }),
    ...(completedAt !== undefined && { completedAt: formatInstant(completedAt) }),
    files: tallyOf(files),
    fileBytes: bytesOf(files),
    notSigned: NOT_SIGNED,
  };
}

/** The part of a report that is known before the run. */
export function toReportHead({ tool, checkedAt, request, keySource, controls }: ReportHeader) {
  const { from, to, ...rest } = request;
  const bounds = {
    ...(from !== undefined && { from: formatInstant(from) }),
    ...(to !== undefined && { to: formatInstant(to) }),
  };
  return {
    format: REPORT_FORMAT,
    version: REPORT_VERSION,
    tool,
    checkedAt: formatInstant(checkedAt),
    request: { ...rest, ...bounds },
    keySource,
    ...(controls && { controls }),
  } as const;
}
