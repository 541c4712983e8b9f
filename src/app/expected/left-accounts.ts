import type { Candidate } from '../../core/chain/walk.js';
import { STALE_FAILURE_AGE } from '../../core/coverage/coverage.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import type { Instant } from '../../core/time/instant.js';
import type { MemberAccount } from '../../ports/trail-directory.js';
import type { ListedChain } from '../listing/list-digests.js';

/**
 * The accounts of an organization trail that Organizations does not name, or names as suspended: they left or were closed.
 * CloudTrail delivers no more digests of them, and nobody knows since when.
 */
export class LeftAccounts {
  /** Undefined where nobody knows the members. */
  readonly #members: ReadonlySet<string> | undefined;
  readonly #newest = new Map<string, Candidate | undefined>();
  readonly #ends: { readonly listed: ListedChain; readonly newest: Candidate }[] = [];

  /**
   * @param owner whose trail it is
   * @param accounts of the organization; undefined where nobody knows them
   * @param expected accounts that must have digests, whatever Organizations says
   */
  constructor(owner: string | undefined, accounts: readonly MemberAccount[] | undefined, expected: readonly string[]) {
    const active = accounts?.filter(({ isActive }) => isActive).map(({ accountId }) => accountId);
    // The accounts of another organization say nothing of this one.
    if (active && owner !== undefined && active.includes(owner)) this.#members = new Set([...active, ...expected]);
  }

  has(accountId: string): boolean {
    return this.#members !== undefined && !this.#members.has(accountId);
  }

  /** An account of which there are no digests at the end of the time asked for. */
  see(accountId: string, listed?: ListedChain): void {
    const newest = listed?.candidates.at(-1);
    const known = this.#newest.get(accountId);
    if (!known || (newest && newest.end > known.end)) this.#newest.set(accountId, newest);
    if (listed && newest) this.#ends.push({ listed, newest });
  }

  /**
   * Which accounts have left. An account leaves with all its regions at once: where a chain ends earlier than others of its
   * account, its last digests are gone.
   * @param to the end that was asked for, if any
   */
  findings(to: Instant | undefined): readonly Finding[] {
    const early =
      to === undefined
        ? []
        : this.#ends.flatMap(({ listed: { chain }, newest: { ref, end } }) => {
            const last = this.#newest.get(chain.accountId)?.end ?? end;
            const isEarly = last - end > STALE_FAILURE_AGE;
            return isEarly
              ? [finding('chain-ends-early', { type: 'chain', chain }, { start: end, end: to, last: ref })]
              : [];
          });
    const left = [...this.#newest].map(([accountId, newest]) =>
      finding('organization-account-left', { type: 'run' }, { accountId, ...(newest && { last: newest.ref }) }),
    );
    return [...early, ...left];
  }
}
