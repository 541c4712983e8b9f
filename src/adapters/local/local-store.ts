import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import { LOG_KINDS, parseAccountFolder, parseObjectName, splitAtLogRoot } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { ListingError, type ListRequest, type ObjectStore, StoreOpenError } from '../../ports/object-store.js';
import { ArchiveFiles } from './archive-files.js';
import { METADATA_FILE, readMetadata } from './metadata-file.js';
import { isSafePath, targetOf, toUnread } from './safe-files.js';

/** A folder's absolute path without links in it. @throws {StoreOpenError} when it is no folder that can be read */
export function realFolder(path: string): string {
  try {
    const root = realpathSync(path);
    readdirSync(root);
    return root;
  } catch (error) {
    throw new StoreOpenError(path, error);
  }
}

const LOG_ROOT = 'AWSLogs';
const PAGE_SIZE = 1000;

/**
 * The files of a folder by their paths: a key is a path below it, whatever the bucket.
 *
 * Links to folders are not followed by listings, since what they lead to may lie outside, or be a circle. Those below `AWSLogs`,
 * and those that lead out of the archive to more folders, are named among the folders, and what lies behind one cannot be
 * listed; others are left out.
 */
export function localStore(root: string): ObjectStore {
  const files = new ArchiveFiles(root);
  return {
    knowsBuckets: () => false,
    identify: ({ key }) => key,
    async get(ref, maxBytes) {
      const content = files.read(ref, maxBytes);
      return content.status === 'found' ? { ...content, ...readMetadata(files, ref) } : content;
    },
    open: async (ref, maxBytes) => files.open(ref, maxBytes),
    list: (request) => list(root, request),
    async listFolders(bucket, prefix) {
      // What is no path has nothing below it, here: `..` must not lead out of the archive.
      if (prefix !== '' && !isSafePath(prefix.replace(/\/$/, ''))) return [];
      const request = { bucket, prefix };
      refuseLinks(root, request);
      return readFolder(join(root, prefix), request)
        .filter((entry) => {
          const type = typeOf(entry, root, prefix, request);
          if (type === 'folder' || type === 'linked') return true;
          return entry.isSymbolicLink() && mayHide(join(root, prefix, entry.name), root);
        })
        .map(({ name }) => name)
        .sort(compareUtf8);
    },
  };
}

async function* list(base: string, request: ListRequest): AsyncGenerator<readonly ObjectRef[]> {
  let page: ObjectRef[] = [];
  try {
    for (const key of keysBelow(base, '', request)) {
      page.push({ bucket: request.bucket, key });
      if (page.length === PAGE_SIZE) {
        yield page;
        page = [];
      }
    }
  } catch (error) {
    // What comes before a folder that cannot be listed is known all the same.
    if (page.length > 0) yield page;
    throw error;
  }
  if (page.length > 0) yield page;
}

/** Keys in the order S3 would give them: a folder stands among its siblings as if its name ended in a slash. */
function* keysBelow(base: string, folder: string, request: ListRequest): Generator<string> {
  const present = readFolder(join(base, folder), request);
  const names = new Set(present.map(({ name }) => name));
  const entries = present
    .map((entry) => ({ name: entry.name, type: typeOf(entry, base, folder, request) }))
    .map(({ name, type }) => ({ name, type, key: `${folder}${name}${type === 'file' ? '' : '/'}` }))
    .sort((a, b) => compareUtf8(a.key, b.key));
  for (const { name, type, key } of entries) {
    if (type === 'file') {
      if (isWanted(key, request) && !isSidecar(folder, name, names)) yield key;
    } else if (mayHold(key, request)) {
      if (type === 'linked') throw notFollowed(key, request);
      if (type === 'folder') yield* keysBelow(base, key, request);
    }
  }
}

/** What a name in a folder stands for. `linked`: a folder that would have to be listed, behind a link. `beside`: one that need not. */
function typeOf(
  entry: Dirent,
  base: string,
  folder: string,
  { prefix }: ListRequest,
): 'folder' | 'file' | 'linked' | 'beside' {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? 'folder' : 'file';
  const key = `${folder}${entry.name}`;
  const target = targetOf(join(base, key));
  if (target !== 'file' && prefix.startsWith(`${key}/`)) return 'linked';
  // Whoever reads a link that leads nowhere is told so, unless it has the name of a folder.
  if (target === 'nothing') return splitAtLogRoot(folder) && !key.includes('.', folder.length) ? 'linked' : 'file';
  if (target === 'file') return 'file';
  return splitAtLogRoot(folder) ? 'linked' : 'beside';
}

/** Whether trails may lie behind a link that are not met without it. */
function mayHide(link: string, root: string): boolean {
  const isLogRoot = basename(link) === LOG_ROOT;
  try {
    const target = realpathSync(link);
    if (target === root || target.startsWith(join(root, sep))) return isLogRoot && basename(target) !== LOG_ROOT;
    return isLogRoot || readdirSync(target, { withFileTypes: true }).some((entry) => !entry.isFile());
  } catch (error) {
    // Other links that lead nowhere hide nothing; what may not be looked at may be a folder.
    return isLogRoot || toUnread(error).status === 'denied';
  }
}

/** Throws where the way to what is to be listed leads through a link. */
function refuseLinks(base: string, request: ListRequest): void {
  for (let end = request.prefix.indexOf('/'); end !== -1; end = request.prefix.indexOf('/', end + 1)) {
    const folder = request.prefix.slice(0, end);
    if (isLink(join(base, folder)) && targetOf(join(base, folder)) !== 'file') throw notFollowed(`${folder}/`, request);
  }
}

/** What cannot be looked at cannot be listed either, which says why. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

const notFollowed = (folder: string, request: ListRequest): ListingError =>
  new ListingError(request, {
    status: 'unavailable',
    refusal: {
      errorCode: 'LinkedFolder',
      message: `${JSON.stringify(folder)} is a link to a folder, and is not followed`,
    },
  });

const isWanted = (key: string, { prefix, startAfter }: ListRequest): boolean =>
  key.startsWith(prefix) && isAfter(key, startAfter);

/** Whether a file keeps the metadata of a digest: one that lies beside it, in a digest folder. Beside logs its name hides nothing. */
function isSidecar(folder: string, name: string, names: ReadonlySet<string>): boolean {
  if (!name.endsWith(METADATA_FILE)) return false;
  const of = name.slice(0, -METADATA_FILE.length);
  const isBeside = [of, of.replace(/\.json\.gz$/, '.json')].some((each) => names.has(each));
  return isBeside && isDigestFolder(folder, of);
}

/** Whether a folder is one of digests: by its path, or where the upper steps of that are missing, by the name of a file in it. */
function isDigestFolder(folder: string, name: string): boolean {
  const account = parseAccountFolder(folder);
  if (account) return account.below.startsWith('CloudTrail-Digest/');
  const steps = folder.split('/');
  return parseObjectName(name)?.kind === 'CloudTrail-Digest' && !LOG_KINDS.some((kind) => steps.includes(kind));
}

/** Whether a folder can hold keys that were asked for. */
function mayHold(folder: string, { prefix, startAfter }: ListRequest): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return isAfter(folder, startAfter) || startAfter?.startsWith(folder) === true;
}

const isAfter = (key: string, startAfter: string | undefined): boolean =>
  startAfter === undefined || compareUtf8(key, startAfter) > 0;

/** A folder that is not there is empty, as it is in S3. */
function readFolder(path: string, request: ListRequest): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const reason = toUnread(error);
    if (reason.status === 'not-found') return [];
    if (reason.status === 'denied' || reason.status === 'unavailable') throw new ListingError(request, reason);
    throw error;
  }
}
