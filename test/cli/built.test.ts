import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REPORT_FORMATS } from '../../src/config/report-formats.js';
import { launch, launchFrom } from '../support/run/launch.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

// The bundle treats packages in its own way: what the sources can do, the built command must be seen to do as well.
const newFolder = temporaryFolders();
const ARCHIVE = ['testdata/tampered/log-modified/archive', '--keys', 'testdata/tampered/keys.json'];

it('the built command writes every format, and makes each again from the saved detail', async () => {
  const folder = newFolder();
  const reports = REPORT_FORMATS.flatMap((format) => ['--report', `${format}=${folder}/run.${format}`]);
  const run = await launch(['verify', ...ARCHIVE, '--quiet', ...reports]);
  expect(run).toMatchObject({ status: 1, stderr: '' });
  for (const format of REPORT_FORMATS.filter((each) => each !== 'ndjson')) {
    const output = `${folder}/converted.${format}`;
    const converted = await launch([
      'report',
      'convert',
      `${folder}/run.ndjson`,
      '--format',
      format,
      '--output',
      output,
    ]);
    expect(converted, format).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(output, 'utf8'), format).toBe(readFileSync(`${folder}/run.${format}`, 'utf8'));
  }
});

it('the built command reads a policy', async () => {
  const policy = `${newFolder()}/policy.yaml`;
  writeFileSync(policy, 'rules:\n  log-modified: accept\n');
  expect(await launch(['verify', ...ARCHIVE, '--policy', policy])).toMatchObject({ status: 0, stderr: '' });
  writeFileSync(policy, 'rules:\n  log-modified: agree\n');
  const refused = await launch(['verify', ...ARCHIVE, '--policy', policy]);
  expect(refused).toMatchObject({ status: 64, stdout: '' });
  expect(refused.stderr).toContain('policy.yaml, line 2: rules.log-modified: ');
});

it.runIf(existsSync('/dev/full')).each(['text', 'json'])(
  'the built command says that a report in %s could not be written, and ends as what is incomplete',
  async (format) => {
    const { status, stderr } = await launchFrom('exec "$@" >/dev/full', ['verify', ...ARCHIVE, '--format', format]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^trailproof: .*standard output.*ENOSPC.*\n$/);
  },
);

it.runIf(existsSync('/dev/full'))('the built command ends so where nothing can be said of it either', async () => {
  const { status } = await launchFrom('exec "$@" >/dev/full 2>&1', ['verify', ...ARCHIVE]);
  expect(status).toBe(2);
});
