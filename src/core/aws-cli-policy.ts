import type { DigestFacts, DigestMetadata, LogFacts, ReadContent } from './contents.js';
import { type LogReference, parseDigest } from './digest.js';
import { type Finding, finding, type Subject } from './findings.js';
import { parseDigestKey } from './object-key.js';
import { isSameObject, type ObjectRef } from './objects.js';
import { asVerified, type DigestJudgement, type DigestObject, type FindKey, type Policy } from './policy.js';
import { isSignedBy } from './signing.js';
import { malformedDigest, unreadDigest, unreadLog } from './unread.js';

/** The fields `validate-logs` wants to see before it looks at anything else. */
const REQUIRED_FIELDS = [
  'digestPublicKeyFingerprint',
  'digestS3Bucket',
  'digestS3Object',
  'previousDigestSignature',
  'digestEndTime',
  'digestStartTime',
] as const;

/**
 * Judges as `aws cloudtrail validate-logs` (AWS CLI 1.45.55) does: the first fault decides, links are followed but never
 * compared, bytes after a digest's gzip stream go unnoticed, and only the object's own metadata is a source of its signature.
 */
export function awsCliPolicy(findKey: FindKey): Policy<DigestJudgement> {
  return {
    examine: (object) => examine(object, findKey),
    conclude: (examined) => Promise.resolve(examined),
    judgeLog,
  };
}

async function examine({ ref, facts }: DigestObject, findKey: FindKey): Promise<DigestJudgement> {
  const subject: Subject = { type: 'digest', ...ref };
  const opened = open(facts, ref, subject);
  if ('fault' in opened) return { ref, findings: [opened.fault] };
  const { claims, content, signature, signedAt } = opened;

  const place = { bucket: claims.digestS3Bucket, key: claims.digestS3Object };
  if (!isSameObject(place, ref)) return { ref, findings: [finding('digest-moved', subject, { from: place })] };
  const fingerprint = claims.digestPublicKeyFingerprint;
  const region = parseDigestKey(ref.key)?.homeRegion ?? '';
  const lookup = await findKey(fingerprint, region, signedAt);
  if (lookup.status === 'unavailable') {
    return { ref, findings: [finding('digest-keys-unavailable', subject, { ...lookup.refusal, region })] };
  }
  if (lookup.status === 'unknown')
    return { ref, findings: [finding('digest-key-unknown', subject, { fingerprint, region })] };
  if (lookup.status === 'unsuitable' || lookup.key.form !== 'pkcs1') {
    return { ref, findings: [finding('digest-key-unsuitable', subject, { fingerprint, reason: 'unreadable' })] };
  }

  const signed = {
    endText: claims.digestEndTime,
    place,
    ...(claims.previousDigestSignature === null
      ? {}
      : { previous: { ...place, sha256: '', signature: claims.previousDigestSignature } }),
  };
  if (!(await isSignedBy(lookup.key, signature, signed, content.sha256))) {
    return { ref, findings: [finding('digest-signature-invalid', subject, { fingerprint })] };
  }
  const parsed = parseDigest(content.bytes, subject);
  return parsed.ok
    ? { ref, findings: [], digest: asVerified(parsed.digest) }
    : { ref, findings: parsed.findings.slice(0, 1) };
}

type RequiredField = (typeof REQUIRED_FIELDS)[number];

interface Opened {
  readonly claims: { readonly [F in RequiredField]: F extends 'previousDigestSignature' ? string | null : string };
  readonly content: { readonly bytes: Uint8Array; readonly sha256: string };
  readonly signature: string;
  readonly signedAt: number;
}

/** Everything up to the point where the document can be looked at, in the order of the AWS CLI. */
function open(facts: DigestFacts, ref: ObjectRef, subject: Subject): Opened | { readonly fault: Finding } {
  if (facts.status !== 'read') return { fault: unreadDigest(subject, facts) };
  const fault = gzipFault(facts);
  if (fault !== undefined || facts.sha256 === undefined)
    return { fault: malformedDigest(subject, fault ?? 'data-invalid') };
  const record = parseLeniently(facts.bytes);
  if (record === undefined) return { fault: finding('digest-not-json', subject, {}) };
  const { signature, signatureAlgorithm } = facts.metadata;
  if (signature === undefined || signatureAlgorithm === undefined)
    return { fault: finding('digest-signature-missing', subject, {}) };
  const generated = generationTime(facts.metadata, ref);
  if (generated === undefined) {
    return { fault: finding('digest-field-missing', subject, { field: 'backfill-generation-timestamp' }) };
  }
  const missing = REQUIRED_FIELDS.find((name) => !isClaim(name, record[name]));
  if (missing !== undefined) return { fault: finding('digest-field-missing', subject, { field: missing }) };
  const claims = record as unknown as Opened['claims'];
  return { claims, content: { bytes: facts.bytes, sha256: facts.sha256 }, signature, signedAt: generated };
}

const isClaim = (name: string, value: unknown): boolean =>
  typeof value === 'string' || (name === 'previousDigestSignature' && value === null);

/** Python's `zlib.decompress` wants gzip, a right checksum and a right length, and ignores what follows. */
function gzipFault({ form, fault }: ReadContent): ReadContent['fault'] {
  if (form === 'plain') return 'header-invalid';
  return fault === 'trailing-data' ? undefined : fault;
}

function parseLeniently(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** When a backfill digest was signed; undefined when it should say so and does not. A standard digest is signed at its end. */
function generationTime(metadata: DigestMetadata, ref: ObjectRef): number | undefined {
  const key = parseDigestKey(ref.key);
  if (!ref.key.endsWith('_backfill.json.gz')) return key?.endTime ?? 0;
  const time = Date.parse(metadata.backfillGenerationTime ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function judgeLog(reference: LogReference, facts: LogFacts): readonly Finding[] {
  const subject: Subject = { type: 'log', bucket: reference.bucket, key: reference.key };
  const expected = reference.sha256;
  if (facts.status !== 'read') return [unreadLog(subject, expected, facts)];
  const actual = facts.sha256 ?? '';
  const mismatch = actual === expected ? [] : [finding('log-modified', subject, { expected, actual })];
  // A stream that ends too early is no error to Python's decompressor: what it gave is hashed. So are nought or one bytes.
  if (facts.fault === 'truncated' || facts.storedSize < 2) return mismatch;
  if (facts.form === 'plain') return [finding('log-gzip-header-invalid', subject, { expected, actual })];
  return facts.fault === undefined ? mismatch : [finding(`log-gzip-${facts.fault}`, subject, { expected, actual })];
}
