import type { Argv } from 'yargs';
import { UsageError } from '../../compose/errors/usage-error.js';
import { checkConfiguration } from '../../config/check-configuration.js';
import { findConfigFile } from '../../config/find-config-file.js';
import { settle } from '../../config/precedence.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { countOf } from '../../render/strings/numbers-and-times.js';
import { configFlag, readConfiguration } from '../flags/config.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';

/** The flags of `trailproof config check`. */
export const checkFlags = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', describe: 'a configuration file; default: the one in this folder' })
    .check(refuseRepeated())
    .example(example('$0 config check trailproof.yaml', 'before it is put to use'))
    .epilog(
      'Nothing is opened that the file names, but a policy. Programs go by the exit status: there is no --format. Exit status: 0 nothing is wrong, 64 something is.',
    );

type CheckFlags = Awaited<ReturnType<typeof checkFlags>['argv']>;

/** Reads a configuration file and says what is wrong with it. */
export async function runConfigCheck({ file }: CheckFlags, terminal: Terminal): Promise<number> {
  const path = file ?? (await findConfigFile(terminal.cwd));
  if (path === undefined) throw new UsageError('there is no trailproof.yaml, .yml or .json here; name a file');
  const { readConfigFile } = await import('../../config/config-file.js');
  const configuration = settle({}, {}, await readConfigFile(path));
  await checkConfiguration(configuration, terminal.now());
  const isNamed = configuration.sources.some(
    ({ values }) => values.source !== undefined || values.trailArn !== undefined,
  );
  const sources = isNamed ? countOf(configuration.sources.length, 'source') : 'no source, to be named by a flag';
  await write(terminal.stdout, `${escapeTerminal(path)}: nothing is wrong; ${sources}\n`);
  return EXIT.verified;
}

/** The flags of `trailproof config print`. */
export const printFlags = (yargs: Argv) =>
  configFlag(yargs)
    .option('format', { choices: ['yaml', 'json'] as const, default: 'yaml' as const, describe: 'how to print it' })
    .check(refuseRepeated())
    .example(example('$0 config print', 'what verify would do here, and who says so'))
    .epilog('External IDs and passwords are not shown. Exit status: 0 printed, 64 something is wrong with it.');

type PrintFlags = Awaited<ReturnType<typeof printFlags>['argv']>;

/** Prints what holds once the environment and the configuration file are put together, and where each value comes from. */
export async function runConfigPrint({ format, config }: PrintFlags, terminal: Terminal): Promise<number> {
  const { configuration } = await readConfiguration({ config }, terminal);
  await checkConfiguration(configuration, terminal.now());
  const { formatAsJson, formatAsYaml } = await import('../../config/format-configuration.js');
  const text = format === 'json' ? formatAsJson(configuration) : await formatAsYaml(configuration);
  await write(terminal.stdout, text);
  return EXIT.verified;
}
