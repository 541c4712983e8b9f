import type { Configuration } from './precedence.js';
import { SETTING_NAMES, type SettingName, type Settings, type SettledSettings, setting } from './settings.js';

/** A value as a configuration file has it, and where it comes from. */
type Entry = readonly [name: SettingName, value: unknown, origin: string];

/** What holds in the end, as a configuration file would say it: each value with its origin for a comment. */
export async function formatAsYaml(configuration: Configuration): Promise<string> {
  const { Document, isMap, isScalar, isSeq } = await import('yaml');
  const { common, sources } = entriesOf(configuration);
  const value = { ...(sources && { sources: sources.map(toObject) }), ...toObject(common) };
  const document = new Document(value, { aliasDuplicateObjects: false });
  const comment = (map: unknown, entries: readonly Entry[]) => {
    for (const { key, value } of isMap(map) ? map.items : []) {
      const origin = entries.find(([name]) => isScalar(key) && key.value === name)?.[2];
      if (origin === undefined) continue;
      if (isScalar(value)) value.comment = ` ${origin}`;
      else if (isScalar(key)) key.commentBefore = ` ${origin}`;
    }
  };
  comment(document.contents, common);
  const list = document.get('sources');
  if (isSeq(list)) for (const [index, map] of list.items.entries()) comment(map, sources?.[index] ?? []);
  return document.toString({ lineWidth: 0 });
}

/** The same as JSON, without the origins. */
export function formatAsJson(configuration: Configuration): string {
  const { common, sources } = entriesOf(configuration);
  const value = { ...(sources && { sources: sources.map(toObject) }), ...toObject(common) };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const toObject = (entries: readonly Entry[]): object =>
  Object.fromEntries(entries.map(([name, value]) => [name, value]));

/** A single source needs no list. */
function entriesOf({ run, sources }: Configuration): {
  readonly common: readonly Entry[];
  readonly sources?: readonly (readonly Entry[])[];
} {
  const [only, ...more] = sources;
  if (only && more.length === 0) return { common: [...entriesIn(only, () => true), ...defaults(only)] };
  return {
    common: [...entriesIn(run, (name) => !setting(name).ofSource), ...defaults(run)],
    sources: sources.map((source) => entriesIn(source, (name) => setting(name).ofSource === true)),
  };
}

const entriesIn = ({ values, nameOf }: SettledSettings, isWanted: (name: SettingName) => boolean): Entry[] =>
  SETTING_NAMES.filter((name) => isWanted(name) && values[name] !== undefined).map((name) => [
    name,
    toWritten(name, values),
    nameOf(name),
  ]);

const defaults = ({ values }: SettledSettings): Entry[] =>
  values.format === undefined ? [['format', 'text', 'default']] : [];

function toWritten(name: SettingName, values: Settings): unknown {
  if (name === 'reports') return (values.reports ?? []).map(toReport);
  if (name === 'policy') return typeof values.policy === 'object' ? values.policy.definition : values.policy;
  return withoutSecrets(name, values[name]);
}

function toReport(text: string): object {
  const [format, ...path] = text.split('=');
  return { format, path: path.join('=') };
}

const HIDDEN = '(hidden)';

/** Who knows the external ID of a role is half way to it, and a URL may hold a password. */
function withoutSecrets(name: SettingName, value: unknown): unknown {
  if (name === 'externalId') return HIDDEN;
  if (name !== 'endpointUrl' || typeof value !== 'string') return value;
  return value.replace(/^(https?:\/\/)[^/@]*@/i, `$1${HIDDEN}@`);
}
