import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES, FINDING_EFFECTS, finding } from '../../../src/core/findings/finding.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';
import { csvRenderer } from '../../../src/render/data/csv.js';
import { exampleOf, type Run, render, runOf } from '../example-run.js';
import { everyCode, HOSTILE_NAMES, OTHER, poisoned, verifiedRun } from '../machine-runs.js';

/** The rows as a strict parser reads them, by the names of their columns. */
const rowsOf = (run: Run): Record<string, string>[] => parse(render(csvRenderer(), run), { columns: true });

describe('the table', () => {
  it('has a row for each finding, chain, and everything that is verified', () => {
    const rows = rowsOf(everyCode());
    const found = rows.filter(({ code }) => code !== '');
    expect(found.map(({ code, outcome }) => [code, outcome])).toEqual(
      FINDING_CODES.map((code) => [code, FINDING_EFFECTS[code]]),
    );
    expect(found.map(({ identity }) => identity)).toEqual(FINDING_CODES.map((code) => identityOf(exampleOf(code))));
    for (const row of found) expect(row.meaning).not.toBe('');
    expect(rows.filter(({ type, code }) => type === 'chain' && code === '').map(({ outcome }) => outcome)).toEqual([
      'failed',
      'verified',
    ]);
  });

  it('has room for whatever one event says', () => {
    const found = finding('digest-key-unrecognised', { type: 'digest', bucket: 'b', key: 'k' }, {});
    // More than a call can have arguments.
    const event = { type: 'findings', findings: Array.from({ length: 130_000 }, () => found) } as const;
    const lines = csvRenderer().event(event).match(/\r\n/g);
    expect(lines).toHaveLength(130_000);
  });

  it('names what is verified and where', () => {
    expect(rowsOf(verifiedRun())).toMatchObject([
      {
        type: 'digest',
        outcome: 'verified',
        account: OTHER.accountId,
        region: OTHER.region,
        trail: OTHER.trailName,
        code: '',
      },
      { type: 'log', outcome: 'verified', bucket: 'trails', key: 'AWSLogs/good-log.json.gz' },
      {
        type: 'chain',
        outcome: 'verified',
        chain_kind: 'standard',
        start: '2026-03-01T00:01:31Z',
        end: '2026-03-01T01:01:31Z',
      },
    ]);
  });

  it('has only its heading when there is nothing', () => {
    expect(render(csvRenderer(), runOf([]))).toMatch(
      /^type,outcome,code,.*,identity,accepted_reason,accepted_ticket,accepted_until,facts,kind\r\n$/,
    );
  });

  it('gives the time of a finding that has one', () => {
    const [row] = rowsOf(runOf([{ type: 'findings', findings: [exampleOf('chain-gap')] }]));
    expect(row).toMatchObject({ start: '2026-03-01T00:01:31Z', end: '2026-03-01T01:01:31Z', region: 'us-east-1' });
  });

  it.each(HOSTILE_NAMES)('holds %j as a text in one cell that is no formula', (name) => {
    const text = render(csvRenderer(), everyCode(poisoned(name)));
    const rows: string[][] = parse(text);
    expect(rows.length).toBe(rowsOf(everyCode()).length + 1);
    for (const cell of rows.flat()) {
      expect(cell).not.toMatch(/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/);
      expect(cell).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }
  });

  it('has an apostrophe before what would be a formula, and before nothing else', () => {
    const log = (key: string) => finding('log-missing', { type: 'log', bucket: 'b', key }, { expected: '' });
    const rows = rowsOf(runOf([{ type: 'findings', findings: [log('=1+1'), log('a=1+1'), log('\uff1d1')] }]));
    expect(rows.map(({ key }) => key)).toEqual(["'=1+1", 'a=1+1', "'\uff1d1"]);
  });
});
