import { compareUtf8 } from '../core/byte-order.js';
import { type Finding, finding } from '../core/findings.js';
import { identityOf } from '../core/identity.js';
import {
  type Folder,
  isAccountId,
  isOrganizationId,
  isRegionName,
  LOG_KINDS,
  type LogKind,
  parseAccountFolder,
  splitAtLogRoot,
  toAccountFolder,
  toDigestFolder,
} from '../core/object-key.js';
import { ListingError, type ObjectStore } from '../ports/object-store.js';
import type { DeletedDigests } from './deleted-digests.js';
import { FOLDERS_SEARCHED, LISTINGS_AT_ONCE } from './limits.js';
import type { PlacedFolder } from './list-digests.js';
import { versionsUnavailable } from './recover.js';
import { mapAtOnce } from './turnstile.js';

/** A bucket, or a part of one, to look for trails in. */
export interface Source {
  readonly bucket: string;
  /** What stands before `AWSLogs/`, or a folder above that; empty for the whole bucket. */
  readonly prefix: string;
}

/** What to look at; an absent list means everything that is there. */
export interface Selection {
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly trails?: readonly string[];
}

/** The digest folders of one account and region, wherever they lie. */
export interface DigestFolders {
  readonly accountId: string;
  readonly region: string;
  readonly folders: readonly PlacedFolder[];
}

/** A folder where sign files of saved query results may lie: anywhere below it, or directly in it. */
export interface ExportFolder {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
  readonly depth: 'whole' | 'top';
  /** Whose results CloudTrail Lake delivers there. */
  readonly accountId?: string;
}

export interface Discovery {
  /** By account and region, in byte order. */
  readonly found: readonly DigestFolders[];
  /** The folders of CloudTrail Lake below `AWSLogs`, and every folder outside of `AWSLogs` that was come through. */
  readonly exportFolders: readonly ExportFolder[];
  readonly findings: readonly Finding[];
  /** Whether there are other accounts than those selected, and in those selected other regions. */
  readonly passedOver: { readonly accounts: boolean; readonly regions: boolean };
}

/** CloudTrail takes prefixes of up to 200 characters: no `AWSLogs` of its lies below a longer one. */
const MAX_PREFIX_LENGTH = 200;

/**
 * Finds the accounts and regions that CloudTrail delivered digests for, by listing folders only. Folders that may not
 * be listed become findings; a region with logs but without a single digest becomes one too.
 * @param deleted where given, folders are found too that hold nothing any more but digests that were deleted
 * @throws {ListingError} when not even the source itself can be listed
 */
export async function discover(
  store: ObjectStore,
  sources: readonly Source[],
  selection: Selection,
  deleted?: DeletedDigests,
): Promise<Discovery> {
  const search = new Search(presentFolders(store), selection);
  for (const source of sources) await search.findLogRoots(source.bucket, folderOf(source.prefix));
  if (deleted?.seeksFolders) await search.addDeleted(deleted, sources);
  return search.result();
}

/** How folders are listed, and what is said where they cannot be. */
interface FolderListing {
  readonly kinds: readonly LogKind[];
  list(bucket: string, prefix: string): Promise<readonly string[]>;
  toFinding(error: ListingError, place: { readonly bucket: string; readonly key: string }): Finding;
}

const presentFolders = (store: ObjectStore): FolderListing => ({
  kinds: LOG_KINDS,
  list: (bucket, prefix) => store.listFolders(bucket, prefix),
  toFinding: unlistable,
});

const deletedFolders = (deleted: DeletedDigests): FolderListing => ({
  kinds: [],
  list: (bucket, prefix) => deleted.listFolders(bucket, prefix),
  toFinding: ({ reason }, place) => versionsUnavailable({ type: 'folder', ...place }, reason),
});

const placeOf = ({ bucket, folder }: PlacedFolder): string => `${bucket}/${toDigestFolder(folder)}`;

const byPlace = ({ subject: a }: Finding, { subject: b }: Finding): number =>
  'key' in a && 'key' in b ? compareUtf8(`${a.bucket}/${a.key}`, `${b.bucket}/${b.key}`) : 0;

const folderOf = (prefix: string): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

class Search {
  readonly #listing: FolderListing;
  readonly #selection: Selection;
  readonly #found = new Map<string, { accountId: string; region: string; folders: PlacedFolder[] }>();
  readonly #withLogs = new Map<string, { bucket: string; key: string }>();
  readonly #exportFolders: ExportFolder[] = [];
  readonly #findings: Finding[] = [];
  /** Sources may overlap, but nothing is looked at twice. */
  readonly #visited = new Set<string>();
  readonly #passedOver = { accounts: false, regions: false };
  #searched = 0;

  constructor(listing: FolderListing, selection: Selection) {
    this.#listing = listing;
    this.#selection = selection;
  }

  result(): Discovery {
    // Accounts are looked into at once: nothing may depend on which answered first.
    const inOrder = (folders: readonly PlacedFolder[]) =>
      [...folders].sort((a, b) => compareUtf8(placeOf(a), placeOf(b)));
    const found = [...this.#found.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, each]) => ({ ...each, folders: inOrder(each.folders) }));
    const bare = [...this.#withLogs.entries()]
      .filter(([id]) => !this.#found.has(id))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const findings = bare.map(([, place]) => finding('folder-without-digests', { type: 'folder', ...place }, {}));
    const exportFolders = [...this.#exportFolders].sort((a, b) =>
      compareUtf8(`${a.bucket}/${a.prefix}`, `${b.bucket}/${b.prefix}`),
    );
    return {
      found,
      exportFolders,
      findings: [...[...this.#findings].sort(byPlace), ...findings],
      passedOver: this.#passedOver,
    };
  }

  /** Adds folders of which nothing is left but deleted digests. To be called when all others were found. */
  async addDeleted(deleted: DeletedDigests, sources: readonly Source[]): Promise<void> {
    const listing = deletedFolders(deleted);
    const search = new Search(listing, this.#selection);
    const refused: Finding[] = [];
    const isDone = async (bucket: string, key: string, look: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await look();
      } catch (error) {
        if (!(error instanceof ListingError)) throw error;
        refused.push(listing.toFinding(error, { bucket, key }));
        return false;
      }
    };
    for (const { bucket, prefix } of sources) {
      const root = folderOf(prefix);
      await isDone(bucket, root, () => search.findLogRoots(bucket, root).then(() => true));
    }
    const { found, findings, passedOver } = search.result();
    this.#passedOver.accounts ||= passedOver.accounts;
    this.#passedOver.regions ||= passedOver.regions;
    const known = new Set([...this.#found.values()].flatMap(({ folders }) => folders.map(placeOf)));
    const gone = found.flatMap(({ folders }) => folders).filter((placed) => !known.has(placeOf(placed)));
    const held = await mapAtOnce(gone, LISTINGS_AT_ONCE, ({ bucket, folder }) =>
      isDone(bucket, toDigestFolder(folder), () => deleted.hasAny(bucket, folder)),
    );
    for (const { bucket, folder } of gone.filter((_, index) => held[index])) this.#add(bucket, folder);
    const said = new Set(this.#findings.map(identityOf));
    for (const item of [...findings, ...refused]) if (!said.has(identityOf(item))) this.#findings.push(item);
  }

  /** Goes down to the folders named `AWSLogs`, and not below them. A prefix that leads into one begins there. */
  async findLogRoots(bucket: string, source: string): Promise<void> {
    const account = parseAccountFolder(source);
    if (account?.below.startsWith('CloudTrail-Lake/')) {
      this.#exportFolders.push({ bucket, prefix: source, depth: 'whole', accountId: account.accountId });
      return;
    }
    const inside = splitAtLogRoot(source);
    if (inside) return this.#findAccounts(bucket, inside.root, inside.below);
    let unsearched = 0;
    // Level by level: what lies high up is found however many folders there are.
    for (let level = [source]; level.length > 0; ) {
      const fresh = level.filter((folder) => this.#isNew(bucket, folder));
      const room = fresh.slice(0, Math.max(0, FOLDERS_SEARCHED - this.#searched));
      unsearched += fresh.length - room.length;
      this.#searched += room.length;
      const below = await this.#searchLevel(bucket, room, source);
      level = below.filter((folder) => folder.length - source.length <= MAX_PREFIX_LENGTH);
    }
    if (unsearched === 0) return;
    const subject = { type: 'folder', bucket, key: source } as const;
    this.#findings.push(finding('folder-search-incomplete', subject, { searched: this.#searched, unsearched }));
  }

  /** Looks into folders; answers with those below them. */
  async #searchLevel(bucket: string, folders: readonly string[], source: string): Promise<readonly string[]> {
    const below: string[] = [];
    const listed = await mapAtOnce(folders, LISTINGS_AT_ONCE, (folder) =>
      folder === source ? this.#listing.list(bucket, folder) : this.#list(bucket, folder),
    );
    for (const [index, folder] of folders.entries()) {
      const names = listed[index] ?? [];
      this.#exportFolders.push({ bucket, prefix: folder, depth: 'top' });
      if (names.includes('AWSLogs')) await this.#findAccounts(bucket, `${folder}AWSLogs/`, '');
      for (const name of names) if (name !== 'AWSLogs') below.push(`${folder}${name}/`);
    }
    return below;
  }

  /** @param within what of the path below `AWSLogs/` was asked for, such as `o-abc/111122223333/` */
  async #findAccounts(bucket: string, root: string, within: string): Promise<void> {
    const prefix = root.slice(0, -'AWSLogs/'.length).replace(/\/$/, '');
    const wanted = within.split('/').filter((part) => part !== '');
    const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
    const names = await this.#list(bucket, root);
    const jobs = names.map(async (name) => {
      if (isAccountId(name) && isWanted(name)) await this.#findRegions(bucket, { prefix, accountId: name });
      if (!isOrganizationId(name) || !(isWanted(name) || wanted.some(isAccountId))) return;
      for (const account of await this.#list(bucket, `${root}${name}/`)) {
        const isInside = isWanted(name) && (wanted.length < 2 || wanted.includes(account));
        if (isAccountId(account) && (isInside || wanted.includes(account))) {
          await this.#findRegions(bucket, { prefix, organizationId: name, accountId: account });
        }
      }
    });
    await Promise.all(jobs);
  }

  async #findRegions(bucket: string, account: Omit<Folder, 'region'>): Promise<void> {
    const { accounts, regions } = this.#selection;
    if (accounts && !accounts.includes(account.accountId)) {
      this.#passedOver.accounts = true;
      return;
    }
    const base = toAccountFolder(account);
    if (!this.#isNew(bucket, base)) return;
    const { accountId } = account;
    this.#exportFolders.push({ bucket, prefix: `${base}CloudTrail-Lake/Query/`, depth: 'whole', accountId });
    const isSelected = (name: string) => {
      const isWanted = !regions || regions.includes(name);
      this.#passedOver.regions ||= isRegionName(name) && !isWanted;
      return isRegionName(name) && isWanted;
    };
    const [digestRegions, ...logRegions] = await Promise.all(
      ['CloudTrail-Digest', ...this.#listing.kinds].map(async (kind) =>
        (await this.#listOrReport(bucket, `${base}${kind}/`))?.filter(isSelected),
      ),
    );
    // Where the digests cannot be seen, nothing says that there are none.
    if (!digestRegions) return;
    for (const region of digestRegions) this.#add(bucket, { ...account, region });
    for (const [index, names] of logRegions.entries()) {
      for (const region of names ?? []) {
        const id = `${account.accountId}/${region}`;
        if (!this.#withLogs.has(id))
          this.#withLogs.set(id, { bucket, key: `${base}${this.#listing.kinds[index]}/${region}/` });
      }
    }
  }

  #add(bucket: string, folder: Folder): void {
    const { accountId, region } = folder;
    const id = `${accountId}/${region}`;
    const entry = this.#found.get(id) ?? { accountId, region, folders: [] };
    entry.folders.push({ bucket, folder });
    this.#found.set(id, entry);
  }

  #isNew(bucket: string, folder: string): boolean {
    const place = `${bucket}/${folder}`;
    const isNew = !this.#visited.has(place);
    this.#visited.add(place);
    return isNew;
  }

  async #list(bucket: string, prefix: string): Promise<readonly string[]> {
    return (await this.#listOrReport(bucket, prefix)) ?? [];
  }

  /** Undefined, and a finding, where the folder cannot be listed. */
  async #listOrReport(bucket: string, prefix: string): Promise<readonly string[] | undefined> {
    try {
      return await this.#listing.list(bucket, prefix);
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      this.#findings.push(this.#listing.toFinding(error, { bucket, key: prefix }));
      return undefined;
    }
  }
}

/** A listing that could not be had, as a finding about the folder. */
export function unlistable(error: ListingError, place: { readonly bucket: string; readonly key: string }): Finding {
  const subject = { type: 'folder', ...place } as const;
  const { reason } = error;
  if (reason.status === 'denied') return finding('folder-access-denied', subject, reason.refusal);
  const refusal =
    reason.status === 'unavailable' ? reason.refusal : { errorCode: 'NoSuchBucket', message: error.message };
  return finding('folder-unavailable', subject, refusal);
}
