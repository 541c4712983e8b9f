import type { VerifiedDigest } from '../../core/chain/digest-verifier.js';
import type { AnchorDigest, ChainMemory } from '../../core/checkpoint/checkpoint.js';
import { provenTimeIn } from '../../core/coverage/segments.js';
import {
  type Finding,
  type FindingCode,
  finding,
  outcomeOfEffects,
  outcomeOfFindings,
} from '../../core/findings/finding.js';
import { foldOutcomes, type Outcome } from '../../core/findings/outcome.js';
import type { ChainId, ChainKind } from '../../core/objects/chain-id.js';
import type { ChainReport, DigestEvent, VerifyEvent } from '../../core/report/verify-events.js';
import { DAY, HOUR, type Instant, type Interval, SECOND } from '../../core/time/instant.js';
import { subtractIntervals } from '../../core/time/intervals.js';
import type { JudgeFindings } from '../policy/applied-policy.js';
import { apply } from './apply.js';
import { FailureLog } from './failure-log.js';
import { mergeReports } from './merge-reports.js';

/** A verified digest with what its successor says of it. */
export interface ProvenDigest {
  readonly digest: VerifiedDigest;
  readonly sha256: string;
  readonly signature: string;
}

/** Which part of a chain's time is looked at: from the anchor's on, or a part of the time before. */
export type PartKind = 'fresh' | 'earlier';

/** A backfill digest may be delivered so long after its hour and still be noticed. */
export const LATE = 31 * DAY;

/** What stays undetermined however often a run looks, until somebody does something about it. */
const LASTING: ReadonlySet<FindingCode> = new Set([
  'digest-archived',
  'digest-too-large',
  'log-archived',
  'log-day-absent',
  'log-too-large',
]);

/** One chain in one run: collects what the run finds, and says what to remember. */
export class ChainRun {
  readonly memory: ChainMemory;
  readonly #now: Instant;
  readonly #judge: JudgeFindings;
  readonly #failures: FailureLog;
  readonly #reports: { readonly kind: PartKind; readonly report: ChainReport }[] = [];
  readonly #proven: Interval[] = [];
  readonly #open: Interval[] = [];
  readonly #failed: Interval[] = [];
  readonly #seen: Instant[] = [];
  /** Hours whose digest stays undetermined, in the part at hand. */
  #lasting: Interval[] = [];
  /** The time of the digest at hand. */
  #hour: Interval = { start: 0, end: 0 };
  #newest: ProvenDigest | undefined;
  #rechecked: Instant | undefined;
  #isAnchorReached = false;
  #isAnchorChanged = false;
  #isSettled = false;
  #isBounded = false;

  /** @param judge what findings do to the outcome */
  constructor(memory: ChainMemory, now: Instant, judge: JudgeFindings) {
    this.memory = memory;
    this.#now = now;
    this.#judge = judge;
    this.#failures = new FailureLog(memory.failures);
  }

  get chain(): ChainId {
    return this.memory.chain;
  }

  /** Whether any part of it was walked. */
  get isWalked(): boolean {
    return this.#reports.length > 0;
  }

  /** Takes notice of a digest that has just been verified; answers with what speaks against it. */
  seeProven(proven: ProvenDigest): readonly Finding[] {
    const { digest, sha256, signature } = proven;
    if (!this.#newest || this.#newest.digest.end < digest.end) this.#newest = proven;
    const { anchor } = this.memory.history ?? {};
    if (!anchor || this.#isAnchorChanged) return [];
    const { previous } = digest;
    // Where the anchor itself cannot be read, the digest after it still says what it was.
    const [key, hash, signed] =
      anchor.key === digest.place.key
        ? [anchor.key, sha256, signature]
        : [previous?.key, previous?.sha256, previous?.signature.toLowerCase()];
    if (key !== anchor.key || hash === undefined || signed === undefined) return [];
    const changed = changeOf(anchor, hash, signed);
    this.#isAnchorChanged = changed.length > 0;
    return changed;
  }

  /** To be shown every event of a part. */
  see(event: VerifyEvent, kind: PartKind): void {
    if (event.type === 'digest') this.#seeDigest(event, kind);
    else if (event.type === 'log') this.#weigh(event.findings, this.#hour);
    else if (event.type === 'findings') for (const found of event.findings) this.#seeFinding(found);
    else if (event.type === 'chain') this.#endPart(kind, event.report);
  }

  /** A part of its time could not be looked at. */
  lookAgain(interval: Interval): void {
    this.#open.push(interval);
  }

  /** What lies before the time that is remembered, or asked for, is left out. */
  bound(): void {
    this.#isBounded = true;
  }

  /** The last hour that was verified again because it had its turn. */
  recheckedTo(hour: Instant | undefined): void {
    this.#rechecked = hour;
  }

  /** All parts are done: what there is to say of the chain. @param isWhole whether none was cut short */
  close(isWhole: boolean): { readonly findings: readonly Finding[]; readonly report: ChainReport } {
    const unreached = isWhole ? this.#unreached() : [];
    for (const found of unreached) this.#failures.add(found);
    this.#isSettled = isWhole && unreached.length === 0 && !this.#isAnchorChanged;
    const findings = [...unreached, ...this.#earlier()];
    const main = this.#reports.find(({ kind }) => kind === 'fresh')?.report;
    if (!main) throw new Error('a chain is closed before it is verified');
    const others = this.#reports.map(({ report }) => report).filter((report) => report !== main);
    return { findings, report: mergeReports(main, others) };
  }

  /** What to remember. */
  next(): ChainMemory {
    const newest = this.#newest && toAnchor(this.#newest, this.chain.kind);
    const failures = this.#failures.next(this.#now);
    const starts = this.#reports.map(({ report }) => report.asked.start);
    return apply(this.memory, {
      isSettled: this.#isSettled,
      ...(newest && { newest }),
      since: starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY),
      isBounded: this.#isBounded,
      looked: this.#reports.flatMap(({ kind, report }) => (kind === 'earlier' ? [report.asked] : [])),
      proven: this.#proven,
      open: this.#open,
      failed: this.#failed,
      seen: this.#seen,
      ...(this.#rechecked !== undefined && { rechecked: this.#rechecked }),
      ...(failures && { failures }),
    });
  }

  #seeDigest(event: DigestEvent, kind: PartKind): void {
    const { findings, trusted, end, start = end - HOUR } = event;
    this.#hour = { start, end };
    const isKnown = trusted || this.#isKnown(event);
    if (isKnown) this.#seen.push(end);
    this.#weigh(findings, this.#hour);
    // What is put back later may list logs that nobody has looked at yet.
    const isFailed = !trusted && (isKnown || this.chain.kind === 'standard') && this.#worstOf(findings) === 'failed';
    if (isFailed) this.#failed.push(this.#hour);
    if (!trusted && this.#isLasting(findings)) this.#lasting.push(this.#hour);
    const isUnlinked = findings.some(({ code }) => code === 'digest-unlinked');
    const { anchor } = this.memory.history ?? {};
    if (kind === 'fresh' && event.ref.key === anchor?.key && !isUnlinked) this.#isAnchorReached = true;
  }

  /**
   * Whether a backfill digest that is not verified is known to exist, and so not to be new in the next run. What was read and
   * is not CloudTrail's may yet be replaced by what is, and so may what is too large or archived, for as long as CloudTrail
   * may deliver under that name.
   */
  #isKnown({ outcome, findings, end }: DigestEvent): boolean {
    if (outcome === 'failed') return findings.some(({ code }) => code === 'digest-missing');
    return !this.#isLasting(findings) || end <= this.#now - LATE;
  }

  /** What may be settled later is looked at again; what failed, and what may not be settled, is counted in later runs. */
  #weigh(findings: readonly Finding[], hour: Interval): void {
    for (const found of findings) {
      const worst = this.#worstOf([found]);
      const isOpen = worst === 'undetermined' && !LASTING.has(found.code);
      if (isOpen) this.#open.push(hour);
      else if (worst !== 'verified') this.#failures.add(found);
    }
  }

  /** A finding about the chain: where it names a time, later runs look at that again. Of undetermined time the coverage tells. */
  #seeFinding(found: Finding): void {
    const worst = this.#worstOf([found]);
    if (worst === 'verified') return;
    const { start, end }: Partial<Interval> = 'start' in found.args ? found.args : {};
    // A restart that leaves no time open is met again where the instant before it is looked at.
    const time = start === undefined || end === undefined ? [] : [{ start: Math.min(start, end - SECOND), end }];
    if (worst === 'failed' || time.length === 0) this.#failures.add(found);
    if (found.code === 'chain-interval-undetermined') return;
    (worst === 'failed' ? this.#failed : this.#open).push(...time);
  }

  #endPart(kind: PartKind, report: ChainReport): void {
    this.#reports.push({ kind, report });
    const inState = (state: string) => report.coverage.filter((interval) => interval.state === state).map(toInterval);
    this.#proven.push(...inState('proven'));
    this.#failed.push(...inState('lost'));
    this.#open.push(...subtractIntervals(inState('undetermined'), this.#lasting));
    this.#lasting = [];
  }

  /** What a policy accepts is not forgotten: later runs do not come upon it again, and an exception expires. */
  #worstOf(findings: readonly Finding[]): Outcome {
    return foldOutcomes([outcomeOfFindings(findings), outcomeOfEffects(this.#judge(findings, this.chain))]);
  }

  /** Whether nothing else than what stays so keeps a digest from being verified. */
  #isLasting(findings: readonly Finding[]): boolean {
    const against = findings.filter((found) => this.#worstOf([found]) !== 'verified');
    return against.length > 0 && against.every(({ code }) => LASTING.has(code));
  }

  #unreached(): readonly Finding[] {
    const { anchor } = this.memory.history ?? {};
    if (!anchor || this.#isAnchorReached) return [];
    const { bucket, key, end } = anchor;
    const args = { remembered: { bucket, key }, end };
    return [finding('checkpoint-digest-unreached', { type: 'chain', chain: this.chain }, args)];
  }

  #earlier(): readonly Finding[] {
    const earlier = this.#failures.earlier();
    return earlier ? [finding('checkpoint-earlier-failures', { type: 'chain', chain: this.chain }, earlier)] : [];
  }
}

/** What speaks against a digest whose hash and signature are to be those of the anchor. */
export function changeOf(anchor: AnchorDigest, sha256: string, signature?: string): readonly Finding[] {
  const subject = { type: 'digest', bucket: anchor.bucket, key: anchor.key } as const;
  const changed = (part: 'hash' | 'signature', expected: string, actual: string) => [
    finding('checkpoint-digest-changed', subject, { part, expected, actual }),
  ];
  if (sha256 !== anchor.sha256) return changed('hash', anchor.sha256, sha256);
  const expected = anchor.signature.toLowerCase();
  return signature === undefined || signature === expected ? [] : changed('signature', expected, signature);
}

const toAnchor = ({ digest, sha256, signature }: ProvenDigest, kind: ChainKind): AnchorDigest => ({
  ...digest.place,
  ...provenTimeIn(kind, digest),
  sha256,
  signature,
});

const toInterval = ({ start, end }: Interval): Interval => ({ start, end });
