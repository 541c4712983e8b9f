import type { TrailEvent } from '../events/trail-event.js';
import { type Finding, type FindingOf, finding, type Subject } from '../findings/finding.js';
import type { ChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { HOUR, type Instant, type Interval, MINUTE } from '../time/instant.js';
import { deliveredEnd, isNewerDelivered, newestDeleted } from './newest-delivery.js';
import type { Segment, Segments } from './segments.js';
import type { Trouble } from './unproven-reason.js';

/**
 * What is known of a span of time. `proven`: a verified digest covers it. `gap`: no digest covers it, and a starting digest
 * follows: logging or validation was off, or had not begun, or the last digests before the gap were deleted. `lost`: digests
 * are missing or broken. `undetermined`: digests could not be read or verified. `stale`: the newest digests are overdue, but
 * may still come. `pending`: the digest is not due yet.
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
  /** Whether the account has left its organization or was closed, so that no more digests come. */
  readonly hasLeft?: boolean;
}

/** What earlier runs remember. */
export interface KnownTime {
  /** Time that verified digests have covered, in order: where none does any more, digests are lost, and there is no gap. */
  readonly verified?: readonly Interval[];
}

/** The time to account for, and by which rules. */
export interface AskedTime extends EndRules, KnownTime {
  readonly from: Instant;
  readonly to: Instant;
  /** Whether somebody asked for that end. Otherwise it is the end of the newest digest, by its name. */
  readonly isEndAsked: boolean;
  /** The time of the run. */
  readonly now: Instant;
}

/** A chain that begins anew: nothing links its starting digest to the older digests, of which the last may be missing. */
export interface Restart {
  /** Where its last verified digest ends. */
  readonly runEnd: Instant;
  /** The end of the starting digest, which is when logging began again. */
  readonly restartedAt: Instant;
}

/** A finding about the time of a chain. */
export interface TimeFinding {
  readonly finding: Finding;
  /** Of a `chain-gap`. */
  readonly restart?: Restart;
}

export interface Coverage {
  /** Oldest first. They touch without overlapping and add up to the time asked for. */
  readonly intervals: readonly CoverageInterval[];
  /** Newest first. */
  readonly findings: readonly TimeFinding[];
}

/**
 * Splits the time that was asked for into what is proven and what is not, given what the walk of a chain came to. Findings are
 * about that time; a hole that begins before it is named with its beginning, a gap as a whole.
 */
export function coverageOf(chain: ChainId, { segments, below }: Segments, asked: AskedTime): Coverage {
  const account = new Account(chain, asked);
  let upper: Segment | undefined;
  for (const segment of segments) {
    account.addSegment(segment, upper);
    upper = segment;
  }
  return account.close(upper, below);
}

/**
 * The restarts of a chain whose digests account for no time, as backfill digests do not, newest first: each starting digest
 * with older digests of the chain.
 */
export function restartsOf(
  chain: ChainId,
  { segments }: Pick<Segments, 'segments'>,
  { from, to }: Pick<AskedTime, 'from' | 'to'>,
): readonly TimeFinding[] {
  return segments.flatMap((lower, index) => {
    const upper = segments[index - 1];
    return upper?.isStart ? toGap(chain, lower, upper, { start: from, end: to }) : [];
  });
}

/** The gap between the end of a run and the starting digest after it, as a whole, if any of it lies within a time. */
function toGap(chain: ChainId, lower: Segment, upper: Segment, { start: from, end: to }: Interval): TimeFinding[] {
  const restart = { runEnd: lower.end, restartedAt: upper.start };
  const gap = { start: Math.min(lower.end, upper.start), end: upper.start };
  // One that leaves no time open lies where logging began again.
  const isWithin = gap.end > from && (gap.start < to || gap.end <= to);
  const args = { ...gap, previous: lower.newest, next: upper.oldest };
  return isWithin ? [{ finding: finding('chain-gap', { type: 'chain', chain }, args), restart }] : [];
}

/** A gap before which the run was ended by an event that a verified log records. */
export function toStopped(
  { subject, args }: FindingOf<'chain-gap'>,
  { event, log }: { readonly event: TrailEvent; readonly log: ObjectRef },
): Finding {
  const { eventId, eventName, eventTime, actor } = event;
  return finding('chain-stopped', subject, { ...args, eventId, eventName, eventTime, log, ...actor });
}

class Account {
  readonly #chain: ChainId;
  readonly #subject: Subject;
  readonly #asked: AskedTime;
  readonly #maxAge: number;
  readonly #deliveredAt: Instant;
  #deliveredUntil: Instant;
  /** Newest first. */
  readonly #intervals: CoverageInterval[] = [];
  readonly #findings: TimeFinding[] = [];
  /** Everything from here on is accounted for. */
  #frontier: Instant;

  constructor(chain: ChainId, asked: AskedTime) {
    this.#chain = chain;
    this.#subject = { type: 'chain', chain };
    this.#asked = asked;
    this.#frontier = asked.to;
    this.#maxAge = asked.maxAge ?? STALE_FAILURE_AGE;
    this.#deliveredAt = asked.deliveredAt ?? NEVER;
    this.#deliveredUntil = asked.deliveredUntil ?? NEVER;
  }

  /** @param upper the next newer one */
  addSegment(segment: Segment, upper: Segment | undefined): void {
    const hole = this.#holeAfter(segment.end);
    if (hole) {
      if (!upper) this.#addEnd(hole, segment);
      else this.#addHole(hole, segment, upper);
    } else if (upper?.isStart) this.#addGap(segment, upper);
    this.#push('proven', { start: segment.start, end: Math.min(segment.end, this.#frontier) });
  }

  /**
   * @param oldest the oldest segment
   * @param trouble the worst of the digests before it
   */
  close(oldest: Segment | undefined, trouble: Trouble | undefined): Coverage {
    const hole = this.#holeAfter(this.#asked.from);
    if (hole) this.#addBeginning(hole, oldest, trouble);
    const intervals = this.#intervals
      .map((interval) => ({ ...interval, start: Math.max(this.#asked.from, interval.start) }))
      .filter(({ start, end }) => start < end)
      .reverse();
    return { intervals, findings: this.#findings };
  }

  /** What is not accounted for yet after an instant, if any of it was asked for. */
  #holeAfter(start: Instant): Interval | undefined {
    const end = this.#frontier;
    return start < end && end > this.#asked.from ? { start, end } : undefined;
  }

  #addHole(hole: Interval, lower: Segment, upper: Segment): void {
    const { trouble } = lower;
    const ends = { previous: lower.newest, next: upper.oldest };
    if (trouble) {
      this.#addUnproven(hole, trouble, ends);
      return;
    }
    if (upper.isStart) this.#addGap(lower, upper);
    else {
      const args = { ...hole, successor: upper.oldest };
      this.#report(finding('digest-interval-break', { type: 'digest', ...lower.newest }, args));
    }
    this.#pushGap(hole, ends);
  }

  #addGap(lower: Segment, upper: Segment): void {
    const { from, to } = this.#asked;
    this.#findings.push(...toGap(this.#chain, lower, upper, { start: from, end: to }));
  }

  /** The time before the oldest verified digest. */
  #addBeginning(hole: Interval, oldest: Segment | undefined, trouble: Trouble | undefined): void {
    if (trouble) this.#addUnproven(hole, trouble, oldest ? { next: oldest.oldest } : {});
    else if (!oldest) this.#push('undetermined', hole);
    else {
      // Of the hour that a starting digest covers it says itself that logging began with its end.
      if (hole.start < oldest.claimedStart)
        this.#report(finding('chain-begins-late', this.#subject, { ...hole, first: oldest.oldest }));
      this.#pushGap(hole, { next: oldest.oldest });
    }
  }

  /** The time after the newest verified digest. */
  #addEnd(hole: Interval, newest: Segment): void {
    const { trouble } = newest;
    if (trouble === 'unsigned' && this.#isCutOff(hole)) this.#addCutOff(hole, newest.newest);
    else if (trouble) this.#addUnproven(hole, trouble, { previous: newest.newest });
    else this.#addTail(hole, newest.newest);
  }

  /**
   * A hole between digests that miss nothing. What an earlier run has verified of it was there, and is lost with all between:
   * the digests that told of a gap in it are lost too.
   */
  #pushGap(hole: Interval, ends: { readonly previous?: ObjectRef; readonly next?: ObjectRef }): void {
    const known = hullWithin(this.#asked.verified ?? [], hole);
    this.#push('gap', { start: known?.end ?? hole.start, end: hole.end });
    if (!known) return;
    this.#report(finding('chain-interval-lost', this.#subject, { ...known, ...ends }));
    this.#push('lost', known);
    this.#push('gap', { start: hole.start, end: known.start });
  }

  /**
   * Whether digests after the newest verified one are gone, though some lie there without a signature. Of CloudTrail's own, one
   * may have lost its signature: the newest, which no other one keeps it of, and which is the next. Whatever else lies there
   * counts for nothing, whatever time it claims. A starting digest may come at any time, and the last digest before it may have
   * lost its signature too: where one seems to lie there, nobody knows how long there were none.
   */
  #isCutOff({ start, end }: Interval): boolean {
    const next = start + HOUR;
    if (isNewerDelivered(this.#deliveredAt, next)) return true;
    const { isEndAsked, now } = this.#asked;
    return isEndAsked && end > next && now - next > this.#maxAge;
  }

  #addCutOff(hole: Interval, last: ObjectRef): void {
    if (isNewerDelivered(this.#deliveredAt, hole.start + HOUR)) {
      this.#report(newestDeleted(this.#chain, this.#deliveredAt, { ref: last, end: hole.start }));
      this.#deliveredUntil = deliveredEnd(this.#deliveredAt, hole.start);
    }
    this.#addTail(hole, last);
  }

  /** What lies after the newest digest: not due yet, late, or gone. */
  #addTail(hole: Interval, last: ObjectRef): void {
    if (this.#asked.hasLeft) {
      this.#push('gap', hole);
      return;
    }
    const age = this.#asked.now - hole.start;
    const isLost = age > this.#maxAge;
    const isLate = isLost || age > Math.min(STALE_WARNING_AGE, this.#maxAge);
    const isDeleted = this.#deliveredUntil > hole.start;
    // One that ended before the time asked for, or of which all since then was deleted: where no end was asked for, nobody says.
    if (isLost && !isDeleted && !this.#asked.isEndAsked) {
      this.#addUnproven(hole, 'undetermined', { previous: last });
      return;
    }
    if (isLate && !isDeleted)
      this.#report(finding(isLost ? 'chain-ends-early' : 'chain-end-late', this.#subject, { ...hole, last }));
    const hoursDue = isLate ? Math.floor((age - DELIVERY_DELAY) / HOUR) : 0;
    const due = Math.min(hole.end, Math.max(this.#deliveredUntil, hole.start + Math.max(0, hoursDue) * HOUR));
    this.#push('pending', { start: due, end: hole.end });
    this.#push(isLost || isDeleted ? 'lost' : 'stale', { start: hole.start, end: due });
  }

  #addUnproven(
    hole: Interval,
    trouble: Trouble,
    ends: { readonly previous?: ObjectRef; readonly next?: ObjectRef },
  ): void {
    const isLost = trouble === 'failed';
    const code = isLost ? 'chain-interval-lost' : 'chain-interval-undetermined';
    this.#report(finding(code, this.#subject, { ...hole, ...ends }));
    this.#push(isLost ? 'lost' : 'undetermined', hole);
  }

  #report(item: Finding): void {
    this.#findings.push({ finding: item });
  }

  #push(state: CoverageState, interval: Interval): void {
    this.#frontier = Math.min(this.#frontier, interval.start);
    if (interval.start >= interval.end) return;
    const last = this.#intervals.at(-1);
    if (last && last.state === state && last.start === interval.end)
      this.#intervals[this.#intervals.length - 1] = { ...last, start: interval.start };
    else this.#intervals.push({ state, ...interval });
  }
}

/** From the first of what lies within a span to the last. @param intervals in order */
function hullWithin(intervals: readonly Interval[], { start, end }: Interval): Interval | undefined {
  const within = intervals.filter((interval) => interval.start < end && interval.end > start);
  const [first, last] = [within[0], within.at(-1)];
  return first && last && { start: Math.max(start, first.start), end: Math.min(end, last.end) };
}
