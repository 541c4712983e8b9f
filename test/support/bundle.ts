import { build } from 'rolldown';

/** A program in one file that Node runs as it is; packages are loaded from where they are installed. */
export async function bundleForNode(input: string, file: string, alias: Readonly<Record<string, string>> = {}) {
  await build({
    input,
    platform: 'node',
    external: (id) => /^[^./]/.test(id) && !Object.hasOwn(alias, id),
    resolve: { alias: { ...alias }, extensionAlias: { '.js': ['.ts', '.js'] } },
    output: { file, codeSplitting: false },
    logLevel: 'warn',
  });
}
