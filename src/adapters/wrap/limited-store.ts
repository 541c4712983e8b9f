import type { ResumableStore } from '../../ports/object-store.js';
import type { RequestLimit } from './request-limit.js';

/** A store whose objects are read within a limit. Listings are few and go through at once. */
export const limitedStore = (store: ResumableStore, limit: RequestLimit): ResumableStore => ({
  ...store,
  get: (ref, maxBytes) => limit.run(ref.bucket, () => store.get(ref, maxBytes)),
  open: (ref, maxBytes, from) => limit.run(ref.bucket, () => store.open(ref, maxBytes, from)),
});
