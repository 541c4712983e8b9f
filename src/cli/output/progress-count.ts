import type { Extent } from '../../app/progress-listener.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { MINUTE, SECOND } from '../../core/time/instant.js';
import { countOf, formatBytes, formatDuration, formatNumber } from '../../render/strings/numbers-and-times.js';

/** From when on there is something to go by: so long in milliseconds, and this part of the digests. */
const ESTIMATE_AFTER = 10 * SECOND;
const ESTIMATE_FROM = 0.1;

/** Counts what a run has done, and says it in a line. */
export class ProgressCount implements Extent {
  readonly #done = { chains: 0, digests: 0, logs: 0, results: 0, bytes: 0 };
  readonly #listed = { folders: 0, chains: 0, digests: 0 };
  #folders: number | undefined;

  foldersFound(count: number): void {
    this.#folders = count;
  }

  folderListed(chains: number, digests: number): void {
    this.#listed.folders += 1;
    this.#listed.chains += chains;
    this.#listed.digests += digests;
  }

  event(event: VerifyEvent): void {
    if (event.type === 'digest') this.#done.digests += 1;
    else if (event.type === 'chain') this.#done.chains += 1;
    else if (event.type === 'log') {
      this.#done.logs += 1;
      this.#done.bytes += event.size;
    } else if (event.type === 'query-results') {
      this.#done.results += 1;
      for (const { size } of event.files) this.#done.bytes += size;
    }
  }

  /** `3 of 17 chains, 1,200 of 4,000 digests, 45,000 logs, 3.2 GB, 1,500 logs/s, about 4 min left`. Time in milliseconds. */
  toText(elapsed: number): string {
    if (this.#folders === undefined) return 'looking for trails';
    const { chains, digests, logs, results, bytes } = this.#done;
    if (!this.#isAllListed && chains + digests === 0)
      return `listing digests, ${formatNumber(this.#listed.folders)} of ${countOf(this.#folders, 'folder')} done`;
    const left = this.#timeLeft(elapsed);
    return [
      ofAll(chains, this.#isAllListed ? this.#listed.chains : undefined, 'chain'),
      ofAll(digests, this.#isAllListed ? this.#listed.digests : undefined, 'digest'),
      countOf(logs, 'log'),
      ...(results > 0 ? [countOf(results, 'query result')] : []),
      formatBytes(bytes),
      ...(elapsed > SECOND ? [`${formatNumber(Math.round(logs / (elapsed / SECOND)))} logs/s`] : []),
      ...(left === undefined ? [] : [`about ${formatDuration(left)} left`]),
    ].join(', ');
  }

  get #isAllListed(): boolean {
    return this.#listed.folders === this.#folders;
  }

  /** Nothing is guessed: only where every digest that is to come has been listed, and enough of them are done. */
  #timeLeft(elapsed: number): number | undefined {
    const { digests: done } = this.#done;
    const { digests: all } = this.#listed;
    const canTell = this.#isAllListed && elapsed >= ESTIMATE_AFTER && done < all && done >= all * ESTIMATE_FROM;
    return canTell ? rough((elapsed / done) * (all - done)) : undefined;
  }
}

/** Links lead to more digests than were listed, at times. */
const ofAll = (done: number, all: number | undefined, noun: string): string =>
  all === undefined || done > all ? countOf(done, noun) : `${formatNumber(done)} of ${countOf(all, noun)}`;

/** To ten seconds, and from two minutes on to the minute. */
function rough(milliseconds: number): number {
  const step = milliseconds < 2 * MINUTE ? 10 * SECOND : MINUTE;
  return Math.max(1, Math.round(milliseconds / step)) * step;
}
