import { UsageError } from '../compose/usage-error.js';
import { SETTING_NAMES, type Settings, type SettingValue, setting } from '../config/settings.js';

/**
 * The settings in the detail of an event.
 * @throws {UsageError} for what is no setting, or has not the form of one: it was meant, and must not get lost without a word
 */
export function settingsOfDetail(detail: Readonly<Record<string, unknown>>): Settings {
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, toValue(name, value)]));
}

function toValue(given: string, value: unknown): SettingValue {
  const name = SETTING_NAMES.find((known) => known === given);
  if (name === undefined) throw new UsageError(`detail.${given} is no setting; there are ${SETTING_NAMES.join(', ')}`);
  const { kind } = setting(name);
  if (kind === 'list' && isTexts(value)) return value;
  if (kind === 'text' && isText(value)) return value;
  if (kind === 'policy' && isText(value)) return value;
  if (kind === 'number' && typeof value === 'number') return value;
  if (kind === 'boolean' && typeof value === 'boolean') return value;
  throw new UsageError(`detail.${given}: not a ${FORMS[kind] ?? kind}`);
}

const FORMS: Readonly<Record<string, string>> = { list: 'list of texts', policy: 'text that names a file' };

/** An empty one is a value that failed to arrive. */
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every(isText);
