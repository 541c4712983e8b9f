import { toReportedQueryResults } from '../../core/report/report.js';
import type { QueryResultsEvent } from '../../core/report/verify-events.js';
import { placeOf } from '../lines/finding-lines.js';
import { NOT_COVERED } from '../lines/query-results-lines.js';
import { formatBytes, formatTally } from '../strings/numbers-and-times.js';
import { type Content, html, type Markup, names, withTimes } from './markup.js';

/** Saved results of queries: what each came to, what their sign files say of themselves, and what no signature covers. */
export const resultSection = (results: readonly QueryResultsEvent[]): Content =>
  results.length === 0
    ? undefined
    : html`<section aria-labelledby="results">
<h2 id="results">Saved query results</h2>
<p>A sign file lists the hashes of the result files of a CloudTrail Lake query and is signed. Its signature does not cover ${NOT_COVERED}.</p>
<ol class="chains">
${results.map(resultItem)}</ol>
</section>`;

function resultItem(event: QueryResultsEvent): Markup {
  const { signFile, accountId, outcome, region, completedAt, files, fileBytes } = toReportedQueryResults(event);
  const claim =
    region === undefined || completedAt === undefined
      ? undefined
      : html`<p>By its own word of a query that ended ${withTimes(completedAt)} in ${region}.</p>`;
  return html`<li data-is="${outcome}" data-kind="result">
<h3><span class="badge ${outcome}">${outcome}</span> ${names([placeOf(signFile)])}</h3>
${accountId === undefined ? undefined : html`<p class="minor">Account ${accountId}</p>`}
${claim}<p>Files: ${formatTally(files)}${fileBytes > 0 ? `, ${formatBytes(fileBytes)} hashed` : ''}.</p>
</li>
`;
}
