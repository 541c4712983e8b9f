import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { LINKED, plantDigest } from '../../support/tamper/plant-digest.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeyFile } from '../../support/worlds/write-world.js';

/* A digest without a signature, planted where it hides what is proven to have failed: the command says 1, and not 2. */

const temporaryFolder = temporaryFolders();
const START = Date.parse('2026-03-01T00:01:31Z');
const HOURS = 14;
const at = (hour: number): Instant => START + hour * HOUR;
const NOW = at(HOURS) + 45 * MINUTE;

function archive() {
  const world = emptyWorld();
  const place = { bucket: 'trails', accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
  const chain = forgeChain(world, { ...place, trailName: 'main', start: START, hours: HOURS, logsPerHour: 1 });
  return { world, chain };
}

/** The exit status, and the codes of what is found. */
async function verify(world: World, flags: readonly string[]) {
  const folder = temporaryFolder();
  const [copy, keys] = [path.join(folder, 'archive'), path.join(folder, 'keys.json')];
  await writeArchive(world, copy, { layout: 'flat', sidecars: true });
  await writeKeyFile(world, keys);
  const run = await runMain(['verify', copy, '--keys', keys, '--format', 'json', ...flags], NOW, { env: {} });
  const { findings }: Report = JSON.parse(run.stdout);
  return { status: run.status, codes: findings.map(({ code }) => code) };
}

it('beside the digest that covers the end of the time asked for', async () => {
  const { world, chain } = archive();
  const range = ['--from', '2026-03-01T01:00:00Z', '--to', '2026-03-01T12:00:00Z'];
  modifyLog(world, logAt(chain, 11, 0).ref);
  plantDigest(world, digestAt(chain, 11), Date.parse('2026-03-01T12:00:30Z'));
  const { status, codes } = await verify(world, range);
  expect({ status, codes }).toEqual({ status: 1, codes: ['log-modified', 'digest-signature-missing'] });
});

it('in the place of the digest that covers the end of the time asked for', async () => {
  const { world, chain } = archive();
  plantDigest(world, digestAt(chain, 11), at(12));
  const { status, codes } = await verify(world, ['--to', '2026-03-01T12:00:00Z']);
  expect(status).toBe(1);
  expect(codes).toContain('digest-link-mismatch');
});

describe('after the newest digests that are left', () => {
  function truncated() {
    const { world, chain } = archive();
    for (let hour = 8; hour < HOURS; hour += 1) {
      deleteObject(world, digestAt(chain, hour).ref);
      deleteObject(world, logAt(chain, hour, 0).ref);
    }
    plantDigest(world, digestAt(chain, 7), at(HOURS), LINKED);
    return world;
  }

  it.each([[['--to', 'now']], [['--max-age', '3h']]])('with %s', async (flags) => {
    const { status, codes } = await verify(truncated(), flags);
    expect({ status, codes }).toEqual({ status: 1, codes: ['digest-signature-missing', 'chain-ends-early'] });
  });
});
