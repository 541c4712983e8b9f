import type { StoredHash, Unread } from '../../core/content/object-content.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { BodyError, type ObjectStore } from '../../ports/object-store.js';
import type { NewSha256 } from '../../ports/sha256.js';

/** Hashes an object as it is stored, piece by piece: memory does not grow with its size. Throws only what {@link ObjectStore} says it throws. */
export async function hashStored(
  store: ObjectStore,
  newSha256: NewSha256,
  ref: ObjectRef,
  maxBytes: number,
): Promise<StoredHash | Unread> {
  const opened = await store.open(ref, maxBytes);
  if (opened.status !== 'found') return opened;
  const hash = newSha256();
  try {
    for await (const piece of opened.body) hash.update(piece);
  } catch (error) {
    if (error instanceof BodyError) return error.reason;
    throw error;
  }
  return { status: 'hashed', sha256: hash.digest(), size: opened.size };
}
