import type { Finding, FindingCode } from '../../core/findings/finding.js';
import type { Renderer } from '../renderer.js';

const ARCHIVED: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'digest-archived',
  'log-archived',
  'query-sign-file-archived',
  'query-file-archived',
]);

/**
 * The objects that must be restored before they can be read, as a manifest for a job of S3 Batch Operations: a line
 * `bucket,key` for each, without a header, keys encoded as in a URL. A job takes objects of one bucket only.
 */
export function restoreListRenderer(): Renderer {
  return {
    begin: () => '',
    event: (event) => ('findings' in event ? event.findings.map(toLine).join('') : ''),
    end: () => '',
  };
}

const toLine = ({ code, subject }: Finding): string =>
  ARCHIVED.has(code) && 'key' in subject ? `${subject.bucket},${encodeKey(subject.key)}\n` : '';

const encodeKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/');
