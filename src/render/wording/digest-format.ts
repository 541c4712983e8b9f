import { prefixed } from '../../core/findings/codes/define.js';
import type { DIGEST_FORM } from '../../core/findings/codes/digest.js';
import { countOf, formatNumber, formatTimes } from '../strings/numbers-and-times.js';
import { gzipWording, oversize, unreadWording, VERSIONS_NEXT, type Wording, type Wordings } from './shared.js';

type FormCode = keyof typeof DIGEST_FORM;

const NOT_JUDGED = 'Nothing is said of it, nor of the logs it lists.';
const NOT_BELIEVED =
  'CloudTrail does not write digests like this. A digest that cannot be read for certain is not believed, whatever its signature.';
const GET_ANOTHER =
  'Get the digest again from the bucket, from an older version of the object, or from a backup, and verify again.';

/** A document that is not a digest. `reason` follows the title with why that matters. */
const document = <C extends FormCode>(
  title: Wording<C>['title'],
  reason: Wording<C>['meaning'] = () => NOT_BELIEVED,
): Wording<C> => ({ title, meaning: reason, next: () => GET_ANOTHER });

/** A digest as an object, as a gzip stream and as a document. */
export const DIGEST_FORM_WORDING: Wordings<FormCode> = {
  'digest-missing': {
    title: () => 'not found',
    meaning: () =>
      'The chain leads to this digest, and there is no object of that name: it was deleted, moved or not copied. Nothing else vouches for the logs it listed.',
    next: () => `In a copy, make sure that the copy is complete. ${VERSIONS_NEXT}`,
  },
  ...prefixed('digest', unreadWording('digest', NOT_JUDGED)),
  'digest-too-large': {
    title: oversize,
    meaning: () =>
      `The object is far larger than the digests that CloudTrail writes, and was not read to its end. ${NOT_JUDGED}`,
    next: () => 'Find out who wrote the object. Digests of CloudTrail have a few kilobytes, seldom megabytes.',
  },
  'digest-key-unrecognised': {
    title: () => 'not a name that CloudTrail gives',
    meaning: () =>
      'The object lies among digests, but its name is not one that CloudTrail gives to a digest, so it cannot be placed in a chain.',
    next: () => 'Find out who put it there. It may be a stray file; CloudTrail did not deliver it under this name.',
  },
  ...prefixed(
    'digest-gzip',
    gzipWording<Extract<FormCode, `digest-gzip-${string}`>>(
      (sentence) =>
        `${sentence} CloudTrail delivers one whole gzip stream, so the object was changed or damaged after delivery.`,
    ),
  ),
  'digest-not-utf8': document(() => 'not UTF-8 text'),
  'digest-not-json': document(() => 'not JSON'),
  'digest-not-an-object': document(() => 'not a JSON object'),
  'digest-nested-too-deep': document(({ limit }) => `JSON nested deeper than ${limit} levels`),
  'digest-duplicate-key': document(
    ({ field }) => `the key ${field} stands there twice`,
    () => `Two readers could take different values from such a document. ${NOT_BELIEVED}`,
  ),
  'digest-field-missing': document(({ field }) => `${field} is missing`),
  'digest-field-type-wrong': document(({ field, expected }) => `${field} is not of type ${expected}`),
  'digest-timestamp-invalid': document(({ field }) => `${field} is not a time`),
  'digest-interval-invalid': document((interval) => `reversed: ${formatTimes(interval)}`),
  'digest-hash-malformed': document(({ field }) => `${field} is not a SHA-256 hash`),
  'digest-fingerprint-malformed': document(({ field }) => `${field} is not a fingerprint`),
  'digest-signature-malformed': document(
    ({ field }) => `${field} is not a signature`,
    () =>
      'A signature is written in hexadecimal digits. What stands in its place is something else and cannot be checked: it was changed or damaged after delivery.',
  ),
  'digest-algorithm-unknown': document(
    ({ field, actual }) => `${field} is ${actual}`,
    () =>
      'CloudTrail signs with SHA256withRSA and hashes with SHA-256. No other algorithm is accepted, so that nobody can have a weaker one used.',
  ),
  'digest-link-incomplete': document(
    () => 'its link to the digest before it is incomplete',
    () =>
      'CloudTrail fills in all fields of the link, or none in a starting digest. Here only some are empty. The digest is not believed.',
  ),
  'digest-faults-limited': document(
    ({ limit, count }) => `${countOf(count, 'fault')} or more beyond the first ${formatNumber(limit)}`,
    () => `Only the first faults of a digest are told one by one. ${NOT_BELIEVED}`,
  ),
};
