import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { REGION_NAMES_LISTED } from '../limits.js';
import type { Lot, LyingFolder } from './search-places.js';
import type { MovedLots, SortedLots } from './sort-lots.js';

/** The folder of a kind and region, or what there is of it. */
export interface Leaf {
  readonly lot: Lot;
  readonly lies: LyingFolder;
  /** Where it was delivered. */
  readonly key: string;
  /** How many folders for dates are left in a folder in which only names tell the rest. */
  readonly datesKept?: number;
}

/** What lots were given of the places that they were delivered to. */
export interface Claims {
  readonly granted: ReadonlyMap<MovedLots, readonly Leaf[]>;
  /** What lies where nothing is read from, since what was delivered to the same place lies elsewhere too. */
  readonly refused: readonly { readonly leaf: Leaf; readonly other: LyingFolder }[];
}

/**
 * Gives each place that something was delivered to, to one folder: of several that were delivered to the same place, to the one
 * that the user confirmed, or else to the outermost, since whoever may write to a bucket can put a copy of all of it below a
 * prefix. In a bucket, what lies where it was delivered comes before what was moved. Nothing of the others is read.
 */
export async function claimPlaces(
  { moved, unknown }: SortedLots,
  confirmed: ReadonlySet<MovedLots>,
  literalBuckets: ReadonlySet<string>,
  store: ObjectStore,
): Promise<Claims> {
  const granted = new Map<MovedLots, Leaf[]>(moved.map((each) => [each, []]));
  const refused: { leaf: Leaf; other: LyingFolder }[] = [];
  const taken = new Map<string, { leaf: Leaf; buckets: readonly string[] }[]>();
  for (const { way, lot } of inOrder(moved, confirmed)) {
    const around = await firstFilled(
      unknown.filter((other) => isAround(other, lot)),
      store,
    );
    for (const leaf of await leavesOf(way, lot, store)) {
      const rivals = taken.get(regionOf(leaf.key)) ?? [];
      const rival = rivals.find(
        ({ leaf: { key }, buckets }) =>
          isNested(key, leaf.key) && buckets.some((bucket) => way.buckets.includes(bucket)),
      );
      const other = around?.folder ?? rival?.leaf.lies ?? (await literalPlace(way, leaf, literalBuckets, store));
      if (other) refused.push({ leaf, other });
      else {
        granted.get(way)?.push(leaf);
        taken.set(regionOf(leaf.key), [...rivals, { leaf, buckets: way.buckets }]);
      }
    }
  }
  return { granted, refused };
}

/** What was confirmed; of the rest, the outermost first; of those as deep, what lies as copies usually do, then what has digests. */
function inOrder(
  moved: readonly MovedLots[],
  confirmed: ReadonlySet<MovedLots>,
): readonly { readonly way: MovedLots; readonly lot: Lot }[] {
  const all = moved.flatMap((way) =>
    way.lots.map((lot) => ({ way, lot, depth: (lot.root ?? lot.folder).key.split('/').length })),
  );
  const rank = ({ way, lot }: (typeof all)[number]) =>
    (isUsual(way) ? 0 : 2) + (lot.kinds.includes('CloudTrail-Digest') ? 0 : 1);
  const order = ({ way }: (typeof all)[number]) => (confirmed.has(way) ? 0 : 1);
  return all.sort(
    (a, b) =>
      order(a) - order(b) || a.depth - b.depth || rank(a) - rank(b) || compareUtf8(a.lot.folder.key, b.lot.folder.key),
  );
}

/** Whether a copy in a folder lies by its keys alone, or in a folder of its bucket's name. */
export const isUsual = ({ at, prefix, namesBucket, buckets }: MovedLots): boolean =>
  at.bucket === '' && prefix === '' && at.prefix === (namesBucket ? `${buckets[0]}/` : '');

/** Whether a lot of which nothing is known may be what the other one is a copy of: the other lies in its bucket, if it is one. */
const isAround = (outer: Lot, inner: Lot): boolean =>
  outer.root !== undefined &&
  inner.root !== undefined &&
  inner.root.key.length > outer.root.key.length &&
  inner.root.key.startsWith(outer.root.key) &&
  inner.folder.key.slice(inner.root.key.length) === outer.folder.key.slice(outer.root.key.length);

const isNested = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** The folder of a kind and region that a delivered key lies in. */
const regionOf = (key: string): string => /^.*?AWSLogs\/(?:[^/]+\/)?\d{12}\/[^/]+\/[^/]+\//.exec(key)?.[0] ?? key;

/** The leaves of a folder that holds the files of several, as names tell: each kind for each account and region. */
export function mixedLeavesOf({ prefix, lots }: MovedLots, lot: Lot): readonly Leaf[] {
  const { folder, shape, mixed } = lot;
  if (!mixed) return [];
  const around = lots.filter((each) => each.folder.key === folder.key && each.folder.bucket === folder.bucket);
  const folders = around.flatMap((each) => each.mixed?.folders ?? []).map((each) => each.split('/'));
  const kinds = new Set(mixed.folders.map((each) => each.split('/')[1] ?? ''));
  const regions = new Map(
    folders.map(([account = '', , region = '']) => [`${account}/${region}`, { account, region }]),
  );
  return [...regions.values()].flatMap(({ account, region }) =>
    [...kinds].map((kind) => ({
      lot,
      lies: shape === 'account' ? { bucket: folder.bucket, key: `${folder.key}${kind}/${region}/` } : folder,
      key: `${prefix}${account}/${kind}/${region}/`,
      ...(mixed.datesKept !== undefined && { datesKept: mixed.datesKept }),
    })),
  );
}

async function leavesOf(way: MovedLots, lot: Lot, store: ObjectStore): Promise<readonly Leaf[]> {
  if (lot.mixed) return mixedLeavesOf(way, lot);
  const { prefix, at } = way;
  const { bucket, key: base } = lot.folder;
  const toLeaf = (lies: string): Leaf => ({
    lot,
    lies: { bucket, key: lies },
    key: `${prefix}${lies.slice(at.prefix.length)}`,
  });
  if (lot.shape === 'dated') return [toLeaf(base)];
  const leaves: Leaf[] = [];
  for (const kind of lot.kinds)
    for (const name of await namesIn(store, bucket, `${base}${kind}/`)) leaves.push(toLeaf(`${base}${kind}/${name}/`));
  return leaves;
}

/** The first that holds anything. */
async function firstFilled(lots: readonly Lot[], store: ObjectStore): Promise<Lot | undefined> {
  for (const lot of lots) if (await isFilled(lot.folder, store)) return lot;
  return undefined;
}

/** Whether anything lies in a folder, or may. */
async function isFilled({ bucket, key }: LyingFolder, store: ObjectStore): Promise<boolean> {
  try {
    for await (const page of store.list({ bucket, prefix: key })) if (page.length > 0) return true;
    return false;
  } catch (error) {
    if (error instanceof ListingError) return true;
    throw error;
  }
}

async function namesIn(store: ObjectStore, bucket: string, prefix: string): Promise<readonly string[]> {
  try {
    return await store.listFolders(bucket, prefix, REGION_NAMES_LISTED);
  } catch (error) {
    if (error instanceof ListingError) return [];
    throw error;
  }
}

/** The place itself, where it is in one of the sources and anything lies there, or may. */
async function literalPlace(
  { buckets }: MovedLots,
  { key }: Leaf,
  literalBuckets: ReadonlySet<string>,
  store: ObjectStore,
): Promise<ObjectRef | undefined> {
  for (const bucket of buckets)
    if (literalBuckets.has(bucket) && (await isFilled({ bucket, key }, store))) return { bucket, key };
  return undefined;
}
