import {
  type Folder,
  isAccountId,
  isOrganizationId,
  isRegionName,
  toAccountFolder,
} from '../../core/objects/cloudtrail-key.js';
import { foldKey } from '../../core/objects/unsafe-key.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { ACCOUNT_NAMES_LISTED, ACCOUNTS_AT_ONCE, REGION_NAMES_LISTED } from '../limits.js';
import type { Selection } from './discovery.js';
import type { FolderPlace, SearchRecord } from './search-record.js';

/** The folder below which CloudTrail delivers, and in it that of the digests of an account. */
export const LOG_ROOT = 'AWSLogs';
const DIGEST_FOLDER = 'CloudTrail-Digest';

/** Looks into the folders of accounts: those named `AWSLogs`, and those of organizations in them. */
export class AccountSearch {
  readonly #record: SearchRecord;
  readonly #selection: Selection;

  constructor(record: SearchRecord, selection: Selection) {
    this.#record = record;
    this.#selection = selection;
  }

  /**
   * Looks into the accounts of a folder named `AWSLogs`; answers with the folders in it that belong to no account.
   * @param within what of the path below the folder was asked for, such as `o-abc/111122223333/`; empty for all
   */
  async search({ bucket, key: root }: FolderPlace, within: string): Promise<readonly string[]> {
    if (within === '' && !this.#record.isNew({ bucket, key: root })) return [];
    const prefix = root.slice(0, -`${LOG_ROOT}/`.length).replace(/\/$/, '');
    const wanted = within.split('/').filter((step) => step !== '');
    const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
    const accounts: Omit<Folder, 'region'>[] = [];
    const organizations: string[] = [];
    const others: string[] = [];
    for (const name of await this.#accountNames({ bucket, key: root })) {
      if (isAccountId(name)) {
        if (isWanted(name)) accounts.push({ prefix, accountId: name });
      } else if (isOrganizationId(name)) {
        if (isWanted(name) || wanted.some(isAccountId)) organizations.push(name);
      } else if (wanted.length === 0 && !isPartition(name)) others.push(`${root}${name}/`);
    }
    for (const organizationId of organizations) {
      const key = `${root}${organizationId}/`;
      const isWhole = isWanted(organizationId) && wanted.length < 2;
      for (const name of await this.#accountNames({ bucket, key })) {
        if (isAccountId(name)) {
          if (isWhole || wanted.includes(name)) accounts.push({ prefix, organizationId, accountId: name });
        } else if (isWhole && !isPartition(name)) others.push(`${key}${name}/`);
      }
    }
    await mapAtOnce(accounts, ACCOUNTS_AT_ONCE, (account) => this.#searchAccount(bucket, account));
    return this.withoutMisplaced(bucket, others);
  }

  /** Takes notice of folders of digests that are in no account's folder; answers with the folders in which to search on. */
  async withoutMisplaced(bucket: string, folders: readonly string[]): Promise<readonly string[]> {
    const misplaced = new Set<string>();
    for (const key of folders) {
      if (!isDigestFolderLike(lastStep(key))) continue;
      const { names } = await this.#record.list({ bucket, key }, REGION_NAMES_LISTED);
      if (!names.some(isRegionLike)) continue;
      misplaced.add(key);
      this.#record.addMisplaced({ bucket, key });
    }
    // The logs beside them lie in a folder for each day.
    return misplaced.size === 0
      ? folders
      : folders.filter((folder) => !misplaced.has(folder) && !fold(lastStep(folder)).startsWith('cloudtrail'));
  }

  /** The names in a folder that holds accounts; where there are too many, also the accounts that were asked for. */
  async #accountNames(place: FolderPlace): Promise<readonly string[]> {
    const { names, isCut } = await this.#record.list(place, ACCOUNT_NAMES_LISTED);
    if (!isCut) return names;
    this.#record.addUnsearched(1);
    return [...new Set([...names, ...(this.#selection.accounts ?? [])])];
  }

  async #searchAccount(bucket: string, account: Omit<Folder, 'region'>): Promise<void> {
    const { accounts, regions } = this.#selection;
    const { accountId } = account;
    if (accounts && !accounts.includes(accountId)) {
      this.#record.passOver({ accounts: true });
      return;
    }
    const base = toAccountFolder(account);
    if (!this.#record.isNew({ bucket, key: base })) return;
    this.#record.addExports({ bucket, prefix: `${base}CloudTrail-Lake/Query/`, depth: 'whole', accountId });
    const { kinds } = this.#record.listing;
    const [[digests, ...logs]] = await Promise.all([
      Promise.all([DIGEST_FOLDER, ...kinds].map((kind) => this.#regionNames({ bucket, key: `${base}${kind}/` }))),
      kinds.length > 0 ? this.#findMisnamed({ bucket, key: base }) : undefined,
    ]);
    // Where the digests cannot be seen, nothing says that there are none.
    if (!digests) return;
    const isSelected = (region: string) => !regions || regions.includes(region);
    for (const name of digests.filter((each) => !isRegionName(each) && isRegionLike(each)))
      this.#record.addMisplaced({ bucket, key: `${base}${DIGEST_FOLDER}/${name}/` });
    for (const region of digests.filter(isRegionName)) {
      if (isSelected(region)) this.#record.addDigests(bucket, { ...account, region });
      else this.#record.passOver({ regions: true });
    }
    for (const region of new Set(logs.flatMap((names = []) => names.filter(isRegionName)))) {
      if (!isSelected(region)) this.#record.passOver({ regions: true });
      else if (!digests.includes(region)) {
        const ofRegion = kinds.filter((_, index) => logs[index]?.includes(region));
        this.#record.addLogsAlone({ bucket, folder: { ...account, region }, kinds: ofRegion });
      }
    }
  }

  async #findMisnamed(account: FolderPlace): Promise<void> {
    const names = (await this.#regionNames(account)) ?? [];
    const folders = names.filter((name) => name !== DIGEST_FOLDER).map((name) => `${account.key}${name}/`);
    await this.withoutMisplaced(account.bucket, folders);
  }

  /** The names in a folder of an account; undefined, and a finding, where it cannot be listed. */
  async #regionNames(place: FolderPlace): Promise<readonly string[] | undefined> {
    const listed = await this.#record.listOrReport(place, REGION_NAMES_LISTED);
    if (listed?.isCut) this.#record.addUnsearched(1);
    return listed?.names;
  }
}

/** Tables of data lakes keep the objects of each value in a folder like `aws-region=us-east-1`. */
const isPartition = (name: string): boolean => /^[\w-]+=/.test(name);

/** What a name may be meant to be, or be taken for: without case, spaces around it and characters that nobody sees. */
const fold = (name: string): string => foldKey(name.replace(/\p{Default_Ignorable_Code_Point}/gu, '')).trim();

const isDigestFolderLike = (name: string): boolean => fold(name) === DIGEST_FOLDER.toLowerCase();

const isRegionLike = (name: string): boolean => isRegionName(fold(name));

const lastStep = (folder: string): string => folder.slice(folder.lastIndexOf('/', folder.length - 2) + 1, -1);
