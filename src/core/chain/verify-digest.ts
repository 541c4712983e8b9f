import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { DigestMetadata } from '../content/object-content.js';
import type { LogReference } from '../digest/parse-digest.js';
import { type Finding, finding, outcomeOfFindings } from '../findings/finding.js';
import type { Outcome } from '../findings/outcome.js';
import type { ListedKey } from '../keys/key-list.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { FindKey, VerifiedDigest } from './digest-verifier.js';
import { findListedKey } from './find-listed-key.js';
import { strictPolicy } from './strict-verifier.js';

/** What {@link verifyDigest} holds a digest file against. The metadata is that of its object: `signature` is `x-amz-meta-signature`. */
export interface DigestEvidence extends DigestMetadata {
  /** Public keys, as `parseKeyList` reads them. All trust rests on them: take them from CloudTrail, never from the archive itself. */
  readonly keys: readonly ListedKey[];
  /** The key of the object, as CloudTrail delivered it, `AWSLogs/…/CloudTrail-Digest/….json.gz`. */
  readonly key: string;
  /** Its bucket; absent where a copy does not tell it. Then the bucket is not checked. */
  readonly bucket?: string;
  /** The next newer digest, once it is verified: it holds the hash and the signature of this one. */
  readonly successor?: VerifiedDigest;
}

/** What came of one digest file. */
export interface DigestVerdict {
  readonly outcome: Outcome;
  /** Everything that speaks against it; empty when nothing does. */
  readonly findings: readonly Finding[];
  /** Present when the signature holds, even where something else is wrong. Only such a digest vouches for logs and for its predecessor. */
  readonly digest?: VerifiedDigest;
}

/** What came of one log file. */
export interface LogVerdict {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

/**
 * Verifies one digest file: its shape, its place, its signature with the key of its region and, where there is a successor,
 * that the successor links to these bytes. Verified only if the signature holds and no finding counts against it.
 *
 * Not checked: the gzip stream (the caller inflates), whether older or newer digests are missing, the log files
 * ({@link verifyLog} checks them), and whose the keys are.
 * @param bytes the uncompressed bytes. Bytes that are still compressed fail: they are no JSON.
 * @see AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity validation"; RFC 8017, section 8.2.2
 */
export async function verifyDigest(bytes: Uint8Array, evidence: DigestEvidence): Promise<DigestVerdict> {
  const { keys, key, bucket, successor, ...metadata } = evidence;
  const findKey: FindKey = (fingerprint, region, signedAt) => findListedKey(keys, fingerprint, region, signedAt);
  const { examine, conclude } = strictPolicy(findKey);
  const content = { status: 'read', form: 'plain', bytes, sha256: sha256Of(bytes) } as const;
  const examined = await examine({
    ref: { bucket: bucket ?? '', key },
    facts: { ...content, storedSize: bytes.length, size: bytes.length, metadata },
    liesAt: (place) => place.key === key && (bucket === undefined || place.bucket === bucket),
  });
  const link = successor && linkTo(examined.ref, successor);
  const { digest, findings: found } = await conclude(examined, link);
  const findings = successor && digest && !link ? [...found, finding('digest-unlinked', examined.subject, {})] : found;
  const outcome = outcomeOfFindings(findings);
  return { outcome: digest || outcome !== 'verified' ? outcome : 'undetermined', findings, ...(digest && { digest }) };
}

/** What a digest says of the one at a place, if its link leads there. */
function linkTo({ bucket, key }: ObjectRef, { previous: link, place: successor }: VerifiedDigest) {
  const leadsThere = link?.key === key && (bucket === '' || link.bucket === bucket);
  return leadsThere ? { link, successor, proven: true } : undefined;
}

/**
 * Verifies one log file against the entry that a digest has for it: `log-modified` where the hash is another.
 *
 * Not checked: the gzip stream (the caller inflates), and the digest. Take `expected` from the `logs` of a
 * {@link DigestVerdict}: an entry of a digest that is not verified proves nothing.
 * @param bytes the uncompressed bytes
 * @see AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity validation"; FIPS 180-4 (SHA-256)
 */
export function verifyLog(bytes: Uint8Array, expected: LogReference): LogVerdict {
  const actual = sha256Of(bytes);
  if (actual === expected.sha256) return { outcome: 'verified', findings: [] };
  const { bucket, key, sha256: wanted } = expected;
  const findings = [finding('log-modified', { type: 'log', bucket, key }, { expected: wanted, actual })];
  return { outcome: 'failed', findings };
}

const sha256Of = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));
