import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const SCRIPT = fileURLToPath(new URL('../../../.ci/lambda-zip.js', import.meta.url));

/** Writes the zip of the function that the last build made. */
export function writeLambdaZip(file: string, env: Readonly<Record<string, string>> = {}): void {
  execFileSync(process.execPath, [SCRIPT, file], { env: { ...process.env, ...env } });
}

/** Unpacks a zip into a folder. Gives the names of its files. */
export function unpack(zip: string, folder: string): readonly string[] {
  const files = Object.entries(unzipSync(readFileSync(zip)));
  for (const [name, bytes] of files) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes);
  }
  return files.map(([name]) => name);
}
