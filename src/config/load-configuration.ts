import { CONFIG_VARIABLE, type Environment, settingsOfEnvironment } from './environment.js';
import { findConfigFile } from './find-config-file.js';
import { type Configuration, settle } from './precedence.js';
import type { Settings } from './settings.js';

/** Where to look for what a run is to do. */
export interface ConfigurationPlaces {
  readonly flags: Settings;
  readonly environment: Environment;
  /** The configuration file; false where there is to be none, absent where it is looked for. */
  readonly file?: string | false | undefined;
  /** Where it is looked for. */
  readonly folder: string;
  /** The file that an earlier look has found: it is not looked for again, nor is it named. */
  readonly found?: string | undefined;
}

export interface OpenedConfiguration {
  readonly configuration: Configuration;
  /** The file that was found without anyone having named it. */
  readonly found?: string;
}

/**
 * Reads the environment and the configuration file.
 * @throws {UsageError} also where the file was only found, and lies in what is to be verified
 */
export async function openConfiguration(places: ConfigurationPlaces): Promise<OpenedConfiguration> {
  const environment = settingsOfEnvironment(places.environment);
  const named = places.file ?? places.environment[CONFIG_VARIABLE];
  const found = named === undefined ? (places.found ?? (await findConfigFile(places.folder))) : undefined;
  const path = named === false ? undefined : (named ?? found);
  const file = path === undefined ? undefined : await (await import('./config-file.js')).readConfigFile(path);
  const configuration = settle(places.flags, environment, file);
  if (found === undefined) return { configuration };
  const { refuseFoundConfig } = await import('../compose/examined-files.js');
  refuseFoundConfig(
    found,
    configuration.sources.flatMap(({ values }) => values.source ?? []),
  );
  return { configuration, found };
}
