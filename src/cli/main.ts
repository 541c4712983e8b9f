import yargs, { type Argv } from 'yargs';
import { UsageError } from '../compose/usage-error.js';
import { VERSION } from '../compose/version.js';
import { escapeTerminal } from '../render/escape-terminal.js';
import { SEE_HELP, toExit } from './errors.js';
import { EXIT } from './exit-status.js';
import { type Terminal, write } from './terminal.js';

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

// Each command is loaded when it is called, so that none pays for the others.
const commands = {
  verify: () => import('./verify-command.js'),
  watch: () => import('./watch-command.js'),
  validateLogs: () => import('./validate-logs-command.js'),
  verifyQueryResults: () => import('./verify-query-results-command.js'),
  keys: () => import('./keys-command.js'),
  report: () => import('./report-command.js'),
  inspect: () => import('./inspect-command.js'),
  config: () => import('./config-command.js'),
  iamPolicy: () => import('./iam-policy-command.js'),
  checkpoint: () => import('./checkpoint-command.js'),
};

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  // Its options are read as the AWS CLI reads them; yargs would take -24h for three options. It only shows the help.
  const asksForHelp = args.some((arg) => arg === '--help' || arg === '-h') || args.join(' ') === 'validate-logs help';
  if (args[0] === 'validate-logs' && !asksForHelp)
    return (await commands.validateLogs()).runValidateLogs(args, terminal);
  let status: number = EXIT.verified;
  const parser = yargs()
    .scriptName('trailproof')
    .usage('$0 COMMAND\n\nProves whether AWS CloudTrail log files are intact.')
    .command(
      'verify [source]',
      'Verify the trails in a bucket or in a copy of one',
      async (flags: Argv) => (await commands.verify()).verifyFlags(flags),
      async (flags) => {
        status = await (await commands.verify()).runVerify(flags, terminal);
      },
    )
    .command(
      'watch [source]',
      'Verify again and again, aligned to the delivery of digests',
      async (flags: Argv) => (await commands.watch()).watchFlags(flags),
      async (flags) => {
        status = await (await commands.watch()).runWatch(flags, terminal);
      },
    )
    .command(
      'validate-logs',
      'Answer as aws cloudtrail validate-logs does',
      async (flags: Argv) => (await commands.validateLogs()).validateLogsFlags(flags),
      async () => {
        status = await (await commands.validateLogs()).runValidateLogs(args, terminal);
      },
    )
    .command(
      'verify-query-results',
      'Answer as aws cloudtrail verify-query-results does',
      async (flags: Argv) => (await commands.verifyQueryResults()).verifyQueryResultsFlags(flags),
      async (flags) => {
        status = await (await commands.verifyQueryResults()).runVerifyQueryResults(flags, terminal);
      },
    )
    .command('keys', 'Save and look at public keys', (keys) =>
      keys
        .command(
          'fetch',
          'Save public keys from AWS for offline use',
          async (flags: Argv) => (await commands.keys()).fetchFlags(flags),
          async (flags) => {
            status = await (await commands.keys()).runKeysFetch(flags, terminal);
          },
        )
        .command(
          'show [file..]',
          'List the public keys in a file',
          async (flags: Argv) => (await commands.keys()).showFlags(flags),
          async (flags) => {
            status = await (await commands.keys()).runKeysShow(flags, terminal);
          },
        )
        .demandCommand(1, 'name what to do with keys: fetch or show'),
    )
    .command('checkpoint', 'Make keys for checkpoints, and look at checkpoints', (checkpoint) =>
      checkpoint
        .command(
          'key',
          'Make a key that checkpoints are signed with',
          async (flags: Argv) => (await commands.checkpoint()).keyFlags(flags),
          async (flags) => {
            status = await (await commands.checkpoint()).runCheckpointKey(flags, terminal);
          },
        )
        .command(
          'show [place]',
          'Show what a checkpoint remembers',
          async (flags: Argv) => (await commands.checkpoint()).showFlags(flags),
          async (flags) => {
            status = await (await commands.checkpoint()).runCheckpointShow(flags, terminal);
          },
        )
        .demandCommand(1, 'name what to do with checkpoints: key or show'),
    )
    .command('report', 'Make other formats of a report', (report) =>
      report
        .command(
          'convert [file]',
          'Make another format of a report',
          async (flags: Argv) => (await commands.report()).convertFlags(flags),
          async (flags) => {
            status = await (await commands.report()).runConvert(flags, terminal);
          },
        )
        .demandCommand(1, 'name what to do with a report: convert'),
    )
    .command(
      'inspect [object]',
      'Show a digest or a log without verifying it',
      async (flags: Argv) => (await commands.inspect()).inspectFlags(flags),
      async (flags) => {
        status = await (await commands.inspect()).runInspect(flags, terminal);
      },
    )
    .command('config', 'Check and print a configuration', (config) =>
      config
        .command(
          'check [file]',
          'Say what is wrong with a configuration file',
          async (flags: Argv) => (await commands.config()).checkFlags(flags),
          async (flags) => {
            status = await (await commands.config()).runConfigCheck(flags, terminal);
          },
        )
        .command(
          'print',
          'Print what holds, and where it comes from',
          async (flags: Argv) => (await commands.config()).printFlags(flags),
          async (flags) => {
            status = await (await commands.config()).runConfigPrint(flags, terminal);
          },
        )
        .demandCommand(1, 'name what to do with a configuration: check or print'),
    )
    .command(
      'iam-policy',
      'Write the IAM policies that a run takes, and no more',
      async (flags: Argv) => (await commands.iamPolicy()).iamPolicyFlags(flags),
      async (flags) => {
        status = await (await commands.iamPolicy()).runIamPolicy(flags, terminal);
      },
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
  await parser.parseAsync([...args], {}, (_error: unknown, _argv: unknown, text: string) => {
    texts.push(text);
  });
  for (const text of texts) await write(terminal.stdout, text === '' ? '' : `${text}\n`);
  return status;
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
