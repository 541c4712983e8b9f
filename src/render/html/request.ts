import type { ReportHeader, RequestedSelection } from '../../core/report/report.js';
import { DAY, formatInstant, HOUR, type Instant, MINUTE, SECOND } from '../../core/time/instant.js';
import { formatDuration, policyInWords } from '../strings/numbers-and-times.js';
import { quote } from '../strings/shell-quote.js';
import { type Content, html, Markup, names, time } from './markup.js';

/** How the record tells a part of what was asked for. */
interface Telling<V> {
  readonly label: string;
  readonly words: (value: V) => Content;
  /** What holds where it was not asked for; nothing is said of it when absent. */
  readonly unasked?: (request: Part) => Content;
  /** What is not covered for it, or for want of it. */
  readonly limit?: (value: V | undefined, around: Around) => string | undefined;
  /** Undefined where no flag says it. */
  readonly flags: (value: V) => readonly string[] | undefined;
}

interface Around {
  readonly request: Part;
  readonly checkedAt: Instant;
  /** ` in s3://BUCKET`, or empty where it holds of all that was checked. */
  readonly where: string;
}

type Asked = Required<RequestedSelection>;
type Field = keyof Asked;
/** As a mapped type, of which the field can be told by the name. */
type Part = { readonly [F in Field]?: Asked[F] };
type Texts = readonly string[];

const ALL = () => 'all that are there';
const listed = (values: Texts): Content => (values.length === 0 ? 'none' : names(values));
const lookedFor = (isAsked: boolean): string => (isAsked ? 'looked for' : 'not looked for');
const flagOfEach =
  (flag: string) =>
  (values: Texts): Texts =>
    values.map((value) => `--${flag} ${quote(value)}`);
/** A choice of nothing is none that a flag can make. */
const flagOfChoice = (flag: string) => (values: Texts) => (values.length === 0 ? undefined : flagOfEach(flag)(values));
const othersThan =
  (what: string): NonNullable<Telling<Texts>['limit']> =>
  (values, { where }) =>
    values && `${what}${where} other than those selected.`;

/** All that can be asked for, in the order of the page and of the flags. */
const TELLINGS: { readonly [F in Field]: Telling<Asked[F]> } = {
  from: {
    label: 'From',
    words: time,
    unasked: () => 'the oldest digest',
    limit: (from) =>
      from === undefined
        ? 'Time before the oldest digest that was found in each chain.'
        : `Time before ${formatInstant(from)}.`,
    flags: (from) => [`--from ${formatInstant(from)}`],
  },
  to: {
    label: 'To',
    words: time,
    unasked: ({ maxAge }) => (maxAge === undefined ? 'the newest digest' : 'the time of the check'),
    limit(to, { request, checkedAt, where }) {
      const end = to ?? (request.maxAge === undefined ? undefined : checkedAt);
      if (end !== undefined) return `Time${where} after ${formatInstant(end)}.`;
      return `Time${where} after the newest digest that was found in each chain: no end was asked for, so digests that should be there up to ${formatInstant(checkedAt)} were not missed.`;
    },
    flags: (to) => [`--to ${formatInstant(to)}`],
  },
  accounts: {
    label: 'Accounts',
    words: listed,
    unasked: ALL,
    limit: othersThan('Accounts'),
    flags: flagOfChoice('account'),
  },
  regions: {
    label: 'Regions',
    words: listed,
    unasked: ALL,
    limit: othersThan('Regions'),
    flags: flagOfChoice('region'),
  },
  trails: {
    label: 'Trails',
    words: listed,
    unasked: ({ trailArn }) => (trailArn === undefined ? ALL() : undefined),
    limit: othersThan('Trails'),
    flags: flagOfChoice('trail'),
  },
  trailArn: {
    label: 'Only trail',
    words: (arn) => names([arn]),
    limit: (arn, { where }) => (arn === undefined ? undefined : `Trails${where} other than ${arn}.`),
    flags: (arn) => [`--trail-arn ${quote(arn)}`],
  },
  relocated: {
    label: 'Read elsewhere than delivered',
    words: listed,
    flags: flagOfEach('relocated'),
  },
  maxAge: {
    label: 'How long ago the newest digest of each chain might have ended',
    words: formatDuration,
    flags: flagOfAge,
  },
  expectAccounts: {
    label: 'Accounts that had to be there',
    words: listed,
    flags: flagOfEach('expect-account'),
  },
  expectRegions: {
    label: 'Regions that had to be there',
    words: listed,
    flags: flagOfEach('expect-region'),
  },
  auditUnreferenced: {
    label: 'Objects that no digest lists',
    words: lookedFor,
    limit: (isAsked, { where }) =>
      isAsked ? undefined : `Objects that no digest lists${where}: they were not looked for.`,
    flags: (isAsked) => [`--${isAsked ? '' : 'no-'}audit-unreferenced`],
  },
  useVersions: {
    label: 'Older versions of what is missing or changed',
    words: lookedFor,
    flags: (isAsked) => (isAsked ? ['--use-versions'] : []),
  },
  attribute: {
    label: 'Events that explain what was found',
    words: lookedFor,
    flags: (isAsked) => (isAsked ? ['--attribute'] : []),
  },
  policy: {
    label: 'Judged by',
    words: policyInWords,
    flags: () => ['--policy POLICY'],
  },
  checkpoint: {
    label: 'Gone on from the checkpoint',
    words: (place) => names([place]),
    limit: (place, { where }) =>
      place === undefined
        ? undefined
        : `Time${where} that earlier runs verified, as the checkpoint ${place} remembers it: this run verified what is new since then, and of that time only what is said to have been rechecked.`,
    flags: (place) => [`--checkpoint ${quote(place)}`],
  },
  endpoint: {
    label: 'Asked at, in place of AWS',
    words: (url) => names([url]),
    flags: (url) => [`--endpoint-url ${quote(url)}`],
  },
};

const FIELDS = Object.keys(TELLINGS) as readonly Field[];

/** What was asked for, a paragraph for each part of it. */
export const selectionOf = (request: ReportHeader['request']): Content =>
  FIELDS.flatMap((field) => told(request, (part, source) => wordsOf(field, part, source)));

/** What was not looked at, for all that was asked for or was not. */
export const limitsOf = ({ request, checkedAt }: ReportHeader): Texts =>
  FIELDS.flatMap((field) =>
    told(request, (part, source) => {
      const where = source === undefined ? '' : ` in ${source}`;
      return limitOf(field, { request: part, checkedAt, where });
    }),
  );

/**
 * A command that asks for the same; undefined where one command cannot. The files of keys and of the policy are left to be
 * filled in.
 */
export function commandOf({ tool, request, keySource }: ReportHeader): string | undefined {
  const [source, ...more] = request.sources;
  if (source === undefined || more.length > 0) return undefined;
  const flags = FIELDS.map((field) => flagsOf(field, request));
  if (flags.includes(undefined)) return undefined;
  const keys = /^list-public-keys(?: at |$)/.test(keySource) ? [] : ['--keys KEYS'];
  return [`${tool.name} verify ${quote(source)}`, ...flags.flatMap((each) => each ?? []), ...keys].join(' ');
}

/** What is the same of all sources once, and what is not of each of them. */
function told<T extends string | Markup>(
  { bySource, ...common }: ReportHeader['request'],
  tell: (request: Part, source?: string) => T | undefined,
): readonly T[] {
  const parts: readonly (RequestedSelection & { readonly source?: string })[] = bySource
    ? bySource.map((own) => ({ ...common, ...own }))
    : [common];
  const texts = parts.map((part) => tell(part));
  const isSame = new Set(texts.map((text) => (text instanceof Markup ? text.text : text))).size === 1;
  const said = isSame ? texts.slice(0, 1) : parts.map((part) => tell(part, part.source));
  return said.filter((text) => text !== undefined);
}

function wordsOf<F extends Field>(field: F, request: Part, source?: string): Markup | undefined {
  const { label, words, unasked }: Telling<Asked[F]> = TELLINGS[field];
  const value: Asked[F] | undefined = request[field];
  const said = value === undefined ? unasked?.(request) : words(value);
  if (said === undefined) return undefined;
  return html`<p>${label}${source === undefined ? '' : html` of ${names([source])}`}: ${said}</p>`;
}

function limitOf<F extends Field>(field: F, around: Around): string | undefined {
  const { limit }: Telling<Asked[F]> = TELLINGS[field];
  return limit?.(around.request[field], around);
}

function flagsOf<F extends Field>(field: F, request: Part): Texts | undefined {
  const { flags }: Telling<Asked[F]> = TELLINGS[field];
  const value: Asked[F] | undefined = request[field];
  return value === undefined ? [] : flags(value);
}

/** Flags take whole units, of at most six digits. */
function flagOfAge(maxAge: number): Texts | undefined {
  const units = [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
  ] as const;
  const [unit, length] = units.find(([, length]) => maxAge % length === 0) ?? [];
  const count = maxAge / (length ?? 0);
  return count < 1_000_000 ? [`--max-age ${count}${unit}`] : undefined;
}
