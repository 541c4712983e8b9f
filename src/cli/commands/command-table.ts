import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Terminal } from '../process/terminal.js';

/** A command that is loaded: how its flags are read, and what it does with them. */
export interface Command {
  flags(yargs: Argv): Argv;
  /** Answers with the exit status. `args`: the whole command line as it was typed. */
  run(flags: object, terminal: Terminal, args: readonly string[]): Promise<number>;
}

/** A command by its words and arguments, or the first word of several. */
export type CommandEntry =
  | {
      readonly usage: string;
      readonly describe: string;
      readonly load: () => Promise<Command>;
      /** What may stand behind it, for a shell to propose; absent where anything may. */
      readonly values?: () => Promise<readonly string[]>;
    }
  | {
      readonly name: string;
      readonly describe: string;
      /** What to say where only the first word is given. */
      readonly demand: string;
      readonly commands: readonly CommandEntry[];
    };

/** The flags of a command and what takes them, each fit for the other. */
const command = <T>(
  flags: (yargs: Argv) => Argv<T>,
  run: (flags: ArgumentsCamelCase<T>, terminal: Terminal, args: readonly string[]) => Promise<number>,
): Command => ({ flags, run }) as Command;

export const VALIDATE_LOGS = 'validate-logs';

/** Its options are not read by yargs. */
export async function loadValidateLogs(): Promise<Command> {
  const { runValidateLogs, validateLogsFlags } = await import('./validate-logs.js');
  return command(validateLogsFlags, (_flags, terminal, args) => runValidateLogs(args, terminal));
}

export const HELP = 'help';

/** Every command, in the order of the help. Each is loaded when it is called, so that none pays for the others. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'verify [source]',
    describe: 'Verify the trails in a bucket or in a copy of one',
    load: () => import('./verify.js').then((of) => command(of.verifyFlags, of.runVerify)),
  },
  {
    usage: 'watch [source]',
    describe: 'Verify again and again, aligned to the delivery of digests',
    load: () => import('./watch.js').then((of) => command(of.watchFlags, of.runWatch)),
  },
  { usage: VALIDATE_LOGS, describe: 'Answer as aws cloudtrail validate-logs does', load: loadValidateLogs },
  {
    usage: 'verify-query-results',
    describe: 'Answer as aws cloudtrail verify-query-results does',
    load: () =>
      import('./verify-query-results.js').then((of) => command(of.verifyQueryResultsFlags, of.runVerifyQueryResults)),
  },
  {
    name: 'keys',
    describe: 'Save and look at public keys',
    demand: 'name what to do with keys: fetch or show',
    commands: [
      {
        usage: 'fetch',
        describe: 'Save public keys from AWS for offline use',
        load: () => import('./keys.js').then((of) => command(of.fetchFlags, of.runKeysFetch)),
      },
      {
        usage: 'show [file..]',
        describe: 'List the public keys in a file',
        load: () => import('./keys.js').then((of) => command(of.showFlags, of.runKeysShow)),
      },
    ],
  },
  {
    name: 'checkpoint',
    describe: 'Make keys for checkpoints, and look at checkpoints',
    demand: 'name what to do with checkpoints: key or show',
    commands: [
      {
        usage: 'key',
        describe: 'Make a key that checkpoints are signed with',
        load: () => import('./checkpoint.js').then((of) => command(of.keyFlags, of.runCheckpointKey)),
      },
      {
        usage: 'show [place]',
        describe: 'Show what a checkpoint remembers',
        load: () => import('./checkpoint.js').then((of) => command(of.showFlags, of.runCheckpointShow)),
      },
    ],
  },
  {
    name: 'report',
    describe: 'Make other formats of a report',
    demand: 'name what to do with a report: convert',
    commands: [
      {
        usage: 'convert [file]',
        describe: 'Make another format of a report',
        load: () => import('./report.js').then((of) => command(of.convertFlags, of.runConvert)),
      },
    ],
  },
  {
    usage: 'inspect [object]',
    describe: 'Show a digest or a log without verifying it',
    load: () => import('./inspect.js').then((of) => command(of.inspectFlags, of.runInspect)),
  },
  {
    name: 'config',
    describe: 'Check and print a configuration',
    demand: 'name what to do with a configuration: check or print',
    commands: [
      {
        usage: 'check [file]',
        describe: 'Say what is wrong with a configuration file',
        load: () => import('./config.js').then((of) => command(of.checkFlags, of.runConfigCheck)),
      },
      {
        usage: 'print',
        describe: 'Print what holds, and where it comes from',
        load: () => import('./config.js').then((of) => command(of.printFlags, of.runConfigPrint)),
      },
    ],
  },
  {
    usage: 'iam-policy',
    describe: 'Write the IAM policies that a run takes, and no more',
    load: () => import('./iam-policy.js').then((of) => command(of.iamPolicyFlags, of.runIamPolicy)),
  },
  {
    usage: `${HELP} [topic]`,
    describe: 'Explain a topic, like policy or reports',
    load: () => import('./help.js').then((of) => command(of.helpFlags, of.runHelp)),
    values: () => import('../help/pages.js').then(({ HELP_PAGES }) => Object.keys(HELP_PAGES)),
  },
  {
    usage: 'completion [shell]',
    describe: 'Write the script with which bash, zsh or fish completes commands',
    load: () => import('./completion.js').then((of) => command(of.completionFlags, of.runCompletion)),
    values: () => import('./completion-scripts.js').then(({ SHELLS }) => SHELLS),
  },
  {
    usage: 'version',
    describe: 'Print the version',
    load: () => import('./version.js').then((of) => command(of.versionFlags, of.runVersion)),
  },
];

/** The word that a command, or a group of them, begins with. */
export const firstWordOf = (entry: CommandEntry): string =>
  'commands' in entry ? entry.name : (entry.usage.split(' ')[0] ?? '');
