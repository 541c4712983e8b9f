import type { ChainId } from './chain.js';
import { deliveredEnd, isNewerDelivered, newestDeleted } from './delivered-end.js';
import { type Finding, finding, type Subject } from './findings.js';
import { HOUR, type Instant, type Interval, MINUTE } from './instant.js';
import type { ObjectRef } from './objects.js';
import type { VerifiedDigest } from './policy.js';
import { type Trouble, worseTrouble } from './trouble.js';

/**
 * What is known of a span of time. `proven`: a verified digest covers it. `gap`: CloudTrail delivered no digests (logging
 * or validation was off, or had not begun). `lost`: digests are missing or broken. `undetermined`: digests could not be
 * read or verified. `stale`: the newest digests are overdue, but may still come. `pending`: the digest is not due yet.
 */
export type CoverageState = 'proven' | 'gap' | 'lost' | 'undetermined' | 'stale' | 'pending';

export interface CoverageInterval extends Interval {
  readonly state: CoverageState;
}

/** A healthy newest digest is at most an hour and 31 minutes old: it covers an hour and is delivered up to 31 minutes later. */
export const STALE_WARNING_AGE = 2 * HOUR;
export const STALE_FAILURE_AGE = 3 * HOUR;
/** A digest is there so long after its end, at the latest. */
const DELIVERY_DELAY = 31 * MINUTE;

const NEVER = Number.NEGATIVE_INFINITY;

/** What is held against a newest digest that does not reach the end of the time asked for. */
export interface EndRules {
  /** In milliseconds: when it ended longer ago than that, those after it are lost. */
  readonly maxAge?: number;
  /** Digests up to then are known to have been delivered: those that are not there are lost, as is said elsewhere. */
  readonly deliveredUntil?: Instant;
  /** When CloudTrail delivered the last digest, by its own word. */
  readonly deliveredAt?: Instant;
}

/** What earlier runs remember. */
export interface KnownTime {
  /** Time that verified digests have covered, in order: where none does any more, digests are lost, and there is no gap. */
  readonly verified?: readonly Interval[];
}

/**
 * Splits the time that was asked for into what is proven and what is not, from the digests of a chain as the walk
 * shows them, newest first. The intervals touch without overlapping and add up to the time asked for.
 */
export class CoverageLedger {
  readonly #chain: ChainId;
  readonly #subject: Subject;
  readonly #now: Instant;
  readonly #maxAge: number;
  readonly #deliveredAt: Instant;
  readonly #verified: readonly Interval[];
  #deliveredUntil: Instant;
  readonly #intervals: CoverageInterval[] = [];
  readonly #findings: Finding[] = [];
  /** Everything from here on is accounted for. */
  #frontier: Instant;
  #upper: { readonly place: ObjectRef; readonly isStarting: boolean } | undefined;
  /** The worst that is known of the digests since the last verified one. */
  #trouble: Trouble | undefined;
  /**
   * The end of the chain, where digests seem to be gone and one without a signature claims to be a starting digest. In a copy that
   * lost all signatures it may be one: then the last digest before it has none either, and nobody knows how long there were none
   * between the two.
   */
  #openEnd: { readonly hole: Interval; readonly last: ObjectRef } | undefined;

  constructor(
    chain: ChainId,
    to: Instant,
    now: Instant,
    {
      maxAge = STALE_FAILURE_AGE,
      deliveredUntil = NEVER,
      deliveredAt = NEVER,
      verified = [],
    }: EndRules & KnownTime = {},
  ) {
    this.#chain = chain;
    this.#subject = { type: 'chain', chain };
    this.#frontier = to;
    this.#now = now;
    this.#maxAge = maxAge;
    this.#deliveredUntil = deliveredUntil;
    this.#deliveredAt = deliveredAt;
    this.#verified = verified;
  }

  /** A digest that is not verified, or not there. */
  addUnproven(trouble: Trouble): void {
    this.#trouble = worseTrouble(this.#trouble, trouble);
  }

  /**
   * The next older verified digest. Returns what its distance from the digests above it amounts to.
   * @param isSignedByCopy whether it has no signature of its own that holds, as in a copy that lost all of them
   */
  addProven(digest: VerifiedDigest, isSignedByCopy = false): readonly Finding[] {
    this.#findings.length = 0;
    if (digest.end < this.#frontier) this.#addHole({ start: digest.end, end: this.#frontier }, digest.place);
    if (!isSignedByCopy) this.#settleEnd();
    this.#push('proven', { start: digest.start, end: Math.min(digest.end, this.#frontier) });
    this.#upper = { place: digest.place, isStarting: digest.previous === undefined };
    this.#trouble = undefined;
    return [...this.#findings];
  }

  /** Closes the account at the start of the time asked for: the intervals oldest first, and what the rest amounts to. */
  close(from: Instant): { readonly intervals: readonly CoverageInterval[]; readonly findings: readonly Finding[] } {
    this.#findings.length = 0;
    if (this.#openEnd) {
      const { hole, last: previous } = this.#openEnd;
      this.#report(finding('chain-interval-undetermined', this.#subject, { ...hole, previous }));
    }
    if (from < this.#frontier) this.#addHole({ start: from, end: this.#frontier });
    const intervals = this.#intervals
      .map((interval) => ({ ...interval, start: Math.max(from, interval.start) }))
      .filter(({ start, end }) => start < end)
      .reverse();
    return { intervals, findings: [...this.#findings] };
  }

  /** The oldest instant that is accounted for. */
  get frontier(): Instant {
    return this.#frontier;
  }

  #addHole(hole: Interval, previous?: ObjectRef): void {
    const { place: next, isStarting } = this.#upper ?? {};
    const ends = { ...(previous && { previous }), ...(next && { next }) };
    if (previous && !next && this.#trouble === 'unsigned' && this.#isCutOff(hole)) {
      this.#addCutOff(hole, previous);
    } else if (previous && !next && this.#trouble === 'unsigned-start' && this.#isCutOff(hole)) {
      this.#openEnd = { hole, last: previous };
      this.#push('undetermined', hole);
    } else if (this.#trouble) {
      const isLost = this.#trouble === 'failed';
      this.#report(
        finding(isLost ? 'chain-interval-lost' : 'chain-interval-undetermined', this.#subject, { ...hole, ...ends }),
      );
      this.#push(isLost ? 'lost' : 'undetermined', hole);
    } else if (!next) {
      if (previous) this.#addTail(hole, previous);
      else this.#push('undetermined', hole);
    } else if (!previous) {
      this.#report(finding('chain-begins-late', this.#subject, { ...hole, first: next }));
      this.#pushGap(hole, ends);
    } else if (isStarting) {
      this.#report(finding('chain-gap', this.#subject, { ...hole, previous, next }));
      this.#pushGap(hole, ends);
    } else {
      this.#report(finding('digest-interval-break', { type: 'digest', ...previous }, { ...hole, successor: next }));
      this.#pushGap(hole, ends);
    }
  }

  /**
   * A hole between digests that miss nothing. What an earlier run has verified of it was there, and is lost with all between:
   * the digests that told of a gap in it are lost too.
   */
  #pushGap(hole: Interval, ends: { readonly previous?: ObjectRef; readonly next?: ObjectRef }): void {
    const known = hullWithin(this.#verified, hole);
    this.#push('gap', { start: known?.end ?? hole.start, end: hole.end });
    if (!known) return;
    this.#report(finding('chain-interval-lost', this.#subject, { ...known, ...ends }));
    this.#push('lost', known);
    this.#push('gap', { start: hole.start, end: known.start });
  }

  /**
   * Whether digests after the newest verified one are gone, though some lie there without a signature. Of CloudTrail's own, one
   * may have lost its signature: the newest, which no other one keeps it of, and which is the next. Whatever else lies there
   * counts for nothing, whatever time it claims; but see {@link CoverageLedger.#openEnd}.
   */
  #isCutOff({ start, end }: Interval): boolean {
    const next = start + HOUR;
    return isNewerDelivered(this.#deliveredAt, next) || (end > next && this.#now - next > this.#maxAge);
  }

  #addCutOff(hole: Interval, last: ObjectRef): void {
    if (isNewerDelivered(this.#deliveredAt, hole.start + HOUR)) {
      this.#report(newestDeleted(this.#chain, this.#deliveredAt, { ref: last, end: hole.start }));
      this.#deliveredUntil = deliveredEnd(this.#deliveredAt, hole.start);
    }
    this.#addTail(hole, last);
  }

  /** A digest has kept its own signature: the end of the chain is no copy that lost them all. */
  #settleEnd(): void {
    if (!this.#openEnd) return;
    const { hole, last } = this.#openEnd;
    const [, ...older] = this.#intervals.splice(0);
    this.#addCutOff(hole, last);
    this.#intervals.push(...older);
    this.#openEnd = undefined;
  }

  /** What lies after the newest digest: not due yet, late, or gone. */
  #addTail(hole: Interval, last: ObjectRef): void {
    const age = this.#now - hole.start;
    const isLost = age > this.#maxAge;
    const isLate = isLost || age > Math.min(STALE_WARNING_AGE, this.#maxAge);
    const isDeleted = this.#deliveredUntil > hole.start;
    if (isLate && !isDeleted)
      this.#report(finding(isLost ? 'chain-ends-early' : 'chain-end-late', this.#subject, { ...hole, last }));
    const hoursDue = isLate ? Math.floor((age - DELIVERY_DELAY) / HOUR) : 0;
    const due = Math.min(hole.end, Math.max(this.#deliveredUntil, hole.start + Math.max(0, hoursDue) * HOUR));
    this.#push('pending', { start: due, end: hole.end });
    this.#push(isLost || isDeleted ? 'lost' : 'stale', { start: hole.start, end: due });
  }

  #report(item: Finding): void {
    this.#findings.push(item);
  }

  #push(state: CoverageState, interval: Interval): void {
    if (interval.start >= interval.end) return;
    const last = this.#intervals.at(-1);
    if (last && last.state === state && last.start === interval.end)
      this.#intervals[this.#intervals.length - 1] = { ...last, start: interval.start };
    else this.#intervals.push({ state, ...interval });
    this.#frontier = Math.min(this.#frontier, interval.start);
  }
}

/** From the first of what lies within a span to the last. @param intervals in order */
function hullWithin(intervals: readonly Interval[], { start, end }: Interval): Interval | undefined {
  const within = intervals.filter((interval) => interval.start < end && interval.end > start);
  const [first, last] = [within[0], within.at(-1)];
  return first && last && { start: Math.max(start, first.start), end: Math.min(end, last.end) };
}
