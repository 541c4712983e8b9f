import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import { parseObjectName } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ListRequest, ObjectStore } from '../../ports/object-store.js';

/** So many keys between `X.json` and `X.json.gz` are looked at to see whether both are there: nobody but an attacker has more. */
const MOST_BETWEEN = 1000;

/**
 * A store and a hasher in which `X.json` stands for `X.json.gz` where only that is there, as `gunzip -r` leaves digests and
 * logs. Where both are there, `X.json.gz` alone is what CloudTrail delivered: `X.json` is listed as any other object.
 */
export class UnpackedNames {
  readonly store: ObjectStore;
  readonly hasher: LogHasher;
  /** Of the objects that were read or listed so, the first in byte order: it depends on no timing. */
  #example: ObjectRef | undefined;

  constructor(store: ObjectStore, hasher: LogHasher) {
    this.store = {
      knowsBuckets: (ref) => store.knowsBuckets(ref),
      identify: (ref) => store.identify(ref),
      listFolders: (bucket, prefix, most) => store.listFolders(bucket, prefix, most),
      get: (ref, maxBytes) => this.#read(ref, (place) => store.get(place, maxBytes)),
      open: (ref, maxBytes) => this.#read(ref, (place) => store.open(place, maxBytes)),
      list: (request) => this.#list(store, request),
    };
    this.hasher = {
      announce: (digests) => hasher.announce(digests),
      hash: (refs) => this.#hash(hasher, refs),
      close: () => hasher.close(),
    };
  }

  /** That objects were read under other names, where any were; to be asked at the end. */
  get remarks(): readonly Finding[] {
    return this.#example ? [finding('objects-unpacked', { type: 'run' }, { example: this.#example })] : [];
  }

  async #read<T extends { readonly status: string }>(ref: ObjectRef, read: (ref: ObjectRef) => Promise<T>): Promise<T> {
    const found = await read(ref);
    const unpacked = found.status === 'not-found' ? unpackedName(ref) : undefined;
    if (!unpacked) return found;
    const second = await read(unpacked);
    if (second.status !== 'not-found') this.#note(ref);
    return second;
  }

  async #hash(hasher: LogHasher, refs: readonly ObjectRef[]): ReturnType<LogHasher['hash']> {
    const facts = await hasher.hash(refs);
    const missing = refs.flatMap((ref, index) => {
      const unpacked = facts[index]?.status === 'not-found' ? unpackedName(ref) : undefined;
      return unpacked ? [{ index, ref, unpacked }] : [];
    });
    if (missing.length === 0) return facts;
    const found = await hasher.hash(missing.map(({ unpacked }) => unpacked));
    const merged = [...facts];
    for (const [at, { index, ref }] of missing.entries()) {
      const second = found[at];
      if (!second || second.status === 'not-found') continue;
      merged[index] = second;
      this.#note(ref);
    }
    return merged;
  }

  /** Keys in their order, with `X.json.gz` in place of an `X.json` that stands for it. */
  async *#list(store: ObjectStore, request: ListRequest): AsyncGenerator<readonly ObjectRef[]> {
    let waiting: Waiting | undefined;
    for await (const page of store.list(request)) {
      const told: ObjectRef[] = [];
      for (const ref of page) {
        if (waiting && compareUtf8(ref.key, waiting.packed.key) < 0 && waiting.between.length < MOST_BETWEEN) {
          waiting.between.push(ref);
          continue;
        }
        if (waiting) told.push(...this.#settle(waiting, compareUtf8(ref.key, waiting.packed.key) > 0));
        const packed = packedName(ref);
        waiting = packed && { ref, packed, between: [] };
        if (!packed) told.push(ref);
      }
      if (told.length > 0) yield told;
    }
    if (waiting) yield this.#settle(waiting, true);
  }

  #settle({ ref, packed, between }: Waiting, isAlone: boolean): readonly ObjectRef[] {
    if (!isAlone) return [ref, ...between];
    this.#note(packed);
    return [...between, { ...ref, ...packed }];
  }

  #note({ bucket, key }: ObjectRef): void {
    const known = this.#example;
    if (!known || compareUtf8(`${bucket}/${key}`, `${known.bucket}/${known.key}`) < 0) this.#example = { bucket, key };
  }
}

/** An unpacked file until it is known whether the packed one is there too. */
interface Waiting {
  readonly ref: ObjectRef;
  readonly packed: ObjectRef;
  /** What is listed between the two. */
  readonly between: ObjectRef[];
}

const PACKED = '.gz';

/** What the digest or log would be called that this one was unpacked from; undefined for what is neither. */
function packedName({ bucket, key }: ObjectRef): ObjectRef | undefined {
  const packed = `${key}${PACKED}`;
  return parseObjectName(packed) ? { bucket, key: packed } : undefined;
}

/** What a digest or a log is called when it is unpacked; undefined for anything else. */
const unpackedName = ({ bucket, key }: ObjectRef): ObjectRef | undefined =>
  parseObjectName(key) ? { bucket, key: key.slice(0, -PACKED.length) } : undefined;
