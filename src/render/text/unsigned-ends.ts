import type { Finding } from '../../core/findings/finding.js';
import { chainOfSubject, timeOf } from '../../core/findings/finding-scope.js';
import { formatChainId } from '../../core/objects/chain-id.js';
import type { ChainReport } from '../../core/report/verify-events.js';
import type { Instant } from '../../core/time/instant.js';

/** Chains that are proven up to newest digests of which nothing is in doubt but that no signature is at hand. */
export class UnsignedEnds {
  /** By chain whose end has not come: when its newest digest without a signature ends. */
  readonly #open = new Map<string, Instant>();
  #count = 0;
  #provenTo: Instant = Number.POSITIVE_INFINITY;

  /** Such chains. */
  get count(): number {
    return this.#count;
  }

  /** Up to when all of them are proven. */
  get provenTo(): Instant {
    return this.#provenTo;
  }

  see(found: Finding): void {
    if (found.code !== 'digest-signature-missing' || found.args.metadataFile !== undefined) return;
    const chain = chainOfSubject(found.subject);
    const end = timeOf(found)?.end;
    if (!chain || end === undefined) return;
    const id = formatChainId(chain);
    this.#open.set(id, Math.max(end, this.#open.get(id) ?? end));
  }

  close({ chain, coverage }: ChainReport): void {
    const id = formatChainId(chain);
    const end = this.#open.get(id);
    this.#open.delete(id);
    const [last] = coverage.slice(-1);
    if (end === undefined || last?.state !== 'undetermined' || end <= last.start) return;
    if (coverage.at(-2)?.state !== 'proven') return;
    this.#count += 1;
    this.#provenTo = Math.min(this.#provenTo, last.start);
  }
}
