import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readDockerfile } from '../support/repository/examples.js';
import { LAUNCHER, launchEnvironment } from '../support/run/launch.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a command as a container does: as PID 1, as another user, and with a root file system that is not written to. */
const ISOLATED = [
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  'sh',
  '-c',
  'mount -o remount,bind,ro / && exec setpriv --reuid=1000 --regid=1000 --clear-groups "$@"',
  'sh',
  process.execPath,
];
const CHECK = `
const { accessSync, constants } = require('node:fs');
accessSync(process.argv[1]);
try { accessSync('/', constants.W_OK); } catch { process.exitCode = process.pid === 1 && process.getuid() === 1000 ? 0 : 1; }
`;

it('as PID 1 of a container, without rights and with nothing to write to, it verifies, and SIGTERM ends it', async ({
  skip,
}) => {
  expect(readDockerfile().findLast(({ instruction }) => instruction === 'ENTRYPOINT')?.rest).toContain('"node"');
  const { status } = spawnSync('unshare', [...ISOLATED, '-e', CHECK, LAUNCHER], { env: launchEnvironment() });
  if (status !== 0) skip('not permitted here: unshare, as root, with Node and this folder open to others');
  const watch = ['watch', 'testdata/archive', '--keys', 'testdata/keys.json', '--every', '7d', '--no-config'];
  const child = spawn('unshare', [...ISOLATED, LAUNCHER, ...watch], { cwd: ROOT, env: launchEnvironment() });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.includes('VERIFIED: ')) break;
  }
  const [inside] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
  const ended = once(child, 'exit');
  process.kill(Number(inside), 'SIGTERM');
  expect(await ended).toEqual([0, null]);
});
