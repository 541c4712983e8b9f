import { compareUtf8 } from '../encoding/compare-utf8.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { type Place, toPath } from './displacement.js';
import { type LotPlace, MergedFolders } from './merged-folders.js';
import { isFlat, isSamePlace, type Mount, Mounts, markOf, moveBack, moveTo } from './mount.js';

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
  /** All parts of an archive that were found. */
  readonly lots: readonly LotPlace[];
}

/** A part of a listing: where it is listed, and how the keys there are called where they were delivered. */
export interface ListingPart {
  readonly bucket: string;
  readonly prefix: string;
  readonly startAfter?: string;
  /** Whether the order is not that of the delivered keys, and more is listed than was asked for. */
  readonly isUnordered: boolean;
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
  readonly #merged: MergedFolders | undefined;
  /** The folder that a name was asked for last, and how it is called. */
  #last: { readonly bucket: string; readonly folder: string; readonly called: ObjectRef } | undefined;

  /**
   * @param parts mounts of one bucket have prefixes that are not equal
   * @param literalBuckets buckets whose objects lie where they were delivered unless a mount says otherwise: the sources; of a
   * folder on disk the empty name
   */
  constructor({ mounts, hidden, homes, lots }: PlacementParts, literalBuckets: ReadonlySet<string>) {
    this.#literalBuckets = literalBuckets;
    this.#isFolder = literalBuckets.has('');
    this.#mounts = mounts;
    for (const bucket of new Set(mounts.flatMap(({ buckets }) => buckets)))
      this.#byBucket.set(bucket, new Mounts(mounts.filter(({ buckets }) => buckets.includes(bucket))));
    this.#open = new Mounts(mounts.filter(({ isOpen }) => isOpen));
    this.#homes = homes;
    this.#merged = mounts.length > 0 ? new MergedFolders(lots) : undefined;
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

  /** What references that lead to one file have in common. */
  identify(ref: ObjectRef): string {
    const places = this.locate(ref);
    const [first, ...others] = places === 'outside' ? [] : places;
    if (!first) return `outside ${this.knowsBuckets(ref) ? toPath(ref) : ref.key}`;
    // Of a bucket that nothing tells of, what lies by its keys alone comes last.
    const place = this.#byBucket.has(ref.bucket) ? first : (others.at(-1) ?? first);
    return toPath(place);
  }

  /**
   * Where an object may lie: in one place nearly always. `outside`: it was delivered to a part of the key space that is not in
   * what was copied.
   */
  locate(ref: ObjectRef): readonly ObjectRef[] | 'outside' {
    return ref.bucket === '' ? [ref] : this.#locate(this.#called(ref));
  }

  /** Whether an object may have been copied to where it is looked for, or not at all: that it is not there says nothing. */
  mayBeOutside(ref: ObjectRef): boolean {
    return ref.bucket !== '' && this.#merged?.isTold(ref) === false && this.#locate(ref) === 'outside';
  }

  #locate(ref: ObjectRef): readonly ObjectRef[] | 'outside' {
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
    const direct: ListingPart = {
      bucket,
      prefix,
      ...(startAfter !== undefined && { startAfter }),
      isUnordered: false,
      back: (ref) => ref,
    };
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
    const isThere = lies !== undefined && (mount?.datesKept === undefined || prefix === mount.prefix);
    return {
      ...(isThere && { lies: { bucket: lies.bucket, prefix: lies.key } }),
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

  /** What an object is called by the listings of the folder that it lies in, whatever prefix it was delivered below. */
  #called(ref: ObjectRef): ObjectRef {
    if (!this.#merged) return ref;
    const { bucket, key } = ref;
    const end = key.lastIndexOf('/') + 1;
    const folder = key.slice(0, end);
    if (this.#last?.bucket !== bucket || this.#last.folder !== folder)
      this.#last = { bucket, folder, called: this.#folderCalled({ bucket, key: folder }) };
    const { called } = this.#last;
    return { bucket: called.bucket, key: `${called.key}${key.slice(end)}` };
  }

  #folderCalled(folder: ObjectRef): ObjectRef {
    const own = this.#byBucket.get(folder.bucket);
    if (!this.#merged || !(this.#isFolder || this.#merged.isTold(folder))) return folder;
    const mount = own ? own.covering(folder.key) : this.#open.covering(folder.key);
    const homes = own ? [] : this.#homes.filter(({ names }) => names.has(folder.bucket));
    const places = [
      ...(mount ? [moveTo(mount, folder)] : []),
      ...homes.map(({ at }) => ({ bucket: at.bucket, key: `${at.prefix}${folder.bucket}/${folder.key}` })),
    ];
    return places.some((place) => this.#merged?.isFound(place)) ? folder : this.#merged.called(folder);
  }

  #partOf(mount: Mount, bucket: string, prefix: string, startAfter: string | undefined): ListingPart {
    const isUnordered = mount.datesKept !== undefined;
    const { bucket: actual, key } = isUnordered
      ? { bucket: mount.at.bucket, key: mount.at.prefix }
      : moveTo(mount, { bucket, key: prefix });
    const after = startAfter === undefined || isUnordered ? undefined : moveTo(mount, { bucket, key: startAfter }).key;
    const belongs = this.#belongsTo(mount);
    return {
      bucket: actual,
      prefix: key,
      ...(after !== undefined && { startAfter: after }),
      isUnordered,
      back: (listed) => {
        if (!belongs(listed)) return undefined;
        this.#used.add(mount);
        return { ...listed, bucket, key: moveBack(mount, listed.key) };
      },
    };
  }

  /** Tells what a mount lists of its place, where others have parts of it: digests and logs of several accounts in one folder. */
  #belongsTo(mount: Mount): (lies: ObjectRef) => boolean {
    const own = markOf(mount);
    const others = this.#mounts.filter((each) => each !== mount && isSamePlace(each.at, mount.at));
    const marks = others.flatMap((each) => markOf(each) ?? []).filter((mark) => mark !== own);
    return (lies) => {
      if (this.#mounts.length > 1 && this.#merged?.belongsElsewhere(lies, mount)) return false;
      const name = lies.key.slice(lies.key.lastIndexOf('/') + 1);
      if (own === undefined || (isFlat(mount) && !name.includes(own))) return own === undefined;
      const start = (mark: string) => (name.includes(mark) ? name.indexOf(mark) : name.length);
      return marks.every((mark) => start(own) <= start(mark));
    };
  }
}

interface ListRequestLike {
  readonly bucket: string;
  readonly prefix: string;
  readonly startAfter?: string;
}

const idOf = ({ bucket, key }: ObjectRef): string => `${bucket}\n${key}`;
