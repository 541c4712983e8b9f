import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Whether a file lies in a folder, or anywhere below it, or would once it is written; of a link, whether it or what it leads
 * to does. Folders are known by what they are and not by name: there may be links, and names that differ in case. False
 * where one of the two is not there.
 */
export const isInsideFolder = (file: string, folder: string): boolean =>
  foldersOf(file).some((at) => isAtOrBelow(at, folder));

/** Whether a file lies in a copy of a bucket, as far as names tell: beside a folder `AWSLogs`, or below one. */
export const isInArchive = (file: string): boolean =>
  foldersOf(file).some((at) => existsSync(join(at, LOG_ROOT)) || archiveOf(at) !== undefined);

/** All that a folder was copied with: the folder above `AWSLogs` where it lies below that, or else the folder itself. */
export function copyOf(folder: string): string {
  try {
    return archiveOf(realpathSync(folder)) ?? folder;
  } catch {
    return folder;
  }
}

const LOG_ROOT = 'AWSLogs';

/** The folder above the outermost `AWSLogs` in a path without links. */
function archiveOf(path: string): string | undefined {
  const above = dirname(path);
  if (above === path) return undefined;
  return archiveOf(above) ?? (basename(path) === LOG_ROOT ? above : undefined);
}

/** The folder that a file lies in, and the one that holds what it leads to, without links in their paths. */
function foldersOf(file: string): readonly string[] {
  return [() => realpathSync(dirname(resolve(file))), () => dirname(realpathSync(file))].flatMap((find) => {
    try {
      return [find()];
    } catch {
      return [];
    }
  });
}

function isAtOrBelow(path: string, folder: string): boolean {
  try {
    const root = statSync(folder, { bigint: true });
    for (let at = path; ; at = dirname(at)) {
      const { dev, ino } = statSync(at, { bigint: true });
      if (dev === root.dev && ino === root.ino) return true;
      if (dirname(at) === at) return false;
    }
  } catch {
    return false;
  }
}
