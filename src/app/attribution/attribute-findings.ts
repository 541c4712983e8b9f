import { canExplain, Explanations, toUnexplained, type Unexplained } from '../../core/attribution/attribution.js';
import type { Policy } from '../../core/chain/digest-verifier.js';
import type { TrailEvent } from '../../core/events/trail-event.js';
import { type Finding, finding, type Naming } from '../../core/findings/finding.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { Stop, type StopSignals } from '../async/cancellation.js';
import { inOrder } from '../async/read-ahead.js';
import { DIGESTS_SEARCHED_AT_ONCE, EVENTS_TOLD, FINDINGS_ATTRIBUTED, REFUSED_CALLS_COUNTED } from '../limits.js';
import { LogSearch, type Searched } from './search-logs.js';
import { DigestMemory, type RememberedDigest } from './verified-digest-index.js';

/** What there is to work with. */
interface AttributionSetting {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  readonly stopSignals?: StopSignals;
}

/**
 * Says who did what was found, by the word of verified logs alone. While the run goes on it only remembers what wants an
 * explanation and which digests were verified; then their logs are read a second time.
 */
export class Attribution {
  readonly #setting: AttributionSetting;
  readonly #memory = new DigestMemory();
  readonly #unexplained: Unexplained[] = [];
  /** Digests and logs that are among them. */
  readonly #objects = new Set<string>();
  #beyond = 0;
  #lastBeyond = '';

  constructor(setting: AttributionSetting) {
    this.#setting = setting;
  }

  /** The same policy; what it verifies is remembered. */
  watch<Examined extends { readonly sha256?: string }>(policy: Policy<Examined>): Policy<Examined> {
    return {
      ...policy,
      conclude: async (examined, expectation) => {
        const judgement = await policy.conclude(examined, expectation);
        if (judgement.digest && examined.sha256 !== undefined) this.#memory.remember(judgement.digest, examined.sha256);
        return judgement;
      },
    };
  }

  /** To be shown every event of the run. */
  see(event: VerifyEvent): void {
    if (event.type === 'digest' || event.type === 'log' || event.type === 'findings')
      for (const each of event.findings) this.#seeFinding(each);
  }

  /** To be asked for when the run is over: what explains each finding, in their order. */
  async *findings(): AsyncGenerator<readonly Finding[]> {
    if (this.#unexplained.length === 0) return;
    const causes = new Map(this.#unexplained.map((item) => [item, new Causes(item)]));
    await this.#search(causes);
    for (const cause of causes.values()) yield cause.findings();
    if (this.#beyond > 0) {
      const args = { limit: FINDINGS_ATTRIBUTED, count: this.#beyond };
      yield [finding('attribution-limited', { type: 'run' }, args)];
    }
  }

  /** One act on an object may be found out in several ways: it is attributed once. */
  #seeFinding(found: Finding): void {
    const item = toUnexplained(found);
    if (!item) return;
    const { subject } = item;
    const isObject = subject.type === 'digest' || subject.type === 'log';
    const name = isObject ? `${subject.type} ${subject.bucket}/${subject.key}` : '';
    if (isObject && (this.#objects.has(name) || this.#lastBeyond === name)) return;
    if (this.#unexplained.length < FINDINGS_ATTRIBUTED) {
      this.#unexplained.push(item);
      if (isObject) this.#objects.add(name);
    } else {
      this.#beyond += 1;
      this.#lastBeyond = name;
    }
  }

  async #search(causes: ReadonlyMap<Unexplained, Causes>): Promise<void> {
    const memory = this.#memory;
    const explanations = new Explanations(this.#unexplained, memory.buckets, (chain) => memory.placesOf(chain));
    const { store, inflater, stopSignals } = this.#setting;
    const search = new LogSearch(store, inflater, new Stop(stopSignals));
    const note = (event: TrailEvent, log: ObjectRef): void => {
      for (const [item, names] of explanations.of(event, log)) causes.get(item)?.add(event, log, names);
    };
    const searches = searchesOf(memory.digests(), this.#unexplained, (digest) => search.search(digest, note));
    for await (const { items, counts } of inOrder(searches, DIGESTS_SEARCHED_AT_ONCE, 1)) {
      for (const item of items) causes.get(item)?.addSearched(counts);
    }
  }
}

interface SearchedDigest {
  /** What its logs might have explained. */
  readonly items: readonly Unexplained[];
  readonly counts: Searched;
}

/** A search for each digest whose logs may explain something. */
function* searchesOf(
  digests: Iterable<RememberedDigest>,
  unexplained: readonly Unexplained[],
  search: (digest: RememberedDigest) => Promise<Searched>,
): Generator<() => AsyncGenerator<SearchedDigest>> {
  for (const digest of digests) {
    const items = unexplained.filter((item) => canExplain(item, digest));
    if (items.length === 0) continue;
    yield async function* () {
      yield { items, counts: await search(digest) };
    };
  }
}

/** What is told of an event; what else it names may be much. */
interface Cause extends Pick<TrailEvent, 'eventId' | 'eventName' | 'eventTime' | 'actor'> {
  readonly log: ObjectRef;
  readonly names: Naming;
}

/** What explains one finding: the same whatever the order in which the events come. */
class Causes {
  readonly #item: Unexplained;
  /** By time. Two trails may record one event, in two logs. */
  readonly #told: Cause[] = [];
  readonly #refused = new Set<string>();
  #hasMore = false;
  #searched = 0;
  #unsearched = 0;

  constructor(item: Unexplained) {
    this.#item = item;
  }

  add({ eventId, eventName, eventTime, actor, isRefused }: TrailEvent, log: ObjectRef, names: Naming): void {
    if (isRefused) {
      if (this.#refused.size < REFUSED_CALLS_COUNTED) this.#refused.add(eventId);
      return;
    }
    const cause = { eventId, eventName, eventTime, actor, log, names };
    const known = this.#told.findIndex((each) => each.eventId === eventId);
    const before = this.#told[known];
    if (!before) this.#told.push(cause);
    else if (compare(cause, before) < 0) this.#told[known] = cause;
    this.#told.sort(compare);
    if (this.#told.length <= EVENTS_TOLD) return;
    this.#told.splice(EVENTS_TOLD / 2, 1);
    this.#hasMore = true;
  }

  addSearched({ searched, unsearched }: Searched): void {
    this.#searched += searched;
    this.#unsearched += unsearched;
  }

  findings(): readonly Finding[] {
    const { code, subject, args } = this.#item;
    const about = { explains: code, ...args };
    if (this.#told.length === 0) {
      const counts = { searched: this.#searched, unsearched: this.#unsearched, refusedCalls: this.#refused.size };
      return [finding('attribution-none', subject, { ...about, ...counts })];
    }
    return this.#told.map(({ actor, ...event }) =>
      finding('attribution-event', subject, { ...about, ...event, ...actor, hasMore: this.#hasMore }),
    );
  }
}

const compare = (a: Cause, b: Cause): number => a.eventTime - b.eventTime || order(nameOf(a), nameOf(b));

const nameOf = ({ eventId, log }: Cause): string => `${eventId} ${log.bucket}/${log.key}`;

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
