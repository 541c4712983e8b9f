import { decodeSavedText } from '../../core/encoding/decode-saved-text.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { StoredObject } from '../../ports/object-store.js';
import type { ArchiveFiles } from './archive-files.js';

/** What the name of a file with the metadata of another one ends with. */
export const METADATA_FILE = '.metadata.json';
const MAX_BYTES = 64 * 1024;

/**
 * The user metadata of a digest, from the answer of `aws s3api head-object` kept beside it. A file that is no such answer is no
 * metadata, and is named.
 */
export function readMetadata(
  files: ArchiveFiles,
  ref: ObjectRef,
): Pick<StoredObject, 'metadata' | 'unusableMetadataFile'> {
  // Only digests carry metadata that matters; for logs the file is not even looked for.
  if (!ref.key.includes('CloudTrail-Digest')) return { metadata: {} };
  // An answer that was kept beside the packed file keeps its name when that is unpacked.
  const keys = ref.key.endsWith('.json') ? [ref.key, `${ref.key}.gz`] : [ref.key];
  // Most archives have none: to ask first is much cheaper than the exception of an open that fails.
  const file = keys
    .map((key) => ({ bucket: ref.bucket, key: `${key}${METADATA_FILE}` }))
    .find((each) => files.has(each));
  if (!file) return { metadata: {} };
  const content = files.read(file, MAX_BYTES);
  const metadata = content.status === 'found' ? metadataIn(content.body) : undefined;
  return metadata ? { metadata } : { metadata: {}, unusableMetadataFile: file.key };
}

function metadataIn(bytes: Uint8Array): Readonly<Record<string, string>> | undefined {
  try {
    const answer: unknown = JSON.parse(decodeSavedText(bytes) ?? '');
    const metadata =
      typeof answer === 'object' && answer !== null && 'Metadata' in answer ? answer.Metadata : undefined;
    if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined;
    const pairs = Object.entries(metadata).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  } catch {
    return undefined;
  }
}
