import type { ChainReport } from '../../core/report/verify-events.js';
import { HOUR, lengthOf } from '../../core/time/instant.js';
import { countOf, formatNumber } from '../strings/numbers-and-times.js';

/** What the chains of an account and region came to. */
interface Cell {
  chains: number;
  unproven: number;
  accepted: number;
  failed: number;
  lost: number;
  open: number;
}

/** Accounts that are told one by one. */
const ROWS = 30;
/** Accounts and regions that are kept apart. */
const CELLS_KEPT = 100_000;
const GAP = 2;

/** What the chains of a run came to, by account and region. */
export class Matrix {
  readonly #rows = new Map<string, Map<string, Cell>>();
  readonly #regions = new Set<string>();
  #cells = 0;
  #chains = 0;

  get chains(): number {
    return this.#chains;
  }

  /** @param report of a chain, escaped */
  add({ chain: { accountId, region }, outcome, accepted = 0, digests, logs, coverage }: ChainReport): void {
    this.#chains += 1;
    const row = this.#rows.get(accountId) ?? new Map<string, Cell>();
    const known = row.get(region);
    if (!known && this.#cells >= CELLS_KEPT) return;
    if (!known) this.#cells += 1;
    const cell = known ?? { chains: 0, unproven: 0, accepted: 0, failed: 0, lost: 0, open: 0 };
    this.#rows.set(accountId, row.set(region, cell));
    this.#regions.add(region);
    cell.chains += 1;
    if (outcome !== 'verified') cell.unproven += 1;
    cell.accepted += accepted;
    cell.failed += logs.failed;
    if (!coverage.some(({ state }) => state === 'lost')) cell.failed += digests.failed;
    for (const interval of coverage) {
      if (interval.state === 'lost') cell.lost += lengthOf(interval);
      if (interval.state === 'undetermined') cell.open += lengthOf(interval);
    }
    if (outcome === 'failed' && cell.failed === 0 && cell.lost === 0) cell.failed = 1;
  }

  /** A table of at most that width, in several parts where there are more regions; one line where all is the same. */
  toLines(width: number): string[] {
    const regions = [...this.#regions].sort();
    const accounts = [...this.#rows.keys()].sort();
    const rows = accounts.map((account) => ({ account, cells: regions.map((region) => this.#say(account, region)) }));
    const size = `${countOf(accounts.length, 'account')} x ${countOf(regions.length, 'region')}`;
    const [same, ...others] = new Set(rows.flatMap(({ cells }) => cells));
    if (same !== undefined && others.length === 0)
      return [`${size}, ${countOf(this.#chains, 'chain')}: ${same === PROVEN ? 'all proven' : `each ${same}`}`];
    const worth = rows.length <= ROWS ? rows : rows.filter(({ cells }) => cells.some(isWorthTelling));
    const told = worth.slice(0, ROWS);
    const untold = [
      ...(worth.length > told.length
        ? [`and ${formatNumber(worth.length - told.length)} more accounts with something to tell`]
        : []),
      ...(rows.length > worth.length
        ? [`and ${formatNumber(rows.length - worth.length)} more accounts: all proven`]
        : []),
    ];
    return [...tables(told, shortNames(regions), width), ...untold, legendOf(others.concat(same ?? []))];
  }

  #say(account: string, region: string): string {
    const cell = this.#rows.get(account)?.get(region);
    if (!cell) return NOT_CHECKED;
    if (cell.unproven === 0) return cell.accepted > 0 ? 'accepted' : PROVEN;
    if (cell.failed > 0) return `fail ${formatNumber(cell.failed)}`;
    if (cell.lost > 0) return `lost ${hours(cell.lost)}`;
    return cell.open > 0 ? `? ${hours(cell.open)}` : '?';
  }
}

const PROVEN = 'proven';
const NOT_CHECKED = '-';

const isWorthTelling = (said: string): boolean => said !== PROVEN && said !== NOT_CHECKED;

const hours = (length: number): string => `${formatNumber(Math.ceil(length / HOUR))}h`;

function legendOf(said: readonly string[]): string {
  const parts = [
    ...(said.some((text) => text.startsWith('fail')) ? ['fail n: objects failed'] : []),
    ...(said.some((text) => text.startsWith('lost')) ? ['lost nh: hours without digests'] : []),
    ...(said.some((text) => text.startsWith('?')) ? ['? nh: undecided'] : []),
    ...(said.includes(NOT_CHECKED) ? ['-: not checked'] : []),
  ];
  return parts.length === 0 ? '' : `(${parts.join('; ')})`;
}

interface Row {
  readonly account: string;
  readonly cells: readonly string[];
}

function tables(rows: readonly Row[], regions: readonly string[], width: number): string[] {
  const first = Math.max(0, ...rows.map(({ account }) => account.length));
  const widths = regions.map((name, at) => Math.max(name.length, ...rows.map(({ cells }) => cells[at]?.length ?? 0)));
  const lines: string[] = [];
  for (let from = 0; from < regions.length; ) {
    let to = from;
    let used = first;
    while (to < regions.length && (to === from || used + GAP + (widths[to] ?? 0) <= width)) {
      used += GAP + (widths[to] ?? 0);
      to += 1;
    }
    const line = (head: string, cells: readonly string[]) =>
      [head.padEnd(first), ...cells.slice(from, to).map((cell, at) => cell.padEnd(widths[from + at] ?? 0))]
        .join(' '.repeat(GAP))
        .trimEnd();
    lines.push(line('', regions), ...rows.map(({ account, cells }) => line(account, cells)));
    from = to;
  }
  return lines;
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  north: 'n',
  northeast: 'ne',
  northwest: 'nw',
  east: 'e',
  southeast: 'se',
  south: 's',
  southwest: 'sw',
  west: 'w',
  central: 'c',
};

/** Short names as availability zones have them, `use1` for `us-east-1`; whole names where two would be the same. */
export function shortNames(regions: readonly string[]): readonly string[] {
  const short = regions.map(shortName);
  return new Set(short).size === short.length ? short : regions;
}

function shortName(region: string): string {
  const [, area = '', direction = '', number = ''] = /^([a-z]{2})-([a-z]+)-(\d+)$/.exec(region) ?? [];
  const letters = DIRECTIONS[direction];
  return letters === undefined ? region : `${area}${letters}${number}`;
}
