import type { Finding, FindingCode, Subject } from '../findings/finding.js';
import { whereaboutsOf } from '../findings/finding-scope.js';

/** Codes of what is not found for itself: something else brings it about, and where that was found too, it is the cause. */
export const CONSEQUENCES: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'digest-logs-unverifiable',
  'query-files-unverifiable',
  'digest-recovered',
  'log-recovered',
  'object-versions-unmatched',
  'chain-interval-lost',
  'chain-interval-undetermined',
  'chain-stopped',
  'log-unaccounted',
  'log-in-gap',
  'attribution-event',
  'attribution-none',
]);

/**
 * What findings have in common that have one reason: a bucket that may not be listed, a region without keys, a copy without
 * metadata. Undefined for a finding that stands for itself, however many of its code there are.
 */
export function reasonOf(found: Finding): readonly string[] | undefined {
  const { code, subject } = found;
  const values: Readonly<Record<string, unknown>> = { ...found.args };
  const say = (...names: readonly string[]) => [code, ...names.map((name) => String(values[name] ?? ''))];
  switch (code) {
    case 'digest-signature-missing':
      // A metadata file that cannot be used is a fault of that one file.
      return found.args.metadataFile === undefined ? [code] : undefined;
    case 'digest-archived':
    case 'log-archived':
    case 'query-sign-file-archived':
    case 'query-file-archived':
      return [...say('storageClass'), bucketOf(subject)];
    case 'digest-access-denied':
    case 'log-access-denied':
    case 'query-sign-file-access-denied':
    case 'query-file-access-denied':
    case 'digest-unavailable':
    case 'log-unavailable':
    case 'query-sign-file-unavailable':
    case 'query-file-unavailable':
    case 'folder-access-denied':
    case 'folder-unavailable':
    case 'query-folder-not-listed':
    case 'object-versions-unavailable':
      return [...say('errorCode'), bucketOf(subject)];
    case 'digest-keys-unavailable':
    case 'query-keys-unavailable':
    case 'trail-status-unavailable':
      return say('errorCode');
    case 'trail-delivery-failing':
      return say('errorCode', 'part');
    case 'digest-key-unknown':
    case 'query-key-unknown':
      return say('region', 'fingerprint');
    case 'digest-key-unsuitable':
    case 'query-key-unsuitable':
      return say('fingerprint');
    case 'log-day-absent':
      return 'key' in subject ? [code, subject.bucket, subject.key.slice(0, subject.key.lastIndexOf('/'))] : undefined;
    case 'log-pending': {
      const { accountId = '', region = '' } = whereaboutsOf(found);
      return [...say('start'), accountId, region];
    }
    default:
      return undefined;
  }
}

const bucketOf = (subject: Subject): string => ('bucket' in subject ? subject.bucket : '');
