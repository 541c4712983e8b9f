import fc from 'fast-check';
import type { VerifyRequest } from '../../../src/app/run/verify-trails.js';
import { STALE_FAILURE_AGE } from '../../../src/core/coverage/coverage.js';
import { type ChainId, formatChainId } from '../../../src/core/objects/chain-id.js';
import { HOUR, type Instant, type Interval, MINUTE } from '../../../src/core/time/instant.js';
import { type Run, verifyWorld } from '../run/verify-world.js';
import { setMetadata, stripMetadata } from '../tamper/tamper.js';
import { forgeWorld, type LivingObject, type LivingWorld, worldAt } from './living-world.js';
import { BEGINNING } from './timeline.js';
import type { World } from './world.js';
import { ACCOUNTS, anyWorld, REGIONS, type WorldPlan } from './world-plan.js';

/** What is asked of a world, whatever its trails are. */
export interface RequestPlan {
  /** Minutes after the beginning of the worlds. */
  readonly from?: number | undefined;
  /** Thousandths of the time from there, or from the beginning, until the world is looked at. */
  readonly to?: number | undefined;
  readonly hasMaxAge: boolean;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly trail?: string | undefined;
  /** Whether it is a copy, of which everything is listed, or a bucket. */
  readonly isCopy: boolean;
  readonly attributes: boolean;
}

/** How much of the metadata, and with it of the signatures, a copy has kept. */
export type Metadata = 'kept' | 'lost' | 'partly' | 'without algorithm';

/** A world, how it was copied, and what is asked of it at which time. */
export interface ScenePlan {
  readonly world: WorldPlan;
  readonly request: RequestPlan;
  readonly metadata: Metadata;
  /** Hours from when the world was looked at, or copied, to the run. */
  readonly later: number;
}

const optional = <T>(arbitrary: fc.Arbitrary<T>, freq = 5) => fc.option(arbitrary, { nil: undefined, freq });

const anyFrom = fc.integer({ min: -300, max: 1200 });
const anyTo = fc.nat(1000);

const anyFilter = {
  account: fc.option(fc.constantFrom(...ACCOUNTS), { nil: undefined, freq: 1 }),
  region: fc.option(fc.constantFrom(...REGIONS), { nil: undefined, freq: 1 }),
  trail: fc.option(fc.constantFrom('main', 'main-2', 'never'), { nil: undefined, freq: 1 }),
  isCopy: fc.boolean(),
  attributes: fc.boolean(),
};

const anyMetadata = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Metadata>('kept') },
  fc.constantFrom<Metadata>('lost', 'partly', 'without algorithm'),
);
const anyLater = fc.constantFrom(0, 5, 30 * 24);

/** Any world, asked anything. */
export const anyScene: fc.Arbitrary<ScenePlan> = fc.record({
  world: anyWorld,
  request: fc.record({ from: optional(anyFrom), to: optional(anyTo), hasMaxAge: fc.boolean(), ...anyFilter }),
  metadata: anyMetadata,
  later: anyLater,
});

/** Any world of which a time is asked that is bounded at both its ends. */
export const anyBoundedScene: fc.Arbitrary<ScenePlan> = fc.record({
  world: anyWorld,
  request: fc.oneof(
    fc.record({ from: anyFrom, to: anyTo, hasMaxAge: fc.constant(false), ...anyFilter }),
    fc.record({ from: anyFrom, hasMaxAge: fc.constant(true), ...anyFilter }),
  ),
  metadata: anyMetadata,
  later: anyLater,
});

/** A plan come to life. */
export class Scene {
  readonly living: LivingWorld;
  /** Everything that had been delivered when the world was looked at, or copied. */
  readonly delivered: readonly LivingObject[];
  /** When it is verified. */
  readonly now: Instant;
  readonly request: Omit<VerifyRequest, 'sources'>;
  readonly #metadata: Metadata;

  constructor({ world, request, metadata, later }: ScenePlan) {
    this.living = forgeWorld(world);
    const { objects, until } = this.living;
    this.delivered = objects.filter(({ at }) => at <= until);
    this.now = until + later * HOUR;
    this.request = toRequest(request, until);
    this.#metadata = metadata;
  }

  /** The world as it was found, anew at each call. */
  world(): World {
    const world = worldAt(this.living, this.living.until);
    if (this.#metadata === 'lost') stripMetadata(world);
    for (const [index, { ref, type }] of this.delivered.entries()) {
      if (type !== 'digest' && type !== 'backfill') continue;
      if (this.#metadata === 'partly' && index % 2 === 0) stripMetadata(world, ref);
      if (this.#metadata === 'without algorithm') setMetadata(world, ref, { 'signature-algorithm': undefined });
    }
    return world;
  }

  /** The time that is asked for, as far as the end of days. */
  get time(): Interval {
    const { from = Number.NEGATIVE_INFINITY, to = this.now } = this.request;
    return { start: from, end: to };
  }

  /** Whether what should be there now should be there, and not only what was there when the copy was made. */
  get isOfNow(): boolean {
    const { to = Number.NEGATIVE_INFINITY, maxAge, isLive = false } = this.request;
    return isLive || maxAge !== undefined || to >= this.now;
  }

  /** Whether a filter lets a chain through. */
  selects({ accountId, region, trailName }: ChainId): boolean {
    const { accounts, regions, trails } = this.request;
    return (
      (accounts?.includes(accountId) ?? true) &&
      (regions?.includes(region) ?? true) &&
      (trails?.includes(trailName) ?? true)
    );
  }

  /**
   * Whether somebody asked for digests of a chain that CloudTrail never delivered: its last one ended before the end that was
   * asked for, too long ago to be late. Then the chain "ends early", though nobody touched it.
   * @param isCopied whether an object is in the copy that was made of a part
   */
  isEndAskedTooLate(chain: ChainId, isCopied: (key: string) => boolean = () => true): boolean {
    const { to, maxAge } = this.request;
    const asked = to ?? (maxAge === undefined ? undefined : this.now);
    const id = formatChainId(chain);
    const ends = this.delivered.flatMap((each) =>
      each.type === 'digest' && each.chain && formatChainId(each.chain) === id && isCopied(each.ref.key)
        ? (each.interval?.end ?? [])
        : [],
    );
    const last = Math.max(...ends);
    return asked !== undefined && last < asked && this.now - last > (maxAge ?? STALE_FAILURE_AGE);
  }

  verify(world: World): Promise<Run> {
    return this.verifyAs(world, this.request);
  }

  /** Verifies what another one asks. */
  verifyAs(world: World, request: Omit<VerifyRequest, 'sources'>): Promise<Run> {
    return verifyWorld(world, { ...request, now: this.now });
  }
}

/** The request that a plan stands for, of a world that is looked at then. */
function toRequest(plan: RequestPlan, until: Instant): Omit<VerifyRequest, 'sources'> {
  const { from: begun, to: share, hasMaxAge, account, region, trail, isCopy, attributes } = plan;
  const from = begun === undefined ? undefined : Math.min(until - HOUR, BEGINNING + begun * MINUTE);
  const start = Math.min(from ?? BEGINNING, until - MINUTE);
  const to = share === undefined ? undefined : start + Math.ceil(((until - start) * share) / 1000 / MINUTE) * MINUTE;
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to: Math.max(to, start + MINUTE) }),
    ...(hasMaxAge && to === undefined && { maxAge: 3 * HOUR }),
    ...(account !== undefined && { accounts: [account] }),
    ...(region !== undefined && { regions: [region] }),
    ...(trail !== undefined && { trails: [trail] }),
    auditUnreferenced: isCopy,
    isLive: !isCopy,
    attribute: attributes,
  };
}
