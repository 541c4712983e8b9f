import { FAILURE_ID_LENGTH, type Failures, MOST_FAILURES } from '../../core/checkpoint/checkpoint.js';
import type { Finding } from '../../core/findings/finding.js';
import { identityOf } from '../../core/findings/finding-identity.js';
import type { Instant } from '../../core/time/instant.js';

/** The failures of a run beside those of the runs before: a failure is the same as long as its identity is. */
export class FailureLog {
  readonly #before: Failures | undefined;
  /** Remembered, and not found in this run so far. */
  readonly #unseen: Set<string>;
  readonly #all: Set<string>;
  /** Found in this run when no more could be remembered. */
  #beyond = 0;

  constructor(before?: Failures) {
    this.#before = before;
    this.#unseen = new Set(before?.findings);
    this.#all = new Set(before?.findings);
  }

  add(found: Finding): void {
    const id = identityOf(found).slice(0, FAILURE_ID_LENGTH);
    this.#unseen.delete(id);
    if (this.#all.has(id)) return;
    if (this.#all.size < MOST_FAILURES) this.#all.add(id);
    else this.#beyond += 1;
  }

  /** What earlier runs have found and this one has not; undefined where there is nothing. */
  earlier(): { readonly count: number; readonly since: Instant } | undefined {
    if (!this.#before) return undefined;
    const { since, more = 0 } = this.#before;
    const count = this.#unseen.size + Math.max(0, more - this.#beyond);
    return count === 0 ? undefined : { count, since };
  }

  /** All failures so far. @param now the time of the run */
  next(now: Instant): Failures | undefined {
    if (this.#all.size === 0) return undefined;
    const more = Math.max(this.#before?.more ?? 0, this.#beyond);
    return { since: this.#before?.since ?? now, findings: [...this.#all].sort(), ...(more > 0 && { more }) };
  }
}
