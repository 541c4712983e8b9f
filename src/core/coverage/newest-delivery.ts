import type { Candidate } from '../chain/walk.js';
import { type Finding, finding } from '../findings/finding.js';
import type { ChainId } from '../objects/chain-id.js';
import { HOUR, type Instant } from '../time/instant.js';

/** A digest is normally delivered within half an hour of its end, and an hour before the next one. */
const LONGEST_DELIVERY = HOUR;

/** Whether the digest that was delivered then must have been a newer one than one that ends so. */
export const isNewerDelivered = (deliveredAt: Instant, end: Instant): boolean => deliveredAt - end > LONGEST_DELIVERY;

/** The end of the last digest that was delivered by then, after one that ends so: they follow one another by the hour. */
export const deliveredEnd = (deliveredAt: Instant, end: Instant): Instant =>
  end + Math.floor((deliveredAt - end) / HOUR) * HOUR;

/**
 * That digests were deleted which CloudTrail delivered.
 * @param newest the newest that is left; undefined where there is none
 */
export function newestDeleted(chain: ChainId, deliveredAt: Instant, newest: Candidate | undefined): Finding {
  const subject = { type: 'chain', chain } as const;
  if (!newest) return finding('chain-newest-digest-deleted', subject, { deliveredAt });
  const { ref: last, end: start } = newest;
  const end = deliveredEnd(deliveredAt, start);
  return finding('chain-newest-digest-deleted', subject, { start, end, deliveredAt, last });
}
