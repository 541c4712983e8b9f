import { isAccountId, toDeliverySteps } from '../../core/objects/cloudtrail-key.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import type { Lot, MixedNames } from './search-places.js';

/** Accounts, kinds and regions of which one folder may hold files: what is left over is read as if it lay in none. */
const MOST_KINDS = 5_000;
/** The folders for dates that CloudTrail makes: year, month and day. Those of the account, the kind and the region come before. */
const DATE_STEPS = 3;
const FOLDER_STEPS = 3;

/** Looks whether the names in a lot tell of several folders; undefined where they tell of one, as the place of the lot does. */
export async function mixedNamesOf(lot: Lot, store: ObjectStore): Promise<MixedNames | undefined> {
  const { folder, root, shape, kinds, example = '' } = lot;
  if (root || (shape === 'account' && isAccountId(folder.key.split('/').at(-2) ?? ''))) return undefined;
  const datesKept = shape === 'account' ? DATE_STEPS : example.slice(folder.key.length).split('/').length - 1;
  const cut = shape === 'account' ? 1 : FOLDER_STEPS + DATE_STEPS - datesKept;
  const folders = new Set<string>();
  const cuts = new Set<string>();
  try {
    for await (const page of store.list({ bucket: folder.bucket, prefix: folder.key })) {
      for (const { key } of page) {
        const steps = toDeliverySteps(key)?.split('/') ?? [];
        if (!kinds.includes(steps[1] ?? '')) continue;
        folders.add(`${steps.slice(0, FOLDER_STEPS).join('/')}/`);
        if (cuts.size < 2) cuts.add(steps.slice(0, cut).join('/'));
      }
      if (folders.size > MOST_KINDS) break;
    }
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
  }
  if (cuts.size < 2) return undefined;
  return { folders: [...folders].sort(), ...(datesKept < DATE_STEPS && { datesKept }) };
}
