import type { VerifiedDigest } from '../chain/digest-verifier.js';
import type { UnverifiedDigest } from '../digest/parse-digest.js';
import type { ChainKind } from '../objects/chain-id.js';
import { identifyByName, type ObjectRef } from '../objects/object-ref.js';
import type { Instant, Interval } from '../time/instant.js';
import { type Trouble, worseTrouble } from './unproven-reason.js';

/**
 * The time of which a verified digest proves what was delivered. A starting digest covers the hour before logging began: of
 * that hour it proves nothing, so that its time is its end alone.
 */
export const provenTime = ({
  start,
  end,
  previous,
}: Pick<UnverifiedDigest, 'start' | 'end' | 'previous'>): Interval => ({
  start: previous ? start : end,
  end,
});

/** The same in a chain of a kind. A backfill digest accounts for no time: its own is that of the logs that it lists. */
export const provenTimeIn = (
  kind: ChainKind,
  digest: Pick<UnverifiedDigest, 'start' | 'end' | 'previous'>,
): Interval => (kind === 'backfill' ? { start: digest.start, end: digest.end } : provenTime(digest));

/** Time that verified digests prove without a hole between them. */
export interface Segment extends Interval {
  /** Its first digest. */
  readonly oldest: ObjectRef;
  /** Its last digest. */
  readonly newest: ObjectRef;
  /** Whether the first is a starting digest, so that logging began at `start`. */
  readonly isStart: boolean;
  /** Where the time of the first digest begins by its own word: of a starting digest an hour before `start`. */
  readonly claimedStart: Instant;
  /** The worst that is known of digests between this segment and the newer one, or after it where it is the newest. */
  readonly trouble?: Trouble;
}

/** What the walk of a chain came to. */
export interface Segments {
  /** Newest first. */
  readonly segments: readonly Segment[];
  /** The worst that is known of digests that are older than all segments. */
  readonly below?: Trouble;
}

/** Collects what the walk of a chain shows, newest first: one entry for each hole, however many digests there are. */
export class SegmentCollector {
  readonly #segments: Segment[] = [];
  /** Verified digests that newer ones pass over, by the place of their predecessor. */
  readonly #passedOver = new Map<string, Pick<VerifiedDigest, 'start' | 'end' | 'place'>>();
  #trouble: Trouble | undefined;

  /** A digest that is not verified, or not there. */
  addUnproven(trouble: Trouble): void {
    this.#trouble = worseTrouble(this.#trouble, trouble);
  }

  /** The next older verified digest. */
  addProven(digest: VerifiedDigest): void {
    const { place, start: claimedStart, end } = digest;
    const { start } = provenTime(digest);
    const isStart = digest.previous === undefined;
    const last = this.#segments.at(-1);
    const trouble = this.#trouble;
    this.#trouble = undefined;
    if (last && !last.isStart && !trouble && last.start === end)
      this.#segments[this.#segments.length - 1] = { ...last, start, oldest: place, isStart, claimedStart };
    else
      this.#segments.push({
        start,
        end,
        oldest: place,
        newest: place,
        isStart,
        claimedStart,
        ...(trouble && { trouble }),
      });
  }

  /** A verified digest that newer ones pass over. It counts only where it is the end of a run before a restart. */
  addPassedOver({ start, end, place, previous }: VerifiedDigest): void {
    if (previous) this.#passedOver.set(identifyByName(previous), { start, end, place });
  }

  /** What was collected. The last digest of a run may end after logging began again, so that the walk passes it over. */
  get segments(): Segments {
    const segments = this.#segments.map((segment, index) =>
      this.#segments[index - 1]?.isStart ? this.#extended(segment) : segment,
    );
    return { segments, ...(this.#trouble && { below: this.#trouble }) };
  }

  #extended(segment: Segment): Segment {
    let longest = segment;
    for (
      let next = this.#passedOver.get(identifyByName(longest.newest));
      next && next.start === longest.end && next.end > longest.end;
      next = this.#passedOver.get(identifyByName(longest.newest))
    )
      longest = { ...longest, end: next.end, newest: next.place };
    return longest;
  }
}
