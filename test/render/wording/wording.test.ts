import { describe, expect, it } from 'vitest';
import {
  FINDING_CODES,
  type Finding,
  type FindingCode,
  type FindingOf,
  finding,
} from '../../../src/core/findings/finding.js';
import { factLines, furtherFacts } from '../../../src/render/lines/finding-facts.js';
import { painter } from '../../../src/render/lines/finding-lines.js';
import { Explainer } from '../../../src/render/text/explain-once.js';
import { toWords } from '../../../src/render/wording/wording.js';
import { exampleOf } from '../example-run.js';

const WIDTH = 100;

/** What is ours of a line: names of objects and keys come from outside and are never cut, nor is what is there to be pasted. */
const ours = (line: string): string => line.replace(/ *(?:s3:\/\/\S+|public key [0-9a-f]{32}$|- \{codes: .*\}$)/g, '');

describe.each(FINDING_CODES)('%s', (code: FindingCode) => {
  const words = Object.entries(toWords(exampleOf(code)));

  it.each(words)('has a %s, without stray spaces or arguments', (_, text) => {
    expect(text).not.toBe('');
    expect(text).toBe(text.trim());
    expect(text).not.toMatch(/ {2}|\n|undefined|null|NaN|\[object/);
  });

  it('has sentences that end, and a title that does not', () => {
    const { title, meaning, next } = toWords(exampleOf(code));
    expect(title).not.toMatch(/[.:]$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(next).toMatch(/^[A-Z].*\.$/);
    // A command between backticks may be copied as a whole.
    expect(next.split('`').length % 2).toBe(1);
  });

  it('keeps to the width of a page', () => {
    const lines = new Explainer(painter(false), 100).linesOf(exampleOf(code), '  ', 'chain');
    expect(lines.map(ours).filter((line) => line.length > WIDTH)).toEqual([]);
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
  });

  it('means the same whatever is particular to one finding', () => {
    const { meaning, next } = toWords(exampleOf(code));
    const other = toWords(withOtherArguments(exampleOf(code)));
    expect(other.meaning).toBe(meaning);
    expect(other.next).toBe(next);
  });
});

/** One of a few values, each of which may have an explanation of its own; so has each region, and each bound, in a command. */
const CHOICES = new Set([
  'reason',
  'part',
  'measure',
  'option',
  'problem',
  'state',
  'region',
  'verifyFrom',
  'verifyTo',
]);

/** Another value wherever it can be any. */
const withOtherArguments = (finding: Finding): Finding =>
  ({
    ...finding,
    args: Object.fromEntries(
      Object.entries(finding.args).map(([name, value]) => [name, CHOICES.has(name) ? value : elsewise(value)]),
    ),
  }) as Finding;

function elsewise(value: unknown): unknown {
  if (typeof value === 'string') return `another ${value}`;
  if (typeof value === 'number') return value + 1_000_000;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [...value.map(elsewise), 'one more'];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, elsewise(item)]));
}

it('never tells two codes apart by nothing but their names', () => {
  const said = FINDING_CODES.map((code) => {
    const { title, meaning } = toWords(exampleOf(code));
    return `${code.split('-')[0]}: ${title}. ${meaning}`;
  });
  expect(new Set(said).size).toBe(FINDING_CODES.length);
});

it('names whoever made a call by what is known of them', () => {
  const { subject, args } = exampleOf('attribution-event') as FindingOf<'attribution-event'>;
  const { identityArn: _arn, ...nameless } = args;
  const { principalId: _id, sourceIpAddress: _address, ...typed } = nameless;
  const { identityType: _type, ...unknown } = typed;
  const titleOf = (known: typeof unknown) =>
    toWords({ code: 'attribution-event', subject, args: known }).title.replace(/.*StopLogging/, '');
  expect(titleOf(args)).toBe(', user/eve, 192.0.2.7');
  expect(titleOf(nameless)).toBe(', AIDACKCEVSQ6C2EXAMPLE, 192.0.2.7');
  expect(titleOf(typed)).toBe(', IAMUser');
  expect(titleOf(unknown)).toBe('');
});

it('puts what matters of the arguments into words', () => {
  const all = (code: FindingCode) => Object.values(toWords(exampleOf(code))).join(' ');
  expect(all('chain-interval-lost')).toContain('2026-03-01T00:01:31Z to 2026-03-01T01:01:31Z (1 h)');
  expect(all('digest-signature-missing')).toContain(
    '`aws s3api head-object --bucket BUCKET --key KEY > FILE.metadata.json`',
  );
  const { subject } = exampleOf('digest-signature-missing');
  const unusable = finding('digest-signature-missing', subject, { metadataFile: 'a.metadata.json' });
  expect(toWords(unusable).meaning).toContain('a.metadata.json is there, but it cannot be read');
  expect(all('digest-key-unknown')).toContain('aws cloudtrail list-public-keys --region us-east-1');
  expect(all('log-gzip-trailing-data')).toContain('has the hash that its digest states');
  expect(all('log-gzip-truncated')).not.toContain('has the hash');
});

it('shows hashes and neighbours in full, and never what the title has said', () => {
  const lines = (code: FindingCode) => factLines(furtherFacts(exampleOf(code)));
  expect(lines('log-modified')).toEqual(
    expect.arrayContaining([`expected       ${'a1'.repeat(32)}`, `found          ${'b2'.repeat(32)}`]),
  );
  expect(lines('chain-interval-lost')).toEqual(
    expect.arrayContaining([
      'digest before  s3://trails/AWSLogs/before.json.gz',
      'digest after   s3://trails/AWSLogs/after.json.gz',
    ]),
  );
  expect(lines('digest-algorithm-unknown').join()).not.toContain('SHA1withRSA');
});
