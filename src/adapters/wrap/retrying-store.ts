import type { Unread } from '../../core/contents.js';
import type { ObjectRef } from '../../core/objects.js';
import {
  BodyError,
  type ListedObject,
  ListingError,
  type ListRequest,
  type ObjectStore,
  type ResumableStore,
  type VersionedObject,
} from '../../ports/object-store.js';
import { type Retry, ServiceError } from '../../ports/service-error.js';

/**
 * Makes a store that throws {@link ServiceError} keep what {@link ObjectStore} promises: passing faults are retried,
 * and what does not pass becomes `unavailable`. A listing goes on after the last page that arrived, a body after the last
 * byte.
 */
export function retryingStore(store: ResumableStore, retry: Retry): ObjectStore {
  return {
    knowsBuckets: store.knowsBuckets,
    get: (ref, maxBytes) => orUnavailable(() => retry(() => store.get(ref, maxBytes))),
    async open(ref, maxBytes) {
      const opened = await orUnavailable(() => retry(() => store.open(ref, maxBytes)));
      if (opened.status !== 'found') return opened;
      return { status: 'found', size: opened.size, body: wholeBody(store, retry, ref, maxBytes, opened) };
    },
    list: (request) => listPages(store, retry, request),
    async listFolders(bucket, prefix) {
      try {
        return await retry(() => store.listFolders(bucket, prefix));
      } catch (error) {
        throw toListingError({ bucket, prefix }, error);
      }
    },
  };
}

async function orUnavailable<T>(ask: () => Promise<T>): Promise<T | Extract<Unread, { status: 'unavailable' }>> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ServiceError) return { status: 'unavailable', refusal: error.refusal };
    throw error;
  }
}

/** The pieces of a body, gone on with where it breaks off: each piece that arrives gives the next one all attempts anew. */
async function* wholeBody(
  store: ResumableStore,
  retry: Retry,
  ref: ObjectRef,
  maxBytes: number,
  { version, body }: VersionedObject,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let pieces: AsyncIterator<Uint8Array> | undefined = body[Symbol.asyncIterator]();
  const nextPiece = async (): Promise<IteratorResult<Uint8Array>> => {
    pieces ??= await reopen();
    try {
      return await pieces.next();
    } catch (error) {
      pieces = undefined;
      throw error;
    }
  };
  const reopen = async (): Promise<AsyncIterator<Uint8Array>> => {
    const opened = await store.open(ref, maxBytes, { offset, version });
    if (opened.status !== 'found') throw new BodyError(opened);
    return opened.body[Symbol.asyncIterator]();
  };
  try {
    for (;;) {
      const next = await retry(nextPiece);
      if (next.done) return;
      offset += next.value.length;
      yield next.value;
    }
  } catch (error) {
    throw error instanceof ServiceError ? new BodyError({ status: 'unavailable', refusal: error.refusal }) : error;
  } finally {
    await pieces?.return?.();
  }
}

async function* listPages(
  store: ObjectStore,
  retry: Retry,
  request: ListRequest,
): AsyncGenerator<readonly ListedObject[]> {
  let rest = request;
  let pages: AsyncIterator<readonly ListedObject[]> | undefined;
  const nextPage = async (): Promise<IteratorResult<readonly ListedObject[]>> => {
    pages ??= store.list(rest)[Symbol.asyncIterator]();
    try {
      return await pages.next();
    } catch (error) {
      // An iterator that has thrown is at its end: the next attempt needs another one.
      pages = undefined;
      throw error;
    }
  };
  for (;;) {
    let next: IteratorResult<readonly ListedObject[]>;
    try {
      next = await retry(nextPage);
    } catch (error) {
      throw toListingError(request, error);
    }
    if (next.done) return;
    const last = next.value.at(-1);
    if (last) rest = { ...request, startAfter: last.key };
    yield next.value;
  }
}

const toListingError = (request: ListRequest, error: unknown): unknown =>
  error instanceof ServiceError ? new ListingError(request, { status: 'unavailable', refusal: error.refusal }) : error;
