import fc from 'fast-check';
import { describe } from 'vitest';
import { anyEdit, applyEdits } from '../support/tamper/random-edits.js';
import { anyTaking, takeAll, takenBy } from '../support/worlds/acts.js';
import { broken, holds } from '../support/worlds/holds.js';
import { anyBoundedScene, Scene } from '../support/worlds/scene.js';
import { Deed } from '../support/worlds/silent.js';
import { tell } from '../support/worlds/tell.js';

describe('within bounds', () => {
  const anyDeed = fc.record({
    plan: anyBoundedScene,
    takings: fc.array(anyTaking, { maxLength: 2 }),
    edits: fc.array(anyEdit, { maxLength: 1 }),
  });

  holds('nothing is verified that was taken from or changed', anyDeed, async ({ plan, takings, edits }) => {
    const scene = new Scene(plan);
    const world = scene.world();
    const taken = takings.flatMap((taking) => takenBy(taking, scene.living, scene.delivered));
    takeAll(world, taken);
    applyEdits(world, edits);
    const { unsilent } = new Deed(scene, world);
    fc.pre(unsilent.length > 0);
    const { outcome, findings } = await scene.verify(world);
    if (outcome !== 'verified') return;
    throw broken('verified without', ...unsilent.map(({ ref }) => ref.key), 'but', ...tell(findings));
  });
});
