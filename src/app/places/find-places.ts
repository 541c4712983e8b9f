import { type Finding, finding } from '../../core/findings/finding.js';
import { formatRelocation, type Place, type Relocation, toPath } from '../../core/places/displacement.js';
import type { LotPlace } from '../../core/places/merged-folders.js';
import { isSamePlace, type Mount } from '../../core/places/mount.js';
import { type BucketHome, type HiddenFolder, Placement } from '../../core/places/placement.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { LISTINGS_AT_ONCE, NAMES_LISTED } from '../limits.js';
import type { Selection, Source } from '../listing/discover-folders.js';
import type { Leftovers } from '../objects/find-leftovers.js';
import { type Claims, claimPlaces, isUsual } from './claim-places.js';
import { mixedNamesOf } from './mixed-names.js';
import { hideLot, logRootOf, mountLots, withoutSlash } from './mount-lots.js';
import type { SampleTools } from './sample-lot.js';
import { type FoundLots, type Lot, type LyingFolder, PlaceSearch } from './search-places.js';
import { type MovedLots, type SortedLots, sortLots } from './sort-lots.js';

/** What was delivered elsewhere than it lies. */
export interface FoundPlaces {
  readonly placement: Placement;
  /** Where to look for trails, by where they were delivered. */
  readonly sources: readonly Source[];
  /** What looks like a part of an archive and is not read, and what is none. */
  readonly findings: readonly Finding[];
  /** What is read elsewhere than it was delivered, without having been asked for. */
  readonly moved: readonly Finding[];
  /** For each relocation that was asked for, what stands for it. */
  readonly asked: readonly (readonly Mount[])[];
}

export interface PlaceTools extends SampleTools {
  readonly leftovers: Leftovers;
}

/**
 * Finds out where what lies in the sources was delivered, as its digests say. They need not be genuine, since nothing is concluded
 * from it but where to look for files: a digest that was not delivered where it is looked for fails, and so does a log of another
 * content. No two folders are ever read as one, and what looks like a part of an archive and is not read is a finding.
 * @param sources each a bucket or a part of it, or all of a folder on disk, whose bucket is the empty name
 * @param relocations what is known already: it confirms what is found out, and holds where digests say nothing of the kind
 */
export async function findPlaces(
  sources: readonly Source[],
  selection: Selection,
  relocations: readonly Relocation[],
  tools: PlaceTools,
): Promise<FoundPlaces> {
  const { store, leftovers } = tools;
  const isFolder = sources.some(({ bucket }) => bucket === '');
  const toMixed = async (lot: Lot): Promise<Lot> => {
    const mixed = await mixedNamesOf(lot, store);
    return mixed ? { ...lot, mixed } : lot;
  };
  const search = new PlaceSearch(store, selection, leftovers);
  for (const source of sources) await search.search(source);
  const { systemFolders, accounts } = search.found;
  const lots = isFolder ? await mapAtOnce(search.found.lots, LISTINGS_AT_ONCE, toMixed) : search.found.lots;
  const told = await mountAll(relocations, isFolder, store);
  const all = await sortLots(lots, isFolder, tools);
  const confirmed = all.moved.filter((way) => told.some((mount) => isSame(mount, way)));
  const asked = told.filter((mount) => !confirmed.some((way) => isSame(mount, way)));
  const own = isFolder ? sources : sources.filter((source) => !toDelivered(source, asked));
  const isAsked = (lot: Lot) =>
    mountAround(lot.folder, asked) !== undefined && !confirmed.some((way) => way.lots.includes(lot));
  const sorted = without(all, isAsked);
  const ownBuckets = new Set(own.map(({ bucket }) => bucket));
  const claims = needsClaims(sorted, ownBuckets)
    ? await claimPlaces(sorted, new Set(confirmed), ownBuckets, store)
    : undefined;
  const isInsideLogRoot = own.some(({ prefix }) => /(?:^|\/)AWSLogs\//.test(`${prefix}/`));
  const mounted = mountLots(sorted.moved, claims, isFolder, isInsideLogRoot);
  const mounts = [...asked, ...mounted.flatMap((each) => each.mounts)];
  const known = lots.filter(isAsked);
  const hidden: readonly HiddenFolder[] = [
    ...mounted.flatMap((each) => each.hidden),
    ...known.flatMap((lot) =>
      asked.filter((mount) => mountAround(lot.folder, [mount])).flatMap((mount) => hideLot(lot, mount)),
    ),
    ...systemFolders.map((folder) => ({ folder: withoutSlash(folder) })),
  ];
  const homes = isFolder ? await findHomes(mounts, store) : [];
  const literalBuckets = new Set([...sources, ...relocations.map(({ from }) => from)].map(({ bucket }) => bucket));
  return {
    placement: new Placement(
      {
        mounts,
        hidden,
        homes,
        lots: [
          ...accounts.map((lies) => ({ lies })),
          ...placesOf(lots, asked),
          ...mounted.flatMap((each) => each.lots),
        ],
      },
      literalBuckets,
    ),
    sources: unique([
      ...known.flatMap((lot) => toLogRoot(toDelivered(toPlace(lot.folder), asked))),
      ...(isFolder ? [] : sources.flatMap((source) => toDelivered(source, asked) ?? [])),
      ...mounted.flatMap((each) => each.sources),
      ...own,
    ]),
    findings: [...systemFolders.map(toLeftovers), ...secondCopies(claims)],
    moved: mounted
      .filter((each) => each.mounts.length > 0)
      .flatMap(({ way }) => {
        const { buckets, prefix, at, merged } = way;
        const all = isUsual(way) ? [] : buckets.map((bucket) => ({ from: { bucket, prefix }, to: at }));
        return [...all, ...merged.filter((each) => !isPlain(each))]
          .filter((relocation) => !told.some((mount) => saysSame(mount, relocation)))
          .map(toMoved);
      }),
    asked: told.map((mount) => {
      const ways = mounted.filter(({ way }) => confirmed.includes(way) && isSame(mount, way));
      return ways.length > 0 ? ways.flatMap((each) => each.mounts) : [mount];
    }),
  };
}

/** Whether lots were moved as a relocation says. */
const isSame = (told: Mount, { buckets, prefix, at, merged }: MovedLots): boolean =>
  [...buckets.map((bucket) => ({ from: { bucket, prefix }, to: at })), ...merged].some((each) => saysSame(told, each));

/** Whether what lies by its keys alone lies so, on disk. */
const isPlain = ({ from, to }: Relocation): boolean =>
  to.bucket === '' && from.prefix === '' && (to.prefix === '' || to.prefix === `${from.bucket}/`);

const saysSame = (told: Mount, { from, to }: Relocation): boolean =>
  isSamePlace(told.at, to) && told.prefix === from.prefix && told.buckets[0] === from.bucket;

/** All lots, and of those that are read as was asked for, by what. */
const placesOf = (lots: readonly Lot[], asked: readonly Mount[]): readonly LotPlace[] =>
  lots.map(({ folder }) => {
    const mount = mountAround(folder, asked);
    if (!mount) return { lies: folder };
    return { lies: folder, delivered: { key: `${mount.prefix}${folder.key.slice(mount.at.prefix.length)}`, mount } };
  });

/** Lots that some other rule does not hold for. */
const without = ({ moved, unknown }: SortedLots, isOut: (lot: Lot) => boolean): SortedLots => ({
  moved: moved
    .map((way) => (way.lots.some(isOut) ? { ...way, lots: way.lots.filter((lot) => !isOut(lot)) } : way))
    .filter(({ lots }) => lots.length > 0),
  unknown: unknown.filter((lot) => !isOut(lot)),
});

async function mountAll(
  relocations: readonly Relocation[],
  isFolder: boolean,
  store: ObjectStore,
): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  for (const { from, to } of relocations) {
    const at = isFolder ? await inFolder(to, store) : to;
    mounts.push({ buckets: [from.bucket], isOpen: isFolder, knowsBucket: !isFolder, prefix: from.prefix, at });
  }
  return mounts;
}

/** A place in a folder on disk, named by its path there; the name of a bucket may stand before it that is no folder. */
async function inFolder({ bucket, prefix }: Place, store: ObjectStore): Promise<Place> {
  if (bucket === '.') return { bucket: '', prefix };
  const names = await namesIn(store, '');
  const isBelow = !names.includes(bucket) && names.includes(prefix.split('/', 1)[0] ?? '');
  return { bucket: '', prefix: isBelow ? prefix : `${bucket}/${prefix}` };
}

const mountAround = ({ bucket, key }: LyingFolder, mounts: readonly Mount[]): Mount | undefined =>
  mounts.find(({ at }) => at.bucket === bucket && key.startsWith(at.prefix));

const toPlace = ({ bucket, key }: LyingFolder): Place => ({ bucket, prefix: key });

/** What a place is called where its objects were delivered, by the first mount that fits; undefined where none does. */
function toDelivered({ bucket, prefix }: Place, mounts: readonly Mount[]): Place | undefined {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  for (const { buckets, prefix: delivered, at } of mounts) {
    if (at.bucket !== bucket) continue;
    if (folder.startsWith(at.prefix))
      return { bucket: buckets[0], prefix: `${delivered}${folder.slice(at.prefix.length)}` };
    if (at.prefix.startsWith(folder)) return { bucket: buckets[0], prefix: delivered };
  }
  return undefined;
}

const toLogRoot = (place: Place | undefined): readonly Source[] =>
  place ? [{ bucket: place.bucket, prefix: logRootOf(place.prefix) }] : [];

/** Whether lots may have been delivered to the same place. */
const needsClaims = ({ moved, unknown }: SortedLots, ownBuckets: ReadonlySet<string>): boolean =>
  moved.length > 1 ||
  (moved.length > 0 && unknown.length > 0) ||
  moved.some(({ buckets }) => buckets.some((bucket) => ownBuckets.has(bucket)));

/** Folders that may hold folders of buckets: all of it, and those that copies of buckets lie in. */
async function findHomes(mounts: readonly Mount[], store: ObjectStore): Promise<readonly BucketHome[]> {
  const whole = mounts.filter(({ prefix }) => prefix === '');
  const prefixes = whole.map(({ at, buckets, knowsBucket }) =>
    knowsBucket && at.prefix.endsWith(`${buckets[0]}/`) ? at.prefix.slice(0, -buckets[0].length - 1) : at.prefix,
  );
  const homes = [...new Set(['', ...prefixes])].map(async (prefix) => ({
    at: { bucket: '', prefix },
    names: new Set(await namesIn(store, prefix)),
  }));
  return Promise.all(homes);
}

async function namesIn(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  try {
    return await store.listFolders('', prefix, NAMES_LISTED);
  } catch (error) {
    if (error instanceof ListingError) return [];
    throw error;
  }
}

/** A folder on disk is a copy in any case; a bucket may have been filled with what was delivered to another one. */
const toMoved = (relocation: Relocation): Finding =>
  finding(
    relocation.to.bucket === '' ? 'objects-relocated' : 'relocation-unconfirmed',
    { type: 'run' },
    { relocation: formatRelocation(relocation) },
  );

const toLeftovers = ({ bucket, key, count, example }: FoundLots['systemFolders'][number]): Finding =>
  finding('folder-leftovers', { type: 'folder', bucket, key }, { kinds: ['system-file'], count, example });

/** One for each folder that holds what lies elsewhere too. */
function secondCopies(claims: Claims | undefined): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { leaf, other } of claims?.refused ?? []) {
    const folder = leaf.lot.root ?? leaf.lot.folder;
    if (found.has(toPath(folder))) continue;
    found.set(toPath(folder), finding('folder-second-copy', { type: 'folder', ...folder }, { other }));
  }
  return [...found.values()];
}

const unique = (sources: readonly Source[]): readonly Source[] => [
  ...new Map(sources.map((source) => [`${source.bucket}/${source.prefix}`, source])).values(),
];
