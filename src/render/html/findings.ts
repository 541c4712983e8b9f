import { type Effect, FINDING_EFFECTS, type Finding, type FindingCode } from '../../core/findings/finding.js';
import { factsOf } from '../lines/finding-facts.js';
import { acceptanceOf, subjectBeside } from '../lines/finding-lines.js';
import { countOf, formatNumber } from '../strings/numbers-and-times.js';
import { toWords } from '../wording/wording.js';
import type { FindingGroup } from './collect-run.js';
import { type Content, html, type Markup, names, prose, withTimes } from './markup.js';

/** Findings of one code that are seen at once; the rest is folded up. */
const UNFOLDED = 12;

/** Findings by code: what each means, what to do, and where it was found with what was expected and what was there. */
export function findingSection(groups: readonly FindingGroup[]): Markup {
  return html`<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${groups.length === 0 ? html`<p>Nothing was found that speaks against any file.</p>` : html`${contents(groups)}${groups.map(group)}`}
</section>`;
}

const contents = (groups: readonly FindingGroup[]): Markup => html`<ul class="contents">
${groups.map(
  ({ code, effect, count }) =>
    html`<li><span class="badge ${effect}">${effect}</span> <a href="#${idOf(code, effect)}">${titleOf(code)}</a> <span class="minor">${formatNumber(count)}</span></li>
`,
)}</ul>
`;

function group({ code, effect, count, shown }: FindingGroup): Markup {
  const said = shown.map((item) => toWords(item));
  const [first] = said;
  // What is the same of all is said once, above them.
  const isAlike = said.every(({ meaning, next }) => meaning === first?.meaning && next === first.next);
  const items = shown.map((item) => findingItem(item, effect, isAlike));
  const left = count - shown.length;
  return html`<article class="finding" aria-labelledby="${idOf(code, effect)}">
<h3 id="${idOf(code, effect)}"><span class="badge ${effect}">${effect}</span> ${titleOf(code)} <span class="minor">${formatNumber(count)} · <code>${code}</code></span></h3>
${isAlike && first ? html`<p>${prose(first.meaning)}</p><p><b>What to do.</b> ${prose(first.next)}</p>` : undefined}
<ol>
${items.slice(0, UNFOLDED)}</ol>
${
  items.length > UNFOLDED
    ? html`<details><summary>${countOf(items.length - UNFOLDED, 'more finding')}</summary><ol>
${items.slice(UNFOLDED)}</ol></details>`
    : undefined
}
${left > 0 ? html`<p class="left">${countOf(left, 'more finding')} of this code ${left === 1 ? 'is' : 'are'} not on this page. The NDJSON report of the same run has every one.</p>` : undefined}
</article>
`;
}

/** The code alone where no policy has changed what it does. */
const idOf = (code: FindingCode, effect: Effect): string =>
  effect === FINDING_EFFECTS[code] ? code : `${code}-${effect}`;

function findingItem(item: Finding, effect: string, isAlike: boolean): Markup {
  const { title, meaning, next } = toWords(item);
  const subject = subjectBeside(item.subject);
  const facts = factsOf(item);
  const acceptance = acceptanceOf(item);
  return html`<li data-is="${effect}" data-kind="finding">
<p>${subject === '' ? undefined : html`${names([subject])} `}<b>${withTimes(title)}</b></p>
${acceptance === undefined ? undefined : html`<p><b>Accepted</b> ${withTimes(acceptance)}</p>`}
${facts.length === 0 ? undefined : html`<dl>${facts.map(fact)}</dl>`}
${isAlike ? undefined : html`<p>${prose(meaning)}</p><p><b>What to do.</b> ${prose(next)}</p>`}
</li>
`;
}

const fact = ([label, value]: readonly [string, string]): Content =>
  html`<div><dt>${label}</dt><dd class="name">${value}</dd></div>`;

/** `log-gzip-trailing-data` as `Log gzip trailing data`. */
function titleOf(code: FindingCode): string {
  const words = code.replaceAll('-', ' ').replace('utf8', 'UTF-8').replace('json', 'JSON');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
