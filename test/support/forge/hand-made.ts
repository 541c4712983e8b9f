import { asVerified, type VerifiedDigest } from '../../../src/core/chain/digest-verifier.js';
import type { DigestLink } from '../../../src/core/digest/parse-digest.js';
import { toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { formatInstant, HOUR, type Instant } from '../../../src/core/time/instant.js';

const BUCKET = 'trail';

/** The place of a digest that ends then, as CloudTrail would name it. */
export const placeOf = (end: Instant, bucket = BUCKET, trailName = 'trail'): ObjectRef => {
  const region = 'us-east-1';
  const parts = { prefix: '', accountId: '111122223333', region, trailName, homeRegion: region, backfill: false };
  return { bucket, key: toDigestKey({ ...parts, endTime: end }) };
};

export const linkTo = (place: ObjectRef): DigestLink => ({ ...place, sha256: 'ab'.repeat(32), signature: 'abcd' });

/** A digest that is taken for verified without any signature: for what comes after the verdict. */
export function handMadeDigest(
  interval: { readonly start?: Instant; readonly end: Instant },
  previous?: ObjectRef,
  place = placeOf(interval.end),
): VerifiedDigest {
  const { end, start = end - HOUR } = interval;
  const digest = {
    accountId: '111122223333',
    start,
    end,
    endText: formatInstant(end),
    place,
    keyFingerprint: 'ab'.repeat(16),
    logs: [],
  };
  return asVerified(previous === undefined ? digest : { ...digest, previous: linkTo(previous) });
}
