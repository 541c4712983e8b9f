import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import { parseAccountFolder, toDeliveryRoot } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import {
  type Displacement,
  displacementOf,
  type Place,
  type Relocation,
  toPath,
} from '../../core/places/displacement.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { findLogs, type SampleTools, sampleLot, type Vote } from './sample-lot.js';
import type { Lot, LyingFolder } from './search-places.js';

/** Lots of which digests are read at once. */
const LOTS_SAMPLED_AT_ONCE = 4;
/** Logs that are looked for in a folder that has no digests. */
const LOGS_LOOKED_FOR = 20;

/** Lots that were moved in the same way. */
export interface MovedLots {
  /** The buckets that they were delivered to, the one that most digests name first. */
  readonly buckets: readonly [string, ...string[]];
  /** What their delivered keys begin with: empty, or ending in a slash. */
  readonly prefix: string;
  readonly at: Place;
  /** Whether they lie in a folder of their bucket's name. */
  readonly namesBucket: boolean;
  readonly lots: readonly Lot[];
  /** What was delivered below other prefixes, or for other organizations, and lies among them. */
  readonly merged: readonly Relocation[];
}

export interface SortedLots {
  readonly moved: readonly MovedLots[];
  /** Of a folder on disk: those of which nothing tells where they were delivered. */
  readonly unknown: readonly Lot[];
}

/**
 * Sorts lots by how they were moved, as their digests say. In a folder on disk the majority decides, lot by lot; where no
 * digest of a lot can be read, what the others below the same `AWSLogs` say. In a bucket, lots count as moved only if no digest
 * lies where it says that it was delivered, and all say the same.
 */
export async function sortLots(lots: readonly Lot[], isFolder: boolean, tools: SampleTools): Promise<SortedLots> {
  const polls = await mapAtOnce(lots, LOTS_SAMPLED_AT_ONCE, async (lot) => {
    const votes: Vote[] = [];
    for await (const vote of sampleLot(lot, tools)) {
      votes.push(vote);
      if (!isFolder && isInPlace(vote)) break;
    }
    return { lot, votes, winner: isFolder ? majority(votes, lot) : unanimous(votes, lot) };
  });
  const isAnyMoved = polls.some(({ winner }) => winner !== undefined);
  const logs = polls.flatMap(({ votes }) => votes.flatMap((vote) => vote.logs));
  const groups = new Map<string, Group>();
  const unknown: Lot[] = [];
  for (const { lot, votes, winner } of inherit(polls)) {
    const way = winner ?? (isAnyMoved && votes.length === 0 ? await wayOfLogs(lot, logs, polls, tools) : undefined);
    if (!way) {
      if (isFolder) unknown.push(lot);
      continue;
    }
    const group: Group = groups.get(way.id) ?? { way, buckets: new Map(), lots: [], merged: new Map() };
    groups.set(way.id, group);
    group.lots.push(lot);
    for (const { id, prefix, at, buckets } of waysOf(votes, lot).filter((other) => isMerged(lot, other, way)))
      for (const bucket of id === way.id ? [] : buckets)
        group.merged.set(`${bucket} ${id}`, { from: { bucket, prefix }, to: at });
    for (const bucket of way.buckets) group.buckets.set(bucket, (group.buckets.get(bucket) ?? 0) + 1);
  }
  return { moved: [...groups.values()].map(toMovedLots), unknown };
}

interface Group {
  readonly way: Way;
  readonly buckets: Map<string, number>;
  readonly lots: Lot[];
  readonly merged: Map<string, Relocation>;
}

interface Poll {
  readonly lot: Lot;
  readonly votes: readonly Vote[];
  readonly winner: Way | undefined;
}

/** How something was moved, whatever its bucket was called. */
interface Way {
  readonly id: string;
  readonly prefix: string;
  readonly at: Place;
  readonly namesBucket: boolean;
  /** One for each vote. */
  readonly buckets: readonly string[];
}

const isInPlace = ({ displacement }: Pick<Vote, 'displacement'>): boolean =>
  displacement?.from === '' && displacement.to === '';

function toWay({ bucket }: ObjectRef, { from, to }: Displacement, folder: LyingFolder): Way {
  const namesBucket = from === '';
  const prefix = namesBucket ? '' : from.slice(from.indexOf('/') + 1);
  const path = namesBucket ? `${to}${bucket}/` : to;
  const at = { bucket: folder.bucket, prefix: folder.bucket === '' ? path : path.slice(folder.bucket.length + 1) };
  return {
    id: JSON.stringify([at.bucket, at.prefix, prefix, namesBucket]),
    prefix,
    at,
    namesBucket,
    buckets: [bucket],
  };
}

const waysOf = (votes: readonly Vote[], lot: Lot): readonly Way[] =>
  votes.flatMap(({ delivered, displacement }) => {
    if (lot.mixed) return toMixedWay(delivered, lot.folder) ?? [];
    return displacement ? [toWay(delivered, displacement, lot.folder)] : [];
  });

/** Of files of which only the names tell in which folder below `AWSLogs` they were: where that was. */
function toMixedWay({ bucket, key }: ObjectRef, folder: LyingFolder): Way | undefined {
  const prefix = toDeliveryRoot(key);
  if (prefix === undefined) return undefined;
  const at = { bucket: folder.bucket, prefix: folder.key };
  const id = JSON.stringify([at.bucket, at.prefix, prefix, 'mixed']);
  return { id, prefix, at, namesBucket: false, buckets: [bucket] };
}

/** Whether a lot that was moved in two ways lies below the same account in both: only what is above that differs. */
function isMerged(lot: Lot, a: Way, b: Way): boolean {
  const belowAccount = ({ prefix, at }: Way) => {
    const folder = parseAccountFolder(`${prefix}${lot.folder.key.slice(at.prefix.length)}`);
    return folder && `${folder.accountId}/${folder.below}`;
  };
  return belowAccount(a) === belowAccount(b);
}

/** What most say; of as many, what was said first. */
function majority(votes: readonly Vote[], lot: Lot): Way | undefined {
  const counts = new Map<string, Way>();
  for (const way of waysOf(votes, lot)) {
    const known = counts.get(way.id);
    counts.set(way.id, known ? { ...known, buckets: [...known.buckets, ...way.buckets] } : way);
  }
  return [...counts.values()].sort((a, b) => b.buckets.length - a.buckets.length)[0];
}

/** What all say, but for their prefixes and organizations, unless it is that nothing was moved. */
function unanimous(votes: readonly Vote[], lot: Lot): Way | undefined {
  if (votes.some((vote) => isInPlace(vote) || !vote.displacement)) return undefined;
  const found = majority(votes, lot);
  return found && waysOf(votes, lot).every((way) => isMerged(lot, way, found)) ? found : undefined;
}

/** Gives lots of which no digest can be read the way of all others in their `AWSLogs`, where these have one. */
function inherit(polls: readonly Poll[]): readonly Poll[] {
  const ways = new Map<string, Way | 'several'>();
  for (const { lot, votes, winner } of polls) {
    if (!lot.root || votes.length === 0) continue;
    const root = toPath(lot.root);
    const known = ways.get(root) ?? winner;
    const isSame = winner !== undefined && known !== undefined && known !== 'several' && known.id === winner.id;
    ways.set(root, isSame ? winner : 'several');
  }
  return polls.map((poll) => {
    const way = poll.votes.length === 0 && poll.lot.root ? ways.get(toPath(poll.lot.root)) : undefined;
    return way === undefined || way === 'several' ? poll : { ...poll, winner: way };
  });
}

async function wayOfLogs(
  lot: Lot,
  logs: readonly ObjectRef[],
  polls: readonly Poll[],
  { store }: SampleTools,
): Promise<Way | undefined> {
  const { kinds } = lot;
  const likely = logs.filter(({ key }) => kinds.some((kind) => key.includes(`/${kind}/`)));
  const found = await findLogs(lot, likely.slice(0, LOGS_LOOKED_FOR), store);
  if (!found) return undefined;
  const delivered = besideDigests(found.delivered, polls);
  const displacement = displacementOf(toPath(delivered), toPath(found.lies));
  if (!displacement || (lot.folder.bucket !== '' && isInPlace({ displacement }))) return undefined;
  return lot.mixed ? toMixedWay(delivered, lot.folder) : toWay(delivered, displacement, lot.folder);
}

/** A log below the prefix that digests are read below with which those of its own prefix were put together. */
function besideDigests(log: ObjectRef, polls: readonly Poll[]): ObjectRef {
  const own = toDeliveryRoot(log.key);
  const isOwn = ({ delivered }: Vote) => delivered.bucket === log.bucket && toDeliveryRoot(delivered.key) === own;
  const poll = polls.find(({ winner, votes }) => winner && votes.some(isOwn));
  const { lot, winner } = poll ?? {};
  if (own === undefined || !lot || !winner) return log;
  const { bucket, key } = rootOf(lot, winner);
  return key === own ? log : { bucket, key: `${key}${log.key.slice(own.length)}` };
}

/** The bucket, and what keys have before the account, of a lot that was moved in some way. */
function rootOf({ folder, mixed }: Lot, { prefix, at, buckets: [bucket = ''] }: Way): ObjectRef {
  const key = `${prefix}${folder.key.slice(at.prefix.length)}`;
  return { bucket, key: mixed ? prefix : (toDeliveryRoot(key) ?? prefix) };
}

const toMovedLots = ({ way, buckets, lots, merged }: Group): MovedLots => {
  const [first = '', ...others] = [...buckets]
    .sort(([a, m], [b, n]) => n - m || compareUtf8(a, b))
    .map(([bucket]) => bucket);
  const { prefix, at, namesBucket } = way;
  return { buckets: [first, ...others], prefix, at, namesBucket, lots, merged: [...merged.values()] };
};
