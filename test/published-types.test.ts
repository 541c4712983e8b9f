import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { consumerFile, NOT_INSTALLED } from './support/run/consumers.js';
import { temporaryFolders } from './support/run/temporary-folder.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILERS = ['5.4', '5.9', '6.0'];
const temporaryFolder = temporaryFolders();

/** What a consumer writes. It uses every entry, and takes the types apart. */
const PROGRAM = `
import { type Finding, type KeySource, type Report, type StopSignal, TrailproofError, verify, verifyEvents } from 'trailproof';
import { type DigestParse, type DigestVerdict, FINDING_CODES, type FindingCode, parseDigest, parsePublicKey, type PublicKey, verifyDigest } from 'trailproof/core';
import { handler, type RunResult } from 'trailproof/lambda';

export async function check(signal: StopSignal, keys: KeySource): Promise<readonly FindingCode[]> {
  const report: Report = await verify({ source: 'archive', keys, signal, onEvent: () => {} });
  return report.findings.map(({ code }) => code);
}
export const isOurs = (error: unknown): boolean => error instanceof TrailproofError && error.code === 'usage';
export const parse = (bytes: Uint8Array): DigestParse => parseDigest(bytes, { type: 'run' });
export const fingerprint = async (der: Uint8Array): Promise<string> => ((await parsePublicKey(der)) satisfies PublicKey).fingerprint;
export const algorithm = (key: PublicKey): string => key.cryptoKey.algorithm.name;
export const subject = ({ subject }: Finding): string => subject.type;
export const run = (): Promise<RunResult> => handler({ detail: {} }, { getRemainingTimeInMillis: () => 1 });
export const codes = FINDING_CODES.length;
export const check1 = (bytes: Uint8Array): Promise<DigestVerdict> => verifyDigest(bytes, { key: 'a.json.gz', keys: [] });
export const changed = ({ findings }: Report): readonly string[] =>
  findings.flatMap((found) => (found.code === 'log-modified' ? [found.args.expected, found.args.actual] : []));
export async function outcomeOf(source: string): Promise<string | undefined> {
  let outcome: string | undefined;
  for await (const event of verifyEvents({ source }))
    if (event.type === 'report') outcome = event.report.outcome;
  return outcome;
}
`;

/** Where there are types for them, those of the platform fit. */
const PLATFORM_PROGRAM = `${PROGRAM}
export const checkForAWhile = (keys: KeySource) => check(new AbortController().signal, keys);
export const toKey = (key: PublicKey, other: CryptoKey): PublicKey => ({ ...key, cryptoKey: other });
`;

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022'],
  types: [],
  preserveSymlinks: true,
};
const NODENEXT = { ...STRICT, module: 'nodenext', moduleResolution: 'nodenext' };
const BUNDLER = { ...STRICT, module: 'esnext', moduleResolution: 'bundler' };

/** As much of the compiler's own interface as is used, which is the same in all versions. */
interface Compiler {
  convertCompilerOptionsFromJson(options: object, folder: string): { readonly options: object };
  createProgram(files: readonly string[], options: object): object;
  getPreEmitDiagnostics(program: object): readonly object[];
  formatDiagnostics(diagnostics: readonly object[], host: object): string;
}

const require = createRequire(import.meta.url);
afterAll(() => {
  // Each holds a hundred megabytes.
  for (const file of Object.keys(require.cache)) if (file.endsWith('typescript.js')) delete require.cache[file];
});

/** What a compiler has against a program of a project that has the package, and no other. */
function faultsOf(compiler: string, options: object, program: string): string {
  const folder = temporaryFolder();
  const installed = path.join(folder, 'node_modules/trailproof');
  mkdirSync(installed, { recursive: true });
  for (const name of ['package.json', 'dist']) symlinkSync(path.join(ROOT, name), path.join(installed, name));
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const file = path.join(folder, 'consumer.ts');
  writeFileSync(file, program);
  // In this process: a compiler takes longer to start than to check this.
  const typescript = require(compiler) as Compiler;
  const { options: parsed } = typescript.convertCompilerOptionsFromJson(options, folder);
  const faults = typescript.getPreEmitDiagnostics(typescript.createProgram([file], parsed));
  const names = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => '\n',
  };
  return typescript.formatDiagnostics(faults, names);
}

describe.each(COMPILERS)('the published types, by TypeScript %s', (version) => {
  const compilerOf = (): string | undefined => consumerFile(`typescript-${version}/lib/typescript.js`);

  for (const [resolution, options] of [
    ['nodenext', NODENEXT],
    ['bundler', BUNDLER],
  ] as const)
    it(`need neither DOM, nor Node, nor packages, with the library checked: ${resolution}`, ({ skip }) => {
      const compiler = compilerOf() ?? skip(NOT_INSTALLED);
      expect(faultsOf(compiler, options, PROGRAM)).toBe('');
    });

  it('take what the platform has', ({ skip }) => {
    const compiler = compilerOf() ?? skip(NOT_INSTALLED);
    expect(faultsOf(compiler, { ...BUNDLER, lib: ['es2022', 'dom'], skipLibCheck: true }, PLATFORM_PROGRAM)).toBe('');
  });

  it('are checked at all: a wrong use is found', ({ skip }) => {
    const compiler = compilerOf() ?? skip(NOT_INSTALLED);
    const faults = faultsOf(compiler, NODENEXT, PLATFORM_PROGRAM.replace("'usage'", "'usages'"));
    expect(faults).toContain('TS2367');
    expect(faults).toContain('AbortController');
  });
});

it('the compilers are those from the oldest to the newest that is promised', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, '.ci/consumers/package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const installed = Object.keys(dependencies).flatMap((name) => /^typescript-(.+)$/.exec(name)?.[1] ?? []);
  expect(installed).toEqual(COMPILERS);
});
