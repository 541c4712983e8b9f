import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// What is packed runs nothing of ours and builds nothing: its package.json has no scripts. `prepack` takes them out, `postpack`
// puts the file back as it was.

const MANIFEST = 'package.json';
const KEPT = '.cache/package.json';

/**
 * The manifest as it is packed.
 * @param {string} text the manifest in the repository
 */
export function packedManifest(text) {
  const { scripts: _, ...rest } = JSON.parse(text);
  return `${JSON.stringify(rest, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'restore') renameSync(KEPT, MANIFEST);
  else {
    mkdirSync('.cache', { recursive: true });
    copyFileSync(MANIFEST, KEPT);
    writeFileSync(MANIFEST, packedManifest(readFileSync(MANIFEST, 'utf8')));
  }
}
