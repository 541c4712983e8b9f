import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { recipeWith } from '../support/repository/recipes.js';
import { programOf } from '../support/run/consumers.js';
import { launchEnvironment } from '../support/run/launch.js';
import { runMain } from '../support/run/run-main.js';
import { runShell } from '../support/run/shell.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const temporaryFolder = temporaryFolders();

/** The reports of a run over an archive in which a log was changed, by format. */
const reports = new Map<string, string>();
beforeAll(async () => {
  const archive = path.join(ROOT, 'testdata/tampered/log-modified/archive');
  const keys = path.join(ROOT, 'testdata/tampered/keys.json');
  for (const format of ['ndjson', 'ocsf', 'markdown'])
    reports.set(format, (await runMain(['verify', archive, '--keys', keys, '--format', format])).stdout);
});

/** Runs a recipe in a folder where the report lies under the name that the recipe gives it. */
async function follow(recipe: string, format: string, file: string) {
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, file), reports.get(format) ?? '');
  const env = launchEnvironment({ GITHUB_STEP_SUMMARY: path.join(cwd, 'summary') });
  return { ...(await runShell(recipe, { cwd, env })), cwd };
}

describe('jq', () => {
  it('names the logs that are not verified, by the recipe', async ({ skip }) => {
    if (programOf('jq') === undefined) skip('not installed: jq');
    const { status, stdout, stderr } = await follow(recipeWith("jq -r 'select(.type"), 'ndjson', 'run.ndjson');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^AWSLogs\/\S+\.json\.gz\n$/);
  });

  it('takes the detections out of OCSF, by the recipe', async ({ skip }) => {
    if (programOf('jq') === undefined) skip('not installed: jq');
    const { status, stdout } = await follow(recipeWith('select(.class_uid'), 'ocsf', 'run.ocsf.ndjson');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ class_name: 'Detection Finding' });
  });
});

it('a job summary gets the Markdown, by the recipe', async () => {
  const { status, cwd } = await follow(recipeWith('cat run.md'), 'markdown', 'run.md');
  expect(status).toBe(0);
  expect(reports.get('markdown')).toContain('log-modified');
  expect(readFileSync(path.join(cwd, 'summary'), 'utf8')).toBe(reports.get('markdown'));
});

it('promtool takes the alert of the recipe', ({ skip }) => {
  const promtool = programOf('promtool') ?? skip('not installed: promtool');
  const [, expr = ''] = /# alert: (.+)/.exec(recipeWith('trailproof_last_success')) ?? [];
  const rules = { groups: [{ name: 'trailproof', rules: [{ alert: 'NotVerified', expr }] }] };
  const file = path.join(temporaryFolder(), 'rules.json');
  writeFileSync(file, JSON.stringify(rules));
  const { status, stdout } = spawnSync(promtool, ['check', 'rules', file], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('1 rules found') });
});

it("Debian's cron takes the crontab", ({ skip }) => {
  const crontab = programOf('crontab') ?? skip('not installed: crontab');
  // Other crons have no dry run.
  if (!`${spawnSync(crontab, ['-h'], { encoding: 'utf8' }).stderr}`.includes('dry run')) skip("not Debian's crontab");
  const { status, stderr } = spawnSync(crontab, ['-n', path.join(ROOT, '.github/examples/crontab')], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('successfully checked') });
});
