import { describe, expect, it } from 'vitest';
import type { ReportHeader, RequestedSelection, SourceRequest } from '../../../src/core/report/report.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { htmlRenderer } from '../../../src/render/html/html.js';
import { named, one, type PageElement, parsePage } from '../../support/reports/page-tree.js';
import { chainReport, HEADER, render, runOf, START } from '../example-run.js';

const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/events';
const RUN = runOf([{ type: 'chain', report: chainReport() }]);
const POLICY = { sha256: 'ab'.repeat(32), rules: { 'log-missing': 'warn' }, exceptions: 1 } as const;

type Request = ReportHeader['request'];

const elementsOf = (request: Request): readonly PageElement[] =>
  parsePage(render(htmlRenderer({ ...HEADER, request }), RUN)).elements;
const of = (selection: RequestedSelection): Request => ({ sources: ['s3://trails'], ...selection });

/** What the record has in the row of a name; undefined without the row. */
function rowOf(request: Request, name: string): string | undefined {
  const row = named(elementsOf(request), 'div').find(({ text }) => text.startsWith(name));
  return row?.text.trim().slice(name.length);
}
const selectionOf = (request: Request): string => rowOf(request, 'Selection') ?? '';
const commandOf = (request: Request): string | undefined =>
  rowOf(request, 'Command that asks the same')?.replace(/ --keys KEYS.*$/s, '');
const limitsOf = (request: Request): readonly string[] =>
  named(elementsOf(request), 'li')
    .map(({ text }) => text)
    .filter((text) => /^(?:Time|Accounts|Regions|Trails|Objects) /.test(text));

const OPEN_LIMITS = limitsOf(of({}));

/** What is asked for, what the selection says of it, what is then not covered, and the flags. */
interface Example {
  readonly request: RequestedSelection;
  readonly selection: string;
  readonly limit?: string;
  readonly flags: string;
}

const EXAMPLES: { readonly [F in keyof RequestedSelection]-?: Example } = {
  from: {
    request: { from: START },
    selection: 'From: 2026-03-01T00:01:31Z',
    limit: 'Time before 2026-03-01T00:01:31Z.',
    flags: '--from 2026-03-01T00:01:31Z',
  },
  to: {
    request: { to: START },
    selection: 'To: 2026-03-01T00:01:31Z',
    limit: 'Time after 2026-03-01T00:01:31Z.',
    flags: '--to 2026-03-01T00:01:31Z',
  },
  accounts: {
    request: { accounts: ['111122223333', '<b>'] },
    selection: 'Accounts: 111122223333, <b>',
    limit: 'Accounts other than those selected.',
    flags: "--account 111122223333 --account '<b>'",
  },
  regions: {
    request: { regions: ["it's"] },
    selection: "Regions: it's",
    limit: 'Regions other than those selected.',
    flags: "--region 'it'\\''s'",
  },
  trails: {
    request: { trails: ['a b'] },
    selection: 'Trails: a b',
    limit: 'Trails other than those selected.',
    flags: "--trail 'a b'",
  },
  trailArn: {
    request: { trailArn: ARN },
    selection: `Only trail: ${ARN}`,
    limit: `Trails other than ${ARN}.`,
    flags: `--trail-arn ${ARN}`,
  },
  relocated: {
    request: { relocated: ['from=to', 'a=$b'] },
    selection: 'Read elsewhere than delivered: from=to, a=$b',
    flags: "--relocated from=to --relocated 'a=$b'",
  },
  maxAge: {
    request: { maxAge: 3 * HOUR },
    selection: 'How long ago the newest digest of each chain might have ended: 3 h',
    limit: 'Time after 2026-03-02T00:01:31Z.',
    flags: '--max-age 3h',
  },
  expectAccounts: {
    request: { expectAccounts: ['111122223333'] },
    selection: 'Accounts that had to be there: 111122223333',
    flags: '--expect-account 111122223333',
  },
  expectRegions: {
    request: { expectRegions: ['us-east-1', 'a;b'] },
    selection: 'Regions that had to be there: us-east-1, a;b',
    flags: "--expect-region us-east-1 --expect-region 'a;b'",
  },
  auditUnreferenced: {
    request: { auditUnreferenced: true },
    selection: 'Objects that no digest lists: looked for',
    flags: '--audit-unreferenced',
  },
  useVersions: {
    request: { useVersions: true },
    selection: 'Older versions of what is missing or changed: looked for',
    flags: '--use-versions',
  },
  attribute: {
    request: { attribute: true },
    selection: 'Events that explain what was found: looked for',
    flags: '--attribute',
  },
  policy: {
    request: { policy: POLICY },
    selection: 'Judged by: a policy of 1 rule and 1 exception',
    flags: '--policy POLICY',
  },
  checkpoint: {
    request: { checkpoint: 's3://state/of <it>' },
    selection: 'Gone on from the checkpoint: s3://state/of <it>',
    limit:
      'Time that earlier runs verified, as the checkpoint s3://state/of <it> remembers it: this run verified what is new since then, and of that time only what is said to have been rechecked.',
    flags: "--checkpoint 's3://state/of <it>'",
  },
  endpoint: {
    request: { endpoint: 'https://s3.example.com/<it>' },
    selection: 'Asked at, in place of AWS: https://s3.example.com/<it>',
    flags: "--endpoint-url 'https://s3.example.com/<it>'",
  },
};

describe.each(Object.entries(EXAMPLES))('the record of a run with %s', (_, { request, selection, limit, flags }) => {
  it('says so', () => {
    expect(selectionOf(of(request))).toContain(selection);
    expect(selectionOf(of({}))).not.toContain(selection);
  });

  it('says what is not covered for that, and nothing more', () => {
    const added = limitsOf(of(request)).filter((text) => !OPEN_LIMITS.includes(text));
    expect(added).toEqual(limit === undefined ? [] : [limit]);
  });

  it('has the command ask for it', () => {
    expect(commandOf(of(request))).toBe(`trailproof verify s3://trails ${flags}`);
  });
});

describe('the selection', () => {
  it('claims all trails only where none was chosen in any way', () => {
    expect(selectionOf(of({}))).toContain('Trails: all that are there');
    expect(selectionOf(of({ trailArn: ARN }))).not.toContain('Trails: all');
  });

  it('ends with the check itself where an age is asked for', () => {
    expect(selectionOf(of({}))).toContain('To: the newest digest');
    expect(selectionOf(of({ maxAge: HOUR }))).toContain('To: the time of the check');
  });

  it('says that nothing was chosen', () => {
    expect(selectionOf(of({ accounts: [] }))).toContain('Accounts: none');
  });
});

describe('the command', () => {
  it.each([
    [2 * DAY, '2d'],
    [90 * MINUTE, '90m'],
    [999_999 * SECOND, '999999s'],
  ])('has an age of %d ms in whole units', (maxAge, text) => {
    expect(commandOf(of({ maxAge }))).toBe(`trailproof verify s3://trails --max-age ${text}`);
  });

  it.each([
    ['an age that no flag can say', { maxAge: 1_500 }],
    ['an age of too many digits', { maxAge: 1_000_001 * SECOND }],
    ['no account at all', { accounts: [] }],
  ])('is left out for %s', (_, request) => {
    expect(commandOf(of(request))).toBeUndefined();
  });

  it('says no to what was not to be looked for', () => {
    const request = { auditUnreferenced: false, useVersions: false, attribute: false };
    expect(commandOf(of(request))).toBe('trailproof verify s3://trails --no-audit-unreferenced');
  });

  it('says what it cannot know of a checkpoint', () => {
    const row = (request: RequestedSelection) => rowOf(of(request), 'Command that asks the same');
    expect(row({ checkpoint: 'state.json' })).toContain('without the checkpoint it verifies everything anew');
    expect(row({})).not.toContain('checkpoint');
  });
});

describe('of several sources', () => {
  const both = (a: Omit<SourceRequest, 'source'>, b: Omit<SourceRequest, 'source'>, common = {}): Request => ({
    sources: ['s3://a', 's3://b'],
    ...common,
    bySource: [
      { source: 's3://a', ...a },
      { source: 's3://b', ...b },
    ],
  });

  it('it is said of each what is not the same', () => {
    const request = both({ accounts: ['111122223333'] }, { trailArn: ARN }, { regions: ['us-east-1'] });
    const selection = selectionOf(request);
    for (const part of [
      'Accounts of s3://a: 111122223333',
      'Accounts of s3://b: all that are there',
      'Regions: us-east-1',
      'Trails of s3://a: all that are there',
      `Only trail of s3://b: ${ARN}`,
    ])
      expect(selection).toContain(part);
    expect(selection).not.toContain('Trails of s3://b');
    expect(limitsOf(request)).toEqual([
      ...OPEN_LIMITS.filter((text) => text.startsWith('Time ')),
      'Accounts in s3://a other than those selected.',
      'Regions other than those selected.',
      `Trails in s3://b other than ${ARN}.`,
      ...OPEN_LIMITS.filter((text) => text.startsWith('Objects ')),
    ]);
  });

  it('it is said where objects that no digest lists were not looked for, and where time ends', () => {
    const limits = limitsOf(both({ auditUnreferenced: true, maxAge: HOUR }, { auditUnreferenced: false }));
    expect(limits).toContain('Objects that no digest lists in s3://b: they were not looked for.');
    expect(limits).toContain('Time in s3://a after 2026-03-02T00:01:31Z.');
    expect(limits.filter((text) => /^(?:Objects|Time in)/.test(text))).toHaveLength(3);
  });

  it('each policy of its own is there in full', () => {
    expect(rowOf(both({ policy: POLICY }, {}), 'Policy of s3://a')).toContain('log-missing: warn');
    expect(one(elementsOf(both({ policy: POLICY }, {})), 'main').text).not.toContain('Policy of s3://b');
    expect(rowOf(of({ policy: POLICY }), 'Policy')).toContain('log-missing: warn');
  });
});
