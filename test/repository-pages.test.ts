import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINDING_CODES } from '../src/core/findings/finding.js';
import { PAGES } from './support/repository/pages.js';

it('the security policy names only finding codes that exist', () => {
  const policy = readFileSync(new URL('../.github/SECURITY.md', import.meta.url), 'utf8');
  const named = [...policy.matchAll(/`((?:digest|log|chain|folder|public-key|nothing)-[a-z-]*[a-z])`/g)].map(
    ([, code]) => code,
  );
  expect(named).toContain('log-modified');
  expect(FINDING_CODES).toEqual(expect.arrayContaining(named));
});

it.each(['.github/CONTRIBUTING.md', 'src/README.md'])('%s names only files of ours that exist', (page) => {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');
  const named = [...text.matchAll(/`((?:src|test|testdata|bin)\/[\w./-]+)`/g)].map(([, file = '']) => file);
  expect(named).toContain('test/architecture.test.ts');
  expect(named.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))).toEqual([]);
});

it('the table of consumers names every test of one', () => {
  const text = readFileSync(new URL('../.github/CONTRIBUTING.md', import.meta.url), 'utf8');
  const tests = readdirSync(new URL('consumers/', import.meta.url)).map((name) => `\`test/consumers/${name}\``);
  expect(tests.filter((name) => !text.includes(name))).toEqual([]);
});

it('workflows, the action and the example pin each action by its hash and name the version', () => {
  const folder = new URL('../.github/', import.meta.url);
  const pages = ['workflows', 'examples', 'actions/trailproof'].flatMap((name) =>
    readdirSync(new URL(`${name}/`, folder))
      .filter((file) => file.endsWith('.yml'))
      .map((file) => readFileSync(new URL(`${name}/${file}`, folder), 'utf8')),
  );
  const used = pages.flatMap((page) => [...page.matchAll(/uses: (.*)/g)].map(([, action = '']) => action));
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((action) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

it('nothing installs Trailproof by a name that anybody could claim', () => {
  const folder = new URL('../.github/', import.meta.url);
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => new URL(file, folder))
    .filter((file) => /\.(?:md|yml|yaml|sh|service)$|Dockerfile$|crontab$/.test(file.pathname));
  const texts = [...PAGES.map(({ text }) => text), ...pages.map((file) => readFileSync(file, 'utf8'))];
  expect(texts.length).toBeGreaterThan(15);
  const byName =
    /\b(?:npm (?:i|install|exec|add)|npx|pnpm|yarn|bunx?|deno)\b[^\n|&;]*\s(?:npm:)?trailproof(?:@|\s|$|`)/;
  expect(texts.flatMap((text) => byName.exec(text)?.[0] ?? [])).toEqual([]);
  expect('npm install --global trailproof@0.1').toMatch(byName);
});
