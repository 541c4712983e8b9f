import type { LogHasher } from '../../ports/log-hasher.js';
import { type ObjectStore, type ResumableStore, StoppedError } from '../../ports/object-store.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';

/** Whether the run is to end. */
export type IsStopped = () => boolean;

/** A store that begins nothing more once the run is to end: then it throws {@link StoppedError}. To stand behind all that waits for its turn. */
export const stoppingStore = (store: ResumableStore, isStopped: IsStopped): ResumableStore => ({
  ...stoppingFolder(store, isStopped),
  open: (ref, maxBytes, from) => unless(isStopped, () => store.open(ref, maxBytes, from)),
});

/** The same of a store that does not go on with what broke off. */
export const stoppingFolder = (store: ObjectStore, isStopped: IsStopped): ObjectStore => ({
  ...store,
  get: (ref, maxBytes) => unless(isStopped, () => store.get(ref, maxBytes)),
  open: (ref, maxBytes) => unless(isStopped, () => store.open(ref, maxBytes)),
  list: (request) => pagesUnless(isStopped, store.list(request)),
  listFolders: (bucket, prefix, most) => unless(isStopped, () => store.listFolders(bucket, prefix, most)),
});

/** The same of older versions. */
export const stoppingVersions = (objects: VersionedObjects, isStopped: IsStopped): VersionedObjects => ({
  versions: (ref) => unless(isStopped, () => objects.versions(ref)),
  getVersion: (ref, versionId, maxBytes) => unless(isStopped, () => objects.getVersion(ref, versionId, maxBytes)),
  listNewest: (request) => pagesUnless(isStopped, objects.listNewest(request)),
  listVersionFolders: (bucket, prefix, most) =>
    unless(isStopped, () => objects.listVersionFolders(bucket, prefix, most)),
});

/** The same of a hasher of files, which has no requests that wait. */
export const stoppingHasher = (hasher: LogHasher, isStopped: IsStopped): LogHasher => ({
  ...hasher,
  hash: (refs) => unless(isStopped, () => hasher.hash(refs)),
});

async function unless<T>(isStopped: IsStopped, begin: () => Promise<T>): Promise<T> {
  if (isStopped()) throw new StoppedError();
  return begin();
}

async function* pagesUnless<T>(isStopped: IsStopped, pages: AsyncIterable<T>): AsyncGenerator<T> {
  if (isStopped()) throw new StoppedError();
  for await (const page of pages) {
    yield page;
    if (isStopped()) throw new StoppedError();
  }
}
