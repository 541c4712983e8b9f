import { type ListedObject, ListingError, type ListRequest, type ObjectStore } from '../../ports/object-store.js';
import { type Retry, ServiceError } from '../../ports/service-error.js';

/**
 * Makes a store that throws {@link ServiceError} keep what {@link ObjectStore} promises: passing faults are retried,
 * and what does not pass becomes `unavailable`. A listing goes on after the last page that arrived.
 */
export function retryingStore(store: ObjectStore, retry: Retry): ObjectStore {
  return {
    knowsBuckets: store.knowsBuckets,
    async get(ref, maxBytes) {
      try {
        return await retry(() => store.get(ref, maxBytes));
      } catch (error) {
        if (error instanceof ServiceError) return { status: 'unavailable', refusal: error.refusal };
        throw error;
      }
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
