import { variableOf } from './environment.js';
import { flagOf, SETTING_NAMES, type Settings, type SettledSettings } from './settings.js';

/** What a configuration file says. */
export interface FileSettings {
  /** What stands outside of `sources`. */
  readonly common: SettledSettings;
  /** What stands in each of `sources`; undefined where there is no such list. */
  readonly sources?: readonly SettledSettings[];
  /** The file itself; absent where the settings come from a program. */
  readonly path?: string;
}

/** All that a run was told, by all who may. */
export interface Configuration {
  readonly run: SettledSettings;
  /** For each source what holds for it, what holds for the run included. At least one. */
  readonly sources: readonly SettledSettings[];
  /** The configuration file that has a part in it. */
  readonly file?: string;
}

/**
 * Puts together what flags, environment and file say. A flag stands above a variable, and a variable above the file; in the
 * file, what a source says above what stands outside of `sources`. A source or a trail that a flag or a variable names takes
 * the place of the whole list.
 */
export function settle(flags: Settings, environment: Settings, file?: FileSettings): Configuration {
  const given: SettledSettings[] = [
    { values: flags, nameOf: flagOf },
    { values: environment, nameOf: variableOf },
  ];
  const common = file ? [file.common] : [];
  const run = layered([...given, ...common]);
  const isNamed = given.some(({ values }) => values.source !== undefined || values.trailArn !== undefined);
  const listed = isNamed ? undefined : file?.sources;
  return {
    run,
    sources: listed?.map((own) => layered([...given, own, ...common])) ?? [run],
    ...(file?.path !== undefined && { file: file.path }),
  };
}

/** Of each setting the value of the first layer that has one. */
function layered(layers: readonly SettledSettings[]): SettledSettings {
  const layerOf = new Map(
    SETTING_NAMES.flatMap((name) => {
      const layer = layers.find(({ values }) => values[name] !== undefined);
      return layer ? [[name, layer] as const] : [];
    }),
  );
  const values: Settings = Object.fromEntries([...layerOf].map(([name, layer]) => [name, layer.values[name]]));
  return { values, nameOf: (name) => layerOf.get(name)?.nameOf(name) ?? flagOf(name) };
}
