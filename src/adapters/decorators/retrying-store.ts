import type { Unread } from '../../core/content/object-content.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import {
  BodyError,
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
    identify: store.identify,
    get: (ref, maxBytes) => orUnavailable(() => retry(() => store.get(ref, maxBytes))),
    async open(ref, maxBytes) {
      const opened = await orUnavailable(() => retry(() => store.open(ref, maxBytes)));
      if (opened.status !== 'found') return opened;
      return { status: 'found', size: opened.size, body: wholeBody(store, retry, ref, maxBytes, opened) };
    },
    list: (request) => retryPages((rest) => store.list(rest), retry, request),
    listFolders: (bucket, prefix, most) =>
      retryFolders(() => store.listFolders(bucket, prefix, most), retry, { bucket, prefix }),
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

/**
 * The pages of a listing, gone on with after the last one that arrived: each page gives the next one all attempts anew.
 * Throws `ListingError` for what does not pass.
 */
export async function* retryPages<T extends ObjectRef>(
  list: (request: ListRequest) => AsyncIterable<readonly T[]>,
  retry: Retry,
  request: ListRequest,
): AsyncGenerator<readonly T[]> {
  let rest = request;
  let pages: AsyncIterator<readonly T[]> | undefined;
  const nextPage = async (): Promise<IteratorResult<readonly T[]>> => {
    pages ??= list(rest)[Symbol.asyncIterator]();
    try {
      return await pages.next();
    } catch (error) {
      // An iterator that has thrown is at its end: the next attempt needs another one.
      pages = undefined;
      throw error;
    }
  };
  for (;;) {
    let next: IteratorResult<readonly T[]>;
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

/** The names of folders, with all attempts. Throws `ListingError` for what does not pass. */
export async function retryFolders(
  list: () => Promise<readonly string[]>,
  retry: Retry,
  request: ListRequest,
): Promise<readonly string[]> {
  try {
    return await retry(list);
  } catch (error) {
    throw toListingError(request, error);
  }
}

const toListingError = (request: ListRequest, error: unknown): unknown =>
  error instanceof ServiceError ? new ListingError(request, { status: 'unavailable', refusal: error.refusal }) : error;
