import type { VerifyEvent } from '../core/events.js';
import { FINDING_EFFECTS, type FindingCode } from '../core/findings.js';
import { formatInstant, type Instant } from '../core/instant.js';
import { type Outcome, type Tally, totalOf } from '../core/outcome.js';
import type { ReportSummary } from '../core/report.js';
import { addCoverage, formatTotals, noCoverage } from './coverage-lines.js';
import { countOf, formatBytes } from './words.js';

/** What a run came to, in words. Never more than was proven: whatever stands against a plain "verified" is named beside it. */
export class Closing {
  readonly #warnings = new Map<FindingCode, number>();
  readonly #effects = { failed: 0, undetermined: 0, warning: 0 };
  readonly #time = noCoverage();
  #from: Instant = Number.POSITIVE_INFINITY;
  #to: Instant = Number.NEGATIVE_INFINITY;

  add(event: VerifyEvent): void {
    if (event.type === 'chain') {
      const { chain, coverage } = event.report;
      // Backfill digests add evidence to hours that the standard chain has already counted.
      if (chain.kind === 'standard') addCoverage(this.#time, coverage);
      for (const { start, end } of coverage.filter(({ state }) => state === 'proven')) {
        this.#from = Math.min(this.#from, start);
        this.#to = Math.max(this.#to, end);
      }
    } else if (event.type !== 'gap') {
      for (const { code } of event.findings) {
        const effect = FINDING_EFFECTS[code];
        this.#effects[effect] += 1;
        if (effect === 'warning') this.#warnings.set(code, (this.#warnings.get(code) ?? 0) + 1);
      }
    }
  }

  /** Begins with the outcome in capitals and a colon or a comma. */
  toText(summary: ReportSummary): string {
    const { chains } = summary.totals;
    const unproven = formatTotals(this.#time, 'unproven');
    const over = totalOf(chains) > 1 ? ', all chains added up' : '';
    return [
      `${this.#headline(summary)} ${this.#proven(summary)}`,
      tallied('Failed', 'failed', summary),
      tallied('Undetermined', 'undetermined', summary),
      unproven === '' ? '' : `Time not proven${over}: ${unproven}.`,
      this.#findings(summary.outcome),
    ]
      .filter((sentence) => sentence !== '')
      .join(' ');
  }

  #headline({ outcome, totals, warnings }: ReportSummary): string {
    switch (outcome) {
      case 'verified':
        return warnings === 0
          ? 'VERIFIED:'
          : `VERIFIED, with ${countOf(warnings, 'warning')} (${this.#warningList()}):`;
      case 'failed':
        return 'FAILED: something is missing, damaged or changed.';
      case 'undetermined':
        return totalOf(totals.digests) === 0
          ? 'UNDETERMINED: nothing was checked.'
          : 'UNDETERMINED: nothing failed, but not everything could be checked.';
    }
  }

  #proven({ totals: { chains, digests, logs, logBytes } }: ReportSummary): string {
    if (digests.verified === 0) return 'Nothing is proven.';
    const objects = `${countOf(digests.verified, 'digest')} and ${countOf(logs.verified, 'log')}`;
    const hashed = logBytes > 0 ? ` (${formatBytes(logBytes)} hashed)` : '';
    const times = this.#from < this.#to ? `, between ${formatInstant(this.#from)} and ${formatInstant(this.#to)}` : '';
    return `${objects}${hashed} in ${countOf(totalOf(chains), 'chain')} are as CloudTrail signed them${times}.`;
  }

  /** For a verified run the headline has said it. */
  #findings(outcome: Outcome): string {
    if (outcome === 'verified') return '';
    const { failed, undetermined, warning } = this.#effects;
    const parts = [
      failed > 0 ? `${failed} failed` : '',
      undetermined > 0 ? `${undetermined} undetermined` : '',
      warning > 0 ? `${countOf(warning, 'warning')} (${this.#warningList()})` : '',
    ].filter((part) => part !== '');
    return parts.length === 0 ? '' : `Findings: ${parts.join(', ')}.`;
  }

  #warningList(): string {
    return [...this.#warnings].map(([code, count]) => (count === 1 ? code : `${count} ${code}`)).join(', ');
  }
}

function tallied(title: string, outcome: keyof Tally, { totals }: ReportSummary): string {
  const parts = [
    totals.digests[outcome] > 0 ? countOf(totals.digests[outcome], 'digest') : '',
    totals.logs[outcome] > 0 ? countOf(totals.logs[outcome], 'log') : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `${title}: ${parts.join(' and ')}.`;
}
