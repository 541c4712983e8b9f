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
import { SEE_HELP, toExit } from './process/exit.js';
import { EXIT } from './process/exit-status.js';
import { type Terminal, write } from './process/terminal.js';

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
      throw error && error.name !== 'YError' ? error : new UsageError(`${asTyped(message ?? '', args)}\n${SEE_HELP}`);
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
  const [first, second, ...rest] = args;
  if (first !== HELP) return [...args];
  return second === undefined || second === HELP || second.startsWith('-')
    ? [HELP, '', ...args.slice(1).filter((arg) => arg !== HELP)]
    : [first, second, ...rest];
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

/** yargs names unknown flags without their dashes, and those of several words twice: here they stand as they were typed. */
function asTyped(message: string, args: readonly string[]): string {
  const [, names] = /^Unknown arguments?: (.*)$/s.exec(message) ?? [];
  if (names === undefined) return message;
  const given = args.map((arg) => (arg.startsWith('-') ? arg.replace(/=.*/s, '') : arg));
  const unknown = new Set(names.split(', '));
  const typed = [...new Set(given)].filter((arg) => unknown.has(arg.replace(/^--?/, '')));
  return typed.length === 0 ? message : `Unknown argument${typed.length === 1 ? '' : 's'}: ${typed.join(', ')}`;
}
