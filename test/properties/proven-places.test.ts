import fc from 'fast-check';
import { describe } from 'vitest';
import type { VerifyRequest } from '../../src/app/run/verify-trails.js';
import { type ChainId, formatChainId } from '../../src/core/objects/chain-id.js';
import type { VerifyEvent } from '../../src/core/report/verify-events.js';
import type { Interval } from '../../src/core/time/instant.js';
import { anyPlanting, anyTaking, plant, type Taking, takeAll, takenBy } from '../support/worlds/acts.js';
import { broken, holds } from '../support/worlds/holds.js';
import type { LivingObject } from '../support/worlds/living-world.js';
import { anyBoundedScene, anyScene, Scene, type ScenePlan } from '../support/worlds/scene.js';
import { Deed } from '../support/worlds/silent.js';
import { tell } from '../support/worlds/tell.js';
import { ACCOUNTS, REGIONS } from '../support/worlds/world-plan.js';

/** What puts trails in question, besides a time. */
const anyQuestion = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: 'time' as const }) },
  fc.record({ type: fc.constant('account' as const), accountId: fc.constantFrom(...ACCOUNTS) }),
  fc.record({ type: fc.constant('region' as const), region: fc.constantFrom(...REGIONS) }),
  fc.record({ type: fc.constant('arn' as const), chain: fc.nat(9) }),
);
type Question = typeof anyQuestion extends fc.Arbitrary<infer T> ? T : never;

const KINDS: Extract<Taking, { act: 'take-kind' }>['what'][] = ['digest', 'backfill', 'log', 'late-log'];
/** Takes away all of some kinds that was delivered of a chain. */
const anyEmptying = fc
  .record({
    chain: fc.nat(9),
    kinds: fc.subarray(KINDS, { minLength: 1 }),
  })
  .map(({ chain, kinds }) => kinds.map((what): Taking => ({ act: 'take-kind', chain, what })));

/** Trails that log on and on, asked for a time in which they did: verified, before something is done to them. */
const anyQuietScene = anyBoundedScene.map((plan): ScenePlan => {
  const trails = plan.world.trails.map((trail) => ({
    ...trail,
    runs: trail.runs.slice(0, 1).map((run) => ({ ...run, hours: run.hours + 3 })),
    isStillLogging: true,
    move: undefined,
    joinsLater: 0,
    leavesEarlier: 0,
  }));
  const { from = 0, to = 0 } = plan.request;
  const request = { ...plan.request, from: 300 + (Math.abs(from) % 60), to: 300 + to / 2, hasMaxAge: false };
  return { ...plan, world: { ...plan.world, trails }, request, metadata: 'kept' };
});

const anyDeed = fc.record({
  plan: fc.oneof(anyBoundedScene, anyScene, { weight: 4, arbitrary: anyQuietScene }),
  question: anyQuestion,
  takings: fc
    .array(
      fc.oneof(
        anyTaking.map((taking) => [taking]),
        anyEmptying,
      ),
      { maxLength: 3 },
    )
    .map((many) => many.flat()),
  plantings: fc.oneof(fc.constant([]), fc.array(anyPlanting, { maxLength: 2 })),
});

describe('what is verified where trails are in question', () => {
  holds(
    'is proven by hourly digests in every place that is left',
    anyDeed,
    async ({ plan, question, takings, plantings }) => {
      const { from, to, hasMaxAge } = plan.request;
      fc.pre(question.type !== 'time' || from !== undefined || to !== undefined || hasMaxAge);
      const scene = new Scene(plan);
      const world = scene.world();
      const taken = takings.flatMap((taking) => takenBy(taking, scene.living, scene.delivered));
      takeAll(world, taken);
      for (const planting of plantings) plant(world, planting, scene.living, scene.delivered);
      const asked = ask(question, scene);
      const { outcome, events, findings } = await scene.verifyAs(world, { ...scene.request, ...asked });
      if (outcome !== 'verified') return;
      const deed = new Deed(scene, world);
      const selected = scene.living.chains.filter((chain) => scene.selects(chain) && isOf(asked, chain));
      const inQuestion = selected.filter((chain) => deed.isInQuestion(chain));
      const proven = provenIn(events, scene.time);
      const unproven = [
        ...inQuestion.filter((chain) => !proven.some((each) => formatChainId(each) === formatChainId(chain))),
        // Names of logs do not tell the trail.
        ...(asked.trail || scene.request.trails ? [] : selected.filter((chain) => hasDueLogs(chain, deed))).filter(
          ({ accountId, region }) => !proven.some((each) => each.accountId === accountId && each.region === region),
        ),
      ];
      if (unproven.length > 0)
        throw broken('verified, and nothing is proven of', ...unproven.map(formatChainId), ...tell(findings));
      if (proven.length === 0) throw broken('verified, though nothing is proven of any trail', ...tell(findings));
    },
    100,
  );
});

/** The part of the request that asks a question of a world. */
function ask(question: Question, { living }: Scene): Pick<VerifyRequest, 'expectAccounts' | 'expectRegions' | 'trail'> {
  if (question.type === 'account') return { expectAccounts: [question.accountId] };
  if (question.type === 'region') return { expectRegions: [question.region] };
  const chain = living.chains[question.type === 'arn' ? question.chain % Math.max(1, living.chains.length) : -1];
  if (!chain) return {};
  const { accountId, homeRegion, trailName } = chain;
  const text = `arn:aws:cloudtrail:${homeRegion}:${accountId}:trail/${trailName}`;
  return { trail: { arn: { text, homeRegion, accountId, trailName }, isMultiRegion: false } };
}

/** Whether a chain may belong to the trail that is asked for. */
const isOf = ({ trail }: Pick<VerifyRequest, 'trail'>, { accountId, trailName, homeRegion }: ChainId): boolean =>
  !trail ||
  (trail.arn.accountId === accountId && trail.arn.trailName === trailName && trail.arn.homeRegion === homeRegion);

const provenIn = (events: readonly VerifyEvent[], { start, end }: Interval): readonly ChainId[] =>
  events.flatMap((event) =>
    event.type === 'chain' &&
    event.report.chain.kind === 'standard' &&
    event.report.coverage.some((part) => part.state === 'proven' && part.start < end && part.end > start)
      ? [event.report.chain]
      : [],
  );

/** Whether logs of the time asked for are left of a chain that a digest must list by when the newest digest was delivered. */
const hasDueLogs = (chain: ChainId, deed: Deed): boolean =>
  deed.scene.delivered.some((each) => isLog(each) && each.chain === chain && deed.isLeft(each) && deed.isDue(each));

const isLog = ({ type }: LivingObject): boolean => type === 'log' || type === 'late-log';
