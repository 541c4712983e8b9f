import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgeChain } from './support/forge/forge.js';
import { temporaryFolders } from './support/run/temporary-folder.js';
import { emptyWorld } from './support/worlds/world.js';
import { writeArchive, writeKeyFile } from './support/worlds/write-world.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const temporaryFolder = temporaryFolders();

/** Verifies a folder in another process that has the bundle and nothing else. */
const PROGRAM = `
import { verify } from './bundle/index.js';
const [source, keys] = process.argv.slice(2);
const now = new Date('2026-06-01T00:00:00Z');
const { outcome, tool, totals } = await verify({ source, keys, now });
const withPolicy = await verify({ source, keys, now, policy: { rules: {} } }).catch(({ code }) => code);
console.log(JSON.stringify({ outcome, version: tool.version, logs: totals.logs.verified, withPolicy }));
`;

describe('a bundle of the main entry and all its packages, in a folder of its own', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'trailproof-bundle-'));
    await build({
      input: path.join(ROOT, 'dist/index.js'),
      platform: 'node',
      resolve: { mainFields: ['module', 'main'] },
      output: { dir: path.join(folder, 'bundle') },
      logLevel: 'silent',
    });
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(path.join(folder, 'program.js'), PROGRAM);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (source: string, keys: string): Promise<unknown> => {
    const args = [path.join(folder, 'program.js'), source, keys];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, env: {} });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('verifies an archive, and says that a policy needs the package', async () => {
    expect(await run(path.join(ROOT, 'testdata/archive'), path.join(ROOT, 'testdata/keys.json'))).toEqual({
      outcome: 'verified',
      version: '0.1.0',
      logs: 36,
      withPolicy: 'usage',
    });
  });

  it('verifies more digests than one thread is meant for, without the script of a thread', async () => {
    const world = emptyWorld();
    const place = { bucket: 'trail', accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
    forgeChain(world, {
      ...place,
      trailName: 'main',
      start: Date.UTC(2026, 2, 1, 0, 1, 31),
      hours: 300,
      logsPerHour: 1,
    });
    const archive = temporaryFolder();
    const keys = path.join(temporaryFolder(), 'keys.json');
    await Promise.all([writeArchive(world, archive, { layout: 'flat', sidecars: true }), writeKeyFile(world, keys)]);
    expect(await run(archive, keys)).toMatchObject({ outcome: 'verified', logs: 300 });
  });
});
