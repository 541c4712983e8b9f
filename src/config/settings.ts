import type { FindingPolicy, PolicyDefinition } from '../core/policy/parse-policy.js';
import { type Kind, SETTINGS, type Setting } from './setting-table.js';

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** A policy that stands in the configuration. */
export interface WrittenPolicy {
  readonly definition: PolicyDefinition;
  readonly policy: FindingPolicy;
}

interface ValueOfKind {
  readonly text: string;
  readonly list: readonly string[];
  readonly number: number;
  readonly boolean: boolean;
  /** The file that it stands in, or the policy itself. */
  readonly policy: string | WrittenPolicy;
}
export type SettingValue = ValueOfKind[Kind];

/** The settings that have a value. */
export type Settings = {
  readonly [N in SettingName]?: ValueOfKind[(typeof SETTINGS)[N]['kind']] | undefined;
};

/** Settings that still know where each of them comes from. */
export interface SettledSettings {
  readonly values: Settings;
  /** What a message calls a setting: `--account`, `TRAILPROOF_ACCOUNT` or `trailproof.yaml, line 3: accounts`. */
  nameOf(name: SettingName): string;
}

/** Settings of which nothing is known but what they are on the command line. */
export const fromFlags = (values: Settings): SettledSettings => ({ values, nameOf: flagOf });

export const flagOf = (name: SettingName): string => (name === 'source' ? 'SOURCE' : `--${SETTINGS[name].flag}`);

export const setting = (name: SettingName): Setting => SETTINGS[name];

/** The settings that a run is asked. */
export type AskedName = {
  [N in SettingName]: (typeof SETTINGS)[N] extends { readonly asks: true } ? N : never;
}[SettingName];
export const ASKED_NAMES: readonly AskedName[] = SETTING_NAMES.filter(
  (name): name is AskedName => setting(name).asks === true,
);
