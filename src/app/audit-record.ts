import { formatChainId } from '../core/chain.js';
import { type CoverageInterval, STALE_FAILURE_AGE } from '../core/coverage.js';
import type { DigestEvent, LogEvent, VerifyEvent } from '../core/events.js';
import { HOUR, type Instant, type Interval, MINUTE } from '../core/instant.js';
import { type Folder, type LogKind, parseDigestKey, parseLogKey, toAccountFolder } from '../core/object-key.js';
import type { ObjectRef } from '../core/objects.js';
import { identifyIn, type ObjectStore } from '../ports/object-store.js';
import type { NewSha256 } from '../ports/sha256.js';
import { KeySet } from './key-set.js';
import type { TimeRange } from './list-digests.js';

/** The time in a log's name is rounded up to five minutes, so that delivery may come before it by this much. */
const NAME_AHEAD = 5 * MINUTE;
/** How long after the time in its name a log may be delivered, and so be listed by a later digest. */
const NAME_BEHIND = 30 * MINUTE;

/**
 * What the digests say of a log that they do not list. `planted`: those that would are verified. `unaccounted`: they
 * are lost or undetermined. `outside`: they lie outside of what was looked at. `pending`: they are not due, or late.
 * `gap`: there were none. `before`: it is older than all.
 */
export type Verdict =
  | { readonly type: 'planted' | 'outside' | 'before' }
  | ({ readonly type: 'unaccounted'; readonly state: 'lost' | 'undetermined' } & Interval)
  | ({ readonly type: 'pending' | 'gap' } & Interval);

interface ChainRecord {
  /** Where it delivered to. */
  readonly folders: Set<string>;
  /** Empty until the chain is done, and for backfill chains, which account for no time. */
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
  readonly #kinds = new Set<LogKind>();
  readonly #chains = new Map<string, ChainRecord>();

  constructor(store: ObjectStore, newSha256: NewSha256, range: TimeRange) {
    this.#identify = identifyIn(store);
    this.#range = range;
    this.#references = new KeySet(newSha256);
  }

  /** To be shown every event of every chain of the account and region. */
  see(event: VerifyEvent): void {
    if (event.type === 'log') this.#seeLog(event);
    else if (event.type === 'digest') this.#seeDigest(event);
    else if (event.type === 'chain' && event.report.chain.kind === 'standard') {
      const record = this.#chains.get(formatChainId(event.report.chain));
      if (!record) return;
      const { coverage, rechecked } = event.report;
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

  /** What is to be said of a log of a folder that no digest lists, by the time in its name. */
  judge(bucket: string, folder: Folder, time: Instant): Verdict {
    const delivery = { start: time - NAME_AHEAD, end: time + NAME_BEHIND };
    const id = this.#folderId(bucket, folder);
    const chains = [...this.#chains.values()].filter((chain) => chain.folders.has(id) && chain.coverage.length > 0);
    const verdicts = chains.map((chain) => this.#judgeBy(chain, delivery, time));
    // A trail that had not begun or has long ended delivered nothing then, as long as there is another one.
    const alive = verdicts.filter(({ isOver }) => !isOver).map(({ verdict }) => verdict);
    const said = alive.length > 0 ? alive : verdicts.map(({ verdict }) => verdict);
    const order = ['outside', 'unaccounted', 'pending', 'gap', 'planted', 'before'] as const;
    for (const type of order) {
      const found = said.find((verdict) => verdict.type === type);
      if (found) return found;
    }
    return { type: 'unaccounted', state: 'lost', ...delivery };
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

  #seeDigest({ chain, ref, start, end, trusted }: DigestEvent): void {
    const id = formatChainId(chain);
    const record = this.#chains.get(id) ?? {
      folders: new Set<string>(),
      coverage: [],
      oldest: Number.POSITIVE_INFINITY,
      newest: Number.NEGATIVE_INFINITY,
    };
    this.#chains.set(id, record);
    const folder = parseDigestKey(ref.key);
    if (folder) record.folders.add(this.#folderId(ref.bucket, folder));
    if (!trusted) return;
    record.oldest = Math.min(record.oldest, start ?? end);
    record.newest = Math.max(record.newest, end);
  }

  #folderId(bucket: string, folder: Folder): string {
    return this.#identify({ bucket, key: toAccountFolder(folder) });
  }
}

/** The time that is accounted for, with what verified digests at its edges cover beyond it. */
function extentOf({ coverage, oldest, newest }: ChainRecord): [start: Instant, end: Instant] {
  const first = coverage[0];
  const last = coverage.at(-1);
  if (!first || !last) return [0, 0];
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
