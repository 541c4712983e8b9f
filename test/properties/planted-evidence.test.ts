import fc from 'fast-check';
import { describe } from 'vitest';
import { anyEdit, applyEdits } from '../support/tamper/random-edits.js';
import { anyPlanting, anyTaking, plant, takeAll, takenBy } from '../support/worlds/acts.js';
import { broken, holds } from '../support/worlds/holds.js';
import { anyBoundedScene, Scene } from '../support/worlds/scene.js';
import { tell } from '../support/worlds/tell.js';

describe('within bounds', () => {
  const anyPlanted = fc.record({
    plan: anyBoundedScene,
    takings: fc.array(anyTaking, { maxLength: 1 }),
    edits: fc.array(anyEdit, { maxLength: 1 }),
    plantings: fc.array(anyPlanting, { minLength: 1, maxLength: 3 }),
  });

  holds(
    'nothing becomes verified by what CloudTrail did not sign',
    anyPlanted,
    async ({ plan, takings, edits, plantings }) => {
      const scene = new Scene(plan);
      const taken = takings.flatMap((taking) => takenBy(taking, scene.living, scene.delivered));
      const found = () => {
        const world = scene.world();
        takeAll(world, taken);
        applyEdits(world, edits);
        return world;
      };
      const world = found();
      for (const planting of plantings) plant(world, planting, scene.living, scene.delivered);
      const after = await scene.verify(world);
      if (after.outcome !== 'verified') return;
      const before = await scene.verify(found());
      if (before.outcome === 'verified') return;
      throw broken(
        `verified; without what was planted ${before.outcome}:`,
        ...tell(before.findings),
        'and with it only',
        ...tell(after.findings),
      );
    },
  );
});
