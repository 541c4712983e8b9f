import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../forge/forge.js';
import { forgeQueryResults } from '../forge/forge-query-results.js';
import { KEY_A, KEY_B } from '../forge/throwaway-keys.js';
import {
  appendToObject,
  deleteObject,
  modifyLog,
  rewriteDigest,
  stripMetadata,
  swapObjects,
} from '../tamper/tamper.js';
import { TAMPERED, verifyTampered } from '../tamper/tampered-archives.js';
import { emptyWorld, type World } from '../worlds/world.js';
import { writeArchive, writeKeyFile } from '../worlds/write-world.js';

/*
 * Writes the archives below testdata: one that is intact, and copies of a smaller one that are each tampered with in
 * one way, with the report that `trailproof verify` must give of them; and the saved results of a query. Run it after a change of the report on purpose,
 * and read the difference before you commit it: npm run testdata
 */

const ROOT = 'testdata';
const START = Date.parse('2026-03-01T00:01:31Z');
const TRAIL = {
  bucket: 'example-trail-logs',
  accountId: '111122223333',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
};

function forgeIntact(): World {
  const world = emptyWorld();
  const rotated = (hour: number) => (hour < 7 ? KEY_A : KEY_B);
  forgeChain(world, { ...TRAIL, region: 'us-east-1', start: START, hours: 12, logsPerHour: 2, key: rotated });
  forgeChain(world, { ...TRAIL, region: 'eu-west-1', start: START, hours: 12, logsPerHour: 1, key: rotated });
  return world;
}

function forgeSmall(): { world: World; chain: ForgedChain } {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...TRAIL, region: 'us-east-1', start: START, hours: 6, logsPerHour: 1 });
  return { world, chain };
}

const TAMPERINGS: Readonly<Record<(typeof TAMPERED)[number], (world: World, chain: ForgedChain) => void>> = {
  'log-modified': (world, chain) => modifyLog(world, logAt(chain, 2, 0).ref),
  'log-deleted': (world, chain) => deleteObject(world, logAt(chain, 2, 0).ref),
  'log-appended': (world, chain) => appendToObject(world, logAt(chain, 2, 0).ref, new TextEncoder().encode('more')),
  'digest-modified': (world, chain) =>
    rewriteDigest(world, digestAt(chain, 2).ref, (document) => {
      document.newestEventTime = document.digestEndTime;
    }),
  'digests-deleted': (world, chain) => {
    for (const hour of [2, 3]) deleteObject(world, digestAt(chain, hour).ref);
  },
  'digests-swapped': (world, chain) => swapObjects(world, digestAt(chain, 2).ref, digestAt(chain, 3).ref),
  'newest-deleted': (world, chain) => {
    for (const hour of [4, 5]) deleteObject(world, digestAt(chain, hour).ref);
  },
  'metadata-lost': (world) => stripMetadata(world),
};

/** What `aws s3 sync` copies of one query's results. */
function forgeSavedQuery(): World {
  const world = emptyWorld();
  forgeQueryResults(world, { bucket: 'example-lake-results', folder: '' });
  return world;
}

async function write(): Promise<void> {
  await rm(path.join(ROOT, 'archive'), { recursive: true, force: true });
  await rm(path.join(ROOT, 'tampered'), { recursive: true, force: true });
  const intact = forgeIntact();
  await writeArchive(intact, path.join(ROOT, 'archive'), { layout: 'buckets', sidecars: true });
  await writeKeyFile(intact, path.join(ROOT, 'keys.json'));
  await rm(path.join(ROOT, 'query-results'), { recursive: true, force: true });
  await writeArchive(forgeSavedQuery(), path.join(ROOT, 'query-results', 'export'), {
    layout: 'flat',
    sidecars: false,
  });
  await writeKeyFile(forgeSavedQuery(), path.join(ROOT, 'query-results', 'keys.json'));
  await writeKeyFile(forgeSmall().world, path.join(ROOT, 'tampered', 'keys.json'));
  for (const name of TAMPERED) {
    const { world, chain } = forgeSmall();
    TAMPERINGS[name](world, chain);
    const folder = path.join(ROOT, 'tampered', name);
    await writeArchive(world, path.join(folder, 'archive'), { layout: 'flat', sidecars: name !== 'metadata-lost' });
    await writeFile(path.join(folder, 'expected.json'), (await verifyTampered(name)).report);
  }
}

await write();
