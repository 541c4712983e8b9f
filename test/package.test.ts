import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type BuildOptions, build } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { ALLOWED_LICENCES } from '../.build/bundle-notices.js';
import { packedManifest } from '../.ci/packed-manifest.js';
import { bundles } from '../rolldown.config.js';
import { VERSION } from '../src/compose/version.js';
import { readSource } from './support/repository/source-imports.js';

interface Manifest {
  readonly version: string;
  readonly type: string;
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}
interface LockedPackage {
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
}

const ROOT = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const entryPoints = Object.entries(manifest.exports).filter(([name]) => !name.endsWith('.json'));

describe('package.json', () => {
  it('describes a package of ES modules', () => {
    expect(manifest.type).toBe('module');
    expect(manifest).not.toHaveProperty('main');
  });

  it('has the version that the code says', () => {
    expect(VERSION).toBe(manifest.version);
  });

  it('has its entry points', () => {
    expect(entryPoints.map(([name]) => name)).toEqual(['.', './core', './lambda']);
  });

  it('names files that the build makes', () => {
    const files = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
  });

  it.each(['report', 'detail', 'policy', 'config'])(
    'publishes the schema of the %s, which can be compiled without the others, and says the same',
    (name) => {
      const file = `${name}.schema.json`;
      expect(manifest.exports[`./${file}`]).toBe(`./dist/schemas/${file}`);
      const published = JSON.parse(read(`dist/schemas/${file}`));
      expect(() => new Ajv2020({ strict: false, validateFormats: false }).compile(published)).not.toThrow();
      const { $defs: own = {}, ...rest } = JSON.parse(read(`src/core/schemas/${file}`));
      expect(published).toEqual({ ...rest, $defs: expect.objectContaining(own) });
    },
  );

  it.each(entryPoints)('names types first, then code, of one source file for %s', (_, target) => {
    expect(Object.keys(target)).toEqual(['types', 'default']);
    const { types = '', default: code = '' } = target as Readonly<Record<string, string>>;
    expect(types).toBe(code.replace(/\.m?js$/, '.d.ts'));
    expect(existsSync(new URL(code.replace('/dist/', '/src/').replace(/\.m?js$/, '.ts'), ROOT))).toBe(true);
  });

  it.each(Object.entries(manifest.bin))('has a command %s that can be run', (_, path) => {
    expect(read(path)).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(() => accessSync(new URL(path, ROOT), constants.X_OK)).not.toThrow();
  });

  it('asks for a Node version that CI runs', () => {
    const [oldest] = /\d+(?:\.\d+)*/.exec(manifest.engines.node) ?? [];
    expect(manifest.engines.node).toBe(`>=${oldest}`);
    expect(read('.github/workflows/ci.yml')).toContain(`node: ['${oldest}',`);
  });

  it('runs nothing when it is installed from a registry', () => {
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
  });
});

/** What is packed, by its path in the package. */
let packed: readonly string[] | undefined;
function packedPaths(): readonly string[] {
  packed ??= askNpm();
  return packed;
}

function askNpm(): readonly string[] {
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [found] = Object.values(JSON.parse(answer) as Record<string, { files: { path: string }[] }>);
  return found?.files.map(({ path }) => path) ?? [];
}

it('the package holds the code and its papers, no tests and no sources', () => {
  const paths = packedPaths();
  expect(paths).toEqual(
    expect.arrayContaining([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'bin/trailproof.js',
      'src/help/policy.md',
    ]),
  );
  expect(
    paths.filter(
      (path) =>
        !/^(?:bin|dist)\/|^src\/help\/[a-z-]+\.md$|^(?:CHANGELOG|README)\.md$|^LICENSE$|^package\.json$/.test(path),
    ),
  ).toEqual([]);
  expect(paths.filter((path) => /\btests?\b|\.test\./.test(path))).toEqual([]);
});

it('the package depends on what its code loads, and on nothing else', () => {
  const loaded = packedPaths()
    .filter((file) => /^(?:dist|bin)\/.*\.js$/.test(file))
    .flatMap((file) => {
      const { packages, files } = readSource(file, read(file));
      // What is not packed cannot be loaded. The command is bundled.
      const isBundled = /^(?:bin|dist\/bin)\//.test(file);
      if (!isBundled) expect(files.filter((each) => /^src\/(?:cli|config|render)\//.test(each))).toEqual([]);
      return packages;
    })
    .filter((name) => !isBuiltin(name))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]);
  expect([...new Set(loaded)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
});

it('the manifest that is packed has no scripts, and everything else', () => {
  const { scripts, ...rest } = manifest;
  expect(scripts).toHaveProperty('prepare');
  expect(JSON.parse(packedManifest(read('package.json')))).toEqual(rest);
  expect(scripts.prepack).toMatch(/ && node \.ci\/packed-manifest\.js$/);
  expect(scripts.postpack).toBe('node .ci/packed-manifest.js restore');
});

it('fewer than 60 packages are installed', () => {
  expect(neededPackages().length).toBeGreaterThan(20);
  expect(neededPackages().length).toBeLessThan(60);
});

/** Every package that is installed with this one, by its path. */
function neededPackages(): readonly (readonly [path: string, locked: LockedPackage])[] {
  const lock = JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, LockedPackage>> };
  return Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
}

it('no package that is needed at run time has an install script', () => {
  const needed = neededPackages();
  expect(needed.map(([path]) => path)).toContain('node_modules/undici');
  expect(needed.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
});

it('every package that is needed at run time has a licence that is allowed', () => {
  expect(neededPackages().filter(([, { license = '' }]) => !ALLOWED_LICENCES.includes(license))).toEqual([]);
  expect(ALLOWED_LICENCES).not.toContain('GPL-3.0-only');
});

describe.each(Object.entries(bundles))('the bundles in %s', (folder, configurations) => {
  const notices = read(`${folder}/THIRD-PARTY-NOTICES`);
  const named = [...notices.matchAll(/^((?:@[\w-]+\/)?[\w.-]+) \d+\.\S+ \([\w.-]+\)$/gm)].map(([, name]) => name);

  it('come with the notice of every package that they hold code of', async () => {
    // Source maps name the files that code came from.
    const sources = (await Promise.all(configurations.map(sourcesOf))).flat();
    const packages = sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
    expect(packages).toContain('asn1js');
    expect([...named].sort()).toEqual([...new Set(packages)].sort());
  });

  it('come with the text of each licence', () => {
    const sections = notices.split(`${'-'.repeat(80)}\n`).slice(1);
    expect(sections.length).toBeGreaterThan(10);
    for (const section of sections)
      expect(section).toMatch(
        /Permission is hereby granted|Permission to use|Redistribution and use|Apache License|Blue Oak/i,
      );
    expect(notices).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  });
});

/** The files that a bundle holds code of. */
async function sourcesOf(configuration: BuildOptions): Promise<readonly string[]> {
  const mapped = { ...configuration.output, sourcemap: true, minify: false };
  const { output } = await build({ ...configuration, output: mapped, write: false, logLevel: 'silent' });
  return output.flatMap((file) => (file.type === 'chunk' ? (file.map?.sources ?? []) : []));
}
