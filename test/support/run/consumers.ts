import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The programs of others that read what we ship, and that not every machine has. `.ci/run` installs them.

/** What a test is skipped with where `.ci/consumers` is not installed. */
export const NOT_INSTALLED = 'not installed: npm ci --prefix .ci/consumers --ignore-scripts';

/** A file of a package in `.ci/consumers`; undefined where these are not installed. */
export function consumerFile(name: string): string | undefined {
  const file = fileURLToPath(new URL(`../../../.ci/consumers/node_modules/${name}`, import.meta.url));
  return existsSync(file) ? file : undefined;
}

/** The path of a program of the machine; undefined where it has none of that name. */
export const programOf = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
