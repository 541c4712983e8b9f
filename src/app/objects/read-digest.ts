import type { DigestFacts, DigestMetadata } from '../../core/content/object-content.js';
import { type DigestLink, parseDigest } from '../../core/digest/parse-digest.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { LIMITS } from '../limits.js';

/** Fetches a digest file, inflates and hashes it. */
export async function readDigest(store: ObjectStore, inflater: Inflater, ref: ObjectRef): Promise<DigestFacts> {
  return inflateDigest(inflater, await fetchDigest(store, ref));
}

/** A digest file as it is stored. */
export const fetchDigest = (store: ObjectStore, ref: ObjectRef): ReturnType<ObjectStore['get']> =>
  store.get(ref, LIMITS.digest.stored);

/** Inflates and hashes what was fetched. */
export function inflateDigest(inflater: Inflater, object: Awaited<ReturnType<ObjectStore['get']>>): DigestFacts {
  if (object.status !== 'found') return object;
  const inflated = inflater.open(object.body, LIMITS.digest.inflated);
  if (inflated.status !== 'read') return inflated;
  const { unusableMetadataFile: unusableFile } = object;
  const metadata = { ...toDigestMetadata(object.metadata), ...(unusableFile !== undefined && { unusableFile }) };
  return { ...inflated, metadata };
}

/** The metadata that CloudTrail gives its digests (AWS CloudTrail User Guide, "Digest file object metadata"). */
export function toDigestMetadata(metadata: Readonly<Record<string, string>>): DigestMetadata {
  const {
    signature,
    'signature-algorithm': signatureAlgorithm,
    'backfill-generation-timestamp': backfillGenerationTime,
  } = metadata;
  return {
    ...(signature !== undefined && { signature }),
    ...(signatureAlgorithm !== undefined && { signatureAlgorithm }),
    ...(backfillGenerationTime !== undefined && { backfillGenerationTime }),
  };
}

/** The link that an unverified digest holds, if it can be read at all. */
export async function readUnprovenLink(
  store: ObjectStore,
  inflater: Inflater,
  ref: ObjectRef,
): Promise<DigestLink | undefined> {
  const facts = await readDigest(store, inflater, ref);
  if (facts.status !== 'read') return undefined;
  const parsed = parseDigest(facts.bytes, { type: 'digest', ...ref });
  return parsed.ok ? parsed.digest.previous : undefined;
}
