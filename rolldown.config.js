import { thirdPartyNotices } from './.build/bundle-notices.js';

// Bundles the command and the Lambda function: `npm run bundle`.

/** Modules that every verification of a folder takes, with all that they import: one file opens sooner than sixty. */
const VERIFY =
  /\/src\/(?:cli\/commands\/verify|render\/text\/text|compose\/threads\/open-local-hasher|adapters\/keys\/key-file|adapters\/local\/(?:local-store|open-archive))\.ts$/;

/** All of S3 that every run takes, and the clients of the AWS SDK. */
const S3 = /\/src\/compose\/aws\/open-s3\.ts$/;
const SDK = /\/node_modules\/@aws-sdk\/client-(?:s3|cloudtrail)\//;

/** undici's package loads all that it has, for 60 ms in each thread; only its pools of connections are used, that by proxies seldom. */
const PARTS_OF_UNDICI = {
  '\0undici': `export { default as Pool } from 'undici/lib/dispatcher/pool.js';`,
  '\0undici-proxy': `export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js';`,
};
const onlyThePools = {
  name: 'only-the-pools',
  resolveId: (id, importer) => {
    if (id !== 'undici') return null;
    return importer?.endsWith('/proxy-pool.ts') ? '\0undici-proxy' : '\0undici';
  },
  load: (id) => PARTS_OF_UNDICI[id] ?? null,
};

/** yargs reads the `package.json` of the working directory, or of a folder above it: that may be what is examined. */
const SHIM = '/node_modules/yargs/lib/platform-shims/esm.mjs';
const noForeignPackage = {
  name: 'no-foreign-package',
  transform(code, id) {
    if (!id.endsWith(SHIM)) return null;
    const changed = code.replace('findUp: escalade,', 'findUp: () => undefined,');
    if (changed === code) throw new Error(`${SHIM} has changed: see what yargs looks for in the working directory`);
    return changed;
  },
};

const forNode = (packages) => ({
  platform: 'node',
  plugins: [onlyThePools, noForeignPackage, thirdPartyNotices(packages)],
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] }, mainFields: ['module', 'main'] },
  checks: { ineffectiveDynamicImport: false },
});
/** Folders of the packages that the command and the function hold code of. */
const [ofCommand, ofLambda] = [new Set(), new Set()];
const names = { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' };

const command = {
  ...forNode(ofCommand),
  input: 'src/cli/main.ts',
  // The packages are seldom needed, and found in the `node_modules` of this one.
  external: [/^ajv\//, 'yaml', /\/hash-worker\.js$/],
  resolve: {
    ...forNode(ofCommand).resolve,
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
        { name: 's3', test: S3 },
        { name: 'sdk', test: SDK },
      ],
    },
  },
};

const commandWorker = {
  ...forNode(ofCommand),
  input: 'src/compose/threads/hash-worker.ts',
  output: { ...names, dir: 'dist/bin' },
};

/** A function of its own: no packages beside it, one file for each thread. It takes the place of the compiler's file of that name. */
const lambda = (input, file) => ({
  ...forNode(ofLambda),
  input,
  output: { file, codeSplitting: false, minify: true, keepNames: true },
});

/**
 * Every bundle, by its folder.
 * @type {Record<string, import('rolldown').BuildOptions[]>}
 */
export const bundles = {
  'dist/bin': [command, commandWorker],
  'dist/lambda': [
    lambda('src/lambda/index.ts', 'dist/lambda/index.js'),
    lambda('src/compose/threads/hash-worker.ts', 'dist/lambda/hash-worker.js'),
  ],
};

// Rolldown builds one after the other: the last one of a folder knows the packages of all.
export default Object.values(bundles).flat();
