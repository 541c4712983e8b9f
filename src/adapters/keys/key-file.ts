import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSavedText } from '../../core/encoding/decode-saved-text.js';
import { KeyListError, parseKeyList } from '../../core/keys/key-list.js';
import { KeyFileError, type KeySource, type PublicKeyRecord } from '../../ports/key-source.js';

/** The keys of all regions for ten years have one. */
const MAX_KEY_FILE_BYTES = 64 * 1024 * 1024;

/** Reads a file or a pipe whole, or throws where it has more bytes than that. */
export type ReadFile = (path: string, maxBytes: number) => Promise<Uint8Array>;

/**
 * Keys from saved answers of `aws cloudtrail list-public-keys`: files, or folders of files named `*.json`.
 * They are read at once, and nothing is asked of anyone later.
 * @throws {KeyFileError} when a file cannot be read or holds no such answer, or there is not a single key
 */
export async function keyFileSource(paths: readonly string[], read: ReadFile): Promise<KeySource> {
  const keys = await readKeyFiles(paths, read);
  if (keys.length === 0) throw new KeyFileError(`no public key in ${paths.join(', ')}`);
  return { description: paths.join(', '), keysFor: async () => ({ status: 'found', keys }) };
}

/** The keys of the files, in order. Throws as {@link keyFileSource} does. */
export async function readKeyFiles(paths: readonly string[], read: ReadFile): Promise<PublicKeyRecord[]> {
  const keys: PublicKeyRecord[] = [];
  for (const file of paths.flatMap(filesOf)) {
    try {
      const text = decodeSavedText(await read(file, MAX_KEY_FILE_BYTES));
      if (text === undefined) throw new KeyListError('no text in UTF-8 or UTF-16');
      for (const key of parseKeyList(text)) keys.push(key);
    } catch (error) {
      throw toKeyFileError(file, error);
    }
  }
  return keys;
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
