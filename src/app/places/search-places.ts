import {
  isAccountId,
  isOrganizationId,
  isRegionName,
  LOG_KINDS,
  parseObjectName,
} from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { ACCOUNT_NAMES_LISTED, FOLDERS_SEARCHED, LISTINGS_AT_ONCE, NAMES_LISTED } from '../limits.js';
import type { Selection, Source } from '../listing/discover-folders.js';
import type { Leftovers } from '../objects/find-leftovers.js';

/** A folder as it lies. Its key is empty or ends in a slash. */
export type LyingFolder = ObjectRef;

/** A part of an archive as it lies: what CloudTrail delivered for an account, or some of it, under whatever steps are left of its keys. */
export interface Lot {
  /** The folder that holds it. */
  readonly folder: LyingFolder;
  /** The folder above `AWSLogs`; absent where there is none. */
  readonly root?: LyingFolder;
  /** `account`: a folder for each kind is in it. `dated`: digests or logs of one region, below at most year, month and day. */
  readonly shape: 'account' | 'dated';
  /** Of which kinds there are folders, or files. */
  readonly kinds: readonly string[];
  /** Of a dated one, the key of a file. */
  readonly example?: string;
  /** Where only names tell to which folder each file was delivered. */
  readonly mixed?: MixedNames;
}

/**
 * A folder into which the files of several folders were put, so that only their names tell to which: those of several accounts in
 * one, of several regions in one, of several days in one.
 */
export interface MixedNames {
  /** `ACCOUNT/KIND/REGION/`, each that names tell of, in order. */
  readonly folders: readonly string[];
  /** How many folders for dates are left, if not all. */
  readonly datesKept?: number;
}

/** What a search has found. */
export interface FoundLots {
  readonly lots: readonly Lot[];
  /** All folders of accounts, whatever they hold and whether anything was asked of them. */
  readonly accounts: readonly LyingFolder[];
  /** Folders in which an operating system keeps notes about others, and nothing else lies. */
  readonly systemFolders: readonly (LyingFolder & { readonly count: number; readonly example: ObjectRef })[];
}

export const DIGEST_KIND = 'CloudTrail-Digest';
const KINDS: ReadonlySet<string> = new Set([DIGEST_KIND, ...LOG_KINDS]);
const LOG_ROOT = 'AWSLogs';
/** What Finder makes of zip archives beside their content. */
const SYSTEM_FOLDER = '__MACOSX';
/** So many files of such a folder are looked at: where there are more, it is a folder like any other. */
const SYSTEM_FILES = 100_000;
/** So much of a folder on disk is listed to see of which kinds there are files. */
const PAGES_READ = 100;
/** Steps below the folder of a region: year, month and day. */
const DATE_STEPS = 3;

/** Searches sources, level by level, for all that may be a part of an archive. What cannot be listed is passed over here. */
export class PlaceSearch {
  readonly #store: ObjectStore;
  readonly #selection: Selection;
  readonly #leftovers: Leftovers;
  readonly #lots: Lot[] = [];
  readonly #accounts: LyingFolder[] = [];
  readonly #systemFolders: FoundLots['systemFolders'][number][] = [];
  readonly #visited = new Set<string>();
  #searched = 0;

  constructor(store: ObjectStore, selection: Selection, leftovers: Leftovers) {
    this.#store = store;
    this.#selection = selection;
    this.#leftovers = leftovers;
  }

  get found(): FoundLots {
    return { lots: this.#lots, accounts: this.#accounts, systemFolders: this.#systemFolders };
  }

  async search({ bucket, prefix }: Source): Promise<void> {
    const key = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    const end = `/${key}`.lastIndexOf(`/${LOG_ROOT}/`);
    if (end !== -1) {
      const below = key.slice(end + LOG_ROOT.length + 1).split('/');
      await this.#addAccounts(
        { bucket, key: key.slice(0, end) },
        below.filter((step) => step !== ''),
      );
      return;
    }
    for (let level = [key]; level.length > 0; ) {
      const fresh = level.filter((each) => this.#isNew({ bucket, key: each }));
      const folders = fresh.slice(0, this.#room);
      this.#searched += folders.length;
      level = [];
      // What is held at a time are the names in a few folders.
      for (let first = 0; first < folders.length; first += LISTINGS_AT_ONCE) {
        const some = folders.slice(first, first + LISTINGS_AT_ONCE);
        const below = await Promise.all(some.map((each) => this.#look({ bucket, key: each }, each === key)));
        for (const each of below.flat()) if (level.length < this.#room) level.push(each);
      }
    }
  }

  /** How many folders may still be searched. */
  get #room(): number {
    return Math.max(0, FOLDERS_SEARCHED - this.#searched);
  }

  /** Looks into a folder; answers with those in it that are to be searched. */
  async #look(folder: LyingFolder, isSource: boolean): Promise<readonly string[]> {
    const names = await this.#names(folder);
    if (!names) return [];
    if (names.includes(LOG_ROOT)) await this.#addAccounts(folder, []);
    const kinds = names.filter((name) => KINDS.has(name));
    if (kinds.length > 0) this.#lots.push({ folder, shape: 'account', kinds });
    if (await this.#addDated(folder, names, isSource)) return [];
    const others = names.filter((name) => name !== LOG_ROOT && !KINDS.has(name));
    const isSystem = others.includes(SYSTEM_FOLDER) && (await this.#addSystemFolder(folder));
    return others.filter((name) => !(isSystem && name === SYSTEM_FOLDER)).map((name) => `${folder.key}${name}/`);
  }

  /** Adds the accounts in the folder `AWSLogs` of another one. @param within what of the path below it was asked for */
  async #addAccounts(root: LyingFolder, within: readonly string[]): Promise<void> {
    const { bucket } = root;
    const top = `${root.key}${LOG_ROOT}/`;
    if (within.length === 0 && !this.#isNew({ bucket, key: top })) return;
    const names = (await this.#names({ bucket, key: top }, ACCOUNT_NAMES_LISTED)) ?? [];
    const wanted = (name: string) => within.length === 0 || within.includes(name) || !within.some(isAccountId);
    const folders = names.filter((name) => isAccountId(name) && wanted(name)).map((name) => `${top}${name}/`);
    for (const name of names.filter(isOrganizationId)) {
      const members = (await this.#names({ bucket, key: `${top}${name}/` }, ACCOUNT_NAMES_LISTED)) ?? [];
      for (const member of members) if (isAccountId(member) && wanted(member)) folders.push(`${top}${name}/${member}/`);
    }
    const { accounts } = this.#selection;
    for (const key of folders) this.#accounts.push({ bucket, key });
    const selected = folders.filter((key) => !accounts || accounts.includes(key.split('/').at(-2) ?? ''));
    const listed = await mapAtOnce(selected, LISTINGS_AT_ONCE, async (key) => this.#names({ bucket, key }));
    for (const [index, key] of selected.entries()) {
      const kinds = (listed[index] ?? []).filter((name) => KINDS.has(name));
      if (kinds.length > 0) this.#lots.push({ folder: { bucket, key }, root, shape: 'account', kinds });
    }
  }

  /** Whether a folder holds the files of a region, in folders for dates or without. */
  async #addDated(folder: LyingFolder, names: readonly string[], isSource: boolean): Promise<boolean> {
    const own = folder.key.split('/').at(-2) ?? '';
    // In a bucket that others use too, to look into every folder would take a request for each.
    const isLeaf = names.length === 0 && (isSource || folder.bucket === '' || isDate(own) || isRegionName(own));
    if (!isLeaf && !names.some(isDate)) return false;
    const examples = new Map<string, string>();
    for await (const key of this.#firstKeys(folder)) {
      const steps = key.slice(folder.key.length).split('/').slice(0, -1);
      const kind = steps.length <= DATE_STEPS && steps.every(isDate) ? parseObjectName(key)?.kind : undefined;
      if (kind !== undefined && !examples.has(kind)) examples.set(kind, key);
    }
    // Digests and logs may lie in one folder: they were delivered to two.
    for (const [kind, example] of examples) this.#lots.push({ folder, shape: 'dated', kinds: [kind], example });
    return examples.size > 0;
  }

  /** Whether all that lies in it are notes of an operating system, by their content. */
  async #addSystemFolder({ bucket, key }: LyingFolder): Promise<boolean> {
    const prefix = `${key}${SYSTEM_FOLDER}/`;
    let count = 0;
    let example: ObjectRef | undefined;
    try {
      for await (const page of this.#store.list({ bucket, prefix })) {
        const kinds = await this.#leftovers.kindsOf(page);
        count += page.length;
        example ??= page[0];
        if (kinds.some((kind) => kind !== 'system-file') || count > SYSTEM_FILES) return false;
      }
    } catch (error) {
      if (error instanceof ListingError) return false;
      throw error;
    }
    if (example) this.#systemFolders.push({ bucket, key: prefix, count, example });
    return true;
  }

  /** Digests and logs may lie in one folder, all of one before all of the other. */
  async *#firstKeys({ bucket, key }: LyingFolder): AsyncGenerator<string> {
    let pages = bucket === '' ? PAGES_READ : 1;
    try {
      for await (const page of this.#store.list({ bucket, prefix: key })) {
        for (const ref of page) yield ref.key;
        pages -= 1;
        if (pages === 0) return;
      }
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
    }
  }

  async #names({ bucket, key }: LyingFolder, most = NAMES_LISTED): Promise<readonly string[] | undefined> {
    try {
      return await this.#store.listFolders(bucket, key, most);
    } catch (error) {
      if (error instanceof ListingError) return undefined;
      throw error;
    }
  }

  #isNew({ bucket, key }: LyingFolder): boolean {
    const id = `${bucket}/${key}`;
    const isNew = !this.#visited.has(id);
    this.#visited.add(id);
    return isNew;
  }
}

const isDate = (name: string): boolean => /^(?:\d{4}|\d{2})$/.test(name);
