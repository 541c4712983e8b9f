import type { Argv } from 'yargs';
import { UsageError } from '../../compose/errors/usage-error.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';
import { COMPLETION_SCRIPTS, SHELLS } from './completion-scripts.js';

/** The flags of `trailproof completion`. */
export const completionFlags = (yargs: Argv) =>
  yargs
    .positional('shell', { choices: SHELLS, describe: 'the shell to write it for' })
    .check(refuseRepeated())
    .example(example('source <($0 completion bash)', 'in ~/.bashrc'))
    .example(example('source <($0 completion zsh)', 'in ~/.zshrc, after compinit'))
    .example(example('$0 completion fish > ~/.config/fish/completions/trailproof.fish', 'once'))
    .epilog('Prints a script for the shell, and so has no --format. Exit status: 0 written, 64 wrong usage.');

type CompletionFlags = Awaited<ReturnType<typeof completionFlags>['argv']>;

/** Writes the script that lets a shell complete commands, flags and some of their values. */
export async function runCompletion({ shell }: CompletionFlags, terminal: Terminal): Promise<number> {
  if (shell === undefined) throw new UsageError(`name the shell: ${SHELLS.join(', ')}`);
  await write(terminal.stdout, COMPLETION_SCRIPTS[shell]);
  return EXIT.verified;
}
