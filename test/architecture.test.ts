import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findViolations, MAX_LINES, type Violation } from './support/repository/import-rule.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Every file under `src` and `bin`, by its path from the root. */
function readTree(): Map<string, string> {
  const files = ['src', 'bin'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  return new Map(
    files
      .map((file): [string, string] => [
        path.relative(ROOT, file).split(path.sep).join('/'),
        readFileSync(file, 'utf8'),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe('the sources', () => {
  const tree = readTree();
  const violations = findViolations(tree);

  it('are all read', () => {
    expect([...tree.keys()]).toEqual(
      expect.arrayContaining(['src/core/findings.ts', 'src/ports/object-store.ts', 'src/index.ts']),
    );
    expect([...tree.keys()].filter((file) => file.startsWith('bin/'))).not.toEqual([]);
  });

  it.each<[Violation['rule'], string]>([
    ['import-rule', 'keep the import rule'],
    ['cycle', 'have no cycle'],
    ['not-portable', 'have a portable core'],
    ['misplaced', 'lie where the layout says'],
    ['too-long', `have at most ${MAX_LINES} lines`],
    ['unresolved', 'import what exists'],
  ])('%s: %s', (rule) => {
    expect(violations.filter((violation) => violation.rule === rule)).toEqual([]);
  });
});

describe('the checker', () => {
  /** The rules and files of the violations in a made-up tree. */
  const check = (tree: Record<string, string>): string[] =>
    findViolations(new Map(Object.entries(tree))).map(({ rule, file }) => `${rule} ${file}`);
  const EMPTY = 'export {};';

  it('accepts a tree that keeps every rule', () => {
    expect(
      check({
        'bin/trailproof.js': "import { main } from '../dist/bin/main.js';\nprocess.exitCode = await main();",
        'src/README.md': '',
        'src/index.ts': "export * from './adapters/s3/store.js'; export * from './app/use.js';",
        'src/core/a.ts': "import { sha256 } from '@noble/hashes/sha2.js'; import * as asn1 from 'asn1js';",
        'src/core/b.ts': "import type { A } from './a.js';",
        'src/ports/store.ts': "import type { B } from '../core/b.js';",
        'src/app/use.ts': "import type { Store } from '../ports/store.js'; import '../core/a.js';",
        'src/adapters/s3/store.ts': "import type { Store } from '../../ports/store.js'; import './sign.js';",
        'src/adapters/s3/sign.ts': "import { createHmac } from 'node:crypto';",
        'src/render/text.ts': "import '../core/a.js';",
        'src/compose/open.ts':
          "import '../adapters/s3/store.js'; const later = () => import('../adapters/s3/sign.js');",
        'src/cli/main.ts': "import '../compose/open.js'; import '../app/use.js'; import '../render/text.js';",
      }),
    ).toEqual([]);
  });

  it.each([
    ['src/core/a.ts', 'src/ports/x.ts'],
    ['src/core/a.ts', 'src/app/x.ts'],
    ['src/core/a.ts', 'src/adapters/s3/x.ts'],
    ['src/core/a.ts', 'src/render/x.ts'],
    ['src/core/a.ts', 'src/index.ts'],
    ['src/ports/a.ts', 'src/app/x.ts'],
    ['src/ports/a.ts', 'src/adapters/s3/x.ts'],
    ['src/ports/a.ts', 'src/render/x.ts'],
    ['src/app/a.ts', 'src/adapters/s3/x.ts'],
    ['src/app/a.ts', 'src/render/x.ts'],
    ['src/app/a.ts', 'src/cli/x.ts'],
    ['src/render/a.ts', 'src/ports/x.ts'],
    ['src/render/a.ts', 'src/app/x.ts'],
    ['src/render/a.ts', 'src/cli/x.ts'],
    ['src/adapters/local/a.ts', 'src/adapters/s3/x.ts'],
    ['src/adapters/local/a.ts', 'src/app/x.ts'],
    ['src/adapters/local/a.ts', 'src/render/x.ts'],
    ['src/adapters/local/a.ts', 'src/cli/x.ts'],
    ['src/cli/a.ts', 'src/adapters/s3/x.ts'],
    ['src/cli/a.ts', 'src/index.ts'],
    ['src/app/a.ts', 'src/compose/x.ts'],
    ['src/compose/a.ts', 'src/cli/x.ts'],
    ['src/compose/a.ts', 'src/render/x.ts'],
    ['src/index.ts', 'src/cli/x.ts'],
    ['bin/trailproof.js', 'src/app/x.ts'],
    ['bin/trailproof.js', 'src/adapters/s3/x.ts'],
    ['bin/trailproof.js', 'src/index.ts'],
  ])('finds that %s imports %s', (file, target) => {
    const specifier = path.posix.relative(path.posix.dirname(file), target).replace(/ts$/, 'js');
    const text = `import './${specifier.replace('src/', 'dist/')}';`;
    expect(check({ [file]: text, [target]: EMPTY })).toEqual([`import-rule ${file}`]);
  });

  it.each([
    ['an import', "import { x } from '../app/x.js';"],
    ['a type import', "import type { x } from '../app/x.js';"],
    ['an inline type import', "import { type x } from '../app/x.js';"],
    ['a type in place', "export type X = import('../app/x.js').X;"],
    ['a dynamic import', "export const x = async () => await import('../app/x.js');"],
    ['a dynamic import of a template', 'export const x = () => import(`../app/x.js`);'],
    ['a re-export', "export { x } from '../app/x.js';"],
    ['a type re-export', "export type { x } from '../app/x.js';"],
    ['a re-export of everything', "export * from '../app/x.js';"],
    ['an import equals', "import x = require('../app/x.js');"],
    ['a worker', "export const x = new Worker(new URL('../app/x.js', import.meta.url));"],
  ])('sees an edge through %s', (_, text) => {
    expect(check({ 'src/ports/a.ts': text, 'src/app/x.ts': EMPTY })).toEqual(['import-rule src/ports/a.ts']);
  });

  it('sees that a type of a port used by the core is an edge too', () => {
    const tree = { 'src/core/a.ts': "import type { X } from '../ports/x.js';", 'src/ports/x.ts': EMPTY };
    expect(check(tree)).toEqual(['import-rule src/core/a.ts']);
  });

  it('finds a cycle, of types too, and names its way', () => {
    const tree = new Map([
      ['src/core/a.ts', "import './b.js';"],
      ['src/core/b.ts', "import type { C } from './c.js';"],
      ['src/core/c.ts', "export * from './a.js';"],
    ]);
    expect(findViolations(tree)).toEqual([
      {
        rule: 'cycle',
        file: 'src/core/a.ts',
        detail: 'src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
      },
    ]);
  });

  it('takes two ways to one file for no cycle', () => {
    expect(
      check({
        'src/core/a.ts': "import './b.js'; import './c.js';",
        'src/core/b.ts': "import './c.js';",
        'src/core/c.ts': EMPTY,
      }),
    ).toEqual([]);
  });

  it.each([
    "import { readFile } from 'node:fs';",
    "import { readFile } from 'fs';",
    "import type { Readable } from 'node:stream';",
    "import 'yargs';",
    "import '@aws-sdk/client-s3';",
    'export const x = Buffer.from([]);',
    'export type X = Buffer;',
    'export const x = process.env.HOME;',
    'export const x = globalThis.process;',
    "export const x = globalThis['Buffer'];",
    'export const x = { process };',
    'export const x = new Date();',
    'export const x = () => Date.now();',
    'export const x = Math.random();',
    'console.log(1);',
    "export const x = fetch('https://example.org');",
  ])('finds what is not portable in the core: %s', (text) => {
    expect(check({ 'src/core/a.ts': text })).toEqual(['not-portable src/core/a.ts']);
    expect(check({ 'src/adapters/local/a.ts': text })).toEqual([]);
  });

  it.each([
    'export const x = (y: { process: number }) => y.process;',
    'export const x = { Buffer: 1 };',
    'export const x = new Date(0);',
    '// process.env\nexport const x = "Buffer";',
  ])('takes for portable: %s', (text) => {
    expect(check({ 'src/core/a.ts': text })).toEqual([]);
  });

  it('finds what is not portable behind a file the core should not have imported', () => {
    const tree = {
      'src/core/a.ts': "import '../ports/x.js';",
      'src/ports/x.ts': "import './y.js';",
      'src/ports/y.ts': "import 'node:fs';",
    };
    expect(check(tree)).toEqual(['import-rule src/core/a.ts', 'not-portable src/ports/y.ts']);
  });

  it.each(['src/util.ts', 'src/notes.md', 'src/lib/a.ts', 'src/adapters/a.ts'])('finds %s misplaced', (file) => {
    expect(check({ [file]: EMPTY })).toEqual([`misplaced ${file}`]);
  });

  it('finds a file that is too long', () => {
    expect(check({ 'src/core/a.ts': '//\n'.repeat(MAX_LINES) })).toEqual([]);
    expect(check({ 'src/core/a.ts': '//\n'.repeat(MAX_LINES + 1) })).toEqual(['too-long src/core/a.ts']);
  });

  it('finds an import of nothing and one that nobody can follow', () => {
    expect(check({ 'src/core/a.ts': "import './b.js';" })).toEqual(['unresolved src/core/a.ts']);
    expect(check({ 'src/cli/a.ts': 'export const x = (y: string) => import(y);' })).toEqual([
      'unresolved src/cli/a.ts',
    ]);
  });

  it('refuses to judge what it cannot parse', () => {
    expect(() => check({ 'src/core/a.ts': 'import {' })).toThrow('src/core/a.ts');
  });
});
