import type { Unread } from '../../core/content/object-content.js';
import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import { identifyByName, type ObjectRef } from '../../core/objects/object-ref.js';
import { ListingError, type ListRequest, type ObjectStore } from '../../ports/object-store.js';

/** An object in hand. */
export interface MemoryObject {
  readonly body: Uint8Array;
  /** User metadata by lower-case name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** bucket → key → object */
export type MemoryBuckets = ReadonlyMap<string, ReadonlyMap<string, MemoryObject>>;

/** A store over objects in hand. It looks at them when asked, so that later changes show. */
export function memoryStore(buckets: MemoryBuckets): ObjectStore {
  return {
    knowsBuckets: () => true,
    identify: identifyByName,
    async get(ref, maxBytes) {
      const object = find(buckets, ref, maxBytes);
      return 'status' in object ? object : { status: 'found', body: object.body, metadata: object.metadata };
    },
    async open(ref, maxBytes) {
      const object = find(buckets, ref, maxBytes);
      return 'status' in object ? object : { status: 'found', size: object.body.length, body: piecesOf(object.body) };
    },
    list: (request) => listObjects(buckets, request),
    async listFolders(bucket, prefix) {
      const names = keysUnder(buckets, { bucket, prefix }).map(
        (key) => /^([^/]*)\//.exec(key.slice(prefix.length))?.[1],
      );
      return [...new Set(names)].filter((name) => name !== undefined).sort(compareUtf8);
    },
  };
}

const PAGE_SIZE = 1000;
const PIECE_SIZE = 2 ** 18;

function find(buckets: MemoryBuckets, { bucket, key }: ObjectRef, maxBytes: number): MemoryObject | Unread {
  const objects = buckets.get(bucket);
  if (!objects) {
    const refusal = { errorCode: 'NoSuchBucket', message: 'The specified bucket does not exist' };
    return { status: 'unavailable', refusal };
  }
  const object = objects.get(key);
  if (!object) return { status: 'not-found' };
  return object.body.length > maxBytes ? { status: 'too-large', measure: 'stored', limit: maxBytes } : object;
}

async function* piecesOf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < body.length; start += PIECE_SIZE) yield body.subarray(start, start + PIECE_SIZE);
}

async function* listObjects(buckets: MemoryBuckets, request: ListRequest): AsyncGenerator<readonly ObjectRef[]> {
  const { bucket, startAfter = '' } = request;
  const objects = buckets.get(bucket);
  const listed = keysUnder(buckets, request)
    .filter((key) => compareUtf8(key, startAfter) > 0)
    .sort(compareUtf8)
    .filter((key) => !(key.endsWith('/') && objects?.get(key)?.body.length === 0))
    .map((key) => ({ bucket, key }));
  for (let start = 0; start < listed.length; start += PAGE_SIZE) yield listed.slice(start, start + PAGE_SIZE);
}

function keysUnder(buckets: MemoryBuckets, request: ListRequest): string[] {
  const objects = buckets.get(request.bucket);
  if (!objects) throw new ListingError(request, { status: 'not-found' });
  return [...objects.keys()].filter((key) => key.startsWith(request.prefix));
}
