import yargs, { type Argv } from 'yargs';
import { UsageError } from '../compose/errors/usage-error.js';
import { VERSION } from '../compose/version.js';
import { escapeTerminal } from '../render/strings/escape-terminal.js';
import {
  COMMANDS,
  type Command,
  type CommandEntry,
  HELP,
  loadValidateLogs,
  VALIDATE_LOGS,
} from './commands/command-table.js';
import { flagsOf } from './flags/known-flags.js';
import { asTyped } from './flags/unknown-flags.js';
import { SEE_HELP, toExit } from './process/exit.js';
import { EXIT } from './process/exit-status.js';
import { type Terminal, write } from './process/terminal.js';

/** What a shell asks for as the first word, with the words of a command line behind it, to propose how it goes on. */
const COMPLETE = '--complete';

/**
 * Runs the command line and answers with its exit status. Never throws, and ends no process: what was written
 * can drain first.
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    const { message, status } = toExit(error);
    await write(terminal.stderr, `trailproof: ${message.split('\n').map(escapeTerminal).join('\n')}\n`);
    return status;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  // Its options are read as the AWS CLI reads them; yargs would take -24h for three options. It only shows the help.
  const asksForHelp =
    args.some((arg) => arg === '--help' || arg === '-h') || args.join(' ') === `${VALIDATE_LOGS} help`;
  if (args[0] === VALIDATE_LOGS && !asksForHelp) return (await loadValidateLogs()).run({}, terminal, args);
  if (args[0] === COMPLETE) {
    const { candidatesFor } = await import('./completion/candidates.js');
    await write(terminal.stdout, await candidatesFor(args.slice(1)));
    return EXIT.verified;
  }
  let status: number = EXIT.verified;
  const run = async (command: Command, flags: object) => {
    status = await command.run(flags, terminal, args);
  };
  const root = yargs().scriptName('trailproof');
  const parser = addCommands(
    root.usage('$0 COMMAND\n\nProves whether AWS CloudTrail log files are intact.'),
    COMMANDS,
    run,
  )
    .demandCommand(1, 'name a command')
    .recommendCommands()
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .detectLocale(false)
    .parserConfiguration({ 'parse-numbers': false, 'greedy-arrays': false, 'duplicate-arguments-array': true })
    // A help text is laid out whether it is asked for or not, which takes longer where lines are broken.
    .wrap(asksForHelp ? 100 : null)
    .fail((message: string | null, error: Error | undefined) => {
      // What yargs itself refuses comes as a message, or as an error of its own.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(`${asTyped(message ?? '', args, flagsOf(root))}\n${SEE_HELP}`);
    })
    .exitProcess(false);
  const texts: string[] = [];
  // With a callback yargs prints nothing itself: help and version are handed over here.
  await parser.parseAsync(pastYargs(args), {}, (_error: unknown, _argv: unknown, text: string) => {
    texts.push(text);
  });
  for (const text of texts) await write(terminal.stdout, text === '' ? '' : `${text}\n`);
  return status;
}

/** Where the last word is `help`, yargs shows the help of the whole program: an empty topic stands behind ours. */
function pastYargs(args: readonly string[]): string[] {
  const [first, second = HELP, ...rest] = args;
  if (first !== HELP || !(second === HELP || second.startsWith('-'))) return [...args];
  return [HELP, '', ...[second, ...rest].filter((arg) => arg !== HELP)];
}

/** A command is loaded when it is called. */
function addCommands(
  parser: Argv,
  entries: readonly CommandEntry[],
  run: (command: Command, flags: object) => Promise<void>,
): Argv {
  for (const entry of entries) {
    if ('commands' in entry) {
      const { name, describe, commands, demand } = entry;
      parser.command(name, describe, (group) => addCommands(group, commands, run).demandCommand(1, demand));
    } else {
      const { usage, describe, load } = entry;
      parser.command(
        usage,
        describe,
        async (flags: Argv) => (await load()).flags(flags),
        async (flags: object) => run(await load(), flags),
      );
    }
  }
  return parser;
}
