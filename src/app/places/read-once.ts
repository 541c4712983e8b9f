import type { ObjectStore, StoredObject } from '../../ports/object-store.js';

/** So many names of folders are kept at most. */
const NAMES_KEPT = 200_000;
/** So many bytes of objects are kept at most, and so many of one. */
const BYTES_KEPT = 2 ** 24;
const OBJECT_KEPT = 2 ** 20;

/**
 * Two views of a store, one to be used after the other: what the first has listed of folders and read of objects, the second is
 * given once without asking again, as far as it is held.
 */
export class ReadOnce {
  readonly first: ObjectStore;
  readonly second: ObjectStore;

  constructor(store: ObjectStore) {
    const folders = new Held<readonly string[]>(NAMES_KEPT, Number.POSITIVE_INFINITY);
    const objects = new Held<StoredObject>(BYTES_KEPT, OBJECT_KEPT);
    this.first = {
      ...store,
      async listFolders(bucket, prefix, most) {
        const names = await store.listFolders(bucket, prefix, most);
        // Where there may be more names, these are not all.
        if (most === undefined || names.length < most) folders.hold(bucket, prefix, names, names.length + 1);
        return names;
      },
      async get(ref, maxBytes) {
        const object = await store.get(ref, maxBytes);
        if (object.status === 'found') objects.hold(ref.bucket, ref.key, object, object.body.length);
        return object;
      },
    };
    this.second = {
      ...store,
      listFolders: async (bucket, prefix, most) =>
        folders.take(bucket, prefix) ?? store.listFolders(bucket, prefix, most),
      get: async (ref, maxBytes) => objects.take(ref.bucket, ref.key) ?? store.get(ref, maxBytes),
    };
  }
}

/** Things by bucket and key that are taken once, up to a size of all. */
class Held<T> {
  readonly #things = new Map<string, { readonly thing: T; readonly size: number }>();
  readonly #most: number;
  readonly #mostOfOne: number;
  #size = 0;

  constructor(most: number, mostOfOne: number) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  hold(bucket: string, key: string, thing: T, size: number): void {
    const id = `${bucket}\n${key}`;
    if (this.#things.has(id) || size > this.#mostOfOne || this.#size + size > this.#most) return;
    this.#things.set(id, { thing, size });
    this.#size += size;
  }

  take(bucket: string, key: string): T | undefined {
    const id = `${bucket}\n${key}`;
    const held = this.#things.get(id);
    if (!held) return undefined;
    this.#things.delete(id);
    this.#size -= held.size;
    return held.thing;
  }
}
