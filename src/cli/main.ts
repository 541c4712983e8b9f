import yargs from 'yargs';
import { escapeTerminal } from '../render/escape-terminal.js';
import { toExit } from './errors.js';
import { EXIT } from './exit-status.js';
import { inspectFlags, runInspect } from './inspect-command.js';
import { fetchFlags, runKeysFetch, runKeysShow, showFlags } from './keys-command.js';
import { convertFlags, runConvert } from './report-command.js';
import { type Terminal, write } from './terminal.js';
import { UsageError } from './usage-error.js';
import { runValidateLogs, validateLogsFlags } from './validate-logs-command.js';
import { runVerify, verifyFlags } from './verify-command.js';
import { runVerifyQueryResults, verifyQueryResultsFlags } from './verify-query-results-command.js';
import { VERSION } from './version.js';

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
  const asksForHelp = args.some((arg) => arg === '--help' || arg === '-h');
  if (args[0] === 'validate-logs' && !asksForHelp) return runValidateLogs(args, terminal);
  let status: number = EXIT.verified;
  const parser = yargs()
    .scriptName('trailproof')
    .usage('$0 COMMAND\n\nProves whether AWS CloudTrail log files are intact.')
    .command('verify [source]', 'Verify the trails in a bucket or in a copy of one', verifyFlags, async (flags) => {
      status = await runVerify(flags, terminal);
    })
    .command('validate-logs', 'Answer as aws cloudtrail validate-logs does', validateLogsFlags, async () => {
      status = await runValidateLogs(args, terminal);
    })
    .command(
      'verify-query-results',
      'Answer as aws cloudtrail verify-query-results does',
      verifyQueryResultsFlags,
      async (flags) => {
        status = await runVerifyQueryResults(flags, terminal);
      },
    )
    .command('keys', 'Save and look at public keys', (keys) =>
      keys
        .command('fetch', 'Save public keys from AWS for offline use', fetchFlags, async (flags) => {
          status = await runKeysFetch(flags, terminal);
        })
        .command('show [file..]', 'List the public keys in a file', showFlags, async (flags) => {
          status = await runKeysShow(flags, terminal);
        })
        .demandCommand(1, 'name what to do with keys: fetch or show'),
    )
    .command('report', 'Make other formats of a report', (report) =>
      report
        .command('convert [file]', 'Make another format of a report', convertFlags, async (flags) => {
          status = await runConvert(flags, terminal);
        })
        .demandCommand(1, 'name what to do with a report: convert'),
    )
    .command('inspect [object]', 'Show a digest or a log without verifying it', inspectFlags, async (flags) => {
      status = await runInspect(flags, terminal);
    })
    .demandCommand(1, 'name a command; trailproof --help lists them')
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .parserConfiguration({ 'parse-numbers': false, 'greedy-arrays': false, 'duplicate-arguments-array': true })
    .wrap(100)
    .fail((message: string | null, error: Error | undefined) => {
      // What yargs itself refuses comes as a message, or as an error of its own.
      throw error && error.name !== 'YError' ? error : new UsageError(`${message}\nRun trailproof --help.`);
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
