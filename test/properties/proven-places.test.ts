import fc from 'fast-check';
import { describe } from 'vitest';
import { type ChainId, formatChainId } from '../../src/core/chain.js';
import type { VerifyEvent } from '../../src/core/events.js';
import type { Interval } from '../../src/core/instant.js';
import { anyPlanting, anyTaking, plant, takeAll, takenBy } from '../support/worlds/acts.js';
import { broken, holds } from '../support/worlds/holds.js';
import { anyBoundedScene, anyScene, Scene } from '../support/worlds/scene.js';
import { Deed } from '../support/worlds/silent.js';
import { tell } from '../support/worlds/tell.js';

const anyDeed = fc.record({
  plan: fc.oneof(anyBoundedScene, anyScene),
  takings: fc.array(anyTaking, { maxLength: 3 }),
  plantings: fc.array(anyPlanting, { maxLength: 2 }),
});

describe('what is verified for a time', () => {
  holds('is proven by hourly digests in every place that is left', anyDeed, async ({ plan, takings, plantings }) => {
    const { from, to, hasMaxAge } = plan.request;
    fc.pre(from !== undefined || to !== undefined || hasMaxAge);
    const scene = new Scene(plan);
    const world = scene.world();
    const taken = takings.flatMap((taking) => takenBy(taking, scene.living, scene.delivered));
    takeAll(world, taken);
    for (const planting of plantings) plant(world, planting, scene.living, scene.delivered);
    const { outcome, events, findings } = await scene.verify(world);
    if (outcome !== 'verified') return;
    const deed = new Deed(scene, world);
    const inQuestion = scene.living.chains.filter((chain) => scene.selects(chain) && deed.isInQuestion(chain));
    const unproven = inQuestion.filter((chain) => !isProven(events, chain, scene.time));
    if (unproven.length > 0)
      throw broken('verified, and nothing is proven of', ...unproven.map(formatChainId), ...tell(findings));
    if (scene.living.chains.some((chain) => scene.selects(chain)) && inQuestion.length === 0)
      throw broken('verified, though no trail is left', ...tell(findings));
  });
});

const isProven = (events: readonly VerifyEvent[], chain: ChainId, { start, end }: Interval): boolean =>
  events.some(
    (event) =>
      event.type === 'chain' &&
      formatChainId(event.report.chain) === formatChainId(chain) &&
      event.report.coverage.some((part) => part.state === 'proven' && part.start < end && part.end > start),
  );
