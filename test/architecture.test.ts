import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findViolations, MAX_FILES, MAX_LINES, roomOf, type Violation } from './support/repository/import-rule.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Every file under a folder, by its path from the root. */
const filesUnder = (folder: string): readonly string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();

const readTree = (): Map<string, string> =>
  new Map(['src', 'bin'].flatMap(filesUnder).map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));

describe('the sources', () => {
  const tree = readTree();
  const violations = findViolations(tree);

  it('are all read', () => {
    expect([...tree.keys()]).toEqual(
      expect.arrayContaining(['src/core/findings/finding.ts', 'src/ports/object-store.ts', 'src/index.ts']),
    );
    expect([...tree.keys()].filter((file) => file.startsWith('bin/'))).not.toEqual([]);
  });

  it.each<[Violation['rule'], string]>([
    ['import-rule', 'keep the import rule'],
    ['cycle', 'have no cycle'],
    ['room-circle', 'have no circle of rooms'],
    ['room-full', `have at most ${MAX_FILES} files in a room`],
    ['not-portable', 'have a portable core'],
    ['misplaced', 'lie where the layout says'],
    ['too-long', `have at most ${MAX_LINES} lines`],
    ['unresolved', 'import what exists'],
  ])('%s: %s', (rule) => {
    expect(violations.filter((violation) => violation.rule === rule)).toEqual([]);
  });

  // Where a floor has rooms, a new file belongs into one of them. These serve all rooms of their floor.
  it('lie in a room, but for these', () => {
    const files = [...tree.keys()];
    const floors = new Set(files.filter((file) => /^src\/\w+\/.+\//.test(file)).map((file) => roomOf(roomOf(file))));
    expect(files.filter((file) => /^src\/\w+$/.test(roomOf(file)) && floors.has(roomOf(file)))).toEqual([
      'src/app/limits.ts',
      'src/app/progress-listener.ts',
      'src/cli/main.ts',
      'src/compose/config-document.ts',
      'src/compose/examined-files.ts',
      'src/compose/read-policy.ts',
      'src/compose/version.ts',
      'src/core/index.ts',
      'src/render/renderer.ts',
    ]);
  });

  it('have a map that names each room, and no other', () => {
    const rows = (tree.get('src/README.md') ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => {
      const [floor, ...rooms] = [...row.matchAll(/`([\w/-]+)\/`/g)].map(([, name]) => name);
      return rooms.map((room) => `src/${floor}/${room}`);
    });
    const rooms = new Set([...tree.keys()].map(roomOf).filter((room) => /^src\/\w+\//.test(room)));
    expect(named.toSorted()).toEqual([...rooms].sort());
  });
});

describe('the tests', () => {
  const tests = filesUnder('test').filter((file) => file.endsWith('.ts'));

  it('lie in the room of what they test, or on its floor', () => {
    const folders = new Set(filesUnder('src').map(roomOf));
    for (const folder of [...folders]) folders.add(roomOf(folder));
    const floors = new Set([...folders].map((folder) => folder.split('/')[1]));
    const mirrors = new Set(tests.map(roomOf).filter((folder) => floors.has(folder.split('/')[1])));
    expect([...mirrors].filter((folder) => !folders.has(folder.replace(/^test/, 'src')))).toEqual([]);
  });

  it(`lie at most ${MAX_FILES} in a folder`, () => {
    const sizes = new Map<string, number>();
    for (const folder of tests.map(roomOf)) sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
    expect([...sizes].filter(([, size]) => size > MAX_FILES)).toEqual([]);
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
        'src/help/policy.md': '',
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

  it('finds a circle of rooms, of types too, where no files make one', () => {
    const tree = new Map([
      ['src/core/a/one.ts', "import '../b/one.js';"],
      ['src/core/a/two.ts', EMPTY],
      ['src/core/b/one.ts', EMPTY],
      ['src/core/b/two.ts', "import type { Two } from '../a/two.js';"],
    ]);
    expect(findViolations(tree)).toEqual([
      {
        rule: 'room-circle',
        file: 'src/core/a',
        detail: 'src/core/a/one.ts imports src/core/b/one.ts, src/core/b/two.ts imports src/core/a/two.ts',
      },
    ]);
  });

  it('takes a room and a room within it for two', () => {
    const tree = { 'src/core/a/one.ts': "import './b/one.js';", 'src/core/a/b/one.ts': EMPTY };
    expect(check(tree)).toEqual([]);
    expect(check({ ...tree, 'src/core/a/b/two.ts': "import '../two.js';", 'src/core/a/two.ts': EMPTY })).toEqual([
      'room-circle src/core/a',
    ]);
  });

  it('finds a room that is too full', () => {
    const files = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`src/core/a/file-${at}.ts`, EMPTY]));
    expect(check(files(MAX_FILES))).toEqual([]);
    expect(check(files(MAX_FILES + 1))).toEqual(['room-full src/core/a']);
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

  it.each(['src/util.ts', 'src/notes.md', 'src/help/a.ts', 'src/lib/a.ts', 'src/adapters/a.ts'])(
    'finds %s misplaced',
    (file) => {
      expect(check({ [file]: EMPTY })).toEqual([`misplaced ${file}`]);
    },
  );

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
