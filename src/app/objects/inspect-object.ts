import type { Unread } from '../../core/content/object-content.js';
import { type Inspection, inspectDocument } from '../../core/digest/inspect-document.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { LIMITS } from '../limits.js';
import { toDigestMetadata } from './read-digest.js';

/** Reads an object and shows what it says of itself. Verifies nothing. */
export async function inspectObject(
  store: ObjectStore,
  inflater: Inflater,
  ref: ObjectRef,
): Promise<Inspection | Unread> {
  const object = await store.get(ref, LIMITS.digest.stored);
  if (object.status !== 'found') return object;
  const inflated = inflater.open(object.body, LIMITS.digest.inflated);
  if (inflated.status !== 'read') return inflated;
  const { bytes, status: _read, ...content } = inflated;
  const document =
    content.sha256 === undefined ? ({ type: 'unknown' } as const) : inspectDocument(bytes, content.sha256, ref);
  return { ref, content, metadata: toDigestMetadata(object.metadata), document };
}
