import type { Effect } from '../../core/findings/finding.js';
import type { Outcome } from '../../core/findings/outcome.js';
import type { Interval } from '../../core/time/instant.js';
import { placeOf } from '../lines/finding-lines.js';
import { axis, bar, TIME_STATE_CLASSES, TIME_STATE_LOOKS, timeInWords } from './bar.js';
import type { FindingGroup, ShownChain } from './collect-run.js';
import { html, type Markup, names, time } from './markup.js';
import { type Scale, type Span, scaleOf, snap, TIME_STATES, type TimeState } from './time-scale.js';

/** From so many rows on they are lower. */
const MANY_ROWS = 80;

/** The map of time: a row for each chain, by account, and one for each folder of which nothing is proven. */
export function timeMap(chains: readonly ShownChain[], groups: readonly FindingGroup[], bounds: Interval): Markup {
  const scale = scaleOf(bounds);
  const rows = [
    ...chains.map((chain, index) => chainRow(chain, index, scale)),
    ...groups.flatMap((group) => folderRows(group, scale)),
  ];
  const parts = new Map<string, Row[]>();
  for (const row of rows) parts.set(row.part, [...(parts.get(row.part) ?? []), row]);
  return html`<section aria-labelledby="map">
<h2 id="map">Time by account and region</h2>
<p>From ${time(bounds.start)} to ${time(bounds.end)}. Each column is one ${scale.unit} (UTC) and shows the worst of it.</p>
${legend(statesOf(chains, rows))}
<table class="${rows.length > MANY_ROWS ? 'map many' : 'map'}">
<thead><tr><th scope="col">Region, trail</th><th scope="col" class="time"><span class="unseen">Time</span>${axis(scale)}</th></tr></thead>
${[...parts].map(
  ([part, ofPart]) => html`<tbody>
<tr class="group"><th scope="rowgroup" colspan="2">${part}</th></tr>
${ofPart.map((row) => rowOf(row, scale))}</tbody>
`,
)}</table>
</section>`;
}

interface Row {
  /** The heading it stands under. */
  readonly part: string;
  readonly outcome: Effect | Outcome;
  readonly label: Markup;
  readonly spans: readonly Span[];
  readonly inWords: string;
}

function chainRow(chain: ShownChain, index: number, scale: Scale): Row {
  const { accountId, region, trailName, kind } = chain.report.chain;
  return {
    part: `Account ${accountId}`,
    outcome: chain.report.outcome,
    label: html`<span class="unseen">Account ${accountId} </span><a href="#chain-${index + 1}">${region}</a> <span class="name">${trailName}</span>${kind === 'backfill' ? ' backfill' : ''}`,
    spans: snap([...chain.report.coverage, ...chain.marks], scale),
    inWords: timeInWords(chain),
  };
}

/** Folders that may not be listed, or that hold no digests at all, would otherwise be missing from a map that looks whole. */
const folderRows = ({ effect, shown }: FindingGroup, { start, end }: Scale): Row[] =>
  shown.flatMap(({ subject }): Row[] => {
    if (subject.type !== 'folder') return [];
    const state = effect === 'failed' ? 'lost' : effect === 'accepted' ? 'accepted' : 'undetermined';
    const label = names([placeOf(subject)]);
    const part = 'Folders without any digest that could be checked';
    return [{ part, outcome: effect, label, spans: [{ state, start, end }], inWords: state }];
  });

const rowOf = ({ outcome, label, spans, inWords }: Row, scale: Scale): Markup =>
  html`<tr data-is="${outcome}" data-kind="row"><th scope="row">${label}</th><td>${bar(spans, scale, inWords)}</td></tr>
`;

/** Of the rows and of the chains, whose own lines of time show more than the worst. */
function statesOf(chains: readonly ShownChain[], rows: readonly Row[]): ReadonlySet<TimeState> {
  const spans = [...chains.flatMap(({ report, marks }) => [report.coverage, marks]), ...rows.map((row) => row.spans)];
  return new Set(spans.flatMap((some) => some.map(({ state }) => state)));
}

/** What the states mean and how they look: those that are there. */
const legend = (states: ReadonlySet<TimeState>): Markup => html`<ul class="legend">
${TIME_STATES.filter((state) => states.has(state)).map(
  (state) =>
    html`<li>${swatch(state)}<span><b>${state}</b> ${TIME_STATE_LOOKS[state].meaning}</span></li>
`,
)}</ul>`;

const swatch = (state: TimeState): Markup =>
  html`<svg class="bar swatch" aria-hidden="true"><rect class="${TIME_STATE_CLASSES[state]}" width="100%" height="100%"/><text x="50%" y="50%">${TIME_STATE_LOOKS[state].mark}</text></svg>`;
