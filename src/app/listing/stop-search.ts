import type { VerifiedDigest } from '../../core/chain/digest-verifier.js';
import type { WalkStep } from '../../core/chain/walk.js';
import { type Restart, type TimeFinding, toStopped } from '../../core/coverage/coverage.js';
import type { LogReference } from '../../core/digest/parse-digest.js';
import { stopsChain, type TrailEvent } from '../../core/events/trail-event.js';
import type { Finding } from '../../core/findings/finding.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { HOUR, type Instant } from '../../core/time/instant.js';
import type { LogSearch } from '../attribution/search-logs.js';
import { STOP_LOGS_SEARCHED, STOPS_SEARCHED } from '../limits.js';

/** Digests at the end of a run whose logs are searched. CloudTrail may deliver an event some minutes late, in the hour after its own. */
const LAST_DIGESTS = 2;
/** So long before the end of a run the event that ended it lies, at most. */
const STOP_REACH = 2 * HOUR;

/** A digest near the end of a run. */
interface Last {
  readonly end: Instant;
  readonly logs: readonly LogReference[];
}

/** An event that stopped the digests of a chain, and the verified log that holds it. */
export interface Stop {
  readonly event: TrailEvent;
  readonly log: ObjectRef;
}

/**
 * Searches the logs before a restart for the event that ended the run. The final digest of a run covers the logs up to and with
 * that event: where a verified digest at the end of the run lists a verified log that holds it, no digest after it is missing.
 */
export class StopSearch {
  readonly #chain: ChainId;
  readonly #search: Pick<LogSearch, 'searchLogs'>;
  readonly #last: Last[] = [];
  /** How many more digests of the run that the walk is in belong to its end. */
  #left = 0;
  #logs = 0;

  constructor(chain: ChainId, search: Pick<LogSearch, 'searchLogs'>) {
    this.#chain = chain;
    this.#search = search;
  }

  /** To be shown every step of the walk. */
  see(step: WalkStep): void {
    const digest = step.type === 'digest' ? step.judgement.digest : undefined;
    if (step.type !== 'digest' || !digest || this.#chain.kind !== 'standard') return;
    // The last digest of a run may end after logging began again, so that the walk passes it over.
    if (step.isUnlinked) this.#keep(digest);
    else {
      if (this.#left > 0) this.#keep(digest);
      this.#left = digest.previous ? Math.max(0, this.#left - 1) : LAST_DIGESTS;
    }
  }

  /** The same findings, with `chain-stopped` for each gap before which an event ended the run. */
  async judge(findings: readonly TimeFinding[]): Promise<readonly Finding[]> {
    const judged: Finding[] = [];
    let searches = 0;
    for (const { finding, restart } of findings) {
      const isSearched = restart !== undefined && searches < STOPS_SEARCHED;
      if (isSearched) searches += 1;
      const stop = isSearched ? await this.#stopOf(restart) : undefined;
      judged.push(stop && finding.code === 'chain-gap' ? toStopped(finding, stop) : finding);
    }
    return judged;
  }

  #keep({ end, logs }: VerifiedDigest): void {
    if (this.#logs + logs.length > STOP_LOGS_SEARCHED) return;
    this.#logs += logs.length;
    this.#last.push({ end, logs });
  }

  async #stopOf({ runStart = Number.NEGATIVE_INFINITY, runEnd }: Restart): Promise<Stop | undefined> {
    const isNear = (time: Instant) => time <= runEnd && time > runEnd - STOP_REACH && time > runStart;
    const logs = this.#last.flatMap((digest) => (isNear(digest.end) ? digest.logs : []));
    let found: Stop | undefined;
    await this.#search.searchLogs(logs, (event, log) => {
      if (!isNear(event.eventTime) || !stopsChain(event, this.#chain)) return;
      if (!found || isLater({ event, log }, found)) found = { event, log };
    });
    return found;
  }
}

/** Logs are searched in no order. */
const isLater = (a: Stop, b: Stop): boolean =>
  a.event.eventTime > b.event.eventTime || (a.event.eventTime === b.event.eventTime && nameOf(a) > nameOf(b));

const nameOf = ({ event, log }: Stop): string => `${event.eventId} ${log.bucket}/${log.key}`;
