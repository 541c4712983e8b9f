import { toCamelCase } from './camel-case.js';

/** What yargs adds to the flags of every command. */
const OWN = ['help', 'h', 'version', '_', '$0'] as const;

/** Options that a command does not know, with their values, as the AWS CLI lists them. `known`: without the dashes. */
export function unknownOptions(
  flags: { readonly _: readonly (string | number)[] },
  known: readonly string[],
): string[] {
  // yargs gives every option in both of its spellings.
  const names = new Set([...known, ...OWN].flatMap((name) => [name, toCamelCase(name)]));
  const unknown = Object.entries<unknown>(flags).filter(([name]) => !names.has(name));
  const options = unknown.flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
  return [...options, ...flags._.slice(1).map(String)];
}
