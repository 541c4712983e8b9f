import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe } from 'vitest';
import { HOUR } from '../../src/core/time/instant.js';
import { verify } from '../../src/index.js';
import { anyCopy, type CopyPlan, filesOf, isCopied, isTold, ONE_DAY, writeFiles } from '../support/copies/copy-plan.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';
import { worldKeys } from '../support/run/verify-world.js';
import { broken, holds } from '../support/worlds/holds.js';
import { anyScene, Scene } from '../support/worlds/scene.js';
import { falseAlarms, tell } from '../support/worlds/tell.js';

const newFolder = temporaryFolders();
const anyCopied = fc.record({ plan: anyScene, copy: anyCopy });

describe('a copy of an archive that nobody touched', () => {
  holds('never fails, however it was made and whatever is asked of it', anyCopied, async ({ plan, copy }) => {
    const scene = new Scene(plan);
    const world = scene.world();
    fc.pre(isTold(world, copy));
    const source = newFolder();
    writeFiles(source, filesOf(world, copy));
    const { accounts, regions, trails } = scene.request;
    const { from, to, maxAge } = timeOf(scene, copy);
    const report = await verify({
      source,
      keys: worldKeys(world),
      now: new Date(scene.now),
      ...(from !== undefined && { from: new Date(from) }),
      ...(to !== undefined && { to: new Date(to) }),
      ...(maxAge !== undefined && { maxAge }),
      ...(accounts && { accounts }),
      ...(regions && { regions }),
      ...(trails && { trails }),
    });
    rmSync(source, { recursive: true });
    const alarms = falseAlarms(report.findings, scene, (key) => isCopied(key, copy));
    if (alarms.length > 0) throw broken(...tell(alarms));
  });
});

/** Nothing is asked of time that was not copied. */
function timeOf({ request }: Scene, { part }: CopyPlan): Pick<Scene['request'], 'from' | 'to' | 'maxAge'> {
  if (part !== 'one day') return request;
  const from = request.from === undefined ? undefined : Math.max(request.from, ONE_DAY.start);
  // Until when the last digest of the day has ended, whenever in the hour logging began.
  const to = request.to === undefined ? undefined : Math.min(request.to, ONE_DAY.end - HOUR);
  return (from ?? ONE_DAY.start) < (to ?? ONE_DAY.end) && (from ?? 0) < ONE_DAY.end
    ? { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
    : {};
}
