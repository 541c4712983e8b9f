import { type FindingCode, type FindingKind, kindOf } from '../../core/findings/finding.js';
import { formatInstant, HOUR, type Instant } from '../../core/time/instant.js';
import { factLines, furtherFacts } from '../lines/finding-facts.js';
import { acceptanceOf, LABEL_WIDTH, labelOf, type Paint, placeOf, subjectBeside } from '../lines/finding-lines.js';
import { countOf, formatDuration, formatNumber, wrap } from '../strings/numbers-and-times.js';
import { toWords } from '../wording/wording.js';
import type { CauseGroup, Placed } from './cause-groups.js';
import { nextLines } from './next-lines.js';

/** How much of a group is told. */
export interface GroupForm {
  readonly width: number;
  /** Places that are told one by one. */
  readonly places: number;
  /** Whether what it means and what to do next is said. */
  readonly isExplained: boolean;
  /** What is said in place of places and words. */
  readonly words?: { readonly meaning: string; readonly next: string };
}

/** Up to so many findings of some kinds are told with all that is known of each; of others, only one that stands alone. */
const WITH_FACTS = 3;
const WITH_MORE_FACTS: ReadonlySet<FindingKind> = new Set<FindingKind>(['history', 'gap']);
const INDENT = '    ';

/** A group of causes: what, how many, where, what follows from it and what to do next. */
export function groupLines(group: CauseGroup, paint: Paint, form: GroupForm): string[] {
  const [first] = group.oldest;
  if (!first) return [];
  const width = form.width - INDENT.length;
  const words = toWords(first.finding);
  const { meaning, next } = form.words ?? words;
  const acceptance = acceptanceOf(first.finding);
  return [
    ...headOf(group, paint, form.width),
    ...(acceptance === undefined ? [] : indented(wrap(`Accepted ${acceptance}`, width))),
    ...(form.isExplained ? indented(wrap(meaning, width)) : []),
    ...(form.words ? [] : [...placeLines(group, form), ...followLines(group, width)]),
    ...(form.isExplained ? indented(nextLines(next, first, width)) : []),
  ];
}

const titlesOf = (placed: readonly Placed[]): readonly string[] => [
  ...new Set(placed.map(({ finding }) => toWords(finding).title)),
];

/** `FAILED        log-missing  not found, 5 times` */
function headOf({ effect, code, count, oldest }: CauseGroup, paint: Paint, width: number): string[] {
  const titles = titlesOf(oldest);
  const title = titles.length === 1 ? titles : [];
  const said = [...title, ...(count === 1 ? [] : [`${formatNumber(count)} times`])].join(', ');
  const head = `${labelOf(effect, paint)}  ${code}`;
  return LABEL_WIDTH + 2 + code.length + 2 + said.length <= width
    ? [`${head}  ${said}`]
    : [head, ...indented(wrap(said, width - INDENT.length))];
}

function followLines(group: CauseGroup, width: number): string[] {
  const follows = [...group.consequences].map(([code, count]) => inWords(code, count, group.lost)).join(', ');
  return follows === '' ? [] : indented(wrap(`It follows: ${follows}.`, width));
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `${INDENT}${line}`);

function placeLines({ code, oldest, count }: CauseGroup, form: GroupForm): string[] {
  const told = oldest.slice(0, form.places);
  const regions = Math.max(0, ...told.map(({ region = '' }) => region.length));
  const isTitled = titlesOf(oldest).length === 1;
  const facts = form.isExplained && count <= (WITH_MORE_FACTS.has(kindOf(code)) ? WITH_FACTS : 1);
  const lines = told.flatMap((placed) => [
    ...whereOf(placed, regions, { isAlone: count === 1, isTitled }),
    ...(facts ? factLines(furtherFacts(placed.finding)).map((line) => `${INDENT}${line}`) : []),
  ]);
  const left = count - told.length;
  return indented([...lines, ...(left > 0 ? [`and ${formatNumber(left)} more: see --verbose`] : [])]);
}

/**
 * One line: account, region, time, and the end of the name; of what has no such place, what it is.
 * @param said whether its title is said already, and whether it stands alone, so that its name is told whole
 */
function whereOf(
  { finding, accountId, region, time }: Placed,
  regionWidth: number,
  { isAlone, isTitled }: { readonly isAlone: boolean; readonly isTitled: boolean },
): string[] {
  const { subject } = finding;
  const isObject = subject.type === 'digest' || subject.type === 'log';
  const title = isTitled || isObject ? [] : [toWords(finding).title];
  if (accountId === undefined || region === undefined || subject.type === 'folder') {
    const line = [subjectBeside(subject), ...title].filter((part) => part !== '').join('  ');
    return line === '' ? [] : [line];
  }
  const name = nameIn(finding);
  const at = time === undefined ? [] : [shortTime(time)];
  const where = [accountId, region.padEnd(regionWidth), ...at];
  return isAlone && isObject
    ? [where.join('  '), placeOf(subject)]
    : [[...where, ...(name === undefined ? [] : [name]), ...title].join('  ')];
}

function nameIn({ subject }: Placed['finding']): string | undefined {
  if (subject.type === 'chain') return subject.chain.trailName;
  return 'key' in subject ? nameEnd(placeOf(subject)) : undefined;
}

/** `2026-03-01 02:50` */
const shortTime = (time: Instant): string => formatInstant(time).slice(0, 16).replace('T', ' ');

/** What tells a log or digest from others of its time: the last part of its name. */
const nameEnd = (name: string): string => {
  const at = name.lastIndexOf('_');
  return at < 0 || name.length - at > NAME_END ? name : `…${name.slice(at + 1)}`;
};
const NAME_END = 40;

/** `8 h lost` */
function inWords(code: FindingCode, count: number, lost: number): string {
  switch (code) {
    case 'chain-interval-lost':
      return `${formatDuration(Math.floor(lost / HOUR) * HOUR)} lost`;
    case 'chain-interval-undetermined':
      return `${countOf(count, 'interval')} not proven`;
    case 'digest-logs-unverifiable':
      return `${countOf(count, 'log')} not judged`;
    case 'digest-signature-missing':
      return `${countOf(count, 'digest')} without a signature`;
    case 'log-unaccounted':
      return `${countOf(count, 'log')} that no digest accounts for`;
    default:
      return `${formatNumber(count)} x ${code}`;
  }
}
