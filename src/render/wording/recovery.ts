import type { RECOVERY } from '../../core/findings/codes/log.js';
import { formatInstant } from '../../core/time/instant.js';
import { countOf } from '../strings/numbers-and-times.js';
import type { Wordings } from './shared.js';

const KEEP =
  'Keep that version: `aws s3api get-object --bucket BUCKET --key KEY --version-id ID FILE`. Then find out who replaced it.';

/** What older versions say of an object that is missing or not what it should be. */
export const RECOVERY_WORDING: Wordings<keyof typeof RECOVERY> = {
  'digest-recovered': {
    title: ({ act, replacedAt }) => `valid version found, ${act} ${formatInstant(replacedAt)}`,
    meaning: () =>
      'This version of the digest is validly signed. The verification went on with it: its time counts as proven and its logs were checked. What lies there now is not what CloudTrail delivered.',
    next: () => KEEP,
  },
  'log-recovered': {
    title: ({ act, replacedAt }) => `intact version found, ${act} ${formatInstant(replacedAt)}`,
    meaning: () =>
      'This version has the hash that a verified digest states: the log as CloudTrail delivered it is not lost. What lies there now is something else, or nothing.',
    next: () => KEEP,
  },
  'object-versions-unmatched': {
    title: ({ count }) => (count === 0 ? 'no older versions' : `none of ${countOf(count, 'older version')} is valid`),
    meaning: () => 'Every version that the bucket keeps was read; none is proven to be what CloudTrail delivered.',
    next: () => 'Look for a replica or a backup of the object.',
  },
  'object-versions-unavailable': {
    title: ({ errorCode }) => `older versions not readable (${errorCode})`,
    meaning: () => 'Whether an older version is what CloudTrail delivered is not known.',
    next: () =>
      'Allow `s3:ListBucketVersions` on the bucket and `s3:GetObjectVersion` on its objects; restore versions that are archived.',
  },
};
