import {
  asVerified,
  type DigestJudgement,
  type DigestObject,
  type FindKey,
  type Policy,
} from '../chain/digest-verifier.js';
import type { DigestMetadata, LogFacts, ReadContent } from '../content/object-content.js';
import { malformedDigest, unreadDigest, unreadLog } from '../content/unreadable-object.js';
import { isSignedBy } from '../digest/data-signing-string.js';
import { type LogReference, MAX_DIGEST_DEPTH, MAX_DIGEST_VALUES } from '../digest/parse-digest.js';
import { parseJson } from '../encoding/strict-json.js';
import { type Finding, finding, type Subject } from '../findings/finding.js';
import { parseDigestKey } from '../objects/cloudtrail-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { parseUtcTime } from '../time/parse-iso-time.js';
import { readAsAwsCli, toPythonText } from './aws-cli-digest.js';

/** The fields `validate-logs` wants to see before it looks at anything else. */
const REQUIRED_FIELDS = [
  'digestPublicKeyFingerprint',
  'digestS3Bucket',
  'digestS3Object',
  'previousDigestSignature',
  'digestEndTime',
  'digestStartTime',
] as const;

/** The code of a refusal that is none: keys can be asked for, but there are none of that time. */
export const NO_PUBLIC_KEYS = 'NoPublicKeys';

/**
 * Judges as `aws cloudtrail validate-logs` (AWS CLI 1.45.55) does: the first fault decides, links are followed but never
 * compared, bytes after a digest's gzip stream go unnoticed, and only the object's own metadata is a source of its signature.
 * Keys are asked for in the order of the walk: which of them are known may depend on it.
 */
export function awsCliPolicy(findKey: FindKey): Policy<Examined> {
  return { examine: async (object) => open(object), conclude: (examined) => judge(examined, findKey), judgeLog };
}

/** What can be said of a digest by itself. */
export type Examined = Opened | { readonly ref: ObjectRef; readonly fault: Finding };

interface Opened {
  readonly ref: ObjectRef;
  readonly subject: Subject;
  /** Holds every required field, whatever is in it. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly sha256: string;
  readonly signature: string;
  /** Not a number where a backfill digest does not say when it was generated in a way that can be read. */
  readonly signedAt: number;
}

async function judge(examined: Examined, findKey: FindKey): Promise<DigestJudgement> {
  const { ref } = examined;
  if ('fault' in examined) return { ref, findings: [examined.fault] };
  const { record, subject } = examined;
  if (record.digestS3Bucket !== ref.bucket || record.digestS3Object !== ref.key) {
    const from = { bucket: String(record.digestS3Bucket), key: String(record.digestS3Object) };
    return { ref, findings: [finding('digest-moved', subject, { from })] };
  }
  const fault = await signatureFault(examined, findKey);
  if (fault) return { ref, findings: [fault] };
  const digest = readAsAwsCli(record, toPythonText(record.digestEndTime) ?? '', subject);
  return 'code' in digest ? { ref, findings: [digest] } : { ref, findings: [], digest: asVerified(digest) };
}

/** Looks for the key and checks the signature with it. */
async function signatureFault(
  { ref, record, subject, ...signed }: Opened,
  findKey: FindKey,
): Promise<Finding | undefined> {
  const fingerprint = toPythonText(record.digestPublicKeyFingerprint);
  if (fingerprint === undefined) {
    return finding('digest-field-type-wrong', subject, { field: 'digestPublicKeyFingerprint', expected: 'string' });
  }
  const region = parseDigestKey(ref.key)?.homeRegion ?? '';
  const lookup = await findKey(fingerprint, region, signed.signedAt);
  if (lookup.status === 'unavailable')
    return finding('digest-keys-unavailable', subject, { ...lookup.refusal, region });
  if (lookup.status === 'unknown' && Number.isNaN(signed.signedAt)) return generationMissing(subject);
  if (lookup.status === 'unknown') return finding('digest-key-unknown', subject, { fingerprint, region });
  if (lookup.status === 'unsuitable' || lookup.key.form !== 'pkcs1')
    return finding('digest-key-unsuitable', subject, { fingerprint, reason: 'unreadable' });
  const claims = toClaims(ref, record);
  const isSigned = claims && (await isSignedBy(lookup.key, signed.signature, claims, signed.sha256));
  return isSigned ? undefined : finding('digest-signature-invalid', subject, { fingerprint });
}

/** What the data-signing string is made of; undefined where arrays or objects stand in for texts. */
function toClaims(place: ObjectRef, { digestEndTime, previousDigestSignature }: Opened['record']) {
  const endText = toPythonText(digestEndTime);
  const signature = toPythonText(previousDigestSignature);
  if (endText === undefined || signature === undefined) return undefined;
  const claims = { endText, place };
  return previousDigestSignature === null ? claims : { ...claims, previous: { ...place, sha256: '', signature } };
}

/** Everything up to the point where the document can be looked at, in the order of the AWS CLI. */
function open({ ref, facts }: DigestObject): Examined {
  const subject: Subject = { type: 'digest', ...ref };
  if (facts.status !== 'read') return { ref, fault: unreadDigest(subject, facts) };
  const fault = gzipFault(facts);
  if (fault !== undefined || facts.sha256 === undefined)
    return { ref, fault: malformedDigest(subject, fault ?? 'data-invalid') };
  const document = parseLeniently(facts.bytes, subject);
  if ('unread' in document) return { ref, fault: document.unread };
  const { record } = document;
  const { signature, signatureAlgorithm } = facts.metadata;
  if (signature === undefined || signatureAlgorithm === undefined)
    return { ref, fault: finding('digest-signature-missing', subject, {}) };
  const signedAt = generationTime(facts.metadata, ref);
  if (signedAt === undefined) return { ref, fault: generationMissing(subject) };
  const field = REQUIRED_FIELDS.find((name) => !Object.hasOwn(record, name));
  if (field !== undefined) return { ref, fault: finding('digest-field-missing', subject, { field }) };
  return { ref, subject, record, sha256: facts.sha256, signature, signedAt };
}

const generationMissing = (subject: Subject): Finding =>
  finding('digest-field-missing', subject, { field: 'backfill-generation-timestamp' });

/** Python's `zlib.decompress` wants gzip, a right checksum and a right length, and ignores what follows. */
function gzipFault({ form, fault }: ReadContent): ReadContent['fault'] {
  if (form === 'plain') return 'header-invalid';
  return fault === 'trailing-data' ? undefined : fault;
}

/** Reads as Python does, but never more than fits in memory: of two equal names the later counts. */
function parseLeniently(
  bytes: Uint8Array,
  subject: Subject,
): { readonly record: Opened['record'] } | { readonly unread: Finding } {
  const { value, faults } = parseJson(bytes, MAX_DIGEST_DEPTH, MAX_DIGEST_VALUES);
  if (typeof value === 'object' && value !== null) return { record: value as Opened['record'] };
  const [fault] = faults;
  if (fault?.fault === 'nested-too-deep')
    return { unread: finding('digest-nested-too-deep', subject, { limit: MAX_DIGEST_DEPTH }) };
  if (fault?.fault === 'too-many-values')
    return { unread: finding('digest-too-large', subject, { measure: 'values', limit: MAX_DIGEST_VALUES }) };
  return { unread: finding('digest-not-json', subject, {}) };
}

/** When a backfill digest was signed; undefined when it should say so and does not, not a number when that cannot be read. A standard digest is signed at its end. */
function generationTime(metadata: DigestMetadata, ref: ObjectRef): number | undefined {
  const key = parseDigestKey(ref.key);
  if (!ref.key.endsWith('_backfill.json.gz')) return key?.endTime ?? 0;
  const text = metadata.backfillGenerationTime;
  return text === undefined ? undefined : (parseUtcTime(text) ?? Number.NaN);
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
