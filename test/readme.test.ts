import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseConfigDocument } from '../src/compose/config-document.js';
import { policyOf } from '../src/compose/read-policy.js';
import { checkConfiguration } from '../src/config/check-configuration.js';
import { toFileSettings } from '../src/config/config-file.js';
import { settle } from '../src/config/precedence.js';
import { FINDING_CODES } from '../src/core/findings/finding.js';
import { bundleForNode } from './support/repository/bundle.js';
import { snippetsOf, transcriptOf, wordsOf } from './support/repository/readme-snippets.js';
import { runMain } from './support/run/run-main.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = await readFile(`${ROOT}/README.md`, 'utf8');
const NOW = Date.parse('2026-11-20T12:00:00Z');
const snippets = snippetsOf(README);
const inLanguage = (language: string) => snippets.filter((snippet) => snippet.language === language);

it('the README names a language for every snippet, and only such as are tested here', () => {
  expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(['sh', 'console', 'ts', 'yaml']));
});

describe('transcripts', () => {
  const steps = inLanguage('console').flatMap(transcriptOf);

  it.each(steps)('$command', async ({ command, output }) => {
    const [program, ...args] = wordsOf(command);
    expect(program).toBe('trailproof');
    const { stdout, stderr } = await runMain(args, NOW, { env: {} });
    expect(stdout + stderr).toBe(output);
  });
});

describe('commands', () => {
  const lines = inLanguage('sh').flatMap(({ text }) => text.trim().split('\n'));

  it.each(lines.filter((line) => /^trailproof /.test(line)))('%s has the flags it is shown with', async (line) => {
    const words = wordsOf(line).slice(1);
    const firstFlag = words.findIndex((word) => word.startsWith('-'));
    const names = words.slice(0, firstFlag === -1 ? words.length : firstFlag);
    const { stdout, status } = await runMain([...names, '--help'], NOW, { env: {} });
    expect(status).toBe(0);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(stdout).toContain(flag);
  });

  it('set up the tests as CI does', async () => {
    expect(lines).toContain('npm ci && npm test');
    const ci = await readFile(`${ROOT}/.ci/run`, 'utf8');
    expect(ci).toMatch(/^npm ci\b/m);
    expect(ci).toMatch(/^npm test\b/m);
  });

  it('run the main job on real input', async () => {
    const line = lines.find((each) => each.startsWith('npm ci && node bin/trailproof.js '));
    const { status } = await runMain(wordsOf(line ?? '').slice(5), NOW, { env: {} });
    expect(status).toBe(0);
  });
});

describe('programs', () => {
  const folder = `${ROOT}/.cache/readme`;

  beforeAll(() => mkdir(folder, { recursive: true }));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(inLanguage('ts').map((snippet, index) => [index, snippet.line, snippet.text] as const))(
    'number %i, in line %i, runs',
    async (index, _line, text) => {
      const source = `${folder}/program-${index}.ts`;
      await writeFile(source, text);
      const outfile = `${folder}/program-${index}.mjs`;
      const alias = { trailproof: `${ROOT}/src/index.ts`, 'trailproof/core': `${ROOT}/src/core/index.ts` };
      await bundleForNode(source, outfile, alias);
      const log = vi.spyOn(console, 'log').mockReturnValue();
      await import(pathToFileURL(outfile).href);
      expect(log).toHaveBeenCalledOnce();
      // Each verifies the intact archive.
      expect(JSON.stringify(log.mock.calls)).not.toMatch(/failed|undetermined|-missing/);
      log.mockRestore();
    },
  );
});

const isPolicy = ({ text }: { readonly text: string }): boolean => text.startsWith('rules:');

describe('configurations', () => {
  const configurations = inLanguage('yaml').filter((snippet) => !isPolicy(snippet));

  it.each(configurations)('in line $line can be used', async ({ line, text }) => {
    const file = await toFileSettings(await parseConfigDocument(`README.md from line ${line}`, text));
    expect(file.sources).toHaveLength(3);
    await expect(checkConfiguration(settle({}, {}, file), NOW)).resolves.toBeUndefined();
  });
});

describe('policies', () => {
  it.each(inLanguage('yaml').filter(isPolicy))('in line $line can be used', async ({ line, text }) => {
    expect((await policyOf(await parseConfigDocument(`README.md from line ${line}`, text))).summary.exceptions).toBe(2);
  });
});

it('the README explains every finding code that it names', () => {
  const named = [...README.matchAll(/`((?:digest|log|chain|folder|query)-[a-z0-9-]+)`/g)].map(([, code]) => code);
  const unknown = named.filter((code) => !(FINDING_CODES as readonly (string | undefined)[]).includes(code));
  expect(unknown).toEqual([]);
});

it('the README links only to headings that it has', () => {
  const prose = README.replace(/^```[\s\S]*?^```/gm, '');
  const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const linked = [...prose.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(linked).not.toEqual([]);
  expect(linked.filter((anchor) => anchor === undefined || !anchors.includes(anchor))).toEqual([]);
});

it('the table of commands names every command', async () => {
  const commandsOf = async (words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await runMain([...words, '--help'], NOW, { env: {} });
    const [, list = ''] = /^Commands:\n((?: .+\n)+)/m.exec(stdout) ?? [];
    const names = [...list.matchAll(/^ {2}(trailproof [a-z -]*[a-z])/gm)].map(([, name = '']) =>
      name.split(' ').slice(1),
    );
    if (names.length === 0) return [['trailproof', ...words].join(' ')];
    return (await Promise.all(names.map(commandsOf))).flat();
  };
  const named = await commandsOf([]);
  expect(named).toContain('trailproof keys fetch');
  const rows = README.split('\n').filter((line) => line.startsWith('| ') && line.includes('`trailproof '));
  expect(named.filter((name) => !rows.some((row) => new RegExp(`\`${name}(?: [A-Z]+)?\``).test(row)))).toEqual([]);
});
