import { existsSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { UsageError } from '../compose/errors/usage-error.js';

const NAMES = ['trailproof.yaml', 'trailproof.yml', 'trailproof.json'];

/**
 * The configuration file in a folder; undefined where there is none. Folders above are not looked into: whoever may write
 * there would decide what is verified.
 * @throws {UsageError} where there are several
 */
export async function findConfigFile(folder: string): Promise<string | undefined> {
  // Most runs have none, and load nothing to find that out.
  const names = NAMES.filter((name) => existsSync(join(folder, name)));
  if (names.length === 0) return undefined;
  if (names.length > 1) throw new UsageError(`${names.join(' and ')} are both here: say which with --config`);
  const { lilconfig } = await import('lilconfig');
  const loaders = Object.fromEntries(NAMES.map((name) => [extname(name), () => ({})]));
  const search = { searchPlaces: NAMES, stopDir: folder, ignoreEmptySearchPlaces: false, loaders, cache: false };
  const found = await lilconfig('trailproof', search).search(folder);
  return found ? relative('', found.filepath) : undefined;
}
