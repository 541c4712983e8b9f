import { STALE_FAILURE_AGE } from '../../../src/core/coverage/coverage.js';
import type { ChainId } from '../../../src/core/objects/chain-id.js';
import { HOUR, type Interval, MINUTE } from '../../../src/core/time/instant.js';
import { compareWorlds } from '../tamper/what-was-done.js';
import { type LivingObject, worldAt } from './living-world.js';
import type { Scene } from './scene.js';
import type { World } from './world.js';

/** What was done to a world. */
export class Deed {
  readonly scene: Scene;
  readonly world: World;
  /** Of what had been delivered, all that is gone or says something else. */
  readonly touched: readonly LivingObject[];

  constructor(scene: Scene, world: World) {
    this.scene = scene;
    this.world = world;
    const evidence = scene.delivered.filter(({ type }) => type !== 'other');
    const states = compareWorlds(worldAt({ ...scene.living, objects: evidence }, scene.living.until), world);
    const touched = new Set(
      states.filter(({ state }) => state === 'changed' || state === 'deleted').map(({ ref }) => placeOf({ ref })),
    );
    this.touched = evidence.filter((object) => touched.has(placeOf(object)));
  }

  readonly isLeft = ({ ref }: LivingObject): boolean => this.world.buckets.get(ref.bucket)?.has(ref.key) ?? false;

  /** Whether a log was delivered in the time asked for, and a digest must list it by when the newest digest that is left was delivered. */
  isDue(log: LivingObject): boolean {
    const { scene } = this;
    const ends = scene.delivered.flatMap((each) => (each.type === 'digest' && this.isLeft(each) ? [endOf(each)] : []));
    const lookedAt = scene.isOfNow ? scene.now : Math.max(...ends) + 26 * MINUTE;
    return isWellWithin(log, scene.time) && isListed(log, scene) && log.at + 2 * HOUR + 5 * MINUTE <= lookedAt;
  }

  /** What had been delivered for the same trail, account and region, and is left. */
  leftWith({ chain }: LivingObject): readonly LivingObject[] {
    return this.scene.delivered.filter((each) => each.chain === chain && this.isLeft(each));
  }

  /** Whether anything is left of the time asked for that CloudTrail delivered for a trail in an account and region, and that is looked at. */
  isInQuestion(chain: ChainId): boolean {
    const { scene } = this;
    return scene.delivered.some(
      (each) =>
        each.chain === chain &&
        this.isLeft(each) &&
        (isDigest(each) ? touches(each, scene.time) : scene.request.auditUnreferenced && this.isDue(each)),
    );
  }

  /** Of what was touched, that which "verified" must not pass over. */
  get unsilent(): readonly LivingObject[] {
    return this.touched.filter(
      (object) =>
        object.chain &&
        this.scene.selects(object.chain) &&
        !Object.values(SILENCES).some((isSilent) => isSilent(object, this)),
    );
  }
}

const placeOf = ({ ref }: Pick<LivingObject, 'ref'>): string => `${ref.bucket}/${ref.key}`;

type Silence = (object: LivingObject, deed: Deed) => boolean;

const isDigest = ({ type }: LivingObject): boolean => type === 'digest' || type === 'backfill';
const endOf = ({ interval }: LivingObject): number => interval?.end ?? Number.NEGATIVE_INFINITY;

/** Whether the digest of a log had been delivered too. */
const isListed = ({ digest }: LivingObject, { delivered }: Scene): boolean =>
  digest !== undefined && delivered.some(({ ref }) => placeOf({ ref }) === placeOf({ ref: digest }));

/** A starting digest proves nothing of its hour: it tells that logging began with its end. */
const touches = ({ interval, isStarting }: LivingObject, { start, end }: Interval): boolean =>
  interval !== undefined && (isStarting ? interval.end - 1 : interval.start) < end && interval.end > start;

const liesIn = ({ interval }: LivingObject, { start, end }: Interval): boolean =>
  interval !== undefined && interval.start >= start && interval.end <= end;

/** Whether a log was delivered in a time, by whatever its name may make of that. */
const isWellWithin = ({ at }: LivingObject, { start, end }: Interval): boolean =>
  at - 10 * MINUTE >= start && at + 40 * MINUTE <= end;

/**
 * All that the help and SECURITY name as silent: what may be gone, or be something else, in a run over a time that is bounded at
 * both ends and that says "verified". Nothing else may.
 */
export const SILENCES: { readonly [name: string]: Silence } = {
  'what lies outside of the time asked for': (object, { scene }) =>
    isDigest(object) ? !touches(object, scene.time) : !liesIn(object, scene.time),
  'a log that no digest lists yet': (object, { scene }) => !isDigest(object) && !isListed(object, scene),
  'the newest digests, as long as they may be late': (object, deed) => {
    if (object.type === 'backfill' || object.type === 'late-log') return false;
    const left = deed.leftWith(object).flatMap((each) => (each.type === 'digest' ? endOf(each) : []));
    // The first of a new trail may be late too.
    const newest = left.length > 0 ? Math.max(...left) : endOf(object) - 1;
    return endOf(object) > newest && deed.scene.now - newest <= STALE_FAILURE_AGE;
  },
  'the newest backfill digests': (object, deed) =>
    (object.type === 'backfill' || object.type === 'late-log') &&
    !deed.leftWith(object).some((each) => each.type === 'backfill' && endOf(each) >= endOf(object)),
  'a trail in an account and region of which nothing is left': (object, deed) =>
    !deed.leftWith(object).some((each) => isDigest(each) || (deed.scene.request.auditUnreferenced && deed.isDue(each))),
};
