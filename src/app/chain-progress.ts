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
import { DAY, HOUR, type Instant, type Interval } from '../core/instant.js';
import { isInSameFolder, parseDigestKey, toDigestKey } from '../core/object-key.js';
import { foldOutcomes, type Outcome } from '../core/outcome.js';
import type { VerifiedDigest } from '../core/policy.js';
import { byEnd, type Candidate } from '../core/walk.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { JudgeFindings } from './applied-policy.js';
import { cutAfter, mergeNearest } from './intervals.js';
import { mergeReports } from './merge-reports.js';

/** A verified digest with what its successor is going to say of it. */
export interface ProvenDigest {
  readonly digest: VerifiedDigest;
  readonly sha256: string;
  readonly signature: string;
}

/** Why a part of a chain's time is looked at: it is new, or it was looked at before, or at least passed over. */
export type PartReason = 'new' | 'again';

/** A backfill digest may be delivered so long after its hour and still be noticed. */
export const LATE = 31 * DAY;

/** So many parts of a chain's time are remembered at most to be looked at again: where there are more, what lies between the nearest is looked at as well. */
const MOST_AGAIN = 100;

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

  /**
   * What of the listed digests is new, with the remembered one, which must be reached.
   * @param knowsBuckets whether the bucket of a listed digest is that which it was delivered to
   */
  newOf(
    listed: readonly Candidate[],
    knowsBuckets: ObjectStore['knowsBuckets'],
  ): { readonly candidates: readonly Candidate[]; readonly from?: Instant } {
    const { anchor, seen = [] } = this.memory ?? {};
    if (!anchor) return { candidates: listed };
    const known = new Set(seen);
    // Only ends are remembered: in another folder the same end is that of another digest, which is verified each time.
    const isKnown = ({ ref, end }: Candidate) =>
      known.has(end) && isInSameFolder(ref.key, anchor.key) && (ref.bucket === anchor.bucket || !knowsBuckets(ref));
    const isNew = (candidate: Candidate) =>
      candidate.end >= anchor.end || (this.chain.kind === 'backfill' && !isKnown(candidate));
    const fresh = listed.filter(isNew);
    const isThere = fresh.some(({ ref }) => ref.key === anchor.key);
    const candidates = isThere
      ? fresh
      : [...fresh, { ref: { bucket: anchor.bucket, key: anchor.key }, end: anchor.end }].sort(byEnd);
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
    if (event.type === 'log') this.#weigh(event.findings, this.#place(), reason);
    if (event.type === 'findings') for (const found of event.findings) this.#seeHole(found, reason);
    if (event.type === 'chain') this.#endPart(reason, event.report);
    else if (reason === 'again' && event.type !== 'gap')
      this.#isUndecided ||= event.findings.some((found) => effectOf(found) === 'undetermined');
  }

  /** A part of its time could not be looked at. */
  lookAgain(interval: Interval): void {
    this.#again.push(interval);
  }

  /** What lies before is not looked at in this run: what is to be looked at again there stays so. */
  leave(before: Instant): void {
    this.#again.push(...cutAfter(this.memory?.again ?? [], before));
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
    const main = this.#reports.find(({ reason }) => reason === 'new')?.report;
    if (!main) throw new Error('a chain is closed before it is verified');
    const others = this.#reports.map(({ report }) => report).filter((report) => report !== main);
    return { findings, report: mergeReports(main, others, findings, this.#isUndecided) };
  }

  /** What to remember; undefined where there is nothing that could be relied on. */
  next(): ChainMemory | undefined {
    if (!this.#isSettled) return this.memory;
    const anchor = this.#nextAnchor();
    if (!anchor) return undefined;
    const { since, failures = 0, failedSince, seen = [] } = this.memory ?? {};
    const isBackfill = this.chain.kind === 'backfill';
    const ends = new Set([...seen, ...this.#seen.filter((end) => end <= anchor.end)]);
    // The next run comes to the anchor, and to what is newer, by itself.
    const open = isBackfill ? this.#again.filter(({ end }) => end !== anchor.end) : this.#again;
    const again = mergeNearest(cutAfter(open, isBackfill ? anchor.end : anchor.start), MOST_AGAIN);
    const isBelow = ({ start, end }: Interval) => (isBackfill ? ends.has(end) : start < anchor.start);
    const isDone = (failed: Interval) => isBelow(failed) && !again.some((interval) => overlap(interval, failed));
    const firstFailed = failedSince ?? (this.#failed.length > 0 ? this.#now : undefined);
    // What failed, was never counted, since each run came upon it again, and was put right is not forgotten either.
    const least = firstFailed !== undefined && this.#failed.length === 0 ? 1 : 0;
    return {
      chain: this.chain,
      since: Math.min(since ?? anchor.start, anchor.start, ...this.#reports.map(({ report }) => report.asked.start)),
      ...(this.#isBounded && { isBounded: true }),
      anchor,
      again,
      ...(isBackfill && { seen: [...ends].sort((a, b) => a - b) }),
      failures: Math.max(least, failures + this.#failed.filter(isDone).length),
      ...(firstFailed !== undefined && { failedSince: firstFailed }),
    };
  }

  #nextAnchor(): RememberedDigest | undefined {
    const { anchor } = this.memory ?? {};
    if (!this.#newest || (anchor && anchor.end >= this.#newest.digest.end)) return anchor;
    const { digest, sha256, signature } = this.#newest;
    return { ...digest.place, start: digest.start, end: digest.end, sha256, signature };
  }

  #endPart(reason: PartReason, report: ChainReport): void {
    this.#reports.push({ reason, report });
    this.#trouble = undefined;
  }

  #seeDigest(event: DigestEvent, reason: PartReason): void {
    this.#digest = event;
    const isSeen = event.trusted || this.#isRemembered(event);
    if (isSeen) this.#seen.push(event.end);
    this.#weigh(event.findings, this.#place(), reason, !event.trusted && (isSeen || this.chain.kind === 'standard'));
    const isUnlinked = event.findings.some(({ code }) => code === 'digest-unlinked');
    if (reason === 'new' && event.ref.key === this.memory?.anchor.key && !isUnlinked) this.#isAnchorReached = true;
    if (event.trusted) this.#trouble = undefined;
    else if (!isLasting(event.findings)) this.#trouble = 'passing';
    else this.#trouble ??= 'lasting';
  }

  /**
   * Whether a digest that is not verified is not to be new in the next run. What was read and is not CloudTrail's may yet be
   * replaced by what is, and so may what is too large or archived, for as long as CloudTrail may deliver under that name.
   */
  #isRemembered({ outcome, findings, end }: DigestEvent): boolean {
    if (outcome === 'failed') return findings.some(({ code }) => code === 'digest-missing');
    return !isLasting(findings) || end <= this.#now - LATE;
  }

  /** The time of the digest at hand. */
  #place(): Interval {
    const { start, end = 0 } = this.#digest ?? {};
    return { start: start ?? end - HOUR, end };
  }

  /**
   * What may be settled later is looked at again; what may not is counted with the failures, so that it is not forgotten. Where
   * no digest was proven, what is put back later may list logs that nobody has looked at yet: that is both.
   */
  #weigh(findings: readonly Finding[], interval: Interval, reason: PartReason, isUnproven = false): void {
    const outcome = worstOf(findings);
    const isOpen = outcome === 'undetermined' || (isUnproven && outcome === 'failed');
    if (isOpen && !isLasting(findings)) this.#again.push(interval);
    if (outcome === 'failed' || (outcome === 'undetermined' && isLasting(findings)))
      if (!this.#isCounted(interval, reason)) this.#failed.push(interval);
  }

  /** Time of which nothing is proven. Digests that nobody can name may be gone from it, so that all of it is looked at again. */
  #seeHole(found: Finding, reason: PartReason): void {
    const { start, end }: Partial<Interval> = 'start' in found.args ? found.args : {};
    if (start === undefined || end === undefined || start >= end) return;
    const isSettled = worstOf([found]) === 'undetermined' && this.#trouble === 'lasting';
    if (isSettled) this.#failed.push({ start, end });
    else this.#weigh([found], { start, end }, reason, found.code === 'chain-interval-lost');
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
}

/** What a policy accepts is not forgotten: later runs do not come upon it again, and an exception expires. */
const worstOf = (findings: readonly Finding[]): Outcome =>
  foldOutcomes([outcomeOfFindings(findings), outcomeOfEffects(findings)]);

const isLasting = (findings: readonly Finding[]): boolean => findings.every(({ code }) => LASTING.has(code));

const overlap = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end;
