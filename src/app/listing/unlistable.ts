import { type Finding, finding } from '../../core/findings/finding.js';
import type { ListingError } from '../../ports/object-store.js';

/** A listing that could not be had, as a finding about the folder. */
export function unlistable(error: ListingError, place: { readonly bucket: string; readonly key: string }): Finding {
  const subject = { type: 'folder', ...place } as const;
  const { reason } = error;
  if (reason.status === 'denied') return finding('folder-access-denied', subject, reason.refusal);
  const refusal =
    reason.status === 'unavailable' ? reason.refusal : { errorCode: 'NoSuchBucket', message: error.message };
  return finding('folder-unavailable', subject, refusal);
}
