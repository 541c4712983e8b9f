import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { Instant } from '../../../src/core/time/instant.js';
import type { World } from './world.js';

/** Does something to an object of a versioned bucket: what was there before stays as a version. */
export function inVersions(world: World, ref: ObjectRef, at: Instant, act: () => void): void {
  const place = `${ref.bucket}/${ref.key}`;
  const present = () => world.buckets.get(ref.bucket)?.get(ref.key);
  const before = present();
  const kept = world.versions.get(place) ?? (before ? [{ versionId: 'first', at: at - 1, object: before }] : []);
  act();
  const after = present();
  const version = { versionId: `version-${kept.length}`, at, ...(after && { object: after }) };
  world.versions.set(place, [version, ...kept]);
}
