import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import { type Folder, type LogKind, toDigestFolder } from '../../core/objects/cloudtrail-key.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { PLACES_FOUND } from '../limits.js';
import type { Discovery, ExportFolder, LogsAlone } from './discovery.js';
import type { PlacedFolder } from './list-digests.js';

/** How folders are listed, and what is said where they cannot be. */
export interface FolderListing {
  readonly store: Pick<ObjectStore, 'identify'>;
  /** The kinds of logs whose folders are listed too. */
  readonly kinds: readonly LogKind[];
  /** As `ObjectStore.listFolders`. */
  list(bucket: string, prefix: string, most: number): Promise<readonly string[]>;
  toFinding(error: ListingError, place: FolderPlace): Finding;
}

export interface FolderPlace {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly key: string;
}

/** The names in a folder; `isCut`: there may be more. */
export interface Names {
  readonly names: readonly string[];
  readonly isCut: boolean;
}

const NO_NAMES: Names = { names: [], isCut: false };

/** The place of a digest folder, to compare. */
export const placeOf = ({ bucket, folder }: PlacedFolder): string => `${bucket}/${toDigestFolder(folder)}`;

/** Lists folders for a search, and keeps what it finds and what it does not look into. */
export class SearchRecord {
  readonly listing: FolderListing;
  readonly #identify: (ref: FolderPlace) => string;
  readonly #found = new Map<string, { accountId: string; region: string; folders: PlacedFolder[] }>();
  readonly #logsAlone: LogsAlone[] = [];
  readonly #exportFolders: ExportFolder[] = [];
  readonly #findings: Finding[] = [];
  /** Sources may overlap, but nothing is looked at twice. */
  readonly #visited = new Set<string>();
  readonly #passedOver = { accounts: false, regions: false };
  #searched = 0;
  #places = 0;
  /** Of the source that is searched. */
  #unsearched = 0;
  #misplaced: FolderPlace[] = [];

  constructor(listing: FolderListing) {
    this.listing = listing;
    this.#identify = (place) => listing.store.identify(place);
  }

  result(): Discovery {
    // Accounts are looked into at once: nothing may depend on which answered first.
    const inOrder = (folders: readonly PlacedFolder[]) =>
      [...folders].sort((a, b) => compareUtf8(placeOf(a), placeOf(b)));
    const found = [...this.#found.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, each]) => ({ ...each, folders: inOrder(each.folders) }));
    const withDigests = new Set(found.flatMap(({ folders }) => folders.map(placeOf)));
    const logsAlone = this.#logsAlone
      .filter((place) => !withDigests.has(placeOf(place)))
      .sort((a, b) => compareUtf8(placeOf(a), placeOf(b)));
    const exportFolders = [...this.#exportFolders].sort((a, b) =>
      compareUtf8(`${a.bucket}/${a.prefix}`, `${b.bucket}/${b.prefix}`),
    );
    return {
      found,
      logsAlone,
      exportFolders,
      findings: [...this.#findings].sort(byPlace),
      passedOver: this.#passedOver,
    };
  }

  /** Folders that were looked into outside of those of accounts. */
  get searched(): number {
    return this.#searched;
  }

  /** Takes notice of accounts and regions that are not selected. */
  passOver({ accounts, regions }: Partial<Discovery['passedOver']>): void {
    this.#passedOver.accounts ||= accounts === true;
    this.#passedOver.regions ||= regions === true;
  }

  report(item: Finding): void {
    this.#findings.push(item);
  }

  /** Digests of an account and region. */
  addDigests(bucket: string, folder: Folder): void {
    if (!this.#hasRoom()) return;
    const { accountId, region } = folder;
    const id = `${accountId}/${region}`;
    const entry = this.#found.get(id) ?? { accountId, region, folders: [] };
    entry.folders.push({ bucket, folder });
    this.#found.set(id, entry);
  }

  /** Logs of an account and region beside which no digests are. */
  addLogsAlone(place: LogsAlone): void {
    if (this.#hasRoom()) this.#logsAlone.push(place);
  }

  addExports(folder: ExportFolder): void {
    this.#exportFolders.push(folder);
  }

  /** A folder that looks as if it held digests, where CloudTrail delivers none. */
  addMisplaced(place: FolderPlace): void {
    this.#misplaced.push(place);
  }

  addSearched(count: number): void {
    this.#searched += count;
  }

  addUnsearched(count: number): void {
    this.#unsearched += count;
  }

  /** Says of a source what was not looked at below it. To be called when it was searched. */
  closeSource(source: FolderPlace): void {
    const subject = { type: 'folder', ...source } as const;
    if (this.#unsearched > 0) {
      const args = { searched: this.#searched, unsearched: this.#unsearched };
      this.report(finding('folder-search-incomplete', subject, args));
    }
    const count = this.#misplaced.length;
    const [example] = this.#misplaced.sort((a, b) => compareUtf8(a.key, b.key));
    if (example) this.report(finding('folder-digests-misplaced', subject, { count, example }));
    this.#unsearched = 0;
    this.#misplaced = [];
  }

  /** Whether a folder is met for the first time. */
  isNew(place: FolderPlace): boolean {
    const id = this.#identify(place);
    const isNew = !this.#visited.has(id);
    this.#visited.add(id);
    return isNew;
  }

  /** The names in a folder, as many as are allowed. None, and a finding, where it cannot be listed. */
  async list(place: FolderPlace, most: number): Promise<Names> {
    return (await this.listOrReport(place, most)) ?? NO_NAMES;
  }

  /** The same; undefined where the folder cannot be listed. */
  async listOrReport(place: FolderPlace, most: number): Promise<Names | undefined> {
    try {
      return await this.listOrThrow(place, most);
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      this.report(this.listing.toFinding(error, place));
      return undefined;
    }
  }

  /** The same; @throws {ListingError} */
  async listOrThrow({ bucket, key }: FolderPlace, most: number): Promise<Names> {
    const names = await this.listing.list(bucket, key, most + 1);
    return names.length > most ? { names: names.slice(0, most), isCut: true } : { names, isCut: false };
  }

  /** Whether one more place can be held; otherwise it counts as not searched. */
  #hasRoom(): boolean {
    if (this.#places < PLACES_FOUND) {
      this.#places += 1;
      return true;
    }
    this.#unsearched += 1;
    return false;
  }
}

const byPlace = ({ subject: a }: Finding, { subject: b }: Finding): number =>
  'key' in a && 'key' in b ? compareUtf8(`${a.bucket}/${a.key}`, `${b.bucket}/${b.key}`) : 0;
