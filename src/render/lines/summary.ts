import { type Effect, effectOf, type FindingCode } from '../../core/findings/finding.js';
import { type Outcome, type Tally, totalOf } from '../../core/findings/outcome.js';
import type { ReportSummary } from '../../core/report/report.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { formatInstant, type Instant } from '../../core/time/instant.js';
import { countOf, formatBytes, formatNumber } from '../strings/numbers-and-times.js';
import { addCoverage, formatTotals, noCoverage } from './coverage-lines.js';
import { NOT_COVERED } from './query-results-lines.js';

/** What a run came to, in words. Never more than was proven: whatever stands against a plain "verified" is named beside it. */
export class Closing {
  /** How often each code was found with each effect. */
  readonly #codes: { readonly [E in Effect]: Map<FindingCode, number> } = {
    failed: new Map(),
    undetermined: new Map(),
    accepted: new Map(),
    warning: new Map(),
  };
  readonly #time = noCoverage();
  #from: Instant = Number.POSITIVE_INFINITY;
  #to: Instant = Number.NEGATIVE_INFINITY;
  #isRechecked = false;

  add(event: VerifyEvent): void {
    if (event.type === 'chain') {
      const { chain, coverage, rechecked = [] } = event.report;
      this.#isRechecked ||= rechecked.length > 0;
      // Backfill digests add evidence to hours that the standard chain has already counted.
      if (chain.kind === 'standard') addCoverage(this.#time, coverage);
      for (const { start, end } of coverage.filter(({ state }) => state === 'proven')) {
        this.#from = Math.min(this.#from, start);
        this.#to = Math.max(this.#to, end);
      }
    } else if (event.type !== 'gap') {
      for (const finding of event.findings) {
        const codes = this.#codes[effectOf(finding)];
        codes.set(finding.code, (codes.get(finding.code) ?? 0) + 1);
      }
    }
  }

  /** Begins with the outcome in capitals and a colon or a comma. */
  toText(summary: ReportSummary): string {
    const sentences = [this.#headline(summary), ...this.toSentences(summary), this.#findings(summary.outcome)];
    return sentences.filter((sentence) => sentence !== '').join(' ');
  }

  /** What is said beside the outcome itself: first what is proven, then what failed, could not be checked, or is not proven. */
  toSentences(summary: ReportSummary): readonly string[] {
    const { chains } = summary.totals;
    const unproven = formatTotals(this.#time, 'unproven');
    const over = totalOf(chains) > 1 ? ', all chains added up' : '';
    return [
      this.toProven(summary),
      tallied('Failed', 'failed', summary),
      tallied('Undetermined', 'undetermined', summary),
      unproven === '' ? '' : `Time not proven${over}: ${unproven}.`,
    ].filter((sentence) => sentence !== '');
  }

  #headline({ outcome, totals }: ReportSummary): string {
    switch (outcome) {
      case 'verified': {
        const beside = [this.#found('accepted'), this.#found('warning')].filter((part) => part !== '');
        return beside.length === 0 ? 'VERIFIED:' : `VERIFIED, with ${beside.join(' and ')}:`;
      }
      case 'failed':
        return 'FAILED: something is missing, damaged or changed.';
      case 'undetermined':
        return totalOf(totals.digests) === 0 && totals.queryResults === undefined
          ? 'UNDETERMINED: nothing was checked.'
          : 'UNDETERMINED: nothing failed, but not everything could be checked.';
    }
  }

  /** What is proven, and nothing else. */
  toProven(summary: ReportSummary): string {
    const parts = [this.#provenTrails(summary), provenResults(summary)].filter((part) => part !== '');
    return parts.length === 0 ? 'Nothing is proven.' : parts.join(' ');
  }

  #provenTrails({ outcome, totals: { chains, digests, logs, logBytes } }: ReportSummary): string {
    if (digests.verified === 0) return '';
    const objects = `${countOf(digests.verified, 'digest')} and ${countOf(logs.verified, 'log')}`;
    // The bytes of logs that failed are counted too, so that they belong to the proven ones only where none did.
    const size = outcome === 'verified' && logs.failed === 0 && logBytes > 0 ? ` (${formatBytes(logBytes)})` : '';
    const times = this.#from < this.#to ? `, between ${formatInstant(this.#from)} and ${formatInstant(this.#to)}` : '';
    const earlier = this.#isRechecked ? ' and in earlier time that was checked again' : '';
    return `${objects}${size} in ${countOf(totalOf(chains), 'chain')} are as CloudTrail signed them${times}${earlier}.`;
  }

  /** For a verified run the headline has said it. */
  #findings(outcome: Outcome): string {
    const parts = (['failed', 'undetermined', 'accepted', 'warning'] as const).map((effect) => this.#found(effect));
    const said = parts.filter((part) => part !== '').join(', ');
    return outcome === 'verified' || said === '' ? '' : `Findings: ${said}.`;
  }

  /** `2 failed (chain-ends-early, log-missing)`; empty when there are none. */
  #found(effect: Effect): string {
    const found = [...this.#codes[effect]];
    if (found.length === 0) return '';
    const total = found.reduce((sum, [, count]) => sum + count, 0);
    const codes = found.map(([code, count]) => (count === 1 ? code : `${formatNumber(count)} ${code}`)).join(', ');
    return `${nounOf(effect, total)} (${codes})`;
  }
}

function nounOf(effect: Effect, total: number): string {
  if (effect === 'warning') return countOf(total, 'warning');
  return effect === 'accepted' ? countOf(total, 'accepted finding') : `${formatNumber(total)} ${effect}`;
}

function provenResults({ totals: { queryResults } }: ReportSummary): string {
  if (queryResults === undefined || queryResults.files.verified === 0) return '';
  const { exports, files } = queryResults;
  const objects = `${countOf(files.verified, 'result file')} of ${countOf(totalOf(exports), 'saved query', 'saved queries')}`;
  return `${objects}: the contents are as CloudTrail signed them. Not signed: ${NOT_COVERED}.`;
}

function tallied(title: string, outcome: keyof Tally, { totals }: ReportSummary): string {
  const results = totals.queryResults?.files[outcome] ?? 0;
  const parts = [
    totals.digests[outcome] > 0 ? countOf(totals.digests[outcome], 'digest') : '',
    totals.logs[outcome] > 0 ? countOf(totals.logs[outcome], 'log') : '',
    results > 0 ? countOf(results, 'result file') : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `${title}: ${parts.join(' and ')}.`;
}
