import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readExample } from '../support/repository/examples.js';
import { programOf } from '../support/run/consumers.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const UNITS = ['trailproof.service', 'trailproof-failed.service', 'trailproof.timer'];
const NO_SYSTEMD = 'not installed: systemd-analyze';
const temporaryFolder = temporaryFolders();
const analyze = programOf('systemd-analyze');

/** Installs the units into a folder, beside the command that they start, and runs systemd-analyze there. */
function run(...args: readonly string[]) {
  const folder = temporaryFolder();
  const command = path.join(folder, 'trailproof');
  writeFileSync(command, '');
  chmodSync(command, 0o755);
  for (const unit of UNITS) {
    const text = readExample(unit).replace('/usr/local/bin/trailproof', command);
    writeFileSync(path.join(folder, unit), text);
  }
  const { status, stdout, stderr } = spawnSync(analyze ?? '', args, {
    cwd: folder,
    encoding: 'utf8',
    // These units before those of the machine.
    env: { PATH: process.env.PATH, SYSTEMD_UNIT_PATH: `${folder}:` },
  });
  return { status, said: stdout + stderr };
}

describe('systemd-analyze', () => {
  it('has nothing against the units, and finds those that they name', ({ skip }) => {
    if (analyze === undefined) skip(NO_SYSTEMD);
    const units = UNITS.map((unit) => `./${unit}`);
    expect(run('verify', '--man=no', '--recursive-errors=one', ...units)).toEqual({ status: 0, said: '' });
  });

  it('finds that the service is exposed to little', ({ skip }) => {
    if (analyze === undefined) skip(NO_SYSTEMD);
    // In tenths: a service without any protection has 96, most of the system's have more than 80.
    const { status, said } = run('security', '--offline=true', '--threshold=20', './trailproof.service');
    expect({ status, said: status === 0 ? '' : said }).toEqual({ status: 0, said: '' });
  });
});
