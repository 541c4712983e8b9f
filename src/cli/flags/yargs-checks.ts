import { UsageError } from '../../compose/errors/usage-error.js';

/** The other spelling that yargs gives to every option: `trailArn` for `trail-arn`. */
export const toCamelCase = (flag: string): string => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * A check for yargs: refuses a flag that is given more than once and may not be. Yargs makes a list of its values,
 * whatever the type of the flag.
 * @param repeatable flags without their dashes
 */
export const refuseRepeated = (...repeatable: readonly string[]) => {
  const allowed = bothSpellings(['_', ...repeatable]);
  return (flags: Readonly<Record<string, unknown>>): true => {
    const repeated = Object.keys(flags).filter((name) => Array.isArray(flags[name]) && !allowed.has(name));
    // A flag of one letter stands beside the name that it is short for.
    const named = repeated.find((name) => name.length > 1) ?? repeated[0];
    if (named !== undefined) throw new UsageError(`--${named} is given more than once`);
    return true;
  };
};

/** What yargs adds to the flags of every command. */
const OWN = ['help', 'h', 'version', '_', '$0'] as const;

/** Options that a command does not know, with their values, as the AWS CLI lists them. `known`: without the dashes. */
export function unknownOptions(
  flags: { readonly _: readonly (string | number)[] },
  known: readonly string[],
): string[] {
  const names = bothSpellings([...known, ...OWN]);
  const unknown = Object.entries<unknown>(flags).filter(([name]) => !names.has(name));
  const options = unknown.flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
  return [...options, ...flags._.slice(1).map(String)];
}

/** yargs gives every option in both of its spellings. */
const bothSpellings = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => [name, toCamelCase(name)]));

/** An example for the help, on a line of its own below what it shows: in columns, a long command is broken and cannot be copied. */
export const example = (command: string, shows: string): [string, string][] => [
  [`# ${shows}`, ''],
  [command, ''],
];
