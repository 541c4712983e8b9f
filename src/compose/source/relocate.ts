import { parseRelocation, type Relocation } from '../../core/places/displacement.js';
import { UsageError } from '../errors/usage-error.js';

/**
 * Reads `FROM=TO`, each a bucket or a bucket and a folder in it, with or without `s3://`; of a folder on disk, TO is a path in it.
 * @param name what a message calls the setting
 * @throws {UsageError}
 */
export function toRelocation(name: string, text: string): Relocation {
  const relocation = parseRelocation(text);
  if (!relocation) throw new UsageError(`${name} ${text}: write FROM=TO, each like BUCKET or BUCKET/PREFIX`);
  return relocation;
}
