import { dirname, isAbsolute, join } from 'node:path';
import {
  type ConfigDocument,
  checkDocument,
  type Fault,
  type FieldPath,
  readConfigDocument,
  readSchema,
} from '../compose/config-document.js';
import { policyIn } from '../compose/read-policy.js';
import { isS3Uri } from '../core/objects/object-ref.js';
import type { PolicyDefinition } from '../core/policy/parse-policy.js';
import type { FileSettings } from './precedence.js';
import { type SettingName, type Settings, type SettledSettings, setting, type WrittenPolicy } from './settings.js';

interface WrittenReport {
  readonly format: string;
  readonly path: string;
}
/** As the schema has it. */
type WrittenSettings = Omit<Settings, 'reports' | 'policy'> & {
  readonly reports?: readonly WrittenReport[];
  readonly policy?: string | PolicyDefinition;
};
type WrittenConfig = WrittenSettings & { readonly sources?: readonly WrittenSettings[] };

/**
 * Reads a configuration file. Paths in it are relative to its folder.
 * @throws {UsageError} that names the faults by line and field
 */
export async function readConfigFile(path: string): Promise<FileSettings> {
  return { ...(await toFileSettings(await readConfigDocument(path), dirname(path))), path };
}

/**
 * What the document of a configuration says, be it from a file or from a program.
 * @param folder what paths in it are relative to; the working directory where absent
 * @throws {UsageError}
 */
export async function toFileSettings(document: ConfigDocument, folder = '.'): Promise<FileSettings> {
  const [schema, ...references] = await Promise.all(['config', 'policy', 'report'].map(readSchema));
  const { sources, policy, ...common } = await checkDocument<WrittenConfig>(document, schema ?? {}, references);
  const faults = [...misplaced(common, sources), ...nameless(sources)];
  if (faults.length > 0) throw document.refuse(faults);
  const settled = (written: Omit<WrittenSettings, 'policy'>, at: FieldPath): SettledSettings => ({
    values: toSettings(written, folder),
    nameOf: (name) => document.nameOf([...at, name]),
  });
  const { values, nameOf } = settled(common, []);
  const given = policy === undefined ? {} : { policy: toPolicy(document, policy, folder) };
  return {
    common: { values: { ...values, ...given }, nameOf },
    ...(sources && { sources: sources.map((source, index) => settled(source, ['sources', index])) }),
  };
}

/** @throws {UsageError} */
const toPolicy = (
  document: ConfigDocument,
  policy: string | PolicyDefinition,
  folder: string,
): string | WrittenPolicy =>
  typeof policy === 'string'
    ? inFolder(folder, policy)
    : { definition: policy, policy: policyIn(document, policy, ['policy']) };

const SOURCE_NAMES = ['source', 'trailArn'] as const satisfies readonly SettingName[];

const misplaced = (common: WrittenSettings, sources: WrittenConfig['sources']): Fault[] =>
  SOURCE_NAMES.filter((name) => sources && common[name] !== undefined).map((name) => ({
    at: [name],
    message: 'stands beside sources, where each has its own; move it there',
  }));

const nameless = (sources: WrittenConfig['sources'] = []): Fault[] =>
  sources.flatMap((written, index) =>
    SOURCE_NAMES.some((name) => written[name] !== undefined)
      ? []
      : [{ at: ['sources', index], message: 'names neither a source nor a trailArn' }],
  );

function toSettings({ reports, ...written }: Omit<WrittenSettings, 'policy'>, folder: string): Settings {
  const entries = Object.entries(written).map(([name, value]) => {
    if (!setting(name as keyof typeof written).isPath) return [name, value];
    return [name, typeof value === 'string' ? inFolder(folder, value) : pathsIn(folder, value)];
  });
  return {
    ...Object.fromEntries(entries),
    ...(reports && { reports: reports.map(({ format, path }) => `${format}=${inFolder(folder, path)}`) }),
  };
}

/** What else names files is a list of them. */
const pathsIn = (folder: string, value: unknown): unknown =>
  Array.isArray(value) ? value.map((path: string) => inFolder(folder, path)) : value;

const inFolder = (folder: string, path: string): string =>
  isAbsolute(path) || isS3Uri(path) ? path : join(folder, path);
