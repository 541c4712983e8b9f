import type { Argv } from 'yargs';

/** A flag that a command takes. */
export interface KnownFlag {
  /** Without its dashes. */
  readonly name: string;
  /** Whether a value follows it. */
  readonly takesValue: boolean;
  /** The values that there are; empty where any will do. */
  readonly choices: readonly string[];
  /** What it does; empty where nothing is said. */
  readonly describe: string;
}

/** What yargs knows of its flags, and its types do not say. */
interface Declared {
  getOptions(): {
    readonly key: Readonly<Record<string, unknown>>;
    readonly boolean: readonly string[];
    readonly choices: Readonly<Record<string, readonly string[]>>;
  };
  getGroups(): Readonly<Record<string, readonly string[]>>;
  getInternalMethods(): {
    getUsageInstance(): {
      getDescriptions(): Readonly<Record<string, string | undefined>>;
      getPositionalGroupName(): string;
    };
  };
}

/** The flags that a command has declared, its short ones too, in their order. Values that stand without a flag are none. */
export function flagsOf(command: Argv): readonly KnownFlag[] {
  const declared = command as unknown as Declared;
  const { key, boolean, choices } = declared.getOptions();
  const usage = declared.getInternalMethods().getUsageInstance();
  const descriptions = usage.getDescriptions();
  const positional = declared.getGroups()[usage.getPositionalGroupName()] ?? [];
  return Object.keys(key)
    .filter((name) => !positional.includes(name))
    .map((name) => ({
      name,
      takesValue: !boolean.includes(name),
      choices: choices[name] ?? [],
      // What yargs says of its own flags is marked to be translated.
      describe: (descriptions[name] ?? '').replace('__yargsString__:', ''),
    }));
}

/** The flag as it is typed. */
export const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);
