import { defineConfig } from 'rolldown';

/** What the command finds in its package's own `node_modules`: large, and seldom needed. */
const PACKAGES_LEFT_OUT = [/^@aws-sdk\//, /^ajv\//, 'yaml', 'lilconfig'];

/** Modules that every verification of a folder takes, with all that they import: one file opens sooner than sixty. */
const VERIFY =
  /\/src\/(?:cli\/verify-command|render\/text|compose\/open-local|adapters\/keys\/key-file|adapters\/local\/(?:local-store|open-archive))\.ts$/;

const forNode = {
  platform: 'node',
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  checks: { ineffectiveDynamicImport: false },
};
const names = { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' };

const command = {
  ...forNode,
  input: 'src/cli/main.ts',
  external: [...PACKAGES_LEFT_OUT, /\/hash-worker\.js$/],
  resolve: {
    ...forNode.resolve,
    // What yargs lays out its help with loads data of all scripts and emoji: 40 ms of every start.
    alias: { 'string-width': 'fast-string-width' },
  },
  output: {
    ...names,
    dir: 'dist/bin',
    codeSplitting: {
      groups: [
        { name: 'command', test: /\/src\/cli\/main\.ts$/, priority: 2 },
        { name: 'verify', test: VERIFY, priority: 1 },
      ],
    },
  },
};

const commandWorker = {
  ...forNode,
  input: 'src/compose/hash-worker.ts',
  external: PACKAGES_LEFT_OUT,
  output: { ...names, dir: 'dist/bin' },
};

/** A function of its own: no packages beside it, one file for each thread. */
const lambda = (input, file) => ({
  ...forNode,
  input,
  resolve: { ...forNode.resolve, mainFields: ['module', 'main'] },
  output: { file, codeSplitting: false, minify: true, keepNames: true },
});

export default defineConfig([
  command,
  commandWorker,
  lambda('src/lambda/index.ts', 'dist/lambda/index.mjs'),
  lambda('src/compose/hash-worker.ts', 'dist/lambda/hash-worker.js'),
]);
