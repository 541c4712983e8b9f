import type { WalkStep } from '../../core/chain/walk.js';
import { type CoverageInterval, coverageOf, restartsOf, type TimeFinding } from '../../core/coverage/coverage.js';
import { provenTimeIn, SegmentCollector } from '../../core/coverage/segments.js';
import { type Trouble, troubleOf } from '../../core/coverage/unproven-reason.js';
import type { LogReference, UnverifiedDigest } from '../../core/digest/parse-digest.js';
import { type Finding, finding, outcomeOfFindings } from '../../core/findings/finding.js';
import { emptyTally, type Tally } from '../../core/findings/outcome.js';
import { parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { ChainReport, LogEvent, VerifyEvent } from '../../core/report/verify-events.js';
import { HOUR, type Instant, type Interval } from '../../core/time/instant.js';
import { mergeIntervals } from '../../core/time/intervals.js';
import { type ChainPlan, isBeside, isReported } from './chain-plan.js';

type DigestStep = Extract<WalkStep, { type: 'digest' }>;

/** What the time of a chain came to. */
export interface ChainTime {
  readonly from: Instant;
  readonly coverage: readonly CoverageInterval[];
  readonly findings: readonly TimeFinding[];
}

/** Adds up what the walk of a chain shows and turns it into events. */
export class ChainAccount {
  readonly #plan: ChainPlan;
  readonly #now: Instant;
  readonly #to: Instant;
  readonly #segments = new SegmentCollector();
  readonly #digests: Tally = emptyTally();
  readonly #logs: Tally = emptyTally();
  readonly #places = new Map<string, { readonly bucket: string; readonly prefix: string }>();
  readonly #proven: Interval[] = [];
  #logBytes = 0;
  #isCut = false;
  #oldest: Instant;
  #lastTrusted: UnverifiedDigest | undefined;

  constructor(plan: ChainPlan, now: Instant) {
    this.#plan = plan;
    this.#now = now;
    const newest = plan.candidates.at(-1)?.end ?? now;
    // Where nothing is as new as the time asked for, that time goes on until now.
    const listedUntil = plan.from === undefined || newest > plan.from ? newest : now;
    this.#to = plan.to ?? Math.max(listedUntil, plan.deliveredUntil ?? listedUntil);
    this.#oldest = this.#to;
    if (plan.isEndUnknown) this.#segments.addUnproven('undetermined');
    else if (plan.isEndLost) this.#segments.addUnproven('failed');
  }

  addStep(step: WalkStep): VerifyEvent[] {
    const { chain } = this.#plan;
    if (step.type === 'gap') {
      const [from, to] = [step.lower.end, step.upper.start];
      return isBeside(this.#plan, { start: from, end: to }) ? [] : [{ type: 'gap', chain, from, to }];
    }
    const { ref, digest } = step.judgement;
    const found = [...step.judgement.findings];
    if (digest && step.isUnlinked) found.push(finding('digest-unlinked', { type: 'digest', ...ref }, {}));
    const outcome = outcomeOfFindings(found);
    this.#account(step, troubleOf(found));
    if (!isReported(this.#plan, step)) return [];
    this.#digests[outcome] += 1;
    for (const item of found) if (item.code === 'digest-logs-unverifiable') this.#logs.undetermined += item.args.count;
    const event = {
      type: 'digest',
      chain,
      ref,
      end: digest?.end ?? step.end,
      outcome,
      trusted: digest !== undefined,
      findings: found,
    } as const;
    const { unprovenLogs } = step.judgement;
    if (!digest) return [unprovenLogs ? { ...event, unprovenLogs } : event];
    return [{ ...event, start: digest.start, ...(!digest.previous && { starting: true }) }];
  }

  addLog(ref: LogReference, size: number, findings: readonly Finding[]): LogEvent {
    const outcome = outcomeOfFindings(findings);
    this.#logs[outcome] += 1;
    this.#logBytes += size;
    return { type: 'log', chain: this.#plan.chain, ref: { bucket: ref.bucket, key: ref.key }, outcome, size, findings };
  }

  /** The walk was stopped: of what is older than its last digest nothing is known. */
  cut(): void {
    this.#isCut = true;
    this.#segments.addUnproven('undetermined');
    const [first] = this.#plan.candidates;
    if (first) this.#oldest = Math.min(this.#oldest, first.end - HOUR);
  }

  /** What its time came to. To be asked when the walk is over. */
  get time(): ChainTime {
    const { chain, to } = this.#plan;
    const from = this.#plan.from ?? this.#oldest;
    const asked = { ...this.#plan, from, to: this.#to, isEndAsked: to !== undefined, now: this.#now };
    const { segments } = this.#segments;
    if (chain.kind === 'standard') {
      const { intervals, findings } = coverageOf(chain, segments, asked);
      return { from, coverage: intervals, findings };
    }
    // Backfill digests add evidence to hours that the standard chain accounts for.
    return { from, coverage: mergeProven(this.#proven), findings: restartsOf(chain, segments, asked) };
  }

  /** @param findings about its time */
  close({ from, coverage }: ChainTime, findings: readonly Finding[]): VerifyEvent[] {
    const ofChain = [findings, this.#unanchored(), this.#plan.remarks ?? []];
    const events = ofChain.flatMap((found) => this.#report(found));
    return [...events, { type: 'chain', report: this.#toReport(from, coverage) }];
  }

  /** Where no start was asked for, the oldest digest may still name one before it. */
  #unanchored(): Finding[] {
    const first = this.#lastTrusted;
    if (this.#isCut || this.#plan.from !== undefined || !first?.previous) return [];
    const { bucket, key } = first.previous;
    const subject = { type: 'chain', chain: this.#plan.chain } as const;
    return [finding('chain-begins-unanchored', subject, { first: first.place, predecessor: { bucket, key } })];
  }

  #account(step: DigestStep, trouble: Trouble | undefined): void {
    const { end, isUnlinked } = step;
    const { ref, digest, unprovenLink } = step.judgement;
    const prefix = parseDigestKey(ref.key)?.prefix ?? '';
    this.#places.set(`${ref.bucket}/${prefix}`, { bucket: ref.bucket, prefix });
    if (isUnlinked) {
      if (digest) this.#segments.addPassedOver(digest);
      return;
    }
    this.#oldest = Math.min(this.#oldest, digest ? provenTimeIn(this.#plan.chain.kind, digest).start : end - HOUR);
    if (digest) {
      this.#lastTrusted = digest;
      if (this.#plan.chain.kind === 'backfill') this.#proven.push({ start: digest.start, end: digest.end });
      this.#segments.addProven(digest);
    } else if (trouble)
      this.#segments.addUnproven(trouble === 'unsigned' && !unprovenLink ? 'unsigned-start' : trouble);
  }

  #report(findings: readonly Finding[]): VerifyEvent[] {
    return findings.length === 0 ? [] : [{ type: 'findings', findings }];
  }

  /** Where no time was asked for, the starting digest of a trail is all that there is of it in its first hours. */
  #hasJustBegun(coverage: readonly CoverageInterval[]): boolean {
    const { chain, from, to, maxAge } = this.#plan;
    const isAsked = from !== undefined || to !== undefined || maxAge !== undefined;
    return chain.kind === 'standard' && !isAsked && coverage.length === 0;
  }

  /** As far as digests prove it: what findings make of its outcome, the policy says. */
  #toReport(from: Instant, coverage: readonly CoverageInterval[]): ChainReport {
    // A digest that lies beside the time asked for proves nothing of it.
    const isProven = coverage.some(({ state }) => state === 'proven');
    const isVerified = (isProven || this.#hasJustBegun(coverage)) && this.#digests.verified > 0;
    // Where CloudTrail delivered nothing in a part of a chain's time, nothing speaks against the chain.
    const isEmpty = this.#plan.isExcerpt && !coverage.some(({ state }) => state === 'undetermined');
    return {
      chain: this.#plan.chain,
      outcome: !this.#isCut && (isVerified || isEmpty) ? 'verified' : 'undetermined',
      places: [...this.#places.values()],
      digests: this.#digests,
      logs: this.#logs,
      logBytes: this.#logBytes,
      asked: { start: from, end: this.#to },
      coverage,
    };
  }
}

const mergeProven = (intervals: readonly Interval[]): readonly CoverageInterval[] =>
  mergeIntervals(intervals).map((interval) => ({ state: 'proven', ...interval }));
