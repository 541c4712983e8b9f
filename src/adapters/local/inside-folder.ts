import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Whether a file lies in a folder, or anywhere below it, or would once it is written. Folders are known by what they are
 * and not by name: there may be links, and names that differ in case. False where one of the two is not there.
 */
export function isInsideFolder(file: string, folder: string): boolean {
  try {
    const root = statSync(folder, { bigint: true });
    let at = realpathSync(dirname(resolve(file)));
    for (;;) {
      const { dev, ino } = statSync(at, { bigint: true });
      if (dev === root.dev && ino === root.ino) return true;
      const above = dirname(at);
      if (above === at) return false;
      at = above;
    }
  } catch {
    return false;
  }
}
