import { type CoverageInterval, STALE_FAILURE_AGE } from '../../core/coverage/coverage.js';
import type { Finding } from '../../core/findings/finding.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import {
  type Folder,
  type LogKind,
  parseDigestKey,
  parseLogKey,
  toAccountFolder,
} from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { DigestEvent, LogEvent, VerifyEvent } from '../../core/report/verify-events.js';
import { HOUR, type Instant, type Interval, MINUTE } from '../../core/time/instant.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { NewSha256 } from '../../ports/sha256.js';
import { BACKFILL_BEHIND, type ListedChain, type TimeRange } from '../listing/list-digests.js';
import { KeySet } from './hashed-name-set.js';

/** The time in a log's name is rounded up to five minutes, so that delivery may come before it by this much. */
const NAME_AHEAD = 5 * MINUTE;
/** How long after the time in its name a log may be delivered, and so be listed by a later digest. */
const NAME_BEHIND = 30 * MINUTE;

/**
 * The verdict on a log that no verified digest lists. `planted`: the digests of its time are verified. `unaccounted`: one of
 * them is lost or undetermined. `outside`: they lie outside of the time asked for. `pending`: they are not due, or late.
 * `gap`: there were none. `before`: it is older than all digests.
 */
export type Verdict =
  | { readonly type: 'planted' | 'outside' | 'before' }
  | ({ readonly type: 'unaccounted'; readonly state: 'lost' | 'undetermined' } & Interval)
  | ({ readonly type: 'pending' | 'gap' } & Interval);

interface ChainRecord {
  /** Where it delivered to. */
  readonly folders: Set<string>;
  /** The time that it accounts for; absent until the chain is done, and for backfill chains, which account for none. */
  asked?: Interval;
  /** Empty too where there is a starting digest alone. */
  coverage: readonly CoverageInterval[];
  /** Verified digests at the edges of the time asked for reach beyond it. */
  oldest: Instant;
  newest: Instant;
}

/** What verified digests of one account and region have said: which logs were delivered, and which time they cover. */
export class AuditRecord {
  readonly #identify: (ref: ObjectRef) => string;
  readonly #range: TimeRange;
  readonly #references: KeySet;
  /** Logs that digests list whose signature could not be checked. */
  readonly #claims: KeySet;
  /** The time of backfill digests of which nobody knows what they listed. */
  readonly #unknown: (Interval & { readonly state: 'lost' | 'undetermined' })[] = [];
  readonly #kinds = new Set<LogKind>();
  readonly #chains = new Map<string, ChainRecord>();

  constructor(store: ObjectStore, newSha256: NewSha256, range: TimeRange) {
    this.#identify = (ref: ObjectRef) => store.identify(ref);
    this.#range = range;
    this.#references = new KeySet(newSha256);
    this.#claims = new KeySet(newSha256);
  }

  /** To be shown every chain before its events: what is not reported of it, because it lies outside of the time asked for, tells where it delivered too. */
  seeListed({ chain, candidates }: ListedChain): void {
    const { folders } = this.#recordOf(chain);
    for (const { ref } of candidates) this.#addFolder(folders, ref);
  }

  /** To be shown every event of every chain of the account and region. */
  see(event: VerifyEvent): void {
    if (event.type === 'log') this.#seeLog(event);
    else if (event.type === 'digest') this.#seeDigest(event);
    else if (event.type === 'findings') for (const found of event.findings) this.#seeFinding(found);
    else if (event.type === 'chain' && event.report.chain.kind === 'standard') {
      const record = this.#chains.get(formatChainId(event.report.chain));
      if (!record) return;
      const { asked, coverage, rechecked } = event.report;
      record.asked = asked;
      record.coverage = coverage;
      // What was looked at again besides says nothing of the time between.
      if (rechecked) record.oldest = coverage[0]?.start ?? record.oldest;
    }
  }

  /** Whether a verified digest lists the object. */
  lists(ref: ObjectRef): boolean {
    return this.#references.has(this.#identify(ref));
  }

  /** Whether a verified digest lists any log of that kind. */
  mentions(kind: LogKind): boolean {
    return this.#kinds.has(kind);
  }

  /** Whether a log was delivered before or after the time asked for, by the time in its name. */
  isOutside(time: Instant): boolean {
    const { from, to } = this.#range;
    const { start, end } = deliveryOf(time);
    return (from !== undefined && end <= from) || (to !== undefined && start >= to);
  }

  /** The verdict on a log of a folder that no verified digest lists, by the time in its name. */
  judge(ref: ObjectRef, folder: Folder, time: Instant): Verdict {
    if (this.isOutside(time)) return { type: 'outside' };
    const verdict = this.#judgeByChains(ref.bucket, folder, time);
    if (verdict.type !== 'planted' && verdict.type !== 'gap') return verdict;
    const delivery = deliveryOf(time);
    if (this.#claims.has(this.#identify(ref))) return { type: 'unaccounted', state: 'undetermined', ...delivery };
    const unknown = this.#unknown.find((span) => span.start < delivery.end && span.end > delivery.start);
    return unknown ? { type: 'unaccounted', ...unknown } : verdict;
  }

  #judgeByChains(bucket: string, folder: Folder, time: Instant): Verdict {
    const delivery = deliveryOf(time);
    const id = this.#folderId(bucket, folder);
    const chains = [...this.#chains.values()].filter((chain) => chain.folders.has(id) && chain.asked !== undefined);
    const verdicts = chains.map((chain) => this.#judgeBy(chain, delivery, time));
    // A trail that had not begun or has long ended delivered nothing then, as long as there is another one.
    const alive = verdicts.filter(({ isOver }) => !isOver).map(({ verdict }) => verdict);
    const said = alive.length > 0 ? alive : verdicts.map(({ verdict }) => verdict);
    const order = ['outside', 'unaccounted', 'pending', 'gap', 'planted', 'before'] as const;
    for (const type of order) {
      const found = said.find((verdict) => verdict.type === type);
      if (found) return found;
    }
    return this.#isWhollyInside(delivery) ? { type: 'unaccounted', state: 'lost', ...delivery } : { type: 'outside' };
  }

  /** A log at the edges may be listed by a digest in which nobody looked. */
  #isWhollyInside({ start, end }: Interval): boolean {
    const { from, to } = this.#range;
    return (from === undefined || start >= from) && (to === undefined || end <= to);
  }

  #judgeBy(chain: ChainRecord, delivery: Interval, time: Instant): { verdict: Verdict; isOver: boolean } {
    const { from, to } = this.#range;
    const [start, end] = extentOf(chain);
    if (delivery.start < start) {
      return from === undefined
        ? { verdict: { type: 'before' }, isOver: true }
        : { verdict: { type: 'outside' }, isOver: false };
    }
    if (delivery.end > end && to !== undefined) return { verdict: { type: 'outside' }, isOver: false };
    const touched = chain.coverage.filter((part) => part.start < delivery.end && part.end > delivery.start);
    const verdict = verdictOf(touched);
    if (delivery.end <= end || verdict.type === 'unaccounted') return { verdict, isOver: false };
    const pending = { type: 'pending', start: end, end: Math.max(time, end) } as const;
    return { verdict: pending, isOver: time - end > STALE_FAILURE_AGE };
  }

  #seeLog({ ref }: LogEvent): void {
    this.#references.add(this.#identify(ref));
    const kind = parseLogKey(ref.key)?.kind;
    if (kind !== undefined) this.#kinds.add(kind);
  }

  #seeDigest(event: DigestEvent): void {
    const { chain, ref, start, end, trusted, starting } = event;
    if (!trusted) this.#seeUnproven(event);
    const record = this.#recordOf(chain);
    this.#addFolder(record.folders, ref);
    if (!trusted) return;
    // A starting digest lists nothing of the hour that it covers.
    record.oldest = Math.min(record.oldest, starting ? end : (start ?? end));
    record.newest = Math.max(record.newest, end);
  }

  #recordOf(chain: ChainId): ChainRecord {
    const id = formatChainId(chain);
    const record = this.#chains.get(id) ?? {
      folders: new Set<string>(),
      coverage: [],
      oldest: Number.POSITIVE_INFINITY,
      newest: Number.NEGATIVE_INFINITY,
    };
    this.#chains.set(id, record);
    return record;
  }

  #addFolder(folders: Set<string>, { bucket, key }: ObjectRef): void {
    const folder = parseDigestKey(key);
    if (folder) folders.add(this.#folderId(bucket, folder));
  }

  /**
   * A digest that is not verified vouches for nothing, but may be CloudTrail's. The logs of a backfill digest count by its own
   * list where only its signature is in doubt, otherwise by its time. Coverage tells of the time of other digests.
   */
  #seeUnproven({ chain, end, outcome, unprovenLogs }: DigestEvent): void {
    if (unprovenLogs) for (const ref of unprovenLogs) this.#claims.add(this.#identify(ref));
    else if (chain.kind === 'backfill') this.#addUnknown(end, outcome === 'failed' ? 'lost' : 'undetermined');
  }

  /** The oldest backfill digest that is left may name one before it. */
  #seeFinding({ code, subject, args }: Finding): void {
    if (code !== 'chain-begins-unanchored' || subject.type !== 'chain' || subject.chain.kind !== 'backfill') return;
    const end = parseDigestKey(args.predecessor.key)?.endTime;
    if (end !== undefined) this.#addUnknown(end, 'lost');
  }

  #addUnknown(end: Instant, state: 'lost' | 'undetermined'): void {
    this.#unknown.push({ start: end - BACKFILL_BEHIND, end, state });
  }

  #folderId(bucket: string, folder: Folder): string {
    return this.#identify({ bucket, key: toAccountFolder(folder) });
  }
}

/** When a log may have been delivered, by the time in its name. */
export const deliveryOf = (time: Instant): Interval => ({ start: time - NAME_AHEAD, end: time + NAME_BEHIND });

/** The time that is accounted for, with what verified digests at its edges cover beyond it. */
function extentOf({ asked, coverage, oldest, newest }: ChainRecord): [start: Instant, end: Instant] {
  const first = coverage[0];
  const last = coverage.at(-1);
  if (!first || !last) return [asked?.start ?? 0, asked?.end ?? 0];
  return [
    first.state === 'proven' ? Math.max(Math.min(first.start, oldest), first.start - HOUR) : first.start,
    last.state === 'proven' ? Math.min(Math.max(last.end, newest), last.end + HOUR) : last.end,
  ];
}

function verdictOf(touched: readonly CoverageInterval[]): Verdict {
  const inState = (...states: CoverageInterval['state'][]) => touched.find(({ state }) => states.includes(state));
  const broken = inState('lost', 'undetermined');
  if (broken) {
    const { start, end, state } = broken;
    return { type: 'unaccounted', state: state === 'lost' ? 'lost' : 'undetermined', start, end };
  }
  const pending = inState('pending');
  if (pending) return { type: 'pending', start: pending.start, end: pending.end };
  const gap = inState('gap');
  return gap ? { type: 'gap', start: gap.start, end: gap.end } : { type: 'planted' };
}
