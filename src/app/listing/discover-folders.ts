import type { Finding } from '../../core/findings/finding.js';
import { identityOf } from '../../core/findings/finding-identity.js';
import { LOG_KINDS, toDigestFolder } from '../../core/objects/cloudtrail-key.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { LISTINGS_AT_ONCE } from '../limits.js';
import { versionsUnavailable } from '../objects/recover-versions.js';
import type { DeletedDigests } from './deleted-digests.js';
import type { Discovery, Selection, Source } from './discovery.js';
import { FolderSearch } from './search-folders.js';
import { type FolderListing, type FolderPlace, placeOf, SearchRecord } from './search-record.js';
import { unlistable } from './unlistable.js';

export type { DigestFolders, Discovery, ExportFolder, Selection, Source } from './discovery.js';

/**
 * Finds the accounts and regions that CloudTrail delivered digests for, by listing folders only. What was not looked at is a
 * finding: folders that may not be listed, that lie too deep, are too many, or lie where CloudTrail delivers none.
 * @param deleted where given, folders are found too that hold nothing any more but digests that were deleted
 * @throws {ListingError} when not even the source itself can be listed
 */
export async function discover(
  store: ObjectStore,
  sources: readonly Source[],
  selection: Selection,
  deleted?: DeletedDigests,
): Promise<Discovery> {
  const record = new SearchRecord(presentFolders(store));
  const search = new FolderSearch(record, selection);
  for (const source of sources) await search.searchSource(toFolder(source));
  if (deleted?.seeksFolders) await addDeleted(record, deletedFolders(store, deleted), deleted, sources, selection);
  return record.result();
}

const presentFolders = (store: ObjectStore): FolderListing => ({
  store,
  kinds: LOG_KINDS,
  list: (bucket, prefix, most) => store.listFolders(bucket, prefix, most),
  toFinding: unlistable,
});

const deletedFolders = (store: ObjectStore, deleted: DeletedDigests): FolderListing => ({
  store,
  kinds: [],
  list: (bucket, prefix, most) => deleted.listFolders(bucket, prefix, most),
  toFinding: ({ reason }, place) => versionsUnavailable({ type: 'folder', ...place }, reason),
});

const toFolder = ({ bucket, prefix }: Source): FolderPlace => ({
  bucket,
  key: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
});

/** Adds folders of which nothing is left but deleted digests. To be called when all others were found. */
async function addDeleted(
  record: SearchRecord,
  listing: FolderListing,
  deleted: DeletedDigests,
  sources: readonly Source[],
  selection: Selection,
): Promise<void> {
  const before = new SearchRecord(listing);
  const search = new FolderSearch(before, selection);
  const refused: Finding[] = [];
  const isDone = async (place: FolderPlace, look: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      refused.push(listing.toFinding(error, place));
      return false;
    }
  };
  for (const source of sources.map(toFolder)) await isDone(source, () => search.searchSource(source).then(() => true));
  const { found, findings, passedOver } = before.result();
  record.passOver(passedOver);
  const present = record.result();
  const known = new Set(present.found.flatMap(({ folders }) => folders.map(placeOf)));
  const gone = found.flatMap(({ folders }) => folders).filter((placed) => !known.has(placeOf(placed)));
  const held = await mapAtOnce(gone, LISTINGS_AT_ONCE, ({ bucket, folder }) =>
    isDone({ bucket, key: toDigestFolder(folder) }, () => deleted.hasAny(bucket, folder)),
  );
  for (const { bucket, folder } of gone.filter((_, index) => held[index])) record.addDigests(bucket, folder);
  const said = new Set(present.findings.map(identityOf));
  for (const item of [...findings, ...refused]) if (!said.has(identityOf(item))) record.report(item);
}
