import type { DigestMetadata, LogFacts } from '../content/object-content.js';
import { malformedDigest, unreadDigest, unreadLog } from '../content/unreadable-object.js';
import { isSignedBy } from '../digest/data-signing-string.js';
import {
  isHex,
  type LogReference,
  parseDigest,
  SIGNATURE_ALGORITHM,
  type UnverifiedDigest,
} from '../digest/parse-digest.js';
import { type Finding, finding, outcomeOfFindings, type Subject } from '../findings/finding.js';
import { MIN_MODULUS_BITS, type PublicKey, type VerifySignature, verifySignature } from '../keys/public-key.js';
import { type DigestKey, parseDigestKey } from '../objects/cloudtrail-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { formatCompactInstant, HOUR, type Instant } from '../time/instant.js';
import { parseUtcTime } from '../time/parse-iso-time.js';
import {
  asVerified,
  type DigestJudgement,
  type DigestObject,
  type Expectation,
  type FindKey,
  type KeyLookup,
  type Policy,
} from './digest-verifier.js';

/** A digest is signed when it is delivered, up to about half an hour after its end, and keys rotate in between. */
export const KEY_VALIDITY_TOLERANCE = 2 * HOUR;

/** All that can be said of a digest without its successor. */
export interface ExaminedDigest {
  readonly ref: ObjectRef;
  readonly subject: Subject;
  readonly findings: readonly Finding[];
  readonly sha256?: string;
  /** The signature in the object's own metadata, lower case. */
  readonly ownSignature?: string;
  /** The file that should hold the metadata, and cannot be used. */
  readonly metadataFile?: string;
  /** Present when the document is sound and in its place, so that only signatures remain to be checked. */
  readonly signable?: {
    readonly digest: UnverifiedDigest;
    readonly sha256: string;
    readonly key?: PublicKey;
    readonly ownIsValid: boolean;
  };
}

/** Judges as `trailproof verify` does: everything that can be compared is, and whatever disagrees is a finding. */
export function strictPolicy(findKey: FindKey, verify: VerifySignature = verifySignature): Policy<ExaminedDigest> {
  return {
    examine: (object) => examine(object, findKey, verify),
    conclude: (examined, expectation) => conclude(examined, expectation, verify),
    judgeLog,
  };
}

async function examine(object: DigestObject, findKey: FindKey, verify: VerifySignature): Promise<ExaminedDigest> {
  const { ref, facts } = object;
  const subject: Subject = { type: 'digest', ...ref };
  if (facts.status !== 'read') return { ref, subject, findings: [unreadDigest(subject, facts)] };

  const findings: Finding[] = facts.fault === undefined ? [] : [malformedDigest(subject, facts.fault)];
  if (facts.sha256 === undefined) return { ref, subject, findings };
  const { sha256 } = facts;
  const parsed = parseDigest(facts.bytes, subject);
  if (!parsed.ok) return { ref, subject, findings: [...findings, ...parsed.findings], sha256 };
  const { digest } = parsed;

  if (!object.liesAt(digest.place))
    return { ref, subject, findings: [...findings, finding('digest-moved', subject, { from: digest.place })], sha256 };
  // From here on the digest is known by the place it was delivered to, even where a copy does not tell the bucket.
  const placed: Subject = { type: 'digest', ...digest.place };
  const name = parseDigestKey(digest.place.key);
  findings.push(...nameMismatches(placed, digest, name));
  const own = ownSignature(placed, facts.metadata, findings);
  // The region its events were recorded in is the one whose keys sign it.
  const asked = { fingerprint: digest.keyFingerprint, region: name?.region ?? '' };
  const { signedAt, lookup } = await lookUp(findKey, asked, signingTimes(name, digest, facts.metadata));
  const key = usableKey(placed, { ...asked, signedAt }, lookup, findings);
  const ownIsValid = key !== undefined && own !== undefined && (await isSignedBy(key, own, digest, sha256, verify));
  const examined = {
    ref: digest.place,
    subject: placed,
    findings,
    sha256,
    signable: key === undefined ? { digest, sha256, ownIsValid } : { digest, sha256, key, ownIsValid },
  };
  if (own !== undefined) return { ...examined, ownSignature: own };
  const { unusableFile: metadataFile } = facts.metadata;
  return metadataFile === undefined ? examined : { ...examined, metadataFile };
}

async function conclude(
  examined: ExaminedDigest,
  expectation: Expectation | undefined,
  verify: VerifySignature,
): Promise<DigestJudgement> {
  const { ref, subject, signable } = examined;
  const findings = [...examined.findings];
  const isTrusted =
    signable !== undefined && (await settleSignature(examined, signable, expectation, findings, verify));
  if (expectation?.proven) findings.push(...linkMismatches(examined, expectation));
  if (isTrusted) {
    const digest = asVerified(signable.digest);
    return signable.ownIsValid ? { ref, findings, digest } : { ref, findings, digest, isSignedByCopy: true };
  }

  if (signable && signable.digest.logs.length > 0) {
    findings.push(finding('digest-logs-unverifiable', subject, { count: signable.digest.logs.length }));
  }
  const { previous: unprovenLink, logs = [] } = signable?.digest ?? {};
  const isHint = logs.length > 0 && outcomeOfFindings(findings) === 'undetermined';
  return { ref, findings, ...(unprovenLink && { unprovenLink }), ...(isHint && { unprovenLogs: logs }) };
}

/** Its own signature first, then the copy that its successor keeps. */
async function settleSignature(
  { subject, ownSignature: own, metadataFile }: ExaminedDigest,
  { digest, sha256, key, ownIsValid }: NonNullable<ExaminedDigest['signable']>,
  expectation: Expectation | undefined,
  findings: Finding[],
  verify: VerifySignature,
): Promise<boolean> {
  if (ownIsValid) return true;
  if (key === undefined) return false;
  const copy = expectation?.link.signature.toLowerCase();
  if (copy !== undefined && copy !== own && (await isSignedBy(key, copy, digest, sha256, verify))) {
    if (own !== undefined) findings.push(finding('digest-signature-conflict', subject, {}));
    return true;
  }
  // Without a signature of its own, only a verified successor's copy can convict a digest.
  if (own !== undefined || expectation?.proven) {
    findings.push(finding('digest-signature-invalid', subject, { fingerprint: digest.keyFingerprint }));
  } else {
    findings.push(finding('digest-signature-missing', subject, metadataFile === undefined ? {} : { metadataFile }));
  }
  return false;
}

function linkMismatches(
  { subject, sha256, ownSignature: own, signable }: ExaminedDigest,
  { link, successor }: Expectation,
): Finding[] {
  const findings: Finding[] = [];
  if (sha256 !== undefined && sha256 !== link.sha256) {
    findings.push(
      finding('digest-link-mismatch', subject, { successor, part: 'hash', expected: link.sha256, actual: sha256 }),
    );
  }
  const expected = link.signature.toLowerCase();
  if (own !== undefined && own !== expected && signable?.ownIsValid) {
    findings.push(finding('digest-link-mismatch', subject, { successor, part: 'signature', expected, actual: own }));
  }
  return findings;
}

function judgeLog(reference: LogReference, facts: LogFacts): readonly Finding[] {
  const subject: Subject = { type: 'log', bucket: reference.bucket, key: reference.key };
  const expected = reference.sha256;
  if (facts.status !== 'read') return [unreadLog(subject, expected, facts)];
  const actual = facts.sha256;
  if (facts.fault !== undefined) {
    return [finding(`log-gzip-${facts.fault}`, subject, actual === undefined ? { expected } : { expected, actual })];
  }
  // Undefined cannot be here, but if it ever were, it must not pass for a match.
  return actual === expected ? [] : [finding('log-modified', subject, { expected, actual: actual ?? '' })];
}

/** What the name of a digest says and its signed text does not. */
function nameMismatches(subject: Subject, digest: UnverifiedDigest, name: DigestKey | undefined): Finding[] {
  if (!name) return [finding('digest-key-unrecognised', subject, {})];
  const findings: Finding[] = [];
  const report = (field: string, expected: string, actual: string) =>
    findings.push(finding('digest-name-mismatch', subject, { field, expected, actual }));
  if (name.accountId !== digest.accountId) report('awsAccountId', name.accountId, digest.accountId);
  if (name.endTime !== digest.end) {
    report('digestEndTime', formatCompactInstant(name.endTime), formatCompactInstant(digest.end));
  }
  return findings;
}

function ownSignature(subject: Subject, metadata: DigestMetadata, findings: Finding[]): string | undefined {
  const { signature, signatureAlgorithm: algorithm } = metadata;
  if (algorithm !== undefined && algorithm !== SIGNATURE_ALGORITHM) {
    findings.push(finding('digest-algorithm-unknown', subject, { field: 'signature-algorithm', actual: algorithm }));
  }
  if (signature !== undefined && !isHex(signature)) {
    findings.push(finding('digest-signature-malformed', subject, { field: 'signature' }));
  }
  return signature?.toLowerCase();
}

interface KeyQuestion {
  readonly fingerprint: string;
  readonly region: string;
  readonly signedAt: Instant;
}

function usableKey(
  subject: Subject,
  { fingerprint, region, signedAt }: KeyQuestion,
  lookup: KeyLookup,
  findings: Finding[],
): PublicKey | undefined {
  switch (lookup.status) {
    case 'unknown':
      findings.push(finding('digest-key-unknown', subject, { fingerprint, region }));
      return undefined;
    case 'unavailable':
      findings.push(finding('digest-keys-unavailable', subject, { ...lookup.refusal, region }));
      return undefined;
    case 'unsuitable':
      findings.push(finding('digest-key-unsuitable', subject, { fingerprint, reason: lookup.reason }));
      return undefined;
    case 'found': {
      const { key, validity } = lookup;
      if (key.modulusBits < MIN_MODULUS_BITS) {
        findings.push(finding('digest-key-unsuitable', subject, { fingerprint, reason: 'too-short' }));
        return undefined;
      }
      const isOutside =
        validity !== undefined &&
        (signedAt < validity.start - KEY_VALIDITY_TOLERANCE || signedAt > validity.end + KEY_VALIDITY_TOLERANCE);
      if (isOutside)
        findings.push(finding('digest-key-outside-validity', subject, { fingerprint, validity, signedAt }));
      return key;
    }
  }
}

/** When it may have been signed: the first time at which its key is found, or the first of all. */
async function lookUp(
  findKey: FindKey,
  { fingerprint, region }: Omit<KeyQuestion, 'signedAt'>,
  [first, ...others]: SigningTimes,
): Promise<{ readonly signedAt: Instant; readonly lookup: KeyLookup }> {
  const asked = { signedAt: first, lookup: await findKey(fingerprint, region, first) };
  if (asked.lookup.status === 'found') return asked;
  for (const signedAt of others) {
    const lookup = await findKey(fingerprint, region, signedAt);
    if (lookup.status === 'found') return { signedAt, lookup };
  }
  return asked;
}

type SigningTimes = readonly [Instant, ...Instant[]];

/**
 * A backfill digest is signed when it is generated, any other soon after its end. Metadata is not signed, so that it must not
 * decide alone which keys are asked for: on a digest that is no backfill it counts for nothing, and on one that is, the key
 * is looked for around the end of the digest too.
 */
function signingTimes(
  name: DigestKey | undefined,
  { end }: UnverifiedDigest,
  { backfillGenerationTime }: DigestMetadata,
): SigningTimes {
  const generated = name?.backfill ? parseUtcTime(backfillGenerationTime ?? '') : undefined;
  return generated === undefined || generated === end ? [end] : [generated, end];
}
