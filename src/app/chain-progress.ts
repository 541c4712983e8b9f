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

/** Why a part of a chain's time is looked at: it is new; it was undetermined before; its turn has come again. */
export type PartReason = 'new' | 'again' | 'recheck';

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
  readonly #reports: { readonly reason: PartReason; readonly report: ChainReport }[] = [];
  #newest: ProvenDigest | undefined;
  #digest: DigestEvent | undefined;
  #failures = 0;
  #isAnchorReached = false;
  #isAnchorChanged = false;
  #isSettled = false;

  constructor(chain: ChainId, now: Instant, memory?: ChainMemory) {
    this.chain = chain;
    this.memory = memory;
    this.#now = now;
  }

  /** Whether any digest of it turned up. */
  get isSeen(): boolean {
    return this.#reports.length > 0;
  }

  /** What of the listed digests is new, with the remembered one, which must be reached. */
  newOf(listed: readonly Candidate[]): { readonly candidates: readonly Candidate[]; readonly from?: Instant } {
    const { anchor, seen = [] } = this.memory ?? {};
    if (!anchor) return { candidates: listed };
    const known = new Set(seen);
    const isNew = ({ end }: Candidate) => end >= anchor.end || (this.chain.kind === 'backfill' && !known.has(end));
    const fresh = listed.filter(isNew);
    const isThere = fresh.some(({ ref }) => ref.key === anchor.key);
    const candidates = isThere
      ? fresh
      : [...fresh, { ref: { bucket: anchor.bucket, key: anchor.key }, end: anchor.end }].sort((a, b) => a.end - b.end);
    const oldest = candidates[0]?.end ?? anchor.end;
    return { candidates, from: Math.min(anchor.start, oldest - HOUR) };
  }

  /** Takes notice of a digest that has just been verified; answers with what speaks against it. */
  seeProven(proven: ProvenDigest): readonly Finding[] {
    const { digest, sha256, signature } = proven;
    if (!this.#newest || this.#newest.digest.end < digest.end) this.#newest = proven;
    const { anchor } = this.memory ?? {};
    if (anchor?.key !== digest.place.key) return [];
    const part = sha256 !== anchor.sha256 ? 'hash' : 'signature';
    const [expected, actual] = part === 'hash' ? [anchor.sha256, sha256] : [anchor.signature.toLowerCase(), signature];
    if (expected === actual) return [];
    this.#isAnchorChanged = true;
    return [finding('checkpoint-digest-changed', { type: 'digest', ...digest.place }, { part, expected, actual })];
  }

  /** To be shown every event of a part; those about the chain as a whole it keeps until the end. */
  see(event: VerifyEvent, reason: PartReason): void {
    if (event.type === 'digest') this.#seeDigest(event, reason);
    if (event.type === 'log' || event.type === 'digest') {
      const outcome = worstOf(event.findings);
      if (outcome === 'failed') this.#countFailure();
      if (outcome === 'undetermined') this.#seeUndetermined(event.findings, reason);
    }
    if (event.type === 'findings' && worstOf(event.findings) === 'failed') this.#failures += 1;
    if (event.type === 'chain') this.#reports.push({ reason, report: event.report });
  }

  /** Whether digests of it turned up, and none was ever verified. */
  get isUnproven(): boolean {
    return this.isSeen && !this.memory && !(this.#isSettled && this.#newest);
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
    const first = this.#main.asked.start;
    const failed = failures + this.#failures;
    return {
      chain: this.chain,
      since: Math.min(since ?? first, first, anchor.start),
      anchor,
      again: mergeIntervals(this.#again.filter(({ end }) => end <= anchor.end)),
      ...(this.chain.kind === 'backfill' && { seen: [...new Set([...seen, ...this.#seen])].sort((a, b) => a - b) }),
      failures: failed,
      ...(failed > 0 && { failedSince: failedSince ?? this.#now }),
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
    if (event.outcome !== 'undetermined') this.#seen.push(event.end);
    const isUnlinked = event.findings.some(({ code }) => code === 'digest-unlinked');
    if (reason === 'new' && event.ref.key === this.memory?.anchor.key && !isUnlinked) this.#isAnchorReached = true;
  }

  /** What may be settled later is looked at again; what may not is counted with the failures, so that it is not forgotten. */
  #seeUndetermined(findings: readonly Finding[], reason: PartReason): void {
    if (findings.every(({ code }) => LASTING.has(code))) this.#countFailure();
    else if (reason !== 'recheck' && this.#digest) {
      const { start, end } = this.#digest;
      this.#again.push({ start: start ?? end - HOUR, end });
    }
  }

  /** Of the remembered digest, which every run sees once more, the run before has counted them. */
  #countFailure(): void {
    const isCounted = this.#digest && this.memory && this.#digest.end === this.memory.anchor.end;
    if (!isCounted) this.#failures += 1;
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
      outcome: foldOutcomes([main.outcome, ...others.map(outcomeOfPart), ...own]),
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

/** In order, and those that touch made one. */
function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else merged.push({ start, end });
  }
  return merged;
}
