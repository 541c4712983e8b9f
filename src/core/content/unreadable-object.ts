import { type Finding, finding, type Subject } from '../findings/finding.js';
import type { GzipFault, Unread } from './object-content.js';

/** Says that an object could not be read, though it may be there, in the finding that fits. */
export function unreadObject(
  object: 'digest' | 'log' | 'query-sign-file' | 'query-file',
  subject: Subject,
  facts: Exclude<Unread, { status: 'not-found' }>,
): Finding {
  switch (facts.status) {
    case 'denied':
      return finding(`${object}-access-denied`, subject, facts.refusal);
    case 'archived':
      return finding(`${object}-archived`, subject, { storageClass: facts.storageClass });
    case 'too-large':
      return finding(`${object}-too-large`, subject, { measure: facts.measure, limit: facts.limit });
    case 'unavailable':
      return finding(`${object}-unavailable`, subject, facts.refusal);
  }
}

/** Says that a digest could not be read, in the finding that fits. */
export const unreadDigest = (subject: Subject, facts: Unread): Finding =>
  facts.status === 'not-found' ? finding('digest-missing', subject, {}) : unreadObject('digest', subject, facts);

/** Says that a log could not be read, in the finding that fits. */
export const unreadLog = (subject: Subject, expected: string, facts: Unread): Finding =>
  facts.status === 'not-found' ? finding('log-missing', subject, { expected }) : unreadObject('log', subject, facts);

/** Says what is wrong with a digest's gzip stream. */
export const malformedDigest = (subject: Subject, fault: GzipFault): Finding =>
  finding(`digest-gzip-${fault}`, subject, {});
