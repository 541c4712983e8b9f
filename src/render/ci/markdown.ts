import type { Effect } from '../../core/findings/finding.js';
import { totalOf } from '../../core/findings/outcome.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import type { ChainReport } from '../../core/report/verify-events.js';
import { formatInstant } from '../../core/time/instant.js';
import { addCoverage, formatRechecked, formatTotals, noCoverage } from '../lines/coverage-lines.js';
import { nameOf } from '../lines/finding-lines.js';
import { cut, type FindingRecord, recordsOf } from '../lines/finding-record.js';
import { Closing } from '../lines/summary.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { countOf, formatNumber, policyInWords } from '../strings/numbers-and-times.js';

/** What is listed is limited, what is counted is not. Lengths are in characters before they are escaped. */
const LISTED = { chains: 200, subjects: 10, subjectLength: 300, sentenceLength: 1_000 } as const;
/** A job summary of GitHub holds 1 MiB of UTF-8; findings have this much of it. */
const FINDINGS_BYTES = 512 * 1024;

const LABELS: { readonly [E in Effect]: string } = {
  failed: 'Failed',
  undetermined: 'Undetermined',
  accepted: 'Accepted',
  warning: 'Warnings',
};

/** Findings that have the same effect, code and meaning. */
interface Group {
  readonly first: FindingRecord;
  readonly subjects: string[];
  count: number;
}

/** Markdown for the summary of a job: the outcome in words, a table of chains, findings by code. Nothing from outside is markup in it. */
export function markdownRenderer(header: ReportHeader): Renderer {
  const closing = new Closing();
  const chains = new ChainTable();
  const groups = new Map<string, Group>();
  return {
    begin: () => '',
    event(event) {
      closing.add(event);
      for (const record of recordsOf(event)) addTo(groups, record);
      if (event.type === 'chain') chains.add(event.report);
      return '';
    },
    end: (summary) =>
      [
        `## CloudTrail log integrity: ${summary.outcome}\n`,
        `${closing.toText(summary)}\n`,
        aboutTable(header, summary),
        chains.toText(),
        findingsText([...groups.values()]),
        controlsTable(header),
      ]
        .filter((part) => part !== '')
        .join('\n'),
  };
}

function addTo(groups: Map<string, Group>, record: FindingRecord): void {
  const { effect, finding, words } = record;
  const id = `${effect} ${finding.code} ${words.meaning} ${words.next}`;
  const group = groups.get(id) ?? { first: record, subjects: [], count: 0 };
  group.count += 1;
  if (group.subjects.length < LISTED.subjects) group.subjects.push(subjectText(record));
  groups.set(id, group);
}

function subjectText({ subject, words, facts, acceptance }: FindingRecord): string {
  const known = facts.map(([label, value]) => `; ${label} ${literal(value)}`).join('');
  const accepted = acceptance === undefined ? '' : `; accepted ${prose(acceptance)}`;
  return `- ${literal(subject)}: ${prose(words.title)}${known}${accepted}`;
}

/** The findings, worst first, as far as there is room. */
function findingsText(groups: readonly Group[]): string {
  let room = FINDINGS_BYTES;
  const texts: string[] = [];
  for (const effect of ['failed', 'undetermined', 'accepted', 'warning'] as const) {
    const sections = groups.filter(({ first }) => first.effect === effect).map(sectionText);
    if (sections.length > 0) texts.push(`### ${LABELS[effect]}\n`);
    for (const section of sections) {
      room -= new TextEncoder().encode(section).length;
      if (room < 0) return [...texts, 'There is no room for the rest here: the JSON report has it.\n'].join('\n');
      texts.push(section);
    }
  }
  return texts.join('\n');
}

function sectionText({ first, subjects, count }: Group): string {
  const left = count - subjects.length;
  return [
    `#### ${first.finding.code} (${formatNumber(count)})\n`,
    `${prose(first.words.meaning)} ${prose(first.words.next)}\n`,
    ...subjects,
    ...(left > 0 ? [`- and ${formatNumber(left)} more`] : []),
    '',
  ].join('\n');
}

/** Chains that are not verified come first and are dropped last. */
class ChainTable {
  readonly #troubled: string[] = [];
  readonly #verified: string[] = [];
  #count = 0;

  add(report: ChainReport): void {
    this.#count += 1;
    const rows = report.outcome === 'verified' ? this.#verified : this.#troubled;
    if (rows.length < LISTED.chains) rows.push(chainRow(escapeStrings(report)));
  }

  toText(): string {
    if (this.#count === 0) return '';
    const rows = [...this.#troubled, ...this.#verified].slice(0, LISTED.chains);
    const left = this.#count - rows.length;
    const more = left > 0 ? `\nand ${countOf(left, 'more chain')}, worst first above.\n` : '';
    return `### Chains\n\n${table(['Outcome', 'Chain', 'Digests verified', 'Logs verified', 'Time'], rows)}${more}`;
  }
}

function chainRow({ chain, source, outcome, digests, logs, rechecked, coverage }: ChainReport): string {
  const time = noCoverage();
  addCoverage(time, coverage);
  const share = (tally: typeof digests) => `${formatNumber(tally.verified)} of ${formatNumber(totalOf(tally))}`;
  return row([
    outcome,
    source === undefined ? literal(nameOf(chain)) : `${literal(nameOf(chain))} in ${literal(source)}`,
    share(digests),
    share(logs),
    [formatTotals(time), formatRechecked(rechecked) ?? []].flat().join('; '),
  ]);
}

function aboutTable(header: ReportHeader, { keysUsed }: ReportSummary): string {
  const { tool, checkedAt, request, keySource } = escapeStrings(header);
  const range = [
    ...(request.from === undefined ? [] : [`from ${formatInstant(request.from)}`]),
    ...(request.to === undefined ? [] : [`to ${formatInstant(request.to)}`]),
  ].join(' ');
  return table(
    ['', ''],
    [
      row(['Checked', `${formatInstant(checkedAt)} with ${tool.name} ${literal(tool.version)}`]),
      row(['Source', request.sources.map(literal).join(', ')]),
      ...(request.endpoint === undefined ? [] : [row(['Endpoint', literal(request.endpoint)])]),
      row(['Time asked for', range || 'all there is']),
      ...(request.policy ? [row(['Policy', prose(policyInWords(request.policy))])] : []),
      row(['Public keys', `${literal(keySource)} (${countOf(keysUsed.length, 'key')} used)`]),
    ],
  );
}

function controlsTable({ controls = [] }: ReportHeader): string {
  if (controls.length === 0) return '';
  const rows = controls.map((control) => {
    const { standard, version, id, title } = escapeStrings(control);
    return row([prose(`${standard} ${version}`), prose(id), prose(title)]);
  });
  return `### Controls this is evidence for\n\n${table(['Standard', 'Control', 'About'], rows)}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

const table = (heads: readonly string[], rows: readonly string[]): string =>
  `${row(heads)}${row(heads.map(() => '---'))}${rows.join('')}`;

/** Text from outside as a code span, in which nothing is markup but the two characters that would end it or its cell. */
const literal = (text: string): string =>
  text.trim() === ''
    ? ''
    : `\`${cut(text, LISTED.subjectLength).replace(/[`|]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}\``;

/**
 * Sentences of ours with words from outside in them. Commands between backticks become code; in all else whatever could be
 * markup, a link or a mention is a character reference. An odd backtick comes from outside, and then none is ours.
 */
function prose(whole: string): string {
  const text = cut(whole, LISTED.sentenceLength);
  const parts = text.split('`');
  if (parts.length % 2 === 0) return toReferences(text);
  return parts.map((part, index) => (index % 2 === 0 ? toReferences(part) : literal(part))).join('');
}

/** GitHub looks for mentions in what the text has become: only a sign that is another one is none. */
const toReferences = (text: string): string =>
  text
    .replaceAll('@', '\\u{40}')
    .replace(/[!"#$%&'*+:;<=>?[\\\]^_`{|}~]|\.(?=\S)/g, (character) => `&#${character.codePointAt(0)};`);
