import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeyList } from '../../core/key-list.js';
import { KeyFileError, type KeySource, type PublicKeyRecord } from '../../ports/key-source.js';

/**
 * Keys from saved answers of `aws cloudtrail list-public-keys`: files, or folders of files named `*.json`.
 * They are read at once, and nothing is asked of anyone later.
 * @throws {KeyFileError} when a file cannot be read or holds no such answer, or there is not a single key
 */
export function keyFileSource(paths: readonly string[]): KeySource {
  const keys = readKeyFiles(paths);
  if (keys.length === 0) throw new KeyFileError(`no public key in ${paths.join(', ')}`);
  return { description: paths.join(', '), keysFor: async () => ({ status: 'found', keys }) };
}

/** The keys of the files, in order. Throws as {@link keyFileSource} does. */
export function readKeyFiles(paths: readonly string[]): PublicKeyRecord[] {
  return paths.flatMap(filesOf).flatMap((file) => {
    try {
      return parseKeyList(readFileSync(file, 'utf8'));
    } catch (error) {
      throw toKeyFileError(file, error);
    }
  });
}

/** The key files that a folder holds; none where the path is no folder. Throws as {@link keyFileSource} does. */
export const keyFilesIn = (path: string): string[] => (isFolder(path) ? filesOf(path) : []);

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    throw toKeyFileError(path, error);
  }
}

const toKeyFileError = (path: string, error: unknown): KeyFileError =>
  new KeyFileError(`cannot read public keys from ${path}: ${error instanceof Error ? error.message : error}`, {
    cause: error,
  });
