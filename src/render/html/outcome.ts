import type { Outcome, Tally } from '../../core/findings/outcome.js';
import { totalOf } from '../../core/findings/outcome.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import { countOf, formatNumber } from '../strings/numbers-and-times.js';
import { html, type Markup, names, time, withTimes } from './markup.js';

/** The top of the page: what it came to, in words and in numbers. */
export function outcomeHeader(
  { request, checkedAt }: ReportHeader,
  summary: ReportSummary,
  sentences: readonly string[],
): Markup {
  const { outcome, totals } = summary;
  const [first, ...rest] = sentences;
  return html`<header class="${outcome}">
<p class="minor">CloudTrail log file integrity of ${names(request.sources)}, as of ${time(checkedAt)}</p>
<h1>${WORDS[outcome]}</h1>
<p class="lead">${headlineOf(summary)} ${withTimes(first ?? '')}</p>
${rest.length > 0 ? html`<p>${withTimes(rest.join(' '))}</p>` : undefined}
<table class="totals">
<caption class="unseen">How many were verified, failed and undetermined</caption>
<thead><tr><td></td><th scope="col">verified</th><th scope="col">failed</th><th scope="col">undetermined</th></tr></thead>
<tbody>
${totalRow('Chains', totals.chains)}${totalRow('Digests', totals.digests)}${totalRow('Logs', totals.logs)}${totals.queryResults && totalRow('Result files of queries', totals.queryResults.files)}</tbody>
</table>
</header>`;
}

export const WORDS: { readonly [O in Outcome]: string } = {
  verified: 'Verified',
  failed: 'Failed',
  undetermined: 'Undetermined',
};

function headlineOf({ outcome, totals, warnings, accepted = 0 }: ReportSummary): string {
  switch (outcome) {
    case 'verified':
      if (accepted > 0 || isAmiss(totals))
        return `Nothing counts against what was checked but what the policy puts up with: ${countOf(accepted, 'accepted finding')} and ${countOf(warnings, 'warning')}.`;
      return warnings === 0
        ? 'Everything that was checked is as it should be.'
        : `Everything that was checked is as it should be, with ${countOf(warnings, 'warning')} to read.`;
    case 'failed':
      return 'Something is missing, damaged or changed.';
    case 'undetermined':
      return totalOf(totals.digests) === 0 && totals.queryResults === undefined
        ? 'Nothing was checked.'
        : 'Nothing failed, but not everything could be checked.';
  }
}

/** Whether something did not prove good, whatever the outcome. */
const isAmiss = ({ digests, logs, queryResults }: ReportSummary['totals']): boolean =>
  [digests, logs, ...(queryResults ? [queryResults.files] : [])].some(
    ({ failed, undetermined }) => failed + undetermined > 0,
  );

const totalRow = (label: string, tally: Readonly<Tally>): Markup =>
  html`<tr><th scope="row">${label}</th>${(['verified', 'failed', 'undetermined'] as const).map(
    (outcome) => html`<td class="${tally[outcome] > 0 ? outcome : 'none'}">${formatNumber(tally[outcome])}</td>`,
  )}</tr>
`;
