import fc from 'fast-check';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant, type Interval, MINUTE } from '../../../src/core/time/instant.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { type ForgedDigest, forgeChain } from '../forge/forge.js';
import { plantDigest } from '../tamper/plant-digest.js';
import { appendToObject, copyObject, deleteObject, modifyLog, objectAt, stripMetadata } from '../tamper/tamper.js';
import { EVENTS_TRAIL } from './example-trails.js';
import { emptyWorld, putObject, type WorldObject } from './world.js';

const START = Date.parse('2026-03-01T00:01:31Z');

/** Something that happens to a trail and its bucket. Objects are named by a number, taken modulo how many there are, newest first. */
export type Act =
  | { readonly act: 'grow'; readonly hours: number }
  | { readonly act: 'restart'; readonly pause: number }
  | { readonly act: 'delete-newest'; readonly count: number }
  | { readonly act: 'delete-digest' | 'damage-digest' | 'strip-digest' | 'rename-digest'; readonly object: number }
  | { readonly act: 'delete-log' | 'modify-log' | 'deny'; readonly object: number }
  | { readonly act: 'plant-copy' | 'plant-unsigned'; readonly object: number; readonly shift: number }
  | { readonly act: 'put-back'; readonly object: number }
  | { readonly act: 'put-all-back' }
  | { readonly act: 'accept'; readonly hours: number };

/** The run after it. */
export interface Turn {
  readonly act: Act;
  readonly recheck: 0 | 0.2 | 1;
  /** Whether it dies before it could write the checkpoint. */
  readonly isKilled: boolean;
  /** Whether it is asked for a time that ends now. */
  readonly isUntilNow: boolean;
}

/** Mostly near the end of the chain. */
const object = fc.oneof(fc.nat(3), fc.nat(60));
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('grow' as const), hours: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('restart' as const), pause: fc.integer({ min: 5, max: 400 }) }),
  },
  fc.record({ act: fc.constant('delete-newest' as const), count: fc.integer({ min: 1, max: 3 }) }),
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom('delete-digest' as const, 'damage-digest', 'strip-digest', 'rename-digest'),
      object,
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('delete-log' as const, 'modify-log', 'deny'), object }) },
  fc.record({
    act: fc.constantFrom('plant-copy' as const, 'plant-unsigned'),
    object,
    shift: fc.integer({ min: -400, max: 400 }),
  }),
  { weight: 3, arbitrary: fc.record({ act: fc.constant('put-back' as const), object }) },
  fc.constant({ act: 'put-all-back' as const }),
  fc.record({ act: fc.constant('accept' as const), hours: fc.integer({ min: 1, max: 6 }) }),
);

/** What happens to a trail, run by run. */
export const anyHistory: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.record({
    act: anyAct,
    recheck: fc.constantFrom(0 as const, 0 as const, 0.2 as const, 1 as const),
    isKilled: fc.nat(5).map((number) => number === 0),
    isUntilNow: fc.nat(3).map((number) => number === 0),
  }),
  { minLength: 2, maxLength: 14 },
);

/** A trail that is delivered hour by hour, and what is done to it. */
export class LivingTrail {
  readonly world = emptyWorld();
  /** As CloudTrail delivered them, oldest first. */
  readonly digests: ForgedDigest[] = [];
  /** Keys of digests that CloudTrail began a run with: they prove nothing of their hour. */
  readonly starting = new Set<string>();
  /** Until when everything is accepted that a policy can accept. */
  acceptedUntil: Instant = 0;
  readonly #originals = new Map<string, WorldObject>();
  readonly #denied = new Set<string>();
  #end = START;

  constructor() {
    this.#deliver(4, false);
  }

  /** A while after the last delivery. */
  get now(): Instant {
    return this.#end + 45 * MINUTE;
  }

  /** What is refused is refused until the next act. */
  get store(): ObjectStore {
    const store = memoryStore(this.world.buckets);
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const isDenied = ({ key }: ObjectRef) => this.#denied.has(key);
    return {
      ...store,
      get: async (ref, maxBytes) => (isDenied(ref) ? { status: 'denied', refusal } : store.get(ref, maxBytes)),
      open: async (ref, maxBytes) => (isDenied(ref) ? { status: 'denied', refusal } : store.open(ref, maxBytes)),
    };
  }

  isGone(key: string): boolean {
    return !isThere(this.world.buckets, { bucket: EVENTS_TRAIL.bucket, key });
  }

  /** The time that each refused object is about. */
  get denied(): readonly Interval[] {
    return [...this.#denied].map((key) => this.timeOf(key));
  }

  do(act: Act): void {
    this.#denied.clear();
    const { world } = this;
    if (act.act === 'grow') this.#deliver(act.hours, true);
    else if (act.act === 'restart') this.#restart(act.pause);
    else if (act.act === 'delete-newest') for (const { ref } of this.digests.slice(-act.count)) this.#remove(ref);
    else if (act.act === 'put-all-back') for (const key of this.changed.keys()) this.#putBack(key);
    else if (act.act === 'accept') this.acceptedUntil = this.now + act.hours * HOUR;
    else if (act.act === 'put-back') this.#putBack(pick([...this.changed.keys()], act.object));
    else {
      const digest = pick(this.digests.toReversed(), act.object);
      const log = digest?.logs[0];
      if (!digest || this.changed.has(digest.ref.key)) return;
      const { ref } = digest;
      if (act.act === 'delete-digest') deleteObject(world, ref);
      if (act.act === 'damage-digest') appendToObject(world, ref, Uint8Array.of(1));
      if (act.act === 'strip-digest') stripMetadata(world, ref);
      if (act.act === 'rename-digest') {
        copyObject(world, ref, { ...ref, key: toDigestKey({ ...digest.key, endTime: digest.key.endTime + MINUTE }) });
        deleteObject(world, ref);
      }
      if (act.act === 'plant-copy' || act.act === 'plant-unsigned') this.#plant(act.act, digest, act.shift);
      if (act.act === 'deny') this.#denied.add(log && act.object % 2 === 1 ? log.ref.key : ref.key);
      if (log && !this.changed.has(log.ref.key)) {
        if (act.act === 'delete-log') deleteObject(world, log.ref);
        if (act.act === 'modify-log') modifyLog(world, log.ref);
      }
    }
  }

  get objects(): ReadonlyMap<string, WorldObject> {
    return this.world.buckets.get(EVENTS_TRAIL.bucket) ?? new Map();
  }

  /** The objects that are not as CloudTrail delivered them, planted ones among them, with the time that each is about. */
  get changed(): ReadonlyMap<string, Interval> {
    const { objects } = this;
    const all = new Set([...this.#originals.keys(), ...objects.keys()]);
    const keys = [...all].filter((key) => this.#originals.get(key) !== objects.get(key));
    return new Map(keys.map((key) => [key, this.timeOf(key)]));
  }

  /** The time that an object is about: of a planted one by its name. */
  timeOf(key: string): Interval {
    const digest = this.digests.find(({ ref, logs }) => ref.key === key || logs.some((log) => log.ref.key === key));
    if (digest) return digest.interval;
    const [, date = '', time = ''] = /_(\d{8})T(\d{6})Z\.json\.gz$/.exec(key) ?? [];
    const end = Date.parse(
      `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`,
    );
    return { start: end - HOUR, end };
  }

  #deliver(hours: number, isLinked: boolean, start = this.#end): void {
    const previous = this.digests.at(-1);
    const { digests } = forgeChain(this.world, {
      ...EVENTS_TRAIL,
      start,
      hours,
      // A starting digest lists no logs.
      logsPerHour: (hour) => (!isLinked && hour === 0 ? 0 : 1),
      recordsPerLog: 1,
      ...(isLinked && previous && { previous }),
    });
    this.digests.push(...digests);
    if (!isLinked && digests[0]) this.starting.add(digests[0].ref.key);
    for (const { ref, logs } of digests)
      for (const each of [ref, ...logs.map((log) => log.ref)])
        this.#originals.set(each.key, objectAt(this.world, each));
    this.#end = start + hours * HOUR;
  }

  /** The starting digest covers the hour before logging begins again. */
  #restart(pause: number): void {
    this.#deliver(2, false, this.#end + pause * MINUTE - HOUR);
  }

  #remove(ref: ObjectRef): void {
    if (isThere(this.world.buckets, ref)) deleteObject(this.world, ref);
  }

  #putBack(key: string | undefined): void {
    if (key === undefined) return;
    const original = this.#originals.get(key);
    if (original) putObject(this.world, EVENTS_TRAIL.bucket, key, original);
    else this.world.buckets.get(EVENTS_TRAIL.bucket)?.delete(key);
  }

  #plant(act: 'plant-copy' | 'plant-unsigned', digest: ForgedDigest, shift: number): void {
    const endTime = digest.key.endTime + shift * MINUTE + 1000;
    if (act === 'plant-unsigned') plantDigest(this.world, digest, endTime);
    else copyObject(this.world, digest.ref, { ...digest.ref, key: toDigestKey({ ...digest.key, endTime }) });
  }
}

const isThere = (buckets: ReadonlyMap<string, ReadonlyMap<string, WorldObject>>, { bucket, key }: ObjectRef): boolean =>
  buckets.get(bucket)?.has(key) === true;

const pick = <T>(all: readonly T[], number: number): T | undefined => all[number % Math.max(1, all.length)];
