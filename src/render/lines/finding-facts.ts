import type { Finding, FindingArguments, FindingCode, FindingOf } from '../../core/findings/finding.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { formatInstant, type Interval, SECOND } from '../../core/time/instant.js';
import { formatNumber, formatTimes, someOf } from '../strings/numbers-and-times.js';
import { toWords } from '../wording/wording.js';
import { placeOf } from './finding-lines.js';

/** What is known of a finding beyond its words: a hash, an answer, a neighbouring digest. */
export type Fact = readonly [label: string, value: string];

type ArgumentName = { [C in FindingCode]: keyof FindingArguments[C] }[FindingCode] & string;

/** Arguments that the words of a finding tell, or its time. */
type Told =
  | 'accountId'
  | 'act'
  | 'count'
  | 'end'
  | 'errorCode'
  | 'eventName'
  | 'eventTime'
  | 'exception'
  | 'explains'
  | 'field'
  | 'file'
  | 'identityType'
  | 'kinds'
  | 'limit'
  | 'measure'
  | 'more'
  | 'name'
  | 'option'
  | 'part'
  | 'place'
  | 'problem'
  | 'reason'
  | 'relocation'
  | 'replacedAt'
  | 'searched'
  | 'setting'
  | 'since'
  | 'start'
  | 'state'
  | 'stoppedAt'
  | 'storageClass'
  | 'ticket'
  | 'unsearched'
  | 'unvisited'
  | 'value'
  | 'verifyFrom'
  | 'verifyTo';

/** Arguments that are worth a line of their own, in the order of those lines. */
const FACTS = {
  versionId: 'version',
  expected: 'expected',
  actual: 'found',
  fingerprint: 'public key',
  region: 'region',
  regions: 'in regions',
  validity: 'its validity',
  signedAt: 'signed about',
  message: 'answer',
  from: 'delivered as',
  missing: 'missing',
  metadataFile: 'metadata file',
  deliveredAt: 'delivered at',
  previous: 'digest before',
  next: 'digest after',
  successor: 'next digest',
  first: 'oldest digest',
  predecessor: 'it links to',
  last: 'newest digest',
  backfill: 'backfill',
  remembered: 'remembered',
  other: 'other key',
  example: 'for example',
  sibling: 'its sibling',
  names: 'it names',
  identityArn: 'who',
  principalId: 'principal',
  sourceIpAddress: 'address',
  userAgent: 'user agent',
  eventId: 'event',
  log: 'in log',
  hasMore: 'besides',
  refusedCalls: 'refused calls',
  until: 'until',
} as const satisfies { readonly [N in Exclude<ArgumentName, Told>]: string };
type FactName = keyof typeof FACTS;
const LABEL_WIDTH = Math.max(...Object.values(FACTS).map((label) => label.length));

/** How closely an event names what it explains. */
const NAMED: { readonly [N in FindingArguments['attribution-event']['names']]: string } = {
  object: 'the object itself',
  folder: 'a folder, not the object itself',
  bucket: 'the whole bucket, not the object itself',
  trail: 'the trail',
};
/** Names of a list that are told; the others are counted. */
const LISTED = 20;
/** Calls are not counted beyond this. */
const COUNTED_CALLS = 100;

/** All facts of a finding whose strings are escaped. */
export function factsOf(finding: Finding): readonly Fact[] {
  const values: Readonly<Record<string, unknown>> = { ...finding.args };
  const facts = NAMES.flatMap((name): Fact[] => {
    const value = sayingOf(name, values[name], typeof values.more === 'number' ? values.more : 0);
    return value === '' ? [] : [[FACTS[name], value]];
  });
  const isAcceptable = finding.code === 'chain-gap' || finding.code === 'chain-ends-before-siblings';
  return isAcceptable ? [...facts, ['exception', exceptionFor(finding)]] : facts;
}

/** What accepts time without digests in a policy: YAML, to be completed. */
function exceptionFor({
  code,
  subject,
  args: { start, end },
}: FindingOf<'chain-gap'> | FindingOf<'chain-ends-before-siblings'>): string {
  const { accountId, region, trailName } = 'chain' in subject ? subject.chain : UNKNOWN_CHAIN;
  // An exception is of some time, which a restart without a hole has not.
  const [from, to] = [Math.min(start, end - SECOND), end].map(formatInstant);
  const place = `account: "${accountId}", region: ${region}, trail: "${trailName}"`;
  return `- {codes: [${code}], ${place}, from: ${from}, to: ${to}, reason: "REASON", until: DATE}`;
}

const UNKNOWN_CHAIN = { accountId: 'ACCOUNT', region: 'REGION', trailName: 'TRAIL' };

const NAMES = Object.keys(FACTS).filter((name): name is FactName => name in FACTS);

/** The facts that the title of the finding does not tell already. */
export function furtherFacts(finding: Finding): readonly Fact[] {
  const { title } = toWords(finding);
  return factsOf(finding).filter(([, value]) => !title.includes(value));
}

/** A line for each, with their values below each other. */
export const factLines = (facts: readonly Fact[]): string[] =>
  facts.map(([label, value]) => `${label.padEnd(LABEL_WIDTH)}  ${value}`);

/** `expected: a1b2…`: facts to be joined in one line. */
export const factPhrases = (facts: readonly Fact[]): string[] => facts.map(([label, value]) => `${label}: ${value}`);

/**
 * Empty where there is nothing to say.
 * @param more how many names a list has besides those it holds
 */
function sayingOf(name: FactName, value: unknown, more: number): string {
  switch (typeof value) {
    case 'string':
      return name === 'names' && isNaming(value) ? NAMED[value] : value;
    case 'number':
      return name === 'refusedCalls' ? callsInWords(value) : formatInstant(value);
    case 'boolean':
      return value ? 'more such calls: the earliest and the latest are told' : '';
    case 'object':
      if (Array.isArray(value)) return someOf(value.map(String), LISTED, more);
      return isPlace(value) ? placeOf(value) : isInterval(value) ? formatTimes(value) : '';
    default:
      return '';
  }
}

const callsInWords = (calls: number): string =>
  calls === 0 ? '' : `${formatNumber(calls)}${calls >= COUNTED_CALLS ? ' or more' : ''}`;

const isNaming = (text: string): text is keyof typeof NAMED => Object.hasOwn(NAMED, text);

const isPlace = (value: object | null): value is ObjectRef => value !== null && 'bucket' in value && 'key' in value;

const isInterval = (value: object | null): value is Interval => value !== null && 'start' in value && 'end' in value;
