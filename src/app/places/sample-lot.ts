import { parseDigest } from '../../core/digest/parse-digest.js';
import { isRegionName, type ObjectName, parseDigestKey, parseObjectName } from '../../core/objects/cloudtrail-key.js';
import { isBucketName, type ObjectRef } from '../../core/objects/object-ref.js';
import { type Displacement, displacementOf, toPath } from '../../core/places/displacement.js';
import type { Inflater } from '../../ports/inflater.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { REGION_NAMES_LISTED } from '../limits.js';
import { DIGEST_KIND, type Lot, type LyingFolder } from './search-places.js';

/** What a digest says of the place that it was delivered to. Its signature was not checked. */
export interface Vote {
  readonly delivered: ObjectRef;
  /** How it was moved; absent where it was not moved together with the folder that it lies in. */
  readonly displacement?: Displacement;
  /** Some of the logs that it lists. */
  readonly logs: readonly ObjectRef[];
}

/** Logs that are taken from a digest, to look for folders of logs. */
const LOGS_SAMPLED = 3;
/** Larger digests are no samples. */
const MAX_SAMPLE_BYTES = 2 ** 25;

export interface SampleTools {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  /** The only trail whose digests may be read; all are read when absent. */
  readonly trail?: { readonly trailName: string; readonly homeRegion: string };
}

/**
 * Reads digests of a lot, from its first, last and middle regions, and of each region the oldest, the newest and one between, and
 * tells where they say that they were delivered. Those that cannot be read, or have no name of a digest, are passed over.
 */
export async function* sampleLot(lot: Lot, tools: SampleTools): AsyncGenerator<Vote> {
  if (!lot.kinds.includes(DIGEST_KIND)) return;
  for (const region of await regionsOf(lot, tools.store)) {
    const seen = new Set<string>();
    for await (const ref of digestsOf(region, tools)) {
      if (seen.has(ref.key)) continue;
      seen.add(ref.key);
      const vote = await voteOf(ref, lot, tools);
      if (vote) yield vote;
    }
  }
}

/** The folders of digests of the first, the middle and the last region. */
async function regionsOf({ folder, shape }: Lot, store: ObjectStore): Promise<readonly LyingFolder[]> {
  if (shape === 'dated') return [folder];
  const base = `${folder.key}${DIGEST_KIND}/`;
  const names = (await namesIn(store, { bucket: folder.bucket, key: base })).filter(isRegionName);
  const chosen = new Set([names[0], names[Math.floor(names.length / 2)], names.at(-1)]);
  return [...chosen].flatMap((name) => (name === undefined ? [] : [{ bucket: folder.bucket, key: `${base}${name}/` }]));
}

/** Some digests of a region: the first, the last of the newest day, and one of the first page of the listing. */
async function* digestsOf(region: LyingFolder, tools: SampleTools): AsyncGenerator<ObjectRef> {
  const page = await firstDigests(region, tools);
  if (page[0]) yield page[0];
  const newest = (await firstDigests(await newestDay(region, tools.store), tools)).at(-1);
  if (newest) yield newest;
  const middle = page[Math.floor(page.length / 2)];
  if (middle) yield middle;
}

/** The digests of the first page of a listing. */
async function firstDigests(
  { bucket, key }: LyingFolder,
  { store, trail }: SampleTools,
): Promise<readonly ObjectRef[]> {
  try {
    for await (const page of store.list({ bucket, prefix: key }))
      return page.filter((ref) => isSample(parseObjectName(ref.key), trail));
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
  }
  return [];
}

const isSample = (name: ObjectName | undefined, trail: SampleTools['trail']): boolean =>
  name?.kind === DIGEST_KIND &&
  (!trail || (name.trailName === trail.trailName && name.homeRegion === trail.homeRegion));

/** The innermost of the folders that are the last among dates. */
async function newestDay(folder: LyingFolder, store: ObjectStore): Promise<LyingFolder> {
  let found = folder;
  for (let step = 0; step < 3; step += 1) {
    const last = (await namesIn(store, found)).filter((name) => /^\d{2}(?:\d{2})?$/.test(name)).at(-1);
    if (last === undefined) break;
    found = { bucket: found.bucket, key: `${found.key}${last}/` };
  }
  return found;
}

async function namesIn(store: ObjectStore, { bucket, key }: LyingFolder): Promise<readonly string[]> {
  try {
    return await store.listFolders(bucket, key, REGION_NAMES_LISTED);
  } catch (error) {
    if (error instanceof ListingError) return [];
    throw error;
  }
}

async function voteOf(ref: ObjectRef, lot: Lot, { store, inflater }: SampleTools): Promise<Vote | undefined> {
  const object = await store.get(ref, MAX_SAMPLE_BYTES);
  const content = object.status === 'found' ? inflater.open(object.body, MAX_SAMPLE_BYTES) : object;
  if (content.status !== 'read') return undefined;
  const parsed = parseDigest(content.bytes, { type: 'digest', ...ref });
  if (!parsed.ok) return undefined;
  const { place, logs } = parsed.digest;
  const displacement = displacementOf(toPath(place), toPath(ref));
  // What the folder of an account is called is nothing that a copy changes where it lies below `AWSLogs`.
  const most = toPath(lot.folder).length - (lot.root ? 1 : 0);
  // Nothing else is a place that CloudTrail delivers to, whatever a digest says.
  const isPlace = isBucketName(place.bucket) && parseDigestKey(place.key) !== undefined;
  const isWhole = displacement !== undefined && isPlace && displacement.to.length <= most;
  return {
    delivered: { bucket: place.bucket, key: place.key },
    ...(isWhole && { displacement }),
    logs: logs.slice(0, LOGS_SAMPLED).map(({ bucket, key }) => ({ bucket, key })),
  };
}

/** One of the logs that a digest lists and that lies in a lot of logs; undefined where none does. */
export async function findLogs(
  lot: Lot,
  listed: readonly ObjectRef[],
  store: ObjectStore,
): Promise<{ readonly delivered: ObjectRef; readonly lies: ObjectRef } | undefined> {
  const steps = lot.shape === 'dated' ? (lot.example ?? '').slice(lot.folder.key.length).split('/').length : undefined;
  for (const delivered of listed) {
    const key = lyingPlace(lot, delivered, steps);
    const lies = key === undefined ? undefined : { bucket: lot.folder.bucket, key };
    if (lies && (await isThere(lies, store))) return { delivered, lies };
  }
  return undefined;
}

/** Where a log would lie in a lot. */
function lyingPlace({ folder, root }: Lot, { key }: ObjectRef, steps: number | undefined): string | undefined {
  if (steps !== undefined) return `${folder.key}${key.split('/').slice(-steps).join('/')}`;
  const account = /(?:^|\/)(?:AWSLogs\/(?:o-[a-z0-9]+\/)?)(\d{12})\//.exec(key);
  if (!account) return undefined;
  const below = key.slice(account.index + account[0].length);
  // Below `AWSLogs` a folder holds the logs of the account that it is named after.
  return root && !folder.key.endsWith(`/${account[1]}/`) ? undefined : `${folder.key}${below}`;
}

async function isThere({ bucket, key }: ObjectRef, store: ObjectStore): Promise<boolean> {
  try {
    for await (const page of store.list({ bucket, prefix: key })) return page.some((ref) => ref.key === key);
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
  }
  return false;
}
