import yargs from 'yargs';
import { COMMANDS, type CommandEntry, firstWordOf } from '../commands/command-table.js';
import { dashed, flagsOf, type KnownFlag } from '../flags/known-flags.js';

interface Candidate {
  readonly value: string;
  readonly describe: string;
}

/**
 * How a command line may go on, one candidate a line: the word, a tab, and what it does. Empty where the shell knows better, as
 * with the names of files.
 * @param words those after the name of the program; the last one, empty perhaps, is to be completed. Shells may have split
 *   `--flag=value` into three.
 */
export async function candidatesFor(words: readonly string[]): Promise<string> {
  const typed = words.slice(0, -1).filter((word) => word !== '=');
  const last = words.at(-1) ?? '';
  const current = last === '=' ? '' : last;
  const found = (await allCandidates(typed, current)).filter(({ value }) => value.startsWith(current));
  return found.map(({ value, describe }) => `${value}\t${describe}\n`).join('');
}

async function allCandidates(typed: readonly string[], current: string): Promise<readonly Candidate[]> {
  const { entries, entry, rest } = follow(typed);
  if (entry === undefined) {
    if (rest.length > 0) return [];
    return current.startsWith('-') ? flagCandidates([], flagsOf(yargs([])), current) : entries.map(toCandidate);
  }
  const flags = flagsOf((await entry.load()).flags(yargs([])));
  const before = flags.find(({ name }) => dashed(name) === rest.at(-1));
  if (before?.takesValue) return before.choices.map((value) => ({ value, describe: '' }));
  const [, name, given] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (given !== undefined) {
    const choices = flags.find((flag) => flag.name === name)?.choices ?? [];
    return choices.map((value) => ({ value: `--${name}=${value}`, describe: '' }));
  }
  if (current.startsWith('-')) return flagCandidates(rest, flags, current);
  return rest.length === 0 ? ((await entry.values?.()) ?? []).map((value) => ({ value, describe: '' })) : [];
}

/** The command that the words name, and the words behind it; no command where they name only the first word of one. */
function follow(typed: readonly string[]) {
  let entries: readonly CommandEntry[] = COMMANDS;
  for (const [index, word] of typed.entries()) {
    const found = entries.find((entry) => firstWordOf(entry) === word);
    if (found === undefined) return { entries, rest: typed.slice(index) };
    if (!('commands' in found)) return { entries, entry: found, rest: typed.slice(index + 1) };
    entries = found.commands;
  }
  return { entries, rest: [] };
}

const toCandidate = (entry: CommandEntry): Candidate => ({ value: firstWordOf(entry), describe: entry.describe });

/** `--no-…` of those that may be switched off only where it has been begun: most are off already. */
function flagCandidates(typed: readonly string[], flags: readonly KnownFlag[], current: string): readonly Candidate[] {
  const left = flags.filter(({ name, takesValue }) => takesValue || !typed.includes(dashed(name)));
  const canBeOff = ({ name, takesValue }: KnownFlag) =>
    !takesValue && name.length > 1 && !/^(?:help|version)$/.test(name);
  const off = current.startsWith('--no') ? left.filter(canBeOff) : [];
  return [
    ...left.map(({ name, describe }) => ({ value: dashed(name), describe })),
    ...off.map(({ name }) => ({ value: `--no-${name}`, describe: '' })),
  ];
}
