import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { UsageError } from '../compose/errors/usage-error.js';

const NAMES = ['trailproof.yaml', 'trailproof.yml', 'trailproof.json'];

/**
 * The configuration file in a folder; undefined where there is none. Folders above are not looked into: whoever may write
 * there would decide what is verified.
 * @throws {UsageError} where there are several
 */
export async function findConfigFile(folder: string): Promise<string | undefined> {
  const [name, ...more] = NAMES.filter((each) => existsSync(join(folder, each)));
  if (more.length > 0) throw new UsageError(`${[name, ...more].join(' and ')} are both here: say which with --config`);
  return name === undefined ? undefined : relative('', join(folder, name));
}
