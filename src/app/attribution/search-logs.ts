import type { LogReference } from '../../core/digest/parse-digest.js';
import { parseDigest } from '../../core/digest/parse-digest.js';
import { parseTrailEvents, type TrailEvent } from '../../core/events/trail-event.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import { CredentialsError, type ObjectStore, StoreUnreachableError } from '../../ports/object-store.js';
import type { Stop } from '../async/cancellation.js';
import { turnstile } from '../async/limit-concurrency.js';
import { LIMITS, LOGS_SEARCHED_AT_ONCE } from '../limits.js';
import { readDigest } from '../objects/read-digest.js';
import type { RememberedDigest } from './verified-digest-index.js';

/** How many of a digest's logs were searched, and how many not. */
export interface Searched {
  readonly searched: number;
  readonly unsearched: number;
}

/**
 * Reads logs again for what they say, through the digests that were verified: a digest counts only with the bytes that it
 * was verified with, a log only with the hash that its digest vouches for. Whatever cannot be read or is something else
 * by now is not searched, nor what is left when the run is told to stop; nothing is thrown for it, for the verdict of the
 * run does not rest on it.
 */
export class LogSearch {
  readonly #store: ObjectStore;
  readonly #inflater: Inflater;
  readonly #turn = turnstile(LOGS_SEARCHED_AT_ONCE);
  readonly #stop: Stop;
  #isStoreLost = false;

  constructor(store: ObjectStore, inflater: Inflater, stop: Stop) {
    this.#store = store;
    this.#inflater = inflater;
    this.#stop = stop;
  }

  /** @param onEvent shown every event that can explain something, in no order */
  async search(digest: RememberedDigest, onEvent: (event: TrailEvent, log: ObjectRef) => void): Promise<Searched> {
    const logs = (await this.#unlessLost(() => this.#logsOf(digest))) ?? [];
    const searched = await this.searchLogs(logs, onEvent);
    return { searched, unsearched: digest.logs - searched };
  }

  /**
   * @param logs as verified digests list them
   * @returns how many of them were searched
   */
  async searchLogs(
    logs: readonly LogReference[],
    onEvent: (event: TrailEvent, log: ObjectRef) => void,
  ): Promise<number> {
    const found = await Promise.all(
      logs.map((log) =>
        this.#turn(async () => {
          const events = await this.#unlessLost(() => this.#eventsOf(log));
          for (const event of events ?? []) onEvent(event, { bucket: log.bucket, key: log.key });
          return events !== undefined;
        }),
      ),
    );
    return found.filter((isSearched) => isSearched).length;
  }

  async #logsOf({ ref, sha256 }: RememberedDigest): Promise<readonly LogReference[]> {
    const facts = await readDigest(this.#store, this.#inflater, ref);
    if (facts.status !== 'read' || facts.sha256 !== sha256) return [];
    const parsed = parseDigest(facts.bytes, { type: 'digest', ...ref });
    return parsed.ok ? parsed.digest.logs : [];
  }

  async #eventsOf(log: LogReference): Promise<readonly TrailEvent[] | undefined> {
    const object = await this.#store.get(log, LIMITS.wholeLog.stored);
    if (object.status !== 'found') return undefined;
    const content = this.#inflater.open(object.body, LIMITS.wholeLog.inflated);
    const isProven = content.status === 'read' && content.fault === undefined && content.sha256 === log.sha256;
    return isProven ? parseTrailEvents(content.bytes) : undefined;
  }

  /** Once the store is out of reach or the run is to end, nothing more is read. */
  async #unlessLost<T>(read: () => Promise<T>): Promise<T | undefined> {
    if (this.#isStoreLost || this.#stop.cuts()) return undefined;
    try {
      return await this.#stop.untilAbandoned(read());
    } catch (error) {
      if (!(error instanceof StoreUnreachableError || error instanceof CredentialsError)) throw error;
      this.#isStoreLost = true;
      return undefined;
    }
  }
}
