import { formatInstant, type Instant, type Interval, lengthOf } from '../../core/time/instant.js';
import { formatRechecked } from '../lines/coverage-lines.js';
import { placeOf } from '../lines/finding-lines.js';
import {
  countOf,
  formatBytes,
  formatDuration,
  formatInterval,
  formatNumber,
  formatTally,
} from '../strings/numbers-and-times.js';
import { bar, timeInWords } from './bar.js';
import type { ShownChain } from './collect-run.js';
import { type Content, html, type Markup, names, time } from './markup.js';
import { boundsOf, type Span } from './time-scale.js';

/** Unproven times that are listed one by one, in each chain and on the page. */
const LISTED_PER_CHAIN = 40;
const LISTED = 4_000;

/** Each chain with its line of time, what was counted, and when exactly it is not proven. */
export function chainSection(chains: readonly ShownChain[], checkedAt: Instant): Markup {
  let room = LISTED;
  const items = chains.map((chain, index) => {
    const listed = unprovenOf(chain).slice(0, Math.min(LISTED_PER_CHAIN, room));
    room -= listed.length;
    return chainItem(chain, index, listed, checkedAt);
  });
  return html`<section aria-labelledby="chains">
<h2 id="chains">Chains</h2>
<p>A chain is the run of digests of one trail in one account and region, each linked to the one before it.</p>
<ol class="chains">
${items}</ol>
</section>`;
}

function chainItem(chain: ShownChain, index: number, listed: readonly Span[], checkedAt: Instant): Markup {
  const { source, outcome, asked, rechecked, digests, logs, logBytes, places, coverage, accepted } = chain.report;
  const { accountId, region, homeRegion, trailName, kind } = chain.report.chain;
  const within = boundsOf([asked], checkedAt);
  const inWords = timeInWords(chain);
  const home = homeRegion === region ? '' : `, home region ${homeRegion}`;
  return html`<li id="chain-${index + 1}" data-is="${outcome}" data-kind="chain">
<h3><span class="badge ${outcome}">${outcome}</span> ${region} ${names([trailName])}</h3>
<p class="minor">Account ${accountId}${home}${kind === 'backfill' ? ', backfill digests' : ''}, read from ${names(places.map(({ bucket, prefix }) => placeOf({ bucket, key: prefix }) || 'the folder'))}${source === undefined ? '' : html` in ${names([source])}`}</p>
${
  within &&
  html`${bar([...coverage, ...chain.marks], within, inWords)}
<p class="ends">${time(within.start)} <span>${inWords}</span> ${time(within.end)}</p>`
}
<p>Digests: ${formatTally(digests)}. Logs: ${formatTally(logs)}${logBytes > 0 ? `, ${formatBytes(logBytes)} hashed` : ''}.${accepted === undefined ? '' : ` Accepted: ${countOf(accepted, 'finding')}.`}</p>
${rechecked && recheckedTimes(rechecked)}
${unprovenTable(listed, unprovenOf(chain).length - listed.length)}
</li>
`;
}

/** What was verified once more, beside what is new. */
function recheckedTimes(rechecked: readonly Interval[]): Markup {
  const listed = rechecked.slice(0, LISTED_PER_CHAIN).map(formatInterval).join(', ');
  const left = rechecked.length > LISTED_PER_CHAIN ? ', and more, which the JSON report lists' : '';
  return html`<p>Also looked at again, ${formatRechecked(rechecked)}: ${listed}${left}.</p>`;
}

const unprovenOf = ({ report, marks }: ShownChain): readonly Span[] =>
  [...report.coverage.filter(({ state }) => state !== 'proven'), ...marks].sort((a, b) => a.start - b.start);

function unprovenTable(listed: readonly Span[], left: number): Content {
  if (listed.length + left === 0) return undefined;
  return html`<details><summary>${countOf(listed.length + left, 'time')} to look at</summary>
<table class="times"><thead><tr><th scope="col">State</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Length</th></tr></thead><tbody>
${listed.map(
  (span) =>
    html`<tr><td>${span.state}</td><td>${formatInstant(span.start)}</td><td>${formatInstant(span.end)}</td><td>${formatDuration(lengthOf(span))}</td></tr>
`,
)}</tbody></table>
${left > 0 ? html`<p>and ${formatNumber(left)} more, which the JSON report lists.</p>` : undefined}</details>`;
}
