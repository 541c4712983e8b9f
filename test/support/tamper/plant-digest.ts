import { toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { formatInstant, HOUR, type Instant } from '../../../src/core/time/instant.js';
import { type DigestDocument, decodeDigest, encodeDigest } from '../forge/digest-document.js';
import type { ForgedDigest } from '../forge/forge.js';
import { stableGzip } from '../forge/stable-gzip.js';
import { putObject, type World } from '../worlds/world.js';
import { objectAt } from './tamper.js';

/** What a planted digest has besides its time. */
export interface Planting {
  /** Nothing, where none is said: whoever plants it cannot sign. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Where it lies, if not where the genuine one does. */
  readonly prefix?: string;
  readonly change?: (document: DigestDocument) => void;
}

/** Planted with the name of a digest before it, as all but starting digests have one. */
export const LINKED: Planting = {
  change: (document) => {
    Object.assign(document, {
      previousDigestS3Bucket: document.digestS3Bucket,
      previousDigestS3Object: document.digestS3Object.replace(/_\d{8}T/, '_20260228T'),
      previousDigestHashValue: 'ab'.repeat(32),
      previousDigestHashAlgorithm: 'SHA-256',
      previousDigestSignature: 'cd'.repeat(256),
    });
  },
};

/**
 * Plants what somebody who can write to the bucket and cannot sign would: a digest that is sound but for its signature and
 * claims the hour that ends then, in the chain of a genuine one, over what may lie there. It lists no logs and is a starting digest.
 */
export function plantDigest(
  world: World,
  { key, ref }: ForgedDigest,
  endTime: Instant,
  { metadata = {}, prefix = key.prefix, change }: Planting = {},
): ObjectRef {
  const place = { bucket: ref.bucket, key: toDigestKey({ ...key, prefix, endTime }) };
  const document = decodeDigest(objectAt(world, ref).body);
  Object.assign(document, {
    digestStartTime: formatInstant(endTime - HOUR),
    digestEndTime: formatInstant(endTime),
    digestS3Object: place.key,
    previousDigestS3Bucket: null,
    previousDigestS3Object: null,
    previousDigestHashValue: null,
    previousDigestHashAlgorithm: null,
    previousDigestSignature: null,
    logFiles: [],
  });
  change?.(document);
  putObject(world, place.bucket, place.key, { body: stableGzip(encodeDigest(document)), metadata });
  return place;
}
