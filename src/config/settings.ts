import type { FindingPolicy, PolicyDefinition } from '../core/policy-definition.js';

/** A text, a list of texts, a whole number, yes and no, or a policy. */
type Kind = 'text' | 'list' | 'number' | 'boolean' | 'policy';

interface Setting {
  readonly kind: Kind;
  /** Its flag without the dashes; `source` is given by its place. The variable is named after it. */
  readonly flag: string;
  /** Whether each of several sources may have its own. */
  readonly ofSource?: true;
  /** Whether it names files or folders; in a configuration file they are relative to the file. */
  readonly isPath?: true;
}

/**
 * All that can be said of a verification, by the names that the configuration file has for it. What is a flag of `verify`
 * or `watch` is here, and in the schema `config.schema.json`.
 */
export const SETTINGS = {
  source: { kind: 'text', flag: 'source', ofSource: true, isPath: true },
  trailArn: { kind: 'text', flag: 'trail-arn', ofSource: true },
  accounts: { kind: 'list', flag: 'account', ofSource: true },
  regions: { kind: 'list', flag: 'region', ofSource: true },
  trails: { kind: 'list', flag: 'trail', ofSource: true },
  keys: { kind: 'list', flag: 'keys', ofSource: true, isPath: true },
  maxAge: { kind: 'text', flag: 'max-age', ofSource: true },
  expectAccounts: { kind: 'list', flag: 'expect-account', ofSource: true },
  expectRegions: { kind: 'list', flag: 'expect-region', ofSource: true },
  auditUnreferenced: { kind: 'boolean', flag: 'audit-unreferenced', ofSource: true },
  useVersions: { kind: 'boolean', flag: 'use-versions', ofSource: true },
  attribute: { kind: 'boolean', flag: 'attribute', ofSource: true },
  relocated: { kind: 'list', flag: 'relocated', ofSource: true },
  checkpoint: { kind: 'text', flag: 'checkpoint', ofSource: true, isPath: true },
  recheck: { kind: 'text', flag: 'recheck', ofSource: true },
  profile: { kind: 'text', flag: 'profile', ofSource: true },
  roleArn: { kind: 'text', flag: 'role-arn', ofSource: true },
  externalId: { kind: 'text', flag: 'external-id', ofSource: true },
  endpointUrl: { kind: 'text', flag: 'endpoint-url', ofSource: true },
  from: { kind: 'text', flag: 'from' },
  to: { kind: 'text', flag: 'to' },
  checkpointKey: { kind: 'text', flag: 'checkpoint-key', isPath: true },
  policy: { kind: 'policy', flag: 'policy', isPath: true },
  every: { kind: 'text', flag: 'every' },
  format: { kind: 'text', flag: 'format' },
  output: { kind: 'text', flag: 'output', isPath: true },
  reports: { kind: 'list', flag: 'report' },
  restoreList: { kind: 'text', flag: 'restore-list', isPath: true },
  controls: { kind: 'boolean', flag: 'controls' },
  verbose: { kind: 'boolean', flag: 'verbose' },
  quiet: { kind: 'boolean', flag: 'quiet' },
  threads: { kind: 'number', flag: 'threads' },
  concurrency: { kind: 'number', flag: 'concurrency' },
  rate: { kind: 'number', flag: 'rate' },
} as const satisfies Readonly<Record<string, Setting>>;

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
