import type { ObjectRef } from '../../core/objects.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ListRequest, ObjectStore } from '../../ports/object-store.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';

/** A bucket or a folder in it. */
export interface Place {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
}

/** What was delivered to one place lies at another. */
export interface Relocation {
  readonly from: Place;
  readonly to: Place;
}

/** Translates between where objects were delivered and where they lie. The first relocation that fits decides. */
export class Relocations {
  readonly #relocations: readonly Relocation[];
  readonly #store: ObjectStore;
  readonly #used = new Set<Relocation>();

  constructor(relocations: readonly Relocation[], store: ObjectStore) {
    this.#relocations = relocations;
    this.#store = store;
  }

  /** Where an object lies that was delivered there. */
  toActual = (ref: ObjectRef): ObjectRef => {
    const found = this.#relocationOf(ref);
    if (!found) return ref;
    this.#used.add(found);
    return moved(ref, found.from, found.to);
  };

  /** Whether buckets are told apart where it lies; to ask is not to look for it. */
  knowsBuckets = (ref: ObjectRef): boolean => {
    const found = this.#relocationOf(ref);
    return this.#store.knowsBuckets(found ? moved(ref, found.from, found.to) : ref);
  };

  /** Whether any object was looked for, or listed, where that one leads to. */
  isUsed = (relocation: Relocation): boolean => this.#used.has(relocation);

  /** The place whose objects are meant when the place is named where they lie. */
  toDelivered({ bucket, prefix }: Place): Place {
    for (const { from, to } of this.#relocations) {
      const ref = { bucket, key: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
      if (this.#isIn(ref, to)) return toPlace(moved(ref, to, from));
      if (this.#isIn({ bucket: to.bucket, key: to.prefix }, { bucket, prefix: ref.key })) return from;
    }
    return { bucket, prefix };
  }

  /** The request for where the objects lie, and the way back for what is listed. */
  translate(request: ListRequest): { readonly request: ListRequest; back<T extends ObjectRef>(ref: T): T } {
    const { bucket, prefix, startAfter } = request;
    const found = this.#relocationOf({ bucket, key: prefix });
    if (!found) return { request, back: (ref) => ref };
    const { from, to } = found;
    const after = startAfter === undefined ? undefined : moved({ bucket, key: startAfter }, from, to).key;
    const actual = moved({ bucket, key: prefix }, from, to);
    return {
      request: { bucket: actual.bucket, prefix: actual.key, ...(after !== undefined && { startAfter: after }) },
      back: (listed) => {
        this.#used.add(found);
        return { ...listed, ...moved(listed, to, from) };
      },
    };
  }

  #relocationOf(ref: ObjectRef): Relocation | undefined {
    return this.#relocations.find(({ from }) => this.#isIn(ref, from));
  }

  #isIn({ bucket, key }: ObjectRef, place: Place): boolean {
    return this.#mayBeSame(bucket, place.bucket) && key.startsWith(place.prefix);
  }

  /** In a folder, buckets that have none of their own share one place: of which of them a file is, nothing there tells. */
  #mayBeSame(a: string, b: string): boolean {
    const isKnown = (bucket: string) => this.#store.knowsBuckets({ bucket, key: '' });
    return a === b || !(isKnown(a) || isKnown(b));
  }
}

const moved = ({ key }: ObjectRef, from: Place, to: Place): ObjectRef => ({
  bucket: to.bucket,
  key: `${to.prefix}${key.slice(from.prefix.length)}`,
});

const toPlace = ({ bucket, key }: ObjectRef): Place => ({ bucket, prefix: key });

/** A store in which objects are asked for, and listed, where they were delivered, and are read where they lie. */
export const relocatedStore = (store: ObjectStore, relocations: Relocations): ObjectStore => ({
  knowsBuckets: relocations.knowsBuckets,
  get: (ref, maxBytes) => store.get(relocations.toActual(ref), maxBytes),
  open: (ref, maxBytes) => store.open(relocations.toActual(ref), maxBytes),
  async *list(delivered) {
    const { request, back } = relocations.translate(delivered);
    for await (const page of store.list(request)) yield page.map(back);
  },
  listFolders: (bucket, prefix, most) => {
    const { request } = relocations.translate({ bucket, prefix });
    return store.listFolders(request.bucket, request.prefix, most);
  },
});

/** A hasher of logs by where they were delivered. */
export const relocatedHasher = (hasher: LogHasher, { toActual }: Relocations): LogHasher => ({
  announce: (digests) => hasher.announce(digests),
  hash: (refs) => hasher.hash(refs.map(toActual)),
  close: () => hasher.close(),
});

/** Older versions of objects by where they were delivered. */
export const relocatedVersions = (objects: VersionedObjects, relocations: Relocations): VersionedObjects => ({
  versions: (ref) => objects.versions(relocations.toActual(ref)),
  getVersion: (ref, versionId, maxBytes) => objects.getVersion(relocations.toActual(ref), versionId, maxBytes),
  async *listNewest(delivered) {
    const { request, back } = relocations.translate(delivered);
    for await (const page of objects.listNewest(request)) yield page.map(back);
  },
  listVersionFolders: (bucket, prefix, most) => {
    const { request } = relocations.translate({ bucket, prefix });
    return objects.listVersionFolders(request.bucket, request.prefix, most);
  },
});
