import {
  type Effect,
  effectOf,
  FINDING_CODES,
  type Finding,
  type FindingCode,
  type Standing,
  standingOf,
} from '../../core/findings/finding.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import { parseLogKey } from '../../core/objects/cloudtrail-key.js';
import type {
  ChainReport,
  DigestEvent,
  LogEvent,
  QueryResultsEvent,
  VerifyEvent,
} from '../../core/report/verify-events.js';
import { HOUR, type Interval } from '../../core/time/instant.js';
import { escapeStrings } from '../strings/escape-strings.js';

/** Findings of one code that are shown one by one. */
const SHOWN_PER_CODE = 200;
/** Room for all findings that are shown, in characters as JSON, so that a page opens however much is wrong. */
const SHOWN_CHARACTERS = 1_200_000;

type MarkState = Exclude<Standing, 'verified'>;

/** A time in which something did not hold. */
export interface Mark extends Interval {
  readonly state: MarkState;
}

/** What a page shows of a chain. Names in it are escaped. */
export interface ShownChain {
  readonly report: ChainReport;
  /** When something failed or could not be checked though the coverage says no more than what its digests prove. */
  readonly marks: readonly Mark[];
}

/** The findings of one code and one effect. */
export interface FindingGroup {
  readonly code: FindingCode;
  readonly effect: Effect;
  readonly count: number;
  /** The first of them, with their strings escaped. */
  readonly shown: readonly Finding[];
}

/** What a page needs of a run, gathered from its events. Grows with chains, findings and intervals, never with verified objects. */
export class RunCollection {
  readonly #chains: ShownChain[] = [];
  readonly #groups = new Map<string, { count: number; shown: Finding[] }>();
  readonly #results: QueryResultsEvent[] = [];
  readonly #marks = new Map<string, Mark[]>();
  /** The interval of the last digest: that of the logs which follow it. */
  #digest: Interval | undefined;
  #room = SHOWN_CHARACTERS;

  add(event: VerifyEvent): void {
    if (event.type === 'chain') this.#close(event.report);
    else if (event.type !== 'gap') for (const item of event.findings) this.#addFinding(item);
    if (event.type === 'digest') this.#addDigest(event);
    else if (event.type === 'log') this.#addLog(event);
    else if (event.type === 'query-results') this.#results.push(escapeStrings({ ...event, findings: [] }));
  }

  get chains(): readonly ShownChain[] {
    return this.#chains;
  }

  /** Without their findings, which are in {@link groups}. */
  get results(): readonly QueryResultsEvent[] {
    return this.#results;
  }

  /** What failed first, then what is undetermined, what is accepted, and warnings; in each the codes in the order of their list. */
  get groups(): readonly FindingGroup[] {
    return (['failed', 'undetermined', 'accepted', 'warning'] as const).flatMap((effect) =>
      FINDING_CODES.flatMap((code): FindingGroup[] => {
        const group = this.#groups.get(`${effect} ${code}`);
        return group ? [{ code, effect, ...group }] : [];
      }),
    );
  }

  #close(report: ChainReport): void {
    const id = formatChainId(report.chain);
    const marks = this.#marks.get(id) ?? [];
    this.#marks.delete(id);
    this.#digest = undefined;
    const { chain, places, source } = report;
    const escaped = {
      ...escapeStrings({ chain, places }),
      ...(source !== undefined && { source: escapeStrings(source) }),
    };
    this.#chains.push({ report: { ...report, ...escaped }, marks });
  }

  #addFinding(item: Finding): void {
    const id = `${effectOf(item)} ${item.code}`;
    const group = this.#groups.get(id) ?? { count: 0, shown: [] };
    this.#groups.set(id, group);
    group.count += 1;
    if (group.shown.length > 0 && (group.shown.length >= SHOWN_PER_CODE || this.#room <= 0)) return;
    const shown = escapeStrings(item);
    group.shown.push(shown);
    this.#room -= JSON.stringify(shown).length;
  }

  #addDigest({ chain, start, end, outcome, trusted, findings }: DigestEvent): void {
    const standing = standingOf(outcome, findings);
    this.#digest = { start: start ?? end - HOUR, end };
    // What is not trusted is accounted for by the coverage, but for backfill chains, whose coverage has only what is proven.
    if (standing !== 'verified' && (trusted || chain.kind === 'backfill')) this.#mark(chain, standing, this.#digest);
  }

  #addLog({ chain, ref, outcome, findings }: LogEvent): void {
    const standing = standingOf(outcome, findings);
    if (standing === 'verified') return;
    const time = parseLogKey(ref.key)?.time;
    const interval = this.#digest ?? (time === undefined ? undefined : { start: time - HOUR, end: time });
    if (interval) this.#mark(chain, standing, interval);
  }

  /** Newest first, as the events come, so that what touches or repeats the last mark can be made one with it. */
  #mark(chain: ChainId, state: MarkState, { start, end }: Interval): void {
    const id = formatChainId(chain);
    const marks = this.#marks.get(id) ?? [];
    this.#marks.set(id, marks);
    const index = marks.findLastIndex((mark) => mark.state === state);
    const last = marks[index];
    if (last && start <= last.end && end >= last.start) {
      marks[index] = { state, start: Math.min(start, last.start), end: Math.max(end, last.end) };
    } else marks.push({ state, start, end });
  }
}
