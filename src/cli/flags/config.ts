import type { Argv } from 'yargs';
import { type OpenedConfiguration, openConfiguration } from '../../config/load-configuration.js';
import { SETTING_NAMES, type Settings, setting } from '../../config/settings.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { type Terminal, write } from '../process/terminal.js';
import { toCamelCase } from './yargs-checks.js';

/** The flag that names a configuration file. */
export const configFlag = <T>(yargs: Argv<T>) =>
  yargs.option('config', {
    type: 'string',
    requiresArg: true,
    describe:
      'the configuration file; default: trailproof.yaml, .yml or .json in this folder, or none with --no-config',
  });

/**
 * What the flags of a command, the environment and the configuration file say. A file that nobody named is told on standard
 * error, whatever the flags: it decides what is verified.
 * @param known the file that was found, and told, before
 * @throws {UsageError}
 */
export async function readConfiguration(
  flags: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  known?: string,
): Promise<OpenedConfiguration> {
  const { config } = flags;
  const opened = await openConfiguration({
    flags: settingsOfFlags(flags),
    environment: terminal.env,
    // What yargs makes of --no-config, whatever the type.
    file: config === false || typeof config === 'string' ? config : undefined,
    folder: terminal.cwd,
    found: known,
  });
  const { found } = opened;
  if (found !== undefined && known === undefined)
    await write(terminal.stderr, `trailproof: configured by ${escapeTerminal(found)} (--no-config ignores it)\n`);
  return opened;
}

/** Those that were given, as yargs has them. */
const settingsOfFlags = (flags: Readonly<Record<string, unknown>>): Settings =>
  Object.fromEntries(
    SETTING_NAMES.map((name) => [name, flags[toCamelCase(setting(name).flag)]]).filter(
      ([, value]) => value !== undefined,
    ),
  );
