import { parseArgs } from 'node:util';

/** Arguments that make no sense, in the AWS CLI's words. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export interface AwsCliArguments {
  /** By the option's name without dashes; empty for an option that takes no value. */
  readonly values: ReadonlyMap<string, string>;
  /** What is no option of the command, as it was written and in that order. */
  readonly unknown: readonly string[];
}

/**
 * Reads what follows the program's name as the AWS CLI does: of an option given twice the last one counts, and only the
 * command itself may stand alone.
 * @throws {ArgumentError} where an option lacks its value, or has one and takes none
 */
export function readAwsCliArguments(
  args: readonly string[],
  options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>,
): AwsCliArguments {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string>();
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') unknown.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const type = Object.hasOwn(options, name) ? options[name]?.type : undefined;
    if (type === undefined) unknown.push(inlineValue ? `${rawName}=${value}` : rawName);
    else if (type === 'string') values.set(name, givenValue(rawName, value, inlineValue === true));
    else if (value === undefined) values.set(name, '');
    else throw new ArgumentError(`argument ${rawName}: ignored explicit argument '${value}'`);
  }
  const [_command, ...rest] = unknown;
  return { values, unknown: rest };
}

/** What looks like an option is no value unless it stands behind an equals sign; a time such as -24h does not. */
function givenValue(rawName: string, value: string | undefined, isInline: boolean): string {
  if (value === undefined || (!isInline && /^-\D/.test(value)))
    throw new ArgumentError(`argument ${rawName}: expected one argument`);
  return value;
}
