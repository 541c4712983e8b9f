import { identifyByName } from '../../../core/objects/object-ref.js';
import type { ResumableStore } from '../../../ports/object-store.js';
import { type LeanGet, UNUSUAL } from './signed-get.js';

/** A store that gets objects the lean way, and has the SDK do all the rest and whatever comes unusually. */
export const leanStore = (sdk: ResumableStore, lean: LeanGet): ResumableStore => ({
  ...sdk,
  async get(ref, maxBytes) {
    const object = await lean.get(ref, maxBytes);
    return object === UNUSUAL ? sdk.get(ref, maxBytes) : object;
  },
});

/** Something that only the SDK can deal with was asked of a store that has none. */
export class UnusualAnswerError extends Error {
  override readonly name = 'UnusualAnswerError';
}

/** A store that gets objects the lean way and can do nothing else. All else throws {@link UnusualAnswerError}. */
export function leanOnlyStore(lean: LeanGet): ResumableStore {
  const refuse = (): never => {
    throw new UnusualAnswerError('only the SDK can do that');
  };
  return {
    knowsBuckets: () => true,
    identify: identifyByName,
    async get(ref, maxBytes) {
      const object = await lean.get(ref, maxBytes);
      return object === UNUSUAL ? refuse() : object;
    },
    open: async () => refuse(),
    list: refuse,
    listFolders: async () => refuse(),
  };
}
