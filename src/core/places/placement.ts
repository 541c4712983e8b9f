import { compareUtf8 } from '../encoding/compare-utf8.js';
import { parseObjectName } from '../objects/cloudtrail-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Place } from './displacement.js';

/** Where objects lie that were delivered elsewhere, or to a bucket that the place they lie in does not name. */
export interface Mount {
  /** The buckets that they were delivered to; the first is the one that listings name. */
  readonly buckets: readonly [string, ...string[]];
  /** Whether those of any other bucket may lie there too that has no mount of its own. */
  readonly isOpen: boolean;
  /** Whether the place tells of which bucket each of them is. */
  readonly knowsBucket: boolean;
  /** What their delivered keys begin with: empty, or ending in a slash. */
  readonly prefix: string;
  /** Where they lie. */
  readonly at: Place;
}

/** A folder that is not listed where it lies. */
export interface HiddenFolder {
  /** Without the slash at its end. */
  readonly folder: ObjectRef;
  /** By which it is listed; by none where it is passed over. */
  readonly mount?: Mount;
}

/** Folders that may hold the objects of a bucket of their name, though no digest says so. */
export interface BucketHome {
  /** The folder that they are in. */
  readonly at: Place;
  readonly names: ReadonlySet<string>;
}

export interface PlacementParts {
  readonly mounts: readonly Mount[];
  readonly hidden: readonly HiddenFolder[];
  readonly homes: readonly BucketHome[];
}

/** A part of a listing: where it is listed, and how the keys there are called where they were delivered. */
export interface ListingPart {
  readonly bucket: string;
  readonly prefix: string;
  readonly startAfter?: string;
  /** Undefined for an object that belongs to another mount of the same place. */
  back<T extends ObjectRef>(listed: T): T | undefined;
}

/** How folders below a delivered prefix are listed. */
export interface FolderParts {
  /** The place whose folders are listed; absent where there is none. */
  readonly lies?: Place;
  isShown(name: string): boolean;
  /** How many of its folders may not be shown. */
  readonly hidden: number;
  /** Folders that lead to mounts. */
  readonly names: readonly string[];
}

/**
 * Translates between where objects were delivered and where they lie. An object of a bucket that no mount names lies where its
 * name says, in S3; in a folder on disk, in an open mount or in a folder of the bucket's name.
 */
export class Placement {
  readonly #mounts: readonly Mount[];
  readonly #byBucket = new Map<string, Mounts>();
  readonly #open: Mounts;
  readonly #homes: readonly BucketHome[];
  /** By the folder that they are in, and their names. */
  readonly #hidden = new Map<string, Map<string, HiddenFolder>>();
  readonly #isFolder: boolean;
  readonly #used = new Set<Mount>();
  readonly #literalBuckets: ReadonlySet<string>;

  /**
   * @param parts mounts of one bucket have prefixes that are not equal
   * @param literalBuckets buckets whose objects lie where they were delivered unless a mount says otherwise: the sources; of a
   * folder on disk the empty name
   */
  constructor({ mounts, hidden, homes }: PlacementParts, literalBuckets: ReadonlySet<string>) {
    this.#literalBuckets = literalBuckets;
    this.#isFolder = literalBuckets.has('');
    this.#mounts = mounts;
    for (const bucket of new Set(mounts.flatMap(({ buckets }) => buckets)))
      this.#byBucket.set(bucket, new Mounts(mounts.filter(({ buckets }) => buckets.includes(bucket))));
    this.#open = new Mounts(mounts.filter(({ isOpen }) => isOpen));
    this.#homes = homes;
    for (const each of hidden) {
      const { bucket, key } = each.folder;
      const start = key.lastIndexOf('/') + 1;
      const id = idOf({ bucket, key: key.slice(0, start) });
      const names = this.#hidden.get(id) ?? new Map<string, HiddenFolder>();
      this.#hidden.set(id, names.set(key.slice(start), each));
    }
  }

  /** Whether buckets are told apart where the object lies. */
  knowsBuckets(ref: ObjectRef): boolean {
    const own = this.#byBucket.get(ref.bucket);
    if (!own) return !this.#isFolder;
    return own.covering(ref.key)?.knowsBucket ?? own.all.every(({ knowsBucket }) => knowsBucket);
  }

  /**
   * Where an object may lie: in one place nearly always. `outside`: it was delivered to a part of the key space that is not in
   * what was copied.
   */
  locate(ref: ObjectRef): readonly ObjectRef[] | 'outside' {
    if (ref.bucket === '') return [ref];
    const own = this.#byBucket.get(ref.bucket);
    const mount = own?.covering(ref.key);
    if (mount) {
      // Whoever may write to another bucket of the folder may have put a folder of this one's name there.
      const beside = this.#isFolder && mount.knowsBucket ? this.#open.covering(ref.key) : undefined;
      return [this.#use(mount, ref), ...(beside ? [moveTo(beside, ref)] : [])];
    }
    if (!this.#isFolder) return this.#isReal(ref.bucket) ? [ref] : 'outside';
    const open = this.#open.covering(ref.key);
    const homes = own ? [] : this.#homes.filter(({ names }) => names.has(ref.bucket));
    if (!open && homes.length === 0 && (own || this.#isCut)) return 'outside';
    return [
      ...homes.map(({ at }) => ({ bucket: at.bucket, key: `${at.prefix}${ref.bucket}/${ref.key}` })),
      ...(open ? [this.#use(open, ref)] : []),
    ];
  }

  /** The parts that a listing consists of, in the order of the delivered keys. */
  listings({ bucket, prefix, startAfter }: ListRequestLike): readonly ListingPart[] {
    const own = this.#byBucket.get(bucket);
    const direct: ListingPart = { bucket, prefix, ...(startAfter !== undefined && { startAfter }), back: (ref) => ref };
    if (!own) {
      if (this.#isReal(bucket)) return [direct];
      const open = this.#open.covering(prefix);
      return open ? [this.#partOf(open, bucket, prefix, startAfter)] : [];
    }
    const mount = own.covering(prefix);
    if (mount) return [this.#partOf(mount, bucket, prefix, startAfter)];
    const inner = own.all.filter((each) => each.prefix.startsWith(prefix));
    if (inner.length === 0) return this.#isReal(bucket) ? [direct] : [];
    return inner
      .filter(
        (each) =>
          startAfter === undefined || compareUtf8(startAfter, each.prefix) < 0 || startAfter.startsWith(each.prefix),
      )
      .map((each) =>
        this.#partOf(each, bucket, each.prefix, startAfter?.startsWith(each.prefix) ? startAfter : undefined),
      );
  }

  /** How the folders below a delivered prefix are listed. */
  folders(bucket: string, prefix: string): FolderParts {
    const own = this.#byBucket.get(bucket);
    const mount = own?.covering(prefix);
    const lies = mount
      ? moveTo(mount, { bucket, key: prefix })
      : this.#isReal(bucket)
        ? { bucket, key: prefix }
        : undefined;
    const hidden = lies && this.#hidden.get(idOf(lies));
    const inner = (own?.all ?? []).filter((each) => each.prefix.startsWith(prefix) && each.prefix !== prefix);
    const names = inner.map((each) => each.prefix.slice(prefix.length).split('/', 1)[0] ?? '');
    return {
      ...(lies && { lies: { bucket: lies.bucket, prefix: lies.key } }),
      isShown: (name) => {
        const found = hidden?.get(name);
        return found === undefined || (mount !== undefined && found.mount === mount);
      },
      hidden: hidden?.size ?? 0,
      names: [...new Set(names)],
    };
  }

  /** Whether an object was looked for, or listed, where the mount leads to. */
  isUsed(mount: Mount): boolean {
    return this.#used.has(mount);
  }

  /** Whether objects of a bucket that no mount covers lie where they were delivered. */
  #isReal(bucket: string): boolean {
    if (this.#isFolder) return bucket === '';
    return !this.#byBucket.has(bucket) || this.#literalBuckets.has(bucket);
  }

  /** Whether all that there is begins below a folder `AWSLogs`. */
  get #isCut(): boolean {
    return this.#mounts.length > 0 && this.#mounts.every(({ prefix }) => /(?:^|\/)AWSLogs\//.test(prefix));
  }

  #use(mount: Mount, ref: ObjectRef): ObjectRef {
    this.#used.add(mount);
    return moveTo(mount, ref);
  }

  #partOf(mount: Mount, bucket: string, prefix: string, startAfter: string | undefined): ListingPart {
    const { bucket: actual, key } = moveTo(mount, { bucket, key: prefix });
    const after = startAfter === undefined ? undefined : moveTo(mount, { bucket, key: startAfter }).key;
    const kinds = this.#kindsBeside(mount);
    return {
      bucket: actual,
      prefix: key,
      ...(after !== undefined && { startAfter: after }),
      back: (listed) => {
        const kind = kinds.size === 0 ? undefined : parseObjectName(listed.key)?.kind;
        if (kind !== undefined && kinds.has(kind)) return undefined;
        this.#used.add(mount);
        return { ...listed, bucket, key: `${mount.prefix}${listed.key.slice(mount.at.prefix.length)}` };
      },
    };
  }

  /** The kinds of objects that lie in the place of a mount and belong to others: digests and logs in one folder. */
  #kindsBeside(mount: Mount): ReadonlySet<string> {
    const own = kindOf(mount);
    if (own === undefined) return new Set();
    const others = this.#mounts.filter((each) => isSamePlace(each.at, mount.at));
    return new Set(others.flatMap((each) => kindOf(each) ?? []).filter((kind) => kind !== own));
  }
}

interface ListRequestLike {
  readonly bucket: string;
  readonly prefix: string;
  readonly startAfter?: string;
}

/** Mounts by their prefixes. Looking one up takes as long as the key has steps, however many there are. */
class Mounts {
  /** In byte order of their prefixes. */
  readonly all: readonly Mount[];
  readonly #byPrefix: ReadonlyMap<string, Mount>;

  constructor(mounts: readonly Mount[]) {
    this.all = [...mounts].sort((a, b) => compareUtf8(a.prefix, b.prefix));
    this.#byPrefix = new Map(mounts.map((mount) => [mount.prefix, mount]));
  }

  /** The mount whose prefix is the longest of those that a key begins with. */
  covering(key: string): Mount | undefined {
    for (let end = key.lastIndexOf('/'); end !== -1; end = end === 0 ? -1 : key.lastIndexOf('/', end - 1)) {
      const found = this.#byPrefix.get(key.slice(0, end + 1));
      if (found) return found;
    }
    return this.#byPrefix.get('');
  }
}

const moveTo = ({ prefix, at }: Mount, { key }: ObjectRef): ObjectRef => ({
  bucket: at.bucket,
  key: `${at.prefix}${key.slice(prefix.length)}`,
});

/** The kind of what a mount holds, where it holds one alone. */
const kindOf = ({ prefix }: Mount): string | undefined =>
  /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]+\/)?\d{12}\/([^/]+)\//.exec(prefix)?.[1];

/** Whether two places are one, by their names. */
export const isSamePlace = (a: Place, b: Place): boolean => a.bucket === b.bucket && a.prefix === b.prefix;

const idOf = ({ bucket, key }: ObjectRef): string => `${bucket}\n${key}`;
