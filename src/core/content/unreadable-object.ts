import { type Finding, finding, type Subject } from '../findings/finding.js';
import type { GzipFault, Unread } from './object-content.js';

/** Says that a digest could not be read, in the finding that fits. */
export function unreadDigest(subject: Subject, facts: Unread): Finding {
  switch (facts.status) {
    case 'not-found':
      return finding('digest-missing', subject, {});
    case 'denied':
      return finding('digest-access-denied', subject, facts.refusal);
    case 'archived':
      return finding('digest-archived', subject, { storageClass: facts.storageClass });
    case 'too-large':
      return finding('digest-too-large', subject, { measure: facts.measure, limit: facts.limit });
    case 'unavailable':
      return finding('digest-unavailable', subject, facts.refusal);
  }
}

/** Says that a log could not be read, in the finding that fits. */
export function unreadLog(subject: Subject, expected: string, facts: Unread): Finding {
  switch (facts.status) {
    case 'not-found':
      return finding('log-missing', subject, { expected });
    case 'denied':
      return finding('log-access-denied', subject, facts.refusal);
    case 'archived':
      return finding('log-archived', subject, { storageClass: facts.storageClass });
    case 'too-large':
      return finding('log-too-large', subject, { measure: facts.measure, limit: facts.limit });
    case 'unavailable':
      return finding('log-unavailable', subject, facts.refusal);
  }
}

/** Says what is wrong with a digest's gzip stream. */
export const malformedDigest = (subject: Subject, fault: GzipFault): Finding =>
  finding(`digest-gzip-${fault}`, subject, {});
