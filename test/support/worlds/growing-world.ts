import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { Instant } from '../../../src/core/time/instant.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import type { ForgedChain, ForgedDigest } from '../forge/forge.js';
import { emptyWorld, putObject, type World, type WorldObject } from './world.js';

interface Delivery {
  readonly at: Instant;
  readonly ref: ObjectRef;
  readonly object: WorldObject;
}

/** A world that is delivered bit by bit: what was forged beforehand comes to lie in it when its time has come. */
export class GrowingWorld {
  readonly world: World = emptyWorld();
  readonly store: ObjectStore;
  readonly #deliveries: Delivery[] = [];
  readonly #keys = new Map<string, { readonly size: number; readonly keys: readonly string[] }>();

  constructor(publicKeys: World['publicKeys']) {
    this.world.publicKeys.push(...publicKeys);
    this.store = this.#sortedStore();
  }

  /** Its digests to be delivered so long after they end, with their logs. */
  scheduleAll(forged: World, { digests }: ForgedChain, delay: number): void {
    for (const digest of digests) this.#schedule(forged, digest, digest.interval.end + delay);
    this.#deliveries.sort((a, b) => b.at - a.at);
  }

  #schedule(forged: World, { ref, logs }: ForgedDigest, at: Instant): void {
    for (const each of [ref, ...logs.map((log) => log.ref)]) {
      const object = forged.buckets.get(each.bucket)?.get(each.key);
      if (!object) throw new Error(`${each.key} was not forged`);
      if (!this.world.buckets.has(each.bucket)) this.world.buckets.set(each.bucket, new Map());
      this.#deliveries.push({ at, ref: each, object });
    }
  }

  /** Delivers all that is due. */
  deliver(now: Instant): void {
    for (let next = this.#deliveries.at(-1); next && next.at <= now; next = this.#deliveries.at(-1)) {
      putObject(this.world, next.ref.bucket, next.ref.key, next.object);
      this.#deliveries.pop();
    }
  }

  /** To be called when objects were deleted: a deletion and a delivery may leave as many as there were. */
  forgetOrder(): void {
    this.#keys.clear();
  }

  /** The memory store, with its keys sorted once for each delivery and not for each listing. Keys are plain ASCII here. */
  #sortedStore(): ObjectStore {
    const { world } = this;
    const sorted = (bucket: string): readonly string[] => {
      const objects = world.buckets.get(bucket) ?? new Map<string, WorldObject>();
      const known = this.#keys.get(bucket);
      if (known?.size === objects.size) return known.keys;
      const keys = [...objects.keys()].sort();
      this.#keys.set(bucket, { size: objects.size, keys });
      return keys;
    };
    return {
      ...memoryStore(world.buckets),
      async *list({ bucket, prefix, startAfter = '' }) {
        const keys = sorted(bucket);
        const first = firstFrom(keys, startAfter > prefix ? startAfter : prefix);
        const page = [];
        for (let index = first; keys[index]?.startsWith(prefix); index += 1) {
          const key = keys[index];
          if (key !== undefined && key > startAfter) page.push({ bucket, key, size: 1 });
        }
        yield page;
      },
      async listFolders(bucket, prefix) {
        const keys = sorted(bucket);
        const names: string[] = [];
        for (let index = firstFrom(keys, prefix); keys[index]?.startsWith(prefix); ) {
          const name = keys[index]?.slice(prefix.length).split('/')[0] ?? '';
          names.push(name);
          // '0' comes right after '/'.
          index = firstFrom(keys, `${prefix}${name}0`);
        }
        return names;
      },
    };
  }
}

/** The index of the first key that is not less. */
function firstFrom(keys: readonly string[], least: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
