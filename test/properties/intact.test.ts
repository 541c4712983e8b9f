import { describe } from 'vitest';

import { broken, holds } from '../support/worlds/holds.js';
import { anyScene, Scene } from '../support/worlds/scene.js';
import { falseAlarms, tell } from '../support/worlds/tell.js';

describe('an archive that nobody touched', () => {
  holds('never fails, whatever it has lost of its metadata and whatever is asked of it', anyScene, async (plan) => {
    const scene = new Scene(plan);
    const { findings } = await scene.verify(scene.world());
    const alarms = falseAlarms(findings, scene);
    if (alarms.length > 0) throw broken(...tell(alarms));
  });
});
