import type { DigestMetadata, ReadContent } from '../content/object-content.js';
import { parseJson } from '../encoding/strict-json.js';
import type { Finding } from '../findings/finding.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { toDataSigningString } from './data-signing-string.js';
import { parseDigest, type UnverifiedDigest } from './parse-digest.js';

/** What a file says of itself. Nothing of it is verified. */
export interface Inspection {
  readonly ref: ObjectRef;
  readonly content: Omit<ReadContent, 'status'>;
  readonly metadata: DigestMetadata;
  readonly document:
    | { readonly type: 'digest'; readonly digest: UnverifiedDigest; readonly signingString: string }
    /** It looks like a digest, but is malformed. */
    | { readonly type: 'broken-digest'; readonly findings: readonly Finding[] }
    | { readonly type: 'log'; readonly records: number; readonly firstEvent?: string; readonly lastEvent?: string }
    | { readonly type: 'unknown' };
}

/** Logs are nested deeper than digests: request parameters are. */
const MAX_LOG_DEPTH = 256;

/** Looks at the uncompressed bytes of an object, whatever it may be. */
export function inspectDocument(bytes: Uint8Array, sha256: string, ref: ObjectRef): Inspection['document'] {
  const { value } = parseJson(bytes, MAX_LOG_DEPTH);
  if (typeof value !== 'object' || value === null) return { type: 'unknown' };
  if ('Records' in value && Array.isArray(value.Records)) return inspectLog(value.Records);
  if (!('digestEndTime' in value) && !('digestS3Object' in value)) return { type: 'unknown' };
  const parsed = parseDigest(bytes, { type: 'digest', ...ref });
  if (!parsed.ok) return { type: 'broken-digest', findings: parsed.findings };
  return { type: 'digest', digest: parsed.digest, signingString: toDataSigningString(parsed.digest, sha256) };
}

function inspectLog(records: readonly unknown[]): Inspection['document'] {
  const times = records.flatMap((record) =>
    typeof record === 'object' && record !== null && 'eventTime' in record && typeof record.eventTime === 'string'
      ? [record.eventTime]
      : [],
  );
  times.sort();
  const [firstEvent] = times;
  const lastEvent = times.at(-1);
  return {
    type: 'log',
    records: records.length,
    ...(firstEvent !== undefined && { firstEvent }),
    ...(lastEvent !== undefined && { lastEvent }),
  };
}
