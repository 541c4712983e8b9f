import { expect, it } from 'vitest';
import { SETTING_NAMES, setting } from '../../../src/config/settings.js';
import { PAGES } from '../../support/repository/pages.js';
import { runMain } from '../../support/run/run-main.js';

/** The words that are proposed, without what they do. */
async function proposed(...words: string[]): Promise<readonly string[]> {
  const { status, stdout, stderr } = await runMain(['--complete', ...words], 0, { env: {} });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
}

it.each([
  ['a command', ['ver'], ['verify', 'verify-query-results', 'version']],
  ['a command of a group', ['keys', ''], ['fetch', 'show']],
  ['a flag', ['verify', './archive', '--expect'], ['--expect-account', '--expect-region']],
  ['a flag of the program', ['--v'], ['--version']],
  ['a flag to switch off', ['verify', '--no-a'], ['--no-audit-unreferenced', '--no-attribute']],
  ['a value', ['verify', '--format', 'js'], ['json']],
  ['a value behind an equals sign', ['verify', '--format=nd'], ['--format=ndjson']],
  ['a value behind an equals sign that a shell has split off', ['verify', '--format', '=', 'nd'], ['ndjson']],
  ['a value of which nothing is typed', ['config', 'print', '--format', '='], ['yaml', 'json']],
  ['a shell', ['completion', ''], ['bash', 'zsh', 'fish']],
])('%s: %j', async (_, words, candidates) => {
  expect(await proposed(...words)).toEqual(candidates);
});

it('every topic of the help', async () => {
  expect((await proposed('help', '')).map((topic) => `src/help/${topic}.md`)).toEqual(
    PAGES.map(({ path }) => path).filter((path) => path !== 'README.md'),
  );
});

it('every flag of verify', async () => {
  const flags = SETTING_NAMES.filter((name) => setting(name).group !== undefined).map(
    (name) => `--${setting(name).flag}`,
  );
  expect(await proposed('verify', '-')).toEqual(expect.arrayContaining([...flags, '--config', '-o', '-q', '-v']));
});

it.each([
  ['a flag that is there already', ['verify', '--quiet', '--qui'], []],
  ['names of files: the shell knows them', ['verify', 'test'], []],
  ['names of files for a flag', ['verify', '--keys', ''], []],
  ['a second topic', ['help', 'policy', ''], []],
  ['what follows a command that there is not', ['vrify', ''], []],
])('not %s: %j', async (_, words, candidates) => {
  expect(await proposed(...words)).toEqual(candidates);
});

it('says what commands and flags do', async () => {
  const { stdout } = await runMain(['--complete', 'verify', '--max'], 0, { env: {} });
  expect(stdout).toBe(`--max-age\t${setting('maxAge').help}\n`);
});
