import type { LotPlace } from '../../core/places/merged-folders.js';
import { isSamePlace, type Mount } from '../../core/places/mount.js';
import type { HiddenFolder } from '../../core/places/placement.js';
import type { Source } from '../listing/discover-folders.js';
import { type Claims, type Leaf, mixedLeavesOf } from './claim-places.js';
import type { Lot, LyingFolder } from './search-places.js';
import type { MovedLots } from './sort-lots.js';

/** What stands for lots that were moved. */
export interface MountedLots {
  readonly mounts: readonly Mount[];
  /** What is not listed where it lies any more. */
  readonly hidden: readonly HiddenFolder[];
  /** Where to look for trails, by where they were delivered. */
  readonly sources: readonly Source[];
  /** The parts that are read, each by its mount. */
  readonly lots: readonly LotPlace[];
}

/** Of several folders that lots were moved to from the same place, each stands for the kinds and regions that it was given. */
export function mountLots(
  moved: readonly MovedLots[],
  claims: Claims | undefined,
  isFolder: boolean,
  isInsideLogRoot: boolean,
): readonly (MountedLots & { readonly way: MovedLots })[] {
  return moved.map((way) => {
    const others = moved.filter((other) => other !== way);
    const rivals = others.filter((other) => isNested(other.prefix, way.prefix));
    const isOpen = isFolder && !way.namesBucket && rivals.every(({ namesBucket }) => namesBucket);
    const { buckets } = way;
    const mount = { buckets, isOpen, knowsBucket: way.namesBucket || (!isOpen && buckets.length === 1) };
    const refused = claims?.refused.filter(({ leaf }) => way.lots.includes(leaf.lot)) ?? [];
    const isShared = rivals.some((other) => other.buckets.some((bucket) => buckets.includes(bucket)));
    const toSource = (key: string) => ({ bucket: buckets[0], prefix: isInsideLogRoot ? key : logRootOf(key) });
    const isMixed = way.lots.some(({ mixed }) => mixed);
    if (isMixed || (claims && (isShared || refused.length > 0))) {
      const leaves = claims ? (claims.granted.get(way) ?? []) : way.lots.flatMap((lot) => mixedLeavesOf(way, lot));
      const mounts = leaves.map((leaf) => mountLeaf(leaf, mount));
      const hidden = leaves.map(({ lies }, index) => ({ folder: withoutSlash(lies), mount: mounts[index] }));
      return {
        way,
        mounts,
        hidden: [...hidden, ...refused.map(({ leaf }) => ({ folder: withoutSlash(leaf.lies) }))]
          .filter(({ folder }) => folder.key !== '')
          .map(withoutAbsent),
        sources: leaves.map(({ key }) => toSource(key)),
        lots: mounts.map((each) => toLotPlace(each, way, isMixed)),
      };
    }
    // Where others were put beside them that were delivered below another prefix, the folder above them belongs to no one.
    if (
      !way.namesBucket &&
      others.some((other) => isSamePlace(other.at, way.at) && !isNested(other.prefix, way.prefix))
    ) {
      const mounts = way.lots.map((lot) => ({ ...mount, ...placeOf(lot, way) }));
      return {
        way,
        mounts,
        hidden: way.lots.flatMap((lot, index) => hideLot(lot, mounts[index])),
        sources: mounts.map(({ prefix }) => toSource(prefix)),
        lots: mounts.map((each) => toLotPlace(each, way, false)),
      };
    }
    const whole: Mount = { ...mount, prefix: way.prefix, at: way.at };
    const hidden = way.lots.flatMap((lot) => hideLot(lot, whole));
    const lots = way.lots.map((lot) => ({
      lies: lot.folder,
      delivered: { key: placeOf(lot, way).prefix, mount: whole },
      merged: way.merged.map(({ from, to }) => ({
        bucket: from.bucket,
        key: `${from.prefix}${lot.folder.key.slice(to.prefix.length)}`,
      })),
    }));
    const bucketFolder = { bucket: way.at.bucket, key: way.at.prefix };
    if (isFolder && way.namesBucket)
      return {
        way,
        mounts: [whole],
        hidden: [...hidden, { folder: withoutSlash(bucketFolder), mount: whole }],
        sources: [{ bucket: buckets[0], prefix: '' }],
        lots,
      };
    return { way, mounts: [whole], hidden, sources: lots.map(({ delivered }) => toSource(delivered.key)), lots };
  });
}

/** Where a lot was delivered that was moved in some way, and where it lies. */
const placeOf = ({ folder: { bucket, key } }: Lot, { prefix, at }: MovedLots): Pick<Mount, 'prefix' | 'at'> => ({
  prefix: `${prefix}${key.slice(at.prefix.length)}`,
  at: { bucket, prefix: key },
});

const toLotPlace = (mount: Mount, { prefix, merged }: MovedLots, isMixed: boolean): LotPlace => ({
  lies: { bucket: mount.at.bucket, key: mount.at.prefix },
  delivered: { key: mount.prefix, mount },
  merged: merged.map(({ from, to }) => ({
    bucket: from.bucket,
    key: `${from.prefix}${isMixed ? mount.prefix.slice(prefix.length) : mount.at.prefix.slice(to.prefix.length)}`,
  })),
});

const mountLeaf = ({ key, lies, datesKept }: Leaf, mount: Omit<Mount, 'prefix' | 'at'>): Mount => ({
  ...mount,
  prefix: key,
  at: { bucket: lies.bucket, prefix: lies.key },
  ...(datesKept !== undefined && { datesKept }),
});

/** Takes the folders of a lot out of listings of where they lie. */
export function hideLot({ folder, root, shape, kinds }: Lot, mount?: Mount): readonly HiddenFolder[] {
  // All of a source cannot be hidden in it.
  if (shape === 'dated') return folder.key === '' ? [] : [withoutAbsent({ folder: withoutSlash(folder), mount })];
  if (root) return [withoutAbsent({ folder: withoutSlash(folder), mount })];
  const { bucket, key } = folder;
  return kinds.map((kind) => withoutAbsent({ folder: { bucket, key: `${key}${kind}` }, mount }));
}

export const withoutSlash = ({ bucket, key }: LyingFolder): LyingFolder => ({ bucket, key: key.replace(/\/$/, '') });

const withoutAbsent = ({ folder, mount }: { folder: LyingFolder; mount?: Mount | undefined }): HiddenFolder =>
  mount ? { folder, mount } : { folder };

/** The folder `AWSLogs` above that of an account; the folder itself where there is none. */
export const logRootOf = (key: string): string =>
  /^((?:.*\/)?AWSLogs\/)(?:o-[a-z0-9]+\/)?\d{12}\//.exec(key)?.[1] ?? key;

const isNested = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
