import type { DigestLink, LogReference, UnverifiedDigest } from '../digest/parse-digest.js';
import { type Finding, type FindingArguments, type FindingCode, finding, type Subject } from '../findings/finding.js';
import { parseTime } from '../time/parse-iso-time.js';

type Json = Readonly<Record<string, unknown>>;

/** The text of a value as the AWS CLI signs and prints it, being written in Python; undefined for arrays and objects. */
export function toPythonText(value: unknown): string | undefined {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/**
 * Reads a digest whose signature holds as `validate-logs` does: only the fields it goes by are looked at, and those
 * leniently. Hashes are taken as they stand, so that one in upper case fits nothing. Gives the first fault where there is
 * one; where the AWS CLI would end with an error of Python's, that is a fault of the digest.
 */
export function readAsAwsCli(record: Json, endText: string, subject: Subject): UnverifiedDigest | Finding {
  const fault = <C extends FindingCode>(code: C, args: FindingArguments[C]): Finding => finding(code, subject, args);
  const start = parseTime(record.digestStartTime);
  if (start === undefined) return fault('digest-timestamp-invalid', { field: 'digestStartTime' });
  const end = parseTime(record.digestEndTime);
  if (end === undefined) return fault('digest-timestamp-invalid', { field: 'digestEndTime' });
  const previous = readLink(record);
  if (previous === undefined)
    return fault('digest-field-type-wrong', { field: 'previousDigestS3Object', expected: 'string' });
  const logs = readLogs(record.logFiles);
  if (!logs) return fault('digest-field-type-wrong', { field: 'logFiles', expected: 'array' });
  const digest = {
    accountId: textOf(record.awsAccountId),
    start,
    end,
    endText,
    place: { bucket: textOf(record.digestS3Bucket), key: textOf(record.digestS3Object) },
    keyFingerprint: textOf(record.digestPublicKeyFingerprint),
    logs,
  };
  return previous === null ? digest : { ...digest, previous };
}

/** Null where either half of the place is missing; undefined where one is no name. What else the link says is not read. */
function readLink(record: Json): DigestLink | null | undefined {
  const { previousDigestS3Bucket: bucket, previousDigestS3Object: key } = record;
  if ((bucket ?? null) === null || (key ?? null) === null) return null;
  const { previousDigestHashValue: sha256, previousDigestSignature: signature } = record;
  return isName(bucket) && isName(key)
    ? { bucket, key, sha256: textOf(sha256), signature: textOf(signature) }
    : undefined;
}

/** Nothing that Python takes for false is a list of logs; undefined for what is neither. */
function readLogs(value: unknown): readonly LogReference[] | undefined {
  if (!value) return value === undefined ? undefined : [];
  if (!Array.isArray(value)) return typeof value === 'object' && Object.keys(value).length === 0 ? [] : undefined;
  const logs = value.map(readLog);
  return logs.every((log) => log !== undefined) ? logs : undefined;
}

function readLog(value: unknown): LogReference | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { s3Bucket: bucket, s3Object: key, hashValue } = value as Json;
  return isName(bucket) && isName(key) && hashValue !== undefined
    ? { bucket, key, sha256: textOf(hashValue) }
    : undefined;
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
