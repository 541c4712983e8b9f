import { isAccountId, isOrganizationId, parseAccountFolder } from '../../core/objects/cloudtrail-key.js';
import { MAX_KEY_BYTES } from '../../core/objects/object-ref.js';
import { turnstile } from '../async/limit-concurrency.js';
import { ANSWERS_AHEAD, FOLDERS_SEARCHED, LISTINGS_AT_ONCE, NAMES_LISTED } from '../limits.js';
import type { Selection } from './discovery.js';
import { AccountSearch, LOG_ROOT } from './search-accounts.js';
import type { FolderPlace, Names, SearchRecord } from './search-record.js';

/**
 * Searches sources for the folders that CloudTrail delivers to. It says of every source whether there are folders in it that it did
 * not look into, and folders of digests where CloudTrail delivers none. Folders of other services below `AWSLogs` are passed
 * over. What it holds in memory is bounded, whatever names somebody has planted.
 */
export class FolderSearch {
  readonly #record: SearchRecord;
  readonly #accounts: AccountSearch;

  constructor(record: SearchRecord, selection: Selection) {
    this.#record = record;
    this.#accounts = new AccountSearch(record, selection);
  }

  /**
   * Goes down to the folders named `AWSLogs`, level by level: what lies high up is found however many folders there are. A
   * source that leads into one begins there.
   * @throws {ListingError} when the source itself cannot be listed
   */
  async searchSource(source: FolderPlace): Promise<void> {
    const { bucket, key } = source;
    const account = parseAccountFolder(key);
    if (account?.below.startsWith('CloudTrail-Lake/')) {
      this.#record.addExports({ bucket, prefix: key, depth: 'whole', accountId: account.accountId });
      return;
    }
    const { root, below } = innermostLogRoot(key);
    const isInside = root !== undefined && (below === '' || isWithinAccounts(below));
    const level = isInside ? await this.#accounts.search({ bucket, key: root }, below) : [key];
    await this.#searchLevels(source, level);
    this.#record.closeSource(source);
  }

  async #searchLevels(source: FolderPlace, highest: readonly string[]): Promise<void> {
    const { bucket } = source;
    for (let level = highest; level.length > 0; ) {
      const fresh = level.filter((key) => this.#record.isNew({ bucket, key }));
      const folders = fresh.slice(0, this.#room);
      this.#record.addUnsearched(fresh.length - folders.length);
      this.#record.addSearched(folders.length);
      level = await this.#searchLevel(source, folders);
    }
  }

  /** Looks into folders; answers with those below them, as many as may still be searched. */
  async #searchLevel(source: FolderPlace, folders: readonly string[]): Promise<readonly string[]> {
    const { bucket } = source;
    const below: string[] = [];
    let left = 0;
    const turn = turnstile(LISTINGS_AT_ONCE);
    const ask = (key: string) =>
      turn(async () => ({ place: { bucket, key }, names: await this.#list(source, { bucket, key }) }));
    const asked: ReturnType<typeof ask>[] = [];
    const lookIntoFirst = async () => {
      const answer = await asked.shift();
      if (!answer?.names) return;
      for (const folder of await this.#look(answer.place, answer.names)) {
        if (below.length < this.#room && bytesOf(folder) <= MAX_KEY_BYTES) below.push(folder);
        else left += 1;
      }
    };
    for (const key of folders) {
      const answer = ask(key);
      // Awaited in its turn; until then a failure must not count as unhandled.
      answer.catch(() => {});
      asked.push(answer);
      if (asked.length === ANSWERS_AHEAD) await lookIntoFirst();
    }
    while (asked.length > 0) await lookIntoFirst();
    this.#record.addUnsearched(left);
    return below;
  }

  /** How many folders may still be searched. */
  get #room(): number {
    return Math.max(0, FOLDERS_SEARCHED - this.#record.searched);
  }

  /** Undefined, and a finding, where the folder cannot be listed. */
  async #list(source: FolderPlace, place: FolderPlace): Promise<Names | undefined> {
    // That the source cannot be listed is no finding: then there is no run.
    return place.key === source.key
      ? this.#record.listOrThrow(place, NAMES_LISTED)
      : this.#record.listOrReport(place, NAMES_LISTED);
  }

  /** Looks into a folder that is in none of an account; answers with those below it that are to be searched. */
  async #look({ bucket, key }: FolderPlace, { names, isCut }: Names): Promise<readonly string[]> {
    this.#record.addExports({ bucket, prefix: key, depth: 'top' });
    if (isCut) this.#record.addUnsearched(1);
    const others = names.filter((name) => name !== LOG_ROOT).map((name) => `${key}${name}/`);
    const below = await this.#accounts.withoutMisplaced(bucket, others);
    const root = { bucket, key: `${key}${LOG_ROOT}/` };
    const isThere = names.includes(LOG_ROOT) || (isCut && (await this.#record.list(root, 1)).names.length > 0);
    return isThere ? [...(await this.#accounts.search(root, '')), ...below] : below;
  }
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Parts a folder behind the last step `AWSLogs` in it. */
function innermostLogRoot(folder: string): { readonly root?: string; readonly below: string } {
  const end = `/${folder}`.lastIndexOf(`/${LOG_ROOT}/`);
  if (end === -1) return { below: folder };
  const root = folder.slice(0, end + LOG_ROOT.length + 1);
  return { root, below: folder.slice(root.length) };
}

/** Whether what comes behind `AWSLogs/` begins with an account or an organization. */
function isWithinAccounts(below: string): boolean {
  const [first = ''] = below.split('/', 1);
  return isAccountId(first) || isOrganizationId(first);
}
