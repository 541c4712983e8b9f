import { sha256 } from '@noble/hashes/sha2.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import { formatInstant } from '../../core/time/instant.js';
import { Closing } from '../lines/summary.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { chainSection } from './chains.js';
import { RunCollection } from './collect-run.js';
import { findingSection } from './findings.js';
import { type Content, constant, html, type Markup } from './markup.js';
import { outcomeHeader, WORDS } from './outcome.js';
import { resultSection } from './query-results.js';
import { certificationSection, limitSection, recordSection } from './record.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { timeMap } from './time-map.js';
import { boundsOf } from './time-scale.js';

/**
 * One HTML page for people, which loads nothing and runs no script but its own search. The outcome stands at the top, so
 * the text comes at the end of the run, all at once; until then only chains and findings are kept, and of these no more
 * than a page can show: the rest is counted.
 */
export function htmlRenderer(header: ReportHeader): Renderer {
  const closing = new Closing();
  const collection = new RunCollection();
  return {
    begin: () => '',
    event(event) {
      closing.add(event);
      collection.add(event);
      return '';
    },
    end: (summary) =>
      pageOf(escapeStrings(header), escapeStrings(summary), closing.toSentences(summary), collection).text,
  };
}

function pageOf(
  header: ReportHeader,
  summary: ReportSummary,
  sentences: readonly string[],
  { chains, results, groups }: RunCollection,
): Markup {
  const bounds = boundsOf(
    chains.map(({ report }) => report.asked),
    header.checkedAt,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${header.tool.name} ${header.tool.version}">
<title>${WORDS[summary.outcome]}: CloudTrail log file integrity, ${formatInstant(header.checkedAt)}</title>
<style>${constant(STYLE)}</style>
</head>
<body>
${PATTERNS}
<main>
${outcomeHeader(header, summary, sentences)}
${navigation(bounds !== undefined, chains.length > 0, results.length > 0)}
${bounds && timeMap(chains, groups, bounds)}
${findingSection(groups)}
${chains.length > 0 ? chainSection(chains, header.checkedAt) : undefined}
${resultSection(results)}
${recordSection(header, summary)}
${limitSection(header)}
${certificationSection()}
</main>
<script>${constant(SCRIPT)}</script>
</body>
</html>
`;
}

/** Links to the sections, and the search, which appears only where scripts run. */
const navigation = (
  hasMap: boolean,
  hasChains: boolean,
  hasResults: boolean,
): Content => html`<nav aria-label="This page">
<p>${hasMap ? html`<a href="#map">Time</a> ` : undefined}<a href="#findings">Findings</a> ${hasChains ? html`<a href="#chains">Chains</a> ` : undefined}${hasResults ? html`<a href="#results">Saved query results</a> ` : undefined}<a href="#record">How it was checked</a> <a href="#limits">What is not covered</a></p>
<form id="filter" role="search" hidden>
<label for="query">Search <kbd>Ctrl K</kbd></label> <input id="query" type="search" autocomplete="off" spellcheck="false" aria-keyshortcuts="Control+K" aria-describedby="keys">
<fieldset><legend class="unseen">Show</legend>${['failed', 'undetermined', 'accepted', 'warning', 'verified'].map((is) => html`<label><input type="checkbox" name="${is}" checked> ${is}</label> `)}</fieldset>
<output id="matches" for="query"></output>
<span id="keys"><kbd>Enter</kbd> next match, <kbd>Esc</kbd> clear</span>
</form>
</nav>`;

const hashOf = (text: string): string =>
  `'sha256-${btoa(String.fromCharCode(...sha256(new TextEncoder().encode(text))))}'`;

const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;

/** What tells the states apart without colour. Bars refer to these by the style sheet. */
const PATTERNS = constant(`<svg class="unseen" aria-hidden="true"><defs>
<pattern id="pattern-f" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground-f" width="6" height="6"/></pattern>
<pattern id="pattern-l" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground-l" width="5" height="5"/><path class="figure-l" d="M0 0L5 5M5 0L0 5"/></pattern>
<pattern id="pattern-u" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground-u" width="6" height="6"/><path class="figure-u" d="M-1 1L1 -1M0 6L6 0M5 7L7 5"/></pattern>
<pattern id="pattern-a" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground-a" width="6" height="6"/><path class="figure-a" d="M0 6L6 0"/></pattern>
<pattern id="pattern-g" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground-g" width="5" height="5"/><path class="figure-g" d="M0 2.5H5"/></pattern>
<pattern id="pattern-s" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground-s" width="4" height="4"/><path class="figure-s" d="M2 0V4"/></pattern>
<pattern id="pattern-w" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground-w" width="4" height="4"/><circle class="figure-w" cx="2" cy="2" r=".8"/></pattern>
</defs></svg>`);
