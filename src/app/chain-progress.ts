import type { ChainId } from '../core/chain.js';
import type { ChainMemory, RememberedDigest } from '../core/checkpoint.js';
import type { ChainReport, DigestEvent, VerifyEvent } from '../core/events.js';
import {
  effectOf,
  type Finding,
  type FindingCode,
  finding,
  outcomeOfEffects,
  outcomeOfFindings,
} from '../core/findings.js';
import { HOUR, type Instant, type Interval } from '../core/instant.js';
import { isInSameFolder, parseDigestKey, toDigestKey } from '../core/object-key.js';
import { addTally, foldOutcomes, type Outcome } from '../core/outcome.js';
import type { VerifiedDigest } from '../core/policy.js';
import type { Candidate } from '../core/walk.js';
import type { JudgeFindings } from './applied-policy.js';

/** A verified digest with what its successor is going to say of it. */
export interface ProvenDigest {
  readonly digest: VerifiedDigest;
  readonly sha256: string;
  readonly signature: string;
}

/** Why a part of a chain's time is looked at: it is new, or it was looked at before, or at least passed over. */
export type PartReason = 'new' | 'again';

/** What stays undetermined however often it is looked at, until somebody does something about it. */
const LASTING: ReadonlySet<FindingCode> = new Set([
  'digest-archived',
  'digest-too-large',
  'log-archived',
  'log-too-large',
]);

/** One chain from what is remembered of it to what is remembered next. */
export class ChainProgress {
  readonly chain: ChainId;
  readonly memory: ChainMemory | undefined;
  readonly #now: Instant;
  readonly #again: Interval[] = [];
  readonly #seen: Instant[] = [];
  /** The time that each failed finding is about. */
  readonly #failed: Interval[] = [];
  readonly #reports: { readonly reason: PartReason; readonly report: ChainReport }[] = [];
  /** Whether anything that was found in a part looked at again leaves it undecided. */
  #isUndecided = false;
  #newest: ProvenDigest | undefined;
  #digest: DigestEvent | undefined;
  /** Why nothing is verified since the last digest that is. */
  #trouble: 'passing' | 'lasting' | undefined;
  #isAnchorReached = false;
  #isAnchorChanged = false;
  #isSettled = false;
  #isBounded = false;

  constructor(chain: ChainId, now: Instant, memory?: ChainMemory) {
    this.chain = chain;
    this.memory = memory;
    this.#now = now;
  }

  /** Whether any part of it was walked. */
  get isSeen(): boolean {
    return this.#reports.length > 0;
  }

  /** What of the listed digests is new, with the remembered one, which must be reached. */
  newOf(listed: readonly Candidate[]): { readonly candidates: readonly Candidate[]; readonly from?: Instant } {
    const { anchor, seen = [] } = this.memory ?? {};
    if (!anchor) return { candidates: listed };
    const known = new Set(seen);
    // Only ends are remembered: in another folder the same end is that of another digest, which is verified each time.
    const isKnown = ({ ref, end }: Candidate) => known.has(end) && isInSameFolder(ref.key, anchor.key);
    const isNew = (candidate: Candidate) =>
      candidate.end >= anchor.end || (this.chain.kind === 'backfill' && !isKnown(candidate));
    const fresh = listed.filter(isNew);
    const isThere = fresh.some(({ ref }) => ref.key === anchor.key);
    const candidates = isThere
      ? fresh
      : [...fresh, { ref: { bucket: anchor.bucket, key: anchor.key }, end: anchor.end }].sort((a, b) => a.end - b.end);
    // What is older than the anchor is of a backfill chain, whose digests say only themselves where they begin.
    const [oldest] = candidates;
    const from = oldest && oldest.end < anchor.end ? Math.min(anchor.start, oldest.end - HOUR) : anchor.start;
    return { candidates, from };
  }

  /** Digests that were there and have no other one in their place. @param listed what there is in that time */
  gone({ start, end }: Interval, listed: readonly Candidate[]): readonly Candidate[] {
    const { anchor, seen = [] } = this.memory ?? {};
    const key = anchor && parseDigestKey(anchor.key);
    if (!key) return [];
    const there = new Set(listed.map((candidate) => candidate.end));
    return seen
      .filter((endTime) => endTime > start && endTime <= end && !there.has(endTime))
      .map((endTime) => ({ ref: { bucket: anchor.bucket, key: toDigestKey({ ...key, endTime }) }, end: endTime }));
  }

  /** Takes notice of a digest that has just been verified; answers with what speaks against it. */
  seeProven(proven: ProvenDigest): readonly Finding[] {
    const { digest, sha256, signature } = proven;
    if (!this.#newest || this.#newest.digest.end < digest.end) this.#newest = proven;
    const { anchor } = this.memory ?? {};
    if (!anchor || this.#isAnchorChanged) return [];
    if (anchor.key === digest.place.key) return this.#compare(sha256, signature);
    // Where the remembered digest itself cannot be read, the one after it still says what it was.
    const { previous } = digest;
    return previous?.key === anchor.key ? this.#compare(previous.sha256, previous.signature.toLowerCase()) : [];
  }

  /** Holds what is said of the remembered digest now against what is remembered. */
  #compare(sha256: string, signature: string): readonly Finding[] {
    const { anchor } = this.memory ?? {};
    if (!anchor) return [];
    const part = sha256 !== anchor.sha256 ? 'hash' : 'signature';
    const [expected, actual] = part === 'hash' ? [anchor.sha256, sha256] : [anchor.signature.toLowerCase(), signature];
    if (expected === actual) return [];
    this.#isAnchorChanged = true;
    const subject = { type: 'digest', bucket: anchor.bucket, key: anchor.key } as const;
    return [finding('checkpoint-digest-changed', subject, { part, expected, actual })];
  }

  /** To be shown every event of a part; those about the chain as a whole it keeps until the end. */
  see(event: VerifyEvent, reason: PartReason): void {
    if (event.type === 'digest') this.#seeDigest(event, reason);
    if (event.type === 'log' || event.type === 'digest') this.#weigh(event.findings, this.#place(), reason);
    if (event.type === 'findings') for (const found of event.findings) this.#seeHole(found, reason);
    if (event.type === 'chain') this.#reports.push({ reason, report: event.report });
    else if (reason === 'again' && event.type !== 'gap')
      this.#isUndecided ||= event.findings.some((found) => effectOf(found) === 'undetermined');
  }

  /** A part of its time could not be looked at. */
  lookAgain(interval: Interval): void {
    this.#again.push(interval);
  }

  /** What lies before the time that is remembered, or asked for, is left out. */
  bound(): void {
    this.#isBounded = true;
  }

  /** Whether digests of it turned up, and nothing of it is known for certain. */
  get isUnproven(): boolean {
    return !this.memory && !(this.#isSettled && this.#newest);
  }

  /** All parts are done: what there is to say of the chain. @param isWhole whether none was cut short */
  close(
    isWhole: boolean,
    judge: JudgeFindings,
  ): { readonly findings: readonly Finding[]; readonly report: ChainReport } {
    const unreached = isWhole ? this.#unreached() : [];
    this.#isSettled = isWhole && unreached.length === 0 && !this.#isAnchorChanged;
    const findings = judge([...unreached, ...this.#earlier()], this.chain);
    return { findings, report: this.#mergedReport(findings) };
  }

  /** What to remember; undefined where there is nothing that could be relied on. */
  next(): ChainMemory | undefined {
    if (!this.#isSettled) return this.memory;
    const anchor = this.#nextAnchor();
    if (!anchor) return undefined;
    const { since, failures = 0, failedSince, seen = [] } = this.memory ?? {};
    const isBackfill = this.chain.kind === 'backfill';
    // The next run comes to the anchor, and to what is newer, by itself.
    const again = mergeIntervals(
      this.#again
        .filter(({ end }) => (isBackfill ? end !== anchor.end : true))
        .map(({ start, end }) => ({ start, end: Math.min(end, isBackfill ? anchor.end : anchor.start) }))
        .filter(({ start, end }) => start < end),
    );
    const failed = failures + this.#failed.filter((interval) => isDone(interval, anchor, again, isBackfill)).length;
    const firstFailed = failedSince ?? (this.#failed.length > 0 ? this.#now : undefined);
    const ends = [...seen, ...this.#seen.filter((end) => end <= anchor.end)];
    return {
      chain: this.chain,
      since: Math.min(since ?? anchor.start, anchor.start, ...this.#reports.map(({ report }) => report.asked.start)),
      ...(this.#isBounded && { isBounded: true }),
      anchor,
      again,
      ...(isBackfill && { seen: [...new Set(ends)].sort((a, b) => a - b) }),
      failures: failed,
      ...(firstFailed !== undefined && { failedSince: firstFailed }),
    };
  }

  /** What the part of what is new came to. */
  get #main(): ChainReport {
    const main = this.#reports.find(({ reason }) => reason === 'new')?.report;
    if (!main) throw new Error('a chain is closed before it is verified');
    return main;
  }

  #nextAnchor(): RememberedDigest | undefined {
    const { anchor } = this.memory ?? {};
    if (!this.#newest || (anchor && anchor.end >= this.#newest.digest.end)) return anchor;
    const { digest, sha256, signature } = this.#newest;
    return { ...digest.place, start: digest.start, end: digest.end, sha256, signature };
  }

  #seeDigest(event: DigestEvent, reason: PartReason): void {
    this.#digest = event;
    // What was read and is not CloudTrail's may yet be replaced by what is: that will be new.
    if (event.outcome !== 'failed' || event.findings.some(({ code }) => code === 'digest-missing'))
      this.#seen.push(event.end);
    const isUnlinked = event.findings.some(({ code }) => code === 'digest-unlinked');
    if (reason === 'new' && event.ref.key === this.memory?.anchor.key && !isUnlinked) this.#isAnchorReached = true;
    if (event.trusted) this.#trouble = undefined;
    else if (!isLasting(event.findings)) this.#trouble = 'passing';
    else this.#trouble ??= 'lasting';
  }

  /** The time of the digest at hand. */
  #place(): Interval {
    const { start, end = 0 } = this.#digest ?? {};
    return { start: start ?? end - HOUR, end };
  }

  /** What may be settled later is looked at again; what may not is counted with the failures, so that it is not forgotten. */
  #weigh(findings: readonly Finding[], interval: Interval, reason: PartReason): void {
    const outcome = worstOf(findings);
    if (outcome === 'undetermined' && !isLasting(findings)) this.#again.push(interval);
    else if (outcome !== 'verified' && !this.#isCounted(interval, reason)) this.#failed.push(interval);
  }

  /** Time of which nothing is proven. Digests that nobody can name may be gone from it, so that all of it is looked at again. */
  #seeHole(found: Finding, reason: PartReason): void {
    const { start, end }: Partial<Interval> = 'start' in found.args ? found.args : {};
    if (start === undefined || end === undefined || start >= end) return;
    const isSettled = worstOf([found]) === 'undetermined' && this.#trouble === 'lasting';
    if (isSettled) this.#failed.push({ start, end });
    else this.#weigh([found], { start, end }, reason);
  }

  /** A backfill digest that was seen before comes up again where a link leads to it. */
  #isCounted({ end }: Interval, reason: PartReason): boolean {
    return reason === 'new' && this.memory?.seen?.includes(end) === true;
  }

  #unreached(): readonly Finding[] {
    const { memory } = this;
    if (!memory || this.#isAnchorReached) return [];
    const { bucket, key, end } = memory.anchor;
    const args = { remembered: { bucket, key }, end };
    return [finding('checkpoint-digest-unreached', { type: 'chain', chain: this.chain }, args)];
  }

  #earlier(): readonly Finding[] {
    const { failures: count = 0, failedSince: since } = this.memory ?? {};
    if (count === 0 || since === undefined) return [];
    return [finding('checkpoint-earlier-failures', { type: 'chain', chain: this.chain }, { count, since })];
  }

  /** The report of what is new, with what was looked at besides. */
  #mergedReport(findings: readonly Finding[]): ChainReport {
    const main = this.#main;
    const others = this.#reports.map(({ report }) => report).filter((report) => report !== main);
    const [digests, logs] = [{ ...main.digests }, { ...main.logs }];
    for (const other of others) {
      addTally(digests, other.digests);
      addTally(logs, other.logs);
    }
    const own = findings.length === 0 ? [] : [outcomeOfEffects(findings)];
    const ofOwn = findings.filter((item) => effectOf(item) === 'accepted').length;
    const accepted = this.#reports.reduce((sum, { report }) => sum + (report.accepted ?? 0), ofOwn);
    return {
      ...main,
      outcome: foldOutcomes([
        main.outcome,
        ...others.map(outcomeOfPart),
        ...own,
        ...(this.#isUndecided ? (['undetermined'] as const) : []),
      ]),
      digests,
      logs,
      logBytes: others.reduce((sum, { logBytes }) => sum + logBytes, main.logBytes),
      ...(accepted > 0 && { accepted }),
      ...(others.length > 0 && { rechecked: others.map(({ asked }) => asked).sort((a, b) => a.start - b.start) }),
    };
  }
}

/** What a policy accepts is not forgotten: later runs do not come upon it again, and an exception expires. */
const worstOf = (findings: readonly Finding[]): Outcome =>
  foldOutcomes([outcomeOfFindings(findings), outcomeOfEffects(findings)]);

/** A part in which CloudTrail delivered nothing proves nothing, and nothing speaks against it. */
function outcomeOfPart({ outcome, digests, logs, coverage }: ChainReport): Outcome {
  const isUndecided =
    digests.undetermined + logs.undetermined > 0 || coverage.some(({ state }) => state === 'undetermined');
  return outcome === 'undetermined' && !isUndecided ? 'verified' : outcome;
}

const isLasting = (findings: readonly Finding[]): boolean => findings.every(({ code }) => LASTING.has(code));

/** Whether no later run comes upon it by itself, so that it must be counted not to be forgotten. */
function isDone(
  { start, end }: Interval,
  anchor: RememberedDigest,
  again: readonly Interval[],
  isBackfill: boolean,
): boolean {
  const isBelow = isBackfill ? end <= anchor.end : start < anchor.start;
  return isBelow && !again.some((interval) => interval.start < end && start < interval.end);
}

/** In order, and those that touch made one. */
export function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else merged.push({ start, end });
  }
  return merged;
}
