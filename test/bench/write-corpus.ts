import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addTrail } from '../support/forge/forge.js';
import { writeArchive, writeKeyFile } from '../support/worlds/write-world.js';
import { forgeCorpus, MIXED } from './corpus.js';
import type { WrittenCorpus } from './written-corpus.js';

/** Where corpora lie, to be used again by later runs. */
export const CORPORA = path.join(tmpdir(), 'trailproof-bench');

/** Forges a corpus of so many logs and writes it to a folder, unless an earlier run has. */
export async function prepareCorpus(logs: number): Promise<WrittenCorpus> {
  const folder = path.join(CORPORA, `mixed-${logs}`);
  const description = path.join(folder, 'corpus.json');
  // Written last: a folder without it is of a run that was broken off.
  if (!existsSync(description)) await writeCorpus(logs, folder, description);
  return JSON.parse(await readFile(description, 'utf8')) as WrittenCorpus;
}

async function writeCorpus(logs: number, folder: string, description: string): Promise<void> {
  console.error(`forging ${logs} logs into ${folder}`);
  const { world, bucket, digests, from, to } = forgeCorpus(logs, MIXED);
  const trail = addTrail(world, {
    bucket,
    accountId: '111122223333',
    trailName: 'management-events',
    homeRegion: 'us-east-1',
  });
  const root = path.join(folder, 'archive');
  await mkdir(root, { recursive: true });
  await writeArchive(world, root, { layout: 'buckets', sidecars: false });
  const keys = path.join(folder, 'keys.json');
  await writeKeyFile(world, keys);
  const objects = [...(world.buckets.get(bucket) ?? [])];
  const corpus: WrittenCorpus = {
    root,
    keys,
    bucket,
    logs,
    digests,
    from,
    to,
    storedBytes: objects.reduce((sum, [, { body }]) => sum + body.length, 0),
    metadata: Object.fromEntries(
      objects.flatMap(([key, { metadata }]) => (Object.keys(metadata).length > 0 ? [[key, metadata]] : [])),
    ),
    publicKeys: world.publicKeys.map((key) => ({ ...key, der: Buffer.from(key.der).toString('base64') })),
    trail,
  };
  await writeFile(description, JSON.stringify(corpus));
}
