import { type Effect, effectOf, type Finding, type Subject } from '../findings/finding.js';
import { identityOf, identityOfReason } from '../findings/finding-identity.js';
import { chainOfSubject, timeOf, whereaboutsOf } from '../findings/finding-scope.js';
import { type ChainId, formatChainId } from '../objects/chain-id.js';
import { HOUR, type Interval } from '../time/instant.js';
import { CONSEQUENCES, reasonOf } from './cause-rules.js';

/** What a finding is of its cause: the `first` to tell it, `another` for the same reason, or a `consequence` of it. */
type CausePart = 'first' | 'another' | 'consequence';

/** How a finding belongs to its cause. */
export interface CauseLink {
  readonly cause: Cause;
  readonly part: CausePart;
}

/** One thing that happened, or one reason for many findings. */
export class Cause {
  /** The finding that told it first. */
  readonly finding: Finding;
  readonly #reason: readonly string[] | undefined;

  constructor(finding: Finding, reason?: readonly string[]) {
    this.finding = finding;
    this.#reason = reason;
  }

  /** The same from run to run: 64 hexadecimal digits, the identity of its finding where it has no others. */
  get id(): string {
    return this.#reason ? identityOfReason(this.#reason) : identityOf(this.finding);
  }
}

/** The worst first. */
const SEVERITY: { readonly [E in Effect]: number } = { failed: 3, undetermined: 2, accepted: 1, warning: 0 };

/** Subjects whose findings may be explained later: more are not kept. */
const EXPLAINABLE = 10_000;
/** Hours of one interval that are kept: more than a year has. */
const HOURS_KEPT = 10_000;

/**
 * Finds the cause of each finding of a run, in the order of the run, from findings that were told before it. A
 * consequence never belongs to a cause that counts less than it does itself: whoever reads causes only sees nothing better
 * than whoever reads all findings. Where no cause is known, a finding is its own.
 */
export class CauseFinder {
  /** Causes that are one reason for many findings. */
  readonly #reasons = new Map<string, Cause>();
  /** By chain, and by account and region: causes by the hours that they leave unproven. */
  readonly #times = new Map<string, HourIndex>();
  readonly #explainable = new Map<string, Cause>();
  /** The object that was last told of, and what was found of it first: its findings are told one after the other. */
  #last: { readonly subject: string; readonly cause: Cause } | undefined;

  /**
   * The links of findings that are told together, in their order.
   * @param within the chain that they belong to, where their subjects do not say
   */
  link(findings: readonly Finding[], within?: ChainId): readonly CauseLink[] {
    return findings.map((found) => {
      const link = this.#linkOf(found, within);
      const subject = subjectKey(found.subject);
      if (effectOf(found) !== 'warning' && subject !== this.#last?.subject)
        this.#last = subject === undefined ? undefined : { subject, cause: link.cause };
      this.#remember(found, link.cause, within);
      return link;
    });
  }

  #linkOf(found: Finding, within?: ChainId): CauseLink {
    const known = this.#causeOf(found, within);
    const reason = reasonUnderPolicy(found);
    const key = reason && JSON.stringify(reason);
    const same = key === undefined ? undefined : this.#reasons.get(key);
    // One more for the same reason follows from nothing.
    if (known && known !== same && SEVERITY[effectOf(known.finding)] >= SEVERITY[effectOf(found)])
      return { cause: known, part: 'consequence' };
    if (key === undefined) return { cause: new Cause(found), part: 'first' };
    if (same) return { cause: same, part: 'another' };
    const cause = new Cause(found, reason);
    this.#reasons.set(key, cause);
    return { cause, part: 'first' };
  }

  #causeOf(found: Finding, within?: ChainId): Cause | undefined {
    const { code, subject } = found;
    const ofSame = this.#last?.subject === subjectKey(subject) ? this.#last?.cause : undefined;
    // Whatever else speaks against an object: it is one object.
    if (ofSame && (CONSEQUENCES.has(code) || effectOf(found) !== 'warning')) return ofSame;
    const after = code === 'digest-signature-missing' ? timeOf(found) : undefined;
    // The next digest keeps a copy of the signature: where that one is missing or worth nothing, so is the copy.
    if (after) return this.#timed(found, { start: after.end, end: after.end + HOUR }, within);
    if (!CONSEQUENCES.has(code)) return undefined;
    if (found.code === 'attribution-event' || found.code === 'attribution-none')
      return this.#explainable.get(explained(found.args.explains, subject));
    const time = timeOf(found);
    return time && this.#timed(found, time, within);
  }

  #timed(found: Finding, time: Interval, within?: ChainId): Cause | undefined {
    const [place = ''] = placesOf(found, within);
    return this.#times.get(place)?.find(time, SEVERITY[effectOf(found)]);
  }

  #remember(found: Finding, cause: Cause, within?: ChainId): void {
    if (this.#explainable.size < EXPLAINABLE) this.#explainable.set(explained(found.code, found.subject), cause);
    if (effectOf(found) === 'warning' || !leavesTimeOpen(found)) return;
    const time = timeOf(found);
    if (!time) return;
    for (const place of placesOf(found, within)) {
      const index = this.#times.get(place) ?? new HourIndex();
      this.#times.set(place, index);
      index.add(time, cause);
    }
  }
}

/** A policy may accept some of what has one reason: that is a cause of its own. */
function reasonUnderPolicy(found: Finding): readonly string[] | undefined {
  const reason = reasonOf(found);
  return reason && found.effect !== undefined ? [...reason, found.effect] : reason;
}

/** Logs leave no time unproven; digests and chains do. */
const leavesTimeOpen = ({ subject }: Finding): boolean => subject.type === 'digest' || subject.type === 'chain';

/** What a finding is looked up by: its chain first, where it has one, and its account and region. */
function placesOf(found: Finding, within?: ChainId): readonly string[] {
  const chain = within ?? chainOfSubject(found.subject);
  const { accountId, region } = chain ?? whereaboutsOf(found);
  const folder = accountId === undefined || region === undefined ? [] : [`${accountId} ${region}`];
  return chain ? [formatChainId(chain), ...folder] : folder;
}

const explained = (code: string, subject: Subject): string =>
  `${code} ${subjectKey(subject) ?? JSON.stringify(subject)}`;

const subjectKey = (subject: Subject): string | undefined =>
  'key' in subject && subject.type !== 'folder' ? `${subject.type} ${subject.bucket}/${subject.key}` : undefined;

/** Causes by the hours that they have to do with. */
class HourIndex {
  readonly #hours = new Map<number, { readonly time: Interval; readonly cause: Cause }[]>();

  add(time: Interval, cause: Cause): void {
    for (const hour of hoursOf(time)) {
      const there = this.#hours.get(hour) ?? [];
      this.#hours.set(hour, there);
      if (!there.some((known) => known.cause === cause)) there.push({ time, cause });
    }
  }

  /** The cause of the oldest hour that overlaps, among those that count as much. */
  find(time: Interval, severity: number): Cause | undefined {
    for (const hour of hoursOf(time))
      for (const known of this.#hours.get(hour) ?? [])
        if (overlap(known.time, time) && SEVERITY[effectOf(known.cause.finding)] >= severity) return known.cause;
    return undefined;
  }
}

function* hoursOf({ start, end }: Interval): Generator<number> {
  const first = Math.floor(start / HOUR);
  const last = Math.min(Math.floor((end - 1) / HOUR), first + HOURS_KEPT);
  for (let hour = first; hour <= last; hour += 1) yield hour;
}

const overlap = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end;
