import type { HiddenFolder, Mount } from '../../core/places/placement.js';
import type { Source } from '../listing/discover-folders.js';
import type { Claims, Leaf } from './claim-places.js';
import type { Lot, LyingFolder } from './search-places.js';
import type { MovedLots } from './sort-lots.js';

/** What stands for lots that were moved. */
export interface MountedLots {
  readonly mounts: readonly Mount[];
  /** What is not listed where it lies any more. */
  readonly hidden: readonly HiddenFolder[];
  /** Where to look for trails, by where they were delivered. */
  readonly sources: readonly Source[];
}

/** Of several folders that lots were moved to from the same place, each stands for the kinds and regions that it was given. */
export function mountLots(
  moved: readonly MovedLots[],
  claims: Claims | undefined,
  isFolder: boolean,
  isInsideLogRoot: boolean,
): readonly (MountedLots & { readonly way: MovedLots })[] {
  return moved.map((way) => {
    const others = moved.filter((other) => other !== way && isNested(other.prefix, way.prefix));
    const isOpen = isFolder && !way.namesBucket && others.every(({ namesBucket }) => namesBucket);
    const { buckets } = way;
    const mount = { buckets, isOpen, knowsBucket: way.namesBucket || (!isOpen && buckets.length === 1) };
    const refused = claims?.refused.filter(({ leaf }) => way.lots.includes(leaf.lot)) ?? [];
    const isShared = others.some((other) => other.buckets.some((bucket) => buckets.includes(bucket)));
    const toSource = (key: string) => ({ bucket: buckets[0], prefix: isInsideLogRoot ? key : logRootOf(key) });
    if (claims && (isShared || refused.length > 0)) {
      const leaves = claims.granted.get(way) ?? [];
      const mounts = leaves.map((leaf) => mountLeaf(leaf, mount));
      const hidden = leaves.map(({ lies }, index) => ({ folder: withoutSlash(lies), mount: mounts[index] }));
      return {
        way,
        mounts,
        hidden: [...hidden, ...refused.map(({ leaf }) => ({ folder: withoutSlash(leaf.lies) }))].map(withoutAbsent),
        sources: leaves.map(({ key }) => toSource(key)),
      };
    }
    const whole: Mount = { ...mount, prefix: way.prefix, at: way.at };
    const hidden = way.lots.flatMap((lot) => hideLot(lot, whole));
    const bucketFolder = { bucket: way.at.bucket, key: way.at.prefix };
    if (isFolder && way.namesBucket)
      return {
        way,
        mounts: [whole],
        hidden: [...hidden, { folder: withoutSlash(bucketFolder), mount: whole }],
        sources: [{ bucket: buckets[0], prefix: '' }],
      };
    const deliveredKey = ({ folder }: Lot) => `${way.prefix}${folder.key.slice(way.at.prefix.length)}`;
    return { way, mounts: [whole], hidden, sources: way.lots.map((lot) => toSource(deliveredKey(lot))) };
  });
}

const mountLeaf = ({ key, lies }: Leaf, mount: Omit<Mount, 'prefix' | 'at'>): Mount => ({
  ...mount,
  prefix: key,
  at: { bucket: lies.bucket, prefix: lies.key },
});

/** Takes the folders of a lot out of listings of where they lie. */
export function hideLot({ folder, root, shape, kinds }: Lot, mount: Mount): readonly HiddenFolder[] {
  // All of a source cannot be hidden in it.
  if (shape === 'dated') return folder.key === '' ? [] : [{ folder: withoutSlash(folder), mount }];
  if (root) return [{ folder: withoutSlash(folder), mount }];
  return kinds.map((kind) => ({ folder: { bucket: folder.bucket, key: `${folder.key}${kind}` }, mount }));
}

export const withoutSlash = ({ bucket, key }: LyingFolder): LyingFolder => ({ bucket, key: key.replace(/\/$/, '') });

const withoutAbsent = ({ folder, mount }: { folder: LyingFolder; mount?: Mount | undefined }): HiddenFolder =>
  mount ? { folder, mount } : { folder };

/** The folder `AWSLogs` above that of an account; the folder itself where there is none. */
export const logRootOf = (key: string): string =>
  /^((?:.*\/)?AWSLogs\/)(?:o-[a-z0-9]+\/)?\d{12}\//.exec(key)?.[1] ?? key;

const isNested = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
