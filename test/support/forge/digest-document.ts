import { createHash, sign } from 'node:crypto';
import type { WorldObject } from '../worlds/world.js';
import { inflate, stableGzip } from './stable-gzip.js';
import type { ThrowawayKey } from './throwaway-keys.js';

/** An entry of `logFiles`, its fields in the order CloudTrail writes them. */
export interface LogFileEntry {
  s3Bucket: string;
  s3Object: string;
  hashValue: string;
  hashAlgorithm: string;
  newestEventTime: string;
  oldestEventTime: string;
}

/** What a digest file says, its fields in the order CloudTrail writes them. Mutable: forging is changing it. */
export interface DigestDocument {
  awsAccountId: string;
  digestStartTime: string;
  digestEndTime: string;
  digestS3Bucket: string;
  digestS3Object: string;
  digestPublicKeyFingerprint: string;
  digestSignatureAlgorithm: string;
  newestEventTime: string | null;
  oldestEventTime: string | null;
  previousDigestS3Bucket: string | null;
  previousDigestS3Object: string | null;
  previousDigestHashValue: string | null;
  previousDigestHashAlgorithm: string | null;
  previousDigestSignature: string | null;
  logFiles: LogFileEntry[];
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Compact JSON with `/` escaped, as CloudTrail writes digests. A slash can only stand in a string of JSON. */
export const encodeDigest = (document: DigestDocument): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(document).replaceAll('/', '\\/'));

/** Reads a digest's object as the forger made it. Throws when it is damaged. */
export const decodeDigest = (body: Uint8Array): DigestDocument =>
  JSON.parse(new TextDecoder().decode(inflate(body))) as DigestDocument;

/** The text that is signed for a digest of these bytes. */
export const signingText = (document: DigestDocument, bytes: Uint8Array): string =>
  `${document.digestEndTime}\n${document.digestS3Bucket}/${document.digestS3Object}\n${sha256Of(bytes)}\n${document.previousDigestSignature ?? 'null'}`;

/** By key and text: tests forge the same archives again and again, and RSA signs a text in the same way each time. */
const signatures = new Map<string, string>();
/** Benches forge more digests than are worth to be kept. */
const MOST_KEPT = 20_000;

function signatureOf(text: string, key: ThrowawayKey): string {
  const id = `${key.fingerprint} ${text}`;
  const known = signatures.get(id);
  if (known !== undefined) return known;
  const signature = sign('sha256', Buffer.from(text), key.privateKey).toString('hex');
  if (signatures.size < MOST_KEPT) signatures.set(id, signature);
  return signature;
}

/** The digest's object, gzipped, with its signature in the metadata. */
export function signDigest(document: DigestDocument, key: ThrowawayKey, generatedAt: string | undefined): SignedDigest {
  const bytes = encodeDigest(document);
  const signature = signatureOf(signingText(document, bytes), key);
  const metadata = {
    signature,
    'signature-algorithm': document.digestSignatureAlgorithm,
  };
  const object = {
    body: stableGzip(bytes),
    metadata: generatedAt === undefined ? metadata : { ...metadata, 'backfill-generation-timestamp': generatedAt },
  };
  return { bytes, signature, object };
}

export interface SignedDigest {
  /** Uncompressed. */
  readonly bytes: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly signature: string;
  readonly object: WorldObject;
}
