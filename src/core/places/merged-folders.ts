import { parseAccountFolder, toDeliveryRoot } from '../objects/cloudtrail-key.js';
import { isSameObject, type ObjectRef } from '../objects/object-ref.js';
import { findAround, type Mount } from './mount.js';

/** A part of an archive where it lies. */
export interface LotPlace {
  /** Its folder: empty, or ending in a slash. */
  readonly lies: ObjectRef;
  /** The key of that folder where it was delivered, and by what it is read; absent where nothing tells. */
  readonly delivered?: { readonly key: string; readonly mount: Mount };
  /** What else that folder was, as digests say of some of what lies in it. */
  readonly merged?: readonly ObjectRef[];
}

/**
 * Folders into which a tool has put together what was delivered below several prefixes, or for several organizations, since it has
 * cut these off the keys. All that is in such a folder is listed as if below one of them; what else leads there is said here.
 */
export class MergedFolders {
  /** By where lots lie: what they are read by, if that is one mount. */
  readonly #lies = new Map<string, Mount | 'none' | 'several'>();
  readonly #byBucket = new Map<string, AccountFolders>();
  readonly #ofOtherBuckets = new AccountFolders();
  /** What digests tell, by where it was delivered. */
  readonly #told = new Map<string, ObjectRef>();

  constructor(lots: readonly LotPlace[]) {
    for (const { lies, delivered, merged = [] } of lots) {
      const place = idOf(lies);
      const known = this.#lies.get(place) ?? 'none';
      const mount = delivered?.mount ?? 'none';
      if (known === 'none' || mount === 'none') this.#lies.set(place, known === 'none' ? mount : known);
      else if (known !== mount) this.#lies.set(place, 'several');
      if (!delivered) continue;
      const { buckets, isOpen } = delivered.mount;
      const folder = { bucket: buckets[0], key: delivered.key };
      for (const bucket of buckets) {
        const folders = this.#byBucket.get(bucket) ?? new AccountFolders();
        this.#byBucket.set(bucket, folders);
        folders.add(folder);
      }
      if (isOpen) this.#ofOtherBuckets.add(folder);
      for (const other of merged) this.#told.set(idOf(other), folder);
    }
  }

  /** Whether something lies, or would lie, in a part of an archive that was found. */
  isFound(lies: ObjectRef): boolean {
    return findAround(this.#lies, idOf(lies)) !== undefined;
  }

  /** Whether something lies in a part that is read by another mount, and by that alone. */
  belongsElsewhere(lies: ObjectRef, mount: Mount): boolean {
    const owner = findAround(this.#lies, idOf(lies));
    return typeof owner === 'object' && owner !== mount;
  }

  /** Whether digests say of something in the same folder where it lies. */
  isTold(ref: ObjectRef): boolean {
    return findAround(this.#told, idOf(ref)) !== undefined;
  }

  /** What an object, or a folder, is called by the listings of the one folder that it can be in; as it is where there is no one. */
  called(ref: ObjectRef): ObjectRef {
    const told = findAround(this.#told, idOf(ref));
    return told ? below(told, ref) : (this.#byBucket.get(ref.bucket) ?? this.#ofOtherBuckets).called(ref);
  }
}

/** Folders by what their keys have from the account on. */
class AccountFolders {
  readonly #folders = new Map<string, ObjectRef | 'several'>();

  add(folder: ObjectRef): void {
    for (const name of namesOf(folder.key)) {
      const known = this.#folders.get(name) ?? folder;
      const isSame = known !== 'several' && isSameObject(known, folder);
      this.#folders.set(name, isSame ? folder : 'several');
    }
  }

  called(ref: ObjectRef): ObjectRef {
    for (const name of namesOf(ref.key)) {
      const found = findAround(this.#folders, name);
      if (found !== undefined && found !== 'several') return below(found, ref);
    }
    return ref;
  }
}

/** An object below the prefix and the organization of a folder. */
const below = (folder: ObjectRef, { key }: ObjectRef): ObjectRef => ({
  bucket: folder.bucket,
  key: `${toDeliveryRoot(folder.key)}${key.slice(toDeliveryRoot(key)?.length)}`,
});

/** What a folder is looked for by: with the prefix that it has, or else with the organization, or else by the account alone. */
function namesOf(key: string): readonly string[] {
  const folder = parseAccountFolder(key);
  const root = toDeliveryRoot(key);
  if (!folder || root === undefined || !/^(?:$|CloudTrail(?:-Digest|-Insight|-NetworkActivity)?\/)/.test(folder.below))
    return [];
  const below = `${folder.accountId}/${folder.below}`;
  const [, prefix = '', organization = ''] = /^(.*)AWSLogs\/(?:(.*)\/)?$/s.exec(root) ?? [];
  return [`prefix ${prefix}:${below}`, `organization ${organization}:${below}`, below];
}

const idOf = ({ bucket, key }: ObjectRef): string => `${bucket}//${key}`;
