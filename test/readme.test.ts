import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseConfigDocument } from '../src/compose/config-document.js';
import { policyOf } from '../src/compose/read-policy.js';
import { checkConfiguration } from '../src/config/check-configuration.js';
import { toFileSettings } from '../src/config/config-file.js';
import { settle } from '../src/config/precedence.js';
import { FINDING_CODES } from '../src/core/findings/finding.js';
import { bundleForNode } from './support/repository/bundle.js';
import { PAGES, pageAt, snippetsIn } from './support/repository/pages.js';
import { snippetsOf, transcriptOf, wordsOf } from './support/repository/readme-snippets.js';
import { runMain } from './support/run/run-main.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = pageAt('README.md').text;
const NOW = Date.parse('2026-11-20T12:00:00Z');

it('the README is one page', () => {
  expect(README.split('\n').length).toBeLessThanOrEqual(250);
});

it('the pages name a language for every snippet, and only such as are tested here', () => {
  const snippets = PAGES.flatMap(({ text }) => snippetsOf(text));
  expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(['sh', 'console', 'ts', 'yaml']));
});

describe('transcripts', () => {
  const steps = snippetsIn('console').flatMap(transcriptOf);

  it.each(steps)('$command', async ({ command, output }) => {
    const [program, ...args] = wordsOf(command);
    expect(program).toBe('trailproof');
    const { stdout, stderr } = await runMain(args, NOW, { env: {} });
    expect(stdout + stderr).toBe(output);
  });
});

describe('commands', () => {
  const lines = snippetsIn('sh').flatMap(({ text }) => text.trim().split('\n'));

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

  it.each(snippetsIn('ts').map(({ page, line, text }, index) => [index, page, line, text] as const))(
    'number %i, of %s in line %i, runs',
    async (index, _page, _line, text) => {
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
  const configurations = snippetsIn('yaml').filter((snippet) => !isPolicy(snippet));

  it.each(configurations)('of $page in line $line can be used', async ({ page, line, text }) => {
    const file = await toFileSettings(await parseConfigDocument(`${page} from line ${line}`, text));
    expect(file.sources).toHaveLength(3);
    await expect(checkConfiguration(settle({}, {}, file), NOW)).resolves.toBeUndefined();
  });
});

describe('policies', () => {
  it.each(snippetsIn('yaml').filter(isPolicy))('of $page in line $line can be used', async ({ page, line, text }) => {
    expect((await policyOf(await parseConfigDocument(`${page} from line ${line}`, text))).summary.exceptions).toBe(2);
  });
});

it.each(PAGES)('$path names only finding codes that exist', ({ text }) => {
  const named = [...text.matchAll(/`((?:digest|log|chain|folder|query)-[a-z0-9-]+)`/g)].map(([, code]) => code);
  const unknown = named.filter((code) => !(FINDING_CODES as readonly (string | undefined)[]).includes(code));
  expect(unknown).toEqual([]);
});

describe('links', () => {
  const proseOf = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');
  const anchorsOf = (text: string) =>
    [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
  /** Whether there is such a file, and on a page of ours such a heading. */
  const leadsSomewhere = (from: string, link: string) => {
    const [target = '', anchor] = link.split('#');
    const file = target === '' ? from : path.posix.join(path.posix.dirname(from), target);
    if (!existsSync(`${ROOT}/${file}`)) return false;
    return anchor === undefined || anchorsOf(pageAt(file).text).includes(anchor);
  };
  const linksOf = (text: string) => [...proseOf(text).matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);

  it.each(PAGES)('of $path lead to files and headings that are there', ({ path: from, text }) => {
    expect(linksOf(text).filter((link) => !/^https:/.test(link) && !leadsSomewhere(from, link))).toEqual([]);
  });

  it('lead from the README to every help topic', () => {
    const topics = PAGES.map((page) => page.path).filter((page) => page !== 'README.md');
    expect(topics.length).toBeGreaterThan(9);
    expect(topics.filter((topic) => !README.includes(`| [${path.posix.basename(topic, '.md')}](${topic}) |`))).toEqual(
      [],
    );
  });
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
