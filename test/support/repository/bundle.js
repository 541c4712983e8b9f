import { build } from 'rolldown';

/**
 * How a program of the tests or the measurements becomes one file that Node runs as it is. Packages are loaded from where they
 * are installed, but for those that stand for a file of ours.
 * @param {string} input
 * @param {string} file
 * @param {Readonly<Record<string, string>>} [alias]
 */
export const program = (input, file, alias = {}) => ({
  input,
  platform: /** @type {const} */ ('node'),
  external: (/** @type {string} */ id) => /^[^./]/.test(id) && !isRuntime(id) && !Object.hasOwn(alias, id),
  resolve: { alias: { ...alias }, extensionAlias: { '.js': ['.ts', '.js'] } },
  output: { file, codeSplitting: false },
  logLevel: /** @type {const} */ ('warn'),
});

/**
 * Helpers that the bundler puts in itself.
 * @param {string} id
 */
const isRuntime = (id) => id.startsWith('@oxc-project/runtime/');

/** @type {(...of: Parameters<typeof program>) => Promise<void>} */
export const bundleForNode = async (...of) => {
  await build(program(...of));
};
