import { stringify } from 'csv-stringify/sync';
import { kindOf } from '../../core/findings/finding.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { formatInstant } from '../../core/time/instant.js';
import { factPhrases } from '../lines/finding-facts.js';
import { type FindingRecord, recordsOf } from '../lines/finding-record.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';

const COLUMNS = [
  'type',
  'outcome',
  'code',
  'account',
  'region',
  'trail',
  'home_region',
  'chain_kind',
  'bucket',
  'key',
  'start',
  'end',
  'finding',
  'meaning',
  'next',
  'identity',
  'accepted_reason',
  'accepted_ticket',
  'accepted_until',
  'facts',
  'kind',
] as const;
type Row = { readonly [C in (typeof COLUMNS)[number]]?: string };

/**
 * Comma-separated values (RFC 4180) for a spreadsheet: a row for each digest and log that is verified, for each finding,
 * for each chain, and for saved query results and each of their files. No cell is a formula: what would begin one has an
 * apostrophe before it.
 */
export function csvRenderer(): Renderer {
  let rows: Row[] = [];
  const flush = (): string => {
    const text = toText(rows);
    rows = [];
    return text;
  };
  return {
    begin: () => toText([Object.fromEntries(COLUMNS.map((name) => [name, name]))]),
    event(event) {
      for (const row of rowsOf(event)) rows.push(row);
      return rows.length < BATCH ? '' : flush();
    },
    end: flush,
  };
}

/** Rows that are written at once: the writer takes longer to begin than to write a row. */
const BATCH = 200;

const toText = (rows: readonly Row[]): string =>
  rows.length === 0
    ? ''
    : stringify([...rows], { columns: [...COLUMNS], escape_formulas: true, record_delimiter: 'windows' });

function rowsOf(event: VerifyEvent): readonly Row[] {
  const findings = recordsOf(event).map(findingRow);
  switch (event.type) {
    case 'digest': {
      const { type, outcome, chain, ref, start, end } = escapeStrings(event);
      const times = { ...(start !== undefined && { start: formatInstant(start) }), end: formatInstant(end) };
      const row = { ...chainCells(chain), ...ref, ...times };
      return findings.length === 0
        ? [{ type, outcome, ...row }]
        : findings.map((finding) => ({ ...times, ...finding }));
    }
    case 'log': {
      const { type, outcome, chain, ref } = escapeStrings(event);
      return findings.length === 0 ? [{ type, outcome, ...chainCells(chain), ...ref }] : findings;
    }
    case 'findings':
    case 'gap':
      return findings;
    case 'query-results': {
      const { ref, accountId, region, outcome, files } = escapeStrings(event);
      const where = { ...(accountId !== undefined && { account: accountId }), ...(region !== undefined && { region }) };
      const judged = files.map((file) => ({ type: 'query-file', outcome: file.outcome, ...where, ...file.ref }));
      return [{ type: 'query-results', outcome, ...where, ...ref }, ...judged, ...findings];
    }
    case 'chain': {
      const { chain, outcome, asked } = escapeStrings(event.report);
      return [
        {
          type: 'chain',
          outcome,
          ...chainCells(chain),
          start: formatInstant(asked.start),
          end: formatInstant(asked.end),
        },
      ];
    }
  }
}

function findingRow({ identity, finding, effect, words, facts, place, chain, accountId, region }: FindingRecord): Row {
  const { code, subject, args, accepted } = finding;
  return {
    type: subject.type,
    outcome: effect,
    code,
    ...(accountId !== undefined && { account: accountId }),
    ...(region !== undefined && { region }),
    ...(chain && chainCells(chain)),
    ...place,
    ...timesOf(args),
    finding: words.title,
    meaning: words.meaning,
    next: words.next,
    identity,
    ...(accepted && {
      accepted_reason: accepted.reason,
      ...(accepted.ticket !== undefined && { accepted_ticket: accepted.ticket }),
      accepted_until: formatInstant(accepted.until),
    }),
    ...(facts.length > 0 && { facts: factPhrases(facts).join('; ') }),
    kind: kindOf(code),
  };
}

function timesOf(args: object): Pick<Row, 'start' | 'end'> {
  const { start, end }: Readonly<Record<string, unknown>> = { ...args };
  return typeof start === 'number' && typeof end === 'number'
    ? { start: formatInstant(start), end: formatInstant(end) }
    : {};
}

const chainCells = ({ accountId, region, trailName, homeRegion, kind }: ChainId): Row => ({
  account: accountId,
  region,
  trail: trailName,
  home_region: homeRegion,
  chain_kind: kind,
});
