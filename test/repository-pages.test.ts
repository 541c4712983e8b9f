import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINDING_CODES } from '../src/core/findings.js';

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

it('workflows and the example of one pin each action by its hash and name the version', () => {
  const folder = new URL('../.github/', import.meta.url);
  const pages = ['workflows', 'examples'].flatMap((name) =>
    readdirSync(new URL(`${name}/`, folder))
      .filter((file) => file.endsWith('.yml'))
      .map((file) => readFileSync(new URL(`${name}/${file}`, folder), 'utf8')),
  );
  const used = pages.flatMap((page) => [...page.matchAll(/uses: (.*)/g)].map(([, action = '']) => action));
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((action) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});
