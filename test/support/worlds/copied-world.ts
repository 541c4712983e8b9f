import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { emptyWorld, putObject, type World } from './world.js';

/** Where an object of a bucket ends up; undefined for one that is left out. */
export type CopyTo = (ref: ObjectRef) => ObjectRef | undefined;

/** A copy of all buckets of a world; the originals are gone. A folder on disk is a bucket of the empty name. */
export function copyWorld(world: World, copyTo: CopyTo): World {
  const copy = emptyWorld();
  copy.publicKeys.push(...world.publicKeys);
  for (const [bucket, objects] of world.buckets) {
    for (const [key, object] of objects) {
      const to = copyTo({ bucket, key });
      if (to) putObject(copy, to.bucket, to.key, object);
    }
  }
  return copy;
}

/** Puts every object into a folder on disk. @param toPath the path of the file */
export const intoFolder =
  (toPath: (key: string, bucket: string) => string | undefined): CopyTo =>
  ({ bucket, key }) => {
    const path = toPath(key, bucket);
    return path === undefined ? undefined : { bucket: '', key: path };
  };

/** Puts every object into a bucket. @param toKey its key there */
export const intoBucket =
  (bucket: string, toKey: (key: string, bucket: string) => string): CopyTo =>
  (ref) => ({ bucket, key: toKey(ref.key, ref.bucket) });
