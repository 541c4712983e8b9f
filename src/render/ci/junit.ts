import { standingOf } from '../../core/findings/finding.js';
import type { Outcome } from '../../core/findings/outcome.js';
import { formatChainId } from '../../core/objects/chain-id.js';
import { formatControl } from '../../core/report/controls.js';
import type { ReportHeader } from '../../core/report/report.js';
import type { ChainReport, DigestEvent, LogEvent, QueryResultsEvent } from '../../core/report/verify-events.js';
import { formatInstant, type Instant } from '../../core/time/instant.js';
import { addCoverage, formatTotals, noCoverage } from '../lines/coverage-lines.js';
import { nameOf, placeOf } from '../lines/finding-lines.js';
import { type FindingRecord, recordsOf } from '../lines/finding-record.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { countOf, formatTally, formatTimes } from '../strings/numbers-and-times.js';
import { TestCase, TestSuite } from './junit-suite.js';

/**
 * JUnit XML: a suite for each chain, in it a case for each digest, which speaks for its logs too, and one for the chain as a
 * whole; then suites for saved query results and for what belongs to no chain. What failed is a failure, what is undetermined an error, never a pass.
 * What is not verified and accepted by a policy is skipped. Warnings stand in the output of a case that passes.
 */
export function junitRenderer(header: ReportHeader): Renderer {
  const body = new JunitBody(header);
  return {
    begin: () => '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trailproof">\n',
    event(event) {
      switch (event.type) {
        case 'digest':
          body.addDigest(event, recordsOf(event));
          return '';
        case 'log':
          body.addLog(event, recordsOf(event));
          return '';
        case 'findings':
          body.addFindings(recordsOf(event));
          return '';
        case 'query-results':
          body.addQueryResults(event, recordsOf(event));
          return '';
        case 'gap':
          return '';
        case 'chain':
          return body.closeChain(event.report);
      }
    },
    end: (summary) => `${body.close(summary.outcome)}</testsuites>\n`,
  };
}

interface OpenChain {
  readonly suite: TestSuite;
  /** What is said of the chain as a whole. */
  readonly whole: TestCase;
  /** The digest that logs belong to, until the next one comes. */
  digest: TestCase | undefined;
}

class JunitBody {
  readonly #checkedAt: Instant;
  readonly #properties: Readonly<Record<string, string>>;
  readonly #chains = new Map<string, OpenChain>();
  readonly #queryResults = new TestSuite('Saved query results', 'trailproof.query-results');
  readonly #apart: FindingRecord[] = [];
  /** Whether any case says that not everything is verified. */
  #isToldOf: Readonly<Record<'failed' | 'undetermined', boolean>> = { failed: false, undetermined: false };

  constructor({ tool, checkedAt, keySource, controls = [] }: ReportHeader) {
    this.#checkedAt = checkedAt;
    this.#properties = escapeStrings({
      version: tool.version,
      keys: keySource,
      ...(controls.length > 0 && { controls: controls.map(formatControl).join('; ') }),
    });
  }

  addDigest({ chain, ref, start, end, outcome, findings }: DigestEvent, records: readonly FindingRecord[]): void {
    const open = this.#open(chain);
    this.#finishDigest(open);
    open.digest = new TestCase(`digest ${placeOf(escapeStrings(ref))}`);
    open.digest.note(start === undefined ? `ends ${formatInstant(end)}` : formatTimes({ start, end }));
    open.digest.add(standingOf(outcome, findings), records);
  }

  addLog({ chain, outcome, findings }: LogEvent, records: readonly FindingRecord[]): void {
    const open = this.#open(chain);
    open.digest ??= new TestCase('logs');
    const named = open.suite.isLarge ? [] : records;
    open.digest.addLog(outcome, standingOf(outcome, findings), named);
  }

  addFindings(records: readonly FindingRecord[]): void {
    for (const record of records) {
      const open = record.chain && this.#chains.get(formatChainId(record.chain));
      if (!open && record.finding.subject.type !== 'chain') this.#apart.push(record);
      else if (record.chain) (open ?? this.#open(record.chain)).whole.add('verified', [record]);
    }
  }

  addQueryResults({ ref, outcome, files }: QueryResultsEvent, records: readonly FindingRecord[]): void {
    const testCase = new TestCase(`query results ${placeOf(escapeStrings(ref))}`);
    testCase.note(countOf(files.length, 'file'));
    testCase.add(outcome, records);
    this.#queryResults.add(testCase);
  }

  /** The suite of a chain that is done. */
  closeChain(report: ChainReport): string {
    const open = this.#open(report.chain);
    this.#chains.delete(idOf(report));
    this.#finishDigest(open);
    const { digests, logs, coverage, asked, outcome } = report;
    const time = noCoverage();
    addCoverage(time, coverage);
    open.whole.note(`${formatTimes(asked)}; time: ${formatTotals(time) || 'none'}`);
    open.whole.note(`digests: ${formatTally(digests)}; logs: ${formatTally(logs)}`);
    // A chain is never better in the suite than in the report, even where the report does not say which digest failed.
    if (outcome !== 'verified' && !open.suite.has(outcome)) open.whole.add(outcome, []);
    open.suite.add(open.whole);
    return this.#toText(open.suite, report.source === undefined ? {} : { source: escapeStrings(report.source) });
  }

  /** The suites that remain. */
  close(outcome: Outcome): string {
    const unfinished = [...this.#chains.values()].map((open) => {
      this.#finishDigest(open);
      open.suite.add(open.whole);
      return this.#toText(open.suite);
    });
    const queries = this.#queryResults.isEmpty ? '' : this.#toText(this.#queryResults);
    const suite = new TestSuite('trailproof: the run', 'trailproof');
    for (const record of this.#apart) {
      const testCase = new TestCase(`${record.finding.code} ${record.subject}`);
      testCase.add(record.effect === 'accepted' ? 'accepted' : 'verified', [record]);
      suite.add(testCase);
    }
    const isUntold = outcome !== 'verified' && !this.#isToldOf[outcome] && !suite.has(outcome);
    if (isUntold) {
      const whole = new TestCase('outcome');
      whole.add(outcome, []);
      suite.add(whole);
    }
    return unfinished.join('') + queries + (suite.isEmpty ? '' : this.#toText(suite));
  }

  #open(raw: ChainReport['chain']): OpenChain {
    const chain = escapeStrings(raw);
    const id = formatChainId(chain);
    const known = this.#chains.get(id);
    if (known) return known;
    const { accountId, region, trailName } = chain;
    const suite = new TestSuite(nameOf(chain), `trailproof.${accountId}.${region}.${trailName}`);
    const open: OpenChain = { suite, whole: new TestCase('chain'), digest: undefined };
    this.#chains.set(id, open);
    return open;
  }

  #finishDigest(open: OpenChain): void {
    if (open.digest) open.suite.add(open.digest);
    open.digest = undefined;
  }

  #toText(suite: TestSuite, more: Readonly<Record<string, string>> = {}): string {
    this.#isToldOf = {
      failed: this.#isToldOf.failed || suite.has('failed'),
      undetermined: this.#isToldOf.undetermined || suite.has('undetermined'),
    };
    return suite.toText(formatInstant(this.#checkedAt), { ...this.#properties, ...more });
  }
}

const idOf = ({ chain }: ChainReport): string => formatChainId(escapeStrings(chain));
