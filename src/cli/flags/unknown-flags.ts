import { closestTo } from '../process/closest.js';
import { dashed, type KnownFlag } from './known-flags.js';

/**
 * What yargs refuses, in the words that were typed: it names unknown flags without their dashes, and those of several words twice.
 * Proposes the flag that was probably meant.
 * @param known the flags of the command
 */
export function asTyped(message: string, args: readonly string[], known: readonly KnownFlag[]): string {
  const [, names] = /^Unknown arguments?: (.*)$/s.exec(message) ?? [];
  if (names === undefined) return message;
  const given = args.map((arg) => (arg.startsWith('-') ? arg.replace(/=.*/s, '') : arg));
  const unknown = new Set(names.split(', '));
  const typed = [...new Set(given)].filter((arg) => unknown.has(arg.replace(/^--?/, '')));
  if (typed.length === 0) return message;
  const flags = known.map(({ name }) => name);
  const meant = typed.flatMap((arg) => (/^--./.test(arg) ? meantBy(arg.slice(2), flags) : []));
  const proposal = meant.length === 0 ? '' : `; did you mean ${[...new Set(meant)].map(dashed).join(', ')}?`;
  return `Unknown argument${typed.length === 1 ? '' : 's'}: ${typed.join(', ')}${proposal}`;
}

/** The flag that begins like that, where there is only one; otherwise the one that is written much the same. */
function meantBy(typed: string, flags: readonly string[]): string | readonly string[] {
  const [begun, ...others] = flags.filter((flag) => flag.startsWith(typed));
  return (begun !== undefined && others.length === 0 ? begun : closestTo(typed, flags)) ?? [];
}
