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

/** An option of the AWS CLI: whether it takes a value, and why it is refused if it cannot be honoured. */
interface AwsCliOption {
  readonly type: 'string' | 'boolean';
  readonly refusal?: string;
}

/** By their names without dashes. */
export type AwsCliOptions = Readonly<Record<string, AwsCliOption>>;

/**
 * Reads what follows the program's name as the AWS CLI does: of an option given twice the last one counts, a part of a name
 * will do that no other option begins with, and only the command itself may stand alone.
 * @param parsers the options in groups: one that a group knows is not looked for in those after it, whole or in part
 * @throws {ArgumentError} where an option lacks its value, or has one and takes none, or is one of several, or refused
 */
export function readAwsCliArguments(args: readonly string[], parsers: readonly AwsCliOptions[]): AwsCliArguments {
  const options: AwsCliOptions = Object.assign({}, ...parsers);
  const { tokens } = parseArgs({
    args: args.map((arg) => inFull(arg, parsers)),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string>();
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') unknown.push(token.value);
    if (token.kind === 'option-terminator') unknown.push('--');
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option?.refusal !== undefined) throw new ArgumentError(`argument ${rawName}: ${option.refusal}`);
    if (option === undefined) unknown.push(inlineValue ? `${rawName}=${value}` : rawName);
    else if (option.type === 'string') values.set(name, givenValue(rawName, value, inlineValue === true));
    else if (value === undefined) values.set(name, '');
    else throw new ArgumentError(`argument ${rawName}: ignored explicit argument '${value}'`);
  }
  const [_command, ...rest] = unknown;
  return { values, unknown: rest };
}

/** An argument that begins like options of one group, with the name in full. */
function inFull(arg: string, parsers: readonly AwsCliOptions[]): string {
  const [, part, rest = ''] = /^--([^=]+)(=.*)?$/s.exec(arg) ?? [];
  if (part === undefined) return arg;
  for (const options of parsers) {
    if (Object.hasOwn(options, part)) return arg;
    const names = Object.keys(options).filter((name) => name.startsWith(part));
    if (names.length > 1)
      throw new ArgumentError(`ambiguous option: ${arg} could match ${names.map((name) => `--${name}`).join(', ')}`);
    if (names.length === 1) return `--${names[0]}${rest}`;
  }
  return arg;
}

/** What looks like an option is no value unless it stands behind an equals sign; a time such as -24h does not. */
function givenValue(rawName: string, value: string | undefined, isInline: boolean): string {
  if (value === undefined || (!isInline && /^-\D/.test(value)))
    throw new ArgumentError(`argument ${rawName}: expected one argument`);
  return value;
}
