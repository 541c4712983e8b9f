import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { ChainHistory } from '../../core/checkpoint/checkpoint.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import { DAY, HOUR, type Instant, type Interval } from '../../core/time/instant.js';
import { mergeIntervals } from '../../core/time/intervals.js';

/** How much of the time that was verified before is verified again in each run. */
export type Recheck =
  /** This part of it, above 0 and up to 1. */
  | { readonly share: number }
  /** So much that all of it has its turn within this time, in milliseconds. */
  | { readonly within: number };

/** How the hours to be verified again are chosen. */
export interface RecheckRule {
  /** Part of a chain's hours, above 0 and up to 1. A run takes one hour at least. */
  readonly share: number;
  /** Secret, so that nobody can predict which hours have their turn. */
  readonly salt: string;
}

/** The hours of a chain that have their turn. */
export interface Turn {
  readonly hours: readonly Interval[];
  /** The last of them; absent where there is none. */
  readonly last?: Instant;
}

/** Hours that have their turn together, so that few listings are needed. */
const BLOCK = 6 * HOUR;
const BLOCKS_A_DAY = DAY / BLOCK;
/** Bytes of a hash that make the place of a block. */
const PLACE_BYTES = 6;

/**
 * The hours before the anchor's that are verified again: the next ones in an order that the salt decides. All hours have had
 * their turn after `1 / share` runs, then the order begins again; hours that come in meanwhile find their place in it.
 * @param from where the time asked for begins
 */
export function hoursDue(
  chain: ChainId,
  { since, anchor, rechecked }: ChainHistory,
  from: Instant | undefined,
  { share, salt }: RecheckRule,
): Turn {
  const time = { start: Math.max(since, from ?? since), end: anchor.start };
  const placeOf = placesOf(`${salt} ${formatChainId(chain)}`);
  const hours = hoursOf(time).sort((a, b) => placeOf(a) - placeOf(b) || a - b);
  const wanted = Math.max(1, Math.ceil(share * hours.length));
  const isAfter = (hour: Instant, other: Instant) =>
    placeOf(hour) > placeOf(other) || (placeOf(hour) === placeOf(other) && hour > other);
  const next = rechecked === undefined ? 0 : hours.findIndex((hour) => isAfter(hour, rechecked));
  const first = next === -1 || wanted === hours.length ? 0 : next;
  const taken = hours.slice(first, first + wanted);
  const last = taken.at(-1);
  return {
    hours: mergeIntervals(
      taken.map((hour) => ({ start: Math.max(hour, time.start), end: Math.min(hour + HOUR, time.end) })),
    ),
    ...(last !== undefined && { last }),
  };
}

/** The beginnings of the hours that make up that time, counted from its end: there a digest begins. */
function hoursOf({ start, end }: Interval): Instant[] {
  const count = Math.max(0, Math.ceil((end - start) / HOUR));
  return Array.from({ length: count }, (_, index) => end - (index + 1) * HOUR);
}

/** Gives the block of an hour its place in the order: a number that nobody without the salt can know. */
function placesOf(salt: string): (hour: Instant) => number {
  const known = new Map<number, readonly number[]>();
  return (hour) => {
    const block = Math.floor(hour / BLOCK);
    const day = Math.floor(block / BLOCKS_A_DAY);
    const places = known.get(day) ?? placesOfDay(`${salt} ${day * DAY}`);
    known.set(day, places);
    return places[block - day * BLOCKS_A_DAY] ?? 0;
  };
}

function placesOfDay(day: string): readonly number[] {
  const hash = sha256(utf8ToBytes(day));
  return Array.from({ length: BLOCKS_A_DAY }, (_, index) =>
    hash.subarray(index * PLACE_BYTES, (index + 1) * PLACE_BYTES).reduce((number, byte) => number * 256 + byte, 0),
  );
}
