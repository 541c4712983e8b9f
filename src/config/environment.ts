import { UsageError } from '../compose/errors/usage-error.js';
import { flagOf, SETTING_NAMES, type SettingName, type Settings, type SettingValue, setting } from './settings.js';

const PREFIX = 'TRAILPROOF_';
/** Names the configuration file. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`;

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `TRAILPROOF_EXPECT_ACCOUNT` of `expectAccounts`: the variable is named after the flag. */
export const variableOf = (name: SettingName): string => PREFIX + setting(name).flag.toUpperCase().replaceAll('-', '_');

const NAMES: ReadonlyMap<string, SettingName> = new Map(SETTING_NAMES.map((name) => [variableOf(name), name]));

/**
 * The settings that environment variables give. A list is separated by commas.
 * @throws {UsageError} for a variable that begins like ours and is none, and for one that is empty: a setting that was
 * meant must not get lost without a word
 */
export function settingsOfEnvironment(environment: Environment): Settings {
  const values: [SettingName, SettingValue][] = [];
  for (const [variable, text] of Object.entries(environment).sort()) {
    if (!variable.startsWith(PREFIX) || text === undefined) continue;
    if (text === '') throw new UsageError(`${variable} is empty: give it a value, or unset it`);
    const name = NAMES.get(variable);
    // The variable holds the key itself, and who opens checkpoints reads it.
    if (name === 'checkpointKey') continue;
    if (name !== undefined) values.push([name, toValue(name, text)]);
    else if (variable !== CONFIG_VARIABLE) throw new UsageError(`${variable} is no setting\n${hintFor(variable)}`);
  }
  return Object.fromEntries(values);
}

function toValue(name: SettingName, text: string): SettingValue {
  switch (setting(name).kind) {
    case 'text':
    case 'policy':
      return text;
    case 'list':
      return text.split(',').map((item) => item.trim());
    case 'number':
      return Number(text);
    case 'boolean':
      return toBoolean(variableOf(name), text);
  }
}

function toBoolean(variable: string, text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new UsageError(`${variable} ${text}: write true or false`);
}

/** People write what the file calls it, or leave out a part. */
function hintFor(variable: string): string {
  const meant = toPlain(variable.slice(PREFIX.length));
  const near = SETTING_NAMES.filter((name) =>
    [name, setting(name).flag]
      .map(toPlain)
      .some((known) => known === meant || isPart(known, meant) || isPart(meant, known)),
  );
  const names = near.length > 0 ? near : SETTING_NAMES;
  const there = names.map((name) => `${variableOf(name)} (${flagOf(name)})`).join(', ');
  return `There ${names.length === 1 ? 'is' : 'are'} ${there}.`;
}

const toPlain = (text: string): string => text.toLowerCase().replace(/[-_]|s$/g, '');

const isPart = (part: string, whole: string): boolean => part.length > 2 && whole.includes(part);
