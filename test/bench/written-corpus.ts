import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PublicKeyRecord } from '../../src/ports/key-source.js';
import { emptyWorld, putObject, type World, type WorldTrail } from '../support/worlds/world.js';

/** A corpus in a folder, and what the files do not say. */
export interface WrittenCorpus {
  /** Holds a folder named after the bucket. */
  readonly root: string;
  /** A file of public keys. */
  readonly keys: string;
  readonly bucket: string;
  readonly logs: number;
  readonly digests: number;
  readonly from: number;
  readonly to: number;
  readonly storedBytes: number;
  /** The metadata of the objects that have some, by key. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Their bytes in base64. */
  readonly publicKeys: readonly (Omit<PublicKeyRecord, 'der'> & { readonly der: string })[];
  readonly trail: WorldTrail;
}

/** The corpus as a world to serve, all in memory. */
export async function readCorpus(description: string): Promise<World> {
  const corpus = JSON.parse(await readFile(description, 'utf8')) as WrittenCorpus;
  const world = emptyWorld();
  const folder = path.join(corpus.root, corpus.bucket);
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const keys = files
    .filter((file) => file.isFile())
    .map((file) => path.relative(folder, path.join(file.parentPath, file.name)).split(path.sep).join('/'));
  for (const key of keys.sort()) {
    const body = readFileSync(path.join(folder, key));
    putObject(world, corpus.bucket, key, { body, metadata: corpus.metadata[key] ?? {} });
  }
  world.trails.push(corpus.trail);
  world.publicKeys.push(...corpus.publicKeys.map((key) => ({ ...key, der: Buffer.from(key.der, 'base64') })));
  return world;
}
