import {
  type Place,
  type Relocation,
  Relocations,
  relocatedHasher,
  relocatedStore,
  relocatedVersions,
} from '../adapters/wrap/relocated-store.js';
import type { VerifyTools } from '../app/verify.js';
import type { OpenedSource } from './open.js';
import { UsageError } from './usage-error.js';

/**
 * Reads `FROM=TO`, each a bucket or a bucket and a folder in it, with or without `s3://`.
 * @param name what a message calls the setting
 * @throws {UsageError}
 */
export function toRelocation(name: string, text: string): Relocation {
  const [from, to, ...more] = text.split('=');
  const places = [from, to].map((place) => parsePlace(place ?? ''));
  const [source, target] = places;
  if (more.length > 0 || !source || !target)
    throw new UsageError(`${name} ${text}: write FROM=TO, each like BUCKET or BUCKET/PREFIX`);
  return { from: source, to: target };
}

function parsePlace(text: string): Place | undefined {
  const match = /^([^/]+)(?:\/(.*))?$/s.exec(text.replace(/^s3:\/\//i, ''));
  if (!match?.[1]) return undefined;
  const prefix = match[2] ?? '';
  return { bucket: match[1], prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}

export type RelocatedSource = OpenedSource & Pick<VerifyTools, 'unusedRelocations'>;

/**
 * A source as if its objects lay where they were delivered.
 * @param asked relocations as {@link toRelocation} reads them
 */
export function relocate(source: OpenedSource, asked: readonly string[]): RelocatedSource {
  if (asked.length === 0) return source;
  const relocations = asked.map((text) => ({ text, ...toRelocation('relocated', text) }));
  const places = new Relocations(relocations, source.store);
  const { versions } = source;
  return {
    ...source,
    unusedRelocations: () => relocations.filter((each) => !places.isUsed(each)).map(({ text }) => text),
    store: relocatedStore(source.store, places),
    hasher: relocatedHasher(source.hasher, places),
    ...(versions && { versions: relocatedVersions(versions, places) }),
    sources: source.sources.map((place) => places.toDelivered(place)),
  };
}
