import { type Finding, outcomeOfEffects, outcomeOfFindings } from '../findings/finding.js';
import { chainOfSubject } from '../findings/finding-scope.js';
import { foldOutcomes, type Outcome } from '../findings/outcome.js';
import { type ChainId, formatChainId } from '../objects/chain-id.js';
import { parseLogKey } from '../objects/cloudtrail-key.js';
import { isSameObject } from '../objects/object-ref.js';
import type { Report, ReportedChain, ReportedQueryResults, ReportHeader, ReportSummary } from './report.js';
import { fromReportedFinding, type ReportedFinding, toTime } from './reported-finding.js';
import type { ChainReport, QueryResultsEvent, VerifyEvent } from './verify-events.js';

/** The part of a report that is known before the run, as it is written. */
export type ReportHead = Pick<Report, 'tool' | 'checkedAt' | 'request' | 'keySource' | 'controls'>;

type EventOf<T extends VerifyEvent['type']> = Extract<VerifyEvent, { type: T }>;
/** An event as it stands in a detail file: with findings and times in text. */
type Written<E, Times extends string, Optional extends string = never> = Omit<E, 'findings' | Times | Optional> & {
  readonly findings: readonly ReportedFinding[];
} & { readonly [T in Times]: string } & { readonly [T in Optional]?: string };

/** A line of a detail file between the first and the last, as the published schema has it. */
export type DetailLine =
  | Written<EventOf<'digest'>, 'end', 'start'>
  | Written<EventOf<'log'>, never>
  | (Written<EventOf<'query-results'>, never, 'completedAt'> & { readonly notSigned: unknown })
  | ({ readonly type: 'finding' } & ReportedFinding)
  | ({ readonly type: 'chain' } & ReportedChain);

/** Turns what is known before a run back into what it was. @throws {ReportTimeError} */
export function fromReportHead({ tool, checkedAt, request, keySource, controls }: ReportHead): ReportHeader {
  const { from, to, ...rest } = request;
  const bounds = { ...(from !== undefined && { from: toTime(from) }), ...(to !== undefined && { to: toTime(to) }) };
  return {
    tool,
    checkedAt: toTime(checkedAt),
    request: { ...rest, ...bounds },
    keySource,
    ...(controls && { controls }),
  };
}

/** Turns a line of a detail file back into the event that it tells. @throws {ReportTimeError} */
export function fromDetailLine(line: DetailLine): VerifyEvent {
  switch (line.type) {
    case 'digest': {
      const { start, end, findings, ...rest } = line;
      const times = { ...(start !== undefined && { start: toTime(start) }), end: toTime(end) };
      return { ...rest, ...times, findings: findings.map(fromReportedFinding) };
    }
    case 'log':
      return { ...line, findings: line.findings.map(fromReportedFinding) };
    case 'query-results': {
      const { completedAt, findings, notSigned: _, ...rest } = line;
      const time = completedAt === undefined ? {} : { completedAt: toTime(completedAt) };
      return { ...rest, ...time, findings: findings.map(fromReportedFinding) };
    }
    case 'finding':
      return { type: 'findings', findings: [fromReportedFinding(line)] };
    case 'chain': {
      const { type, ...report } = line;
      return { type, report: fromReportedChain(report) };
    }
  }
}

/** What a report says its run came to. */
export const summaryOf = ({ outcome, totals, warnings, accepted, interrupted, keysUsed }: Report): ReportSummary => ({
  outcome,
  totals,
  warnings,
  ...(accepted !== undefined && { accepted }),
  ...(interrupted && { interrupted }),
  keysUsed,
});

/**
 * The events of a report, chain by chain. A report does not name what is verified, so that there are no events for it; its
 * findings about a digest come together, those about a log as the event of that log where only one chain can be meant.
 * @throws {ReportTimeError}
 */
export function* eventsOfReport({ findings, chains, queryResults = [] }: Report): Generator<VerifyEvent> {
  const sorted = new SortedFindings(chains);
  for (const reported of findings) sorted.add(fromReportedFinding(reported));
  for (const chain of chains) {
    yield* sorted.take(chain.chain);
    yield { type: 'chain', report: fromReportedChain(chain) };
  }
  for (const results of queryResults) {
    const event = fromReportedQueryResults(results);
    yield { ...event, findings: sorted.takeInFolder(event.ref) };
  }
  yield* sorted.rest();
}

/** The findings of a report by what they belong to. */
class SortedFindings {
  /** The chains of each account and region. */
  readonly #places = new Map<string, ChainId[]>();
  /** By chain; one after the other where several sources have the same. */
  readonly #ofChains = new Map<string, OfChain[]>();
  /** Findings about saved query results, by the folder that these lie in. */
  readonly #ofFolders = new Map<string, Finding[]>();
  readonly #apart: Finding[] = [];

  constructor(chains: readonly ReportedChain[]) {
    for (const { chain, outcome } of chains) {
      const same = listAt(this.#ofChains, formatChainId(chain));
      if (same.length === 0) listAt(this.#places, `${chain.accountId} ${chain.region}`).push(chain);
      same.push({ outcome, findings: [] });
    }
  }

  add(finding: Finding): void {
    const { subject } = finding;
    if (subject.type === 'query-sign-file' || subject.type === 'query-file') {
      listAt(this.#ofFolders, folderOf(subject)).push(finding);
      return;
    }
    const chain = this.#chainOf(finding);
    const ofChain = chain && meantBy(finding, this.#ofChains.get(formatChainId(chain)) ?? []);
    if (!chain || !ofChain) this.#apart.push(finding);
    else addTogether(ofChain.findings, chain, finding);
  }

  /** What belongs to the next chain of that name. */
  take(chain: ChainId): readonly VerifyEvent[] {
    return this.#ofChains.get(formatChainId(chain))?.shift()?.findings.map(toEvent) ?? [];
  }

  takeInFolder(ref: { readonly bucket: string; readonly key: string }): readonly Finding[] {
    const folder = folderOf(ref);
    const findings = this.#ofFolders.get(folder) ?? [];
    this.#ofFolders.delete(folder);
    return findings;
  }

  *rest(): Generator<VerifyEvent> {
    for (const finding of [...this.#ofFolders.values(), this.#apart].flat())
      yield { type: 'findings', findings: [finding] };
  }

  #chainOf({ code, subject }: Finding): ChainId | undefined {
    // It is said when every chain is done, and of a log without judging it again.
    if (code === 'attribution-event' || code === 'attribution-none') return undefined;
    const key = subject.type === 'log' ? parseLogKey(subject.key) : undefined;
    if (!key) return chainOfSubject(subject);
    const chains = this.#places.get(`${key.accountId} ${key.region}`);
    return chains?.length === 1 ? chains[0] : undefined;
  }
}

/** What belongs to a chain of one source. */
interface OfChain {
  readonly outcome: Outcome;
  readonly findings: Together[];
}

/** A finding does not say of which source it is. But what counts against a chain cannot be of one that came to something better. */
const meantBy = (finding: Finding, same: readonly OfChain[]): OfChain | undefined =>
  same.length === 1
    ? same[0]
    : same.find(({ outcome }) => foldOutcomes([outcome, outcomeOfEffects([finding])]) === outcome);

/** Findings that are told as one event. */
interface Together {
  readonly chain: ChainId;
  readonly findings: [Finding, ...Finding[]];
}

/** Findings about one digest come together, and so do those about one log. */
function addTogether(ofChain: Together[], chain: ChainId, finding: Finding): void {
  const last = ofChain.at(-1);
  if (last && isAboutSame(last.findings[0], finding)) last.findings.push(finding);
  else ofChain.push({ chain, findings: [finding] });
}

const isAboutSame = ({ subject: a }: Finding, { subject: b }: Finding): boolean =>
  (a.type === 'digest' || a.type === 'log') && a.type === b.type && isSameObject(a, b);

function toEvent({ chain, findings }: Together): VerifyEvent {
  const [{ subject }] = findings;
  if (subject.type !== 'log') return { type: 'findings', findings };
  const { bucket, key } = subject;
  return { type: 'log', chain, ref: { bucket, key }, outcome: outcomeOfFindings(findings), size: 0, findings };
}

/** The list under that name, which is there from then on. */
function listAt<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

const folderOf = ({ bucket, key }: { readonly bucket: string; readonly key: string }): string =>
  `${bucket}/${key.slice(0, key.lastIndexOf('/') + 1)}`;

function fromReportedChain({ asked, rechecked, coverage, ...rest }: ReportedChain): ChainReport {
  const toInterval = ({ start, end }: { start: string; end: string }) => ({ start: toTime(start), end: toTime(end) });
  return {
    ...rest,
    asked: toInterval(asked),
    ...(rechecked && { rechecked: rechecked.map(toInterval) }),
    coverage: coverage.map((interval) => ({ state: interval.state, ...toInterval(interval) })),
  };
}

function fromReportedQueryResults({
  signFile,
  accountId,
  outcome,
  trusted,
  region,
  completedAt,
}: ReportedQueryResults): QueryResultsEvent {
  return {
    type: 'query-results',
    ref: signFile,
    ...(accountId !== undefined && { accountId }),
    outcome,
    trusted,
    ...(region !== undefined && { region }),
    ...(completedAt !== undefined && { completedAt: toTime(completedAt) }),
    files: [],
    findings: [],
  };
}
