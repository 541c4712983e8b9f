import { UsageError } from '../compose/usage-error.js';

/**
 * A check for yargs: refuses a flag that is given more than once and may not be. Yargs makes a list of its values,
 * whatever the type of the flag.
 */
export const refuseRepeated =
  (...repeatable: readonly string[]) =>
  (flags: Readonly<Record<string, unknown>>): true => {
    const repeated = Object.entries(flags).find(
      ([name, value]) => Array.isArray(value) && name !== '_' && !repeatable.includes(name),
    );
    if (repeated) throw new UsageError(`--${repeated[0]} is given more than once`);
    return true;
  };
