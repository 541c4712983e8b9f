import type { Argv, Options } from 'yargs';
import { GROUPS } from '../../config/setting-table.js';
import { SETTING_NAMES, type SettingName, setting } from '../../config/settings.js';
import { refuseRepeated } from './yargs-checks.js';

/** The flag of a setting, as yargs describes it. */
export function flagOption(name: SettingName): Options {
  const short = SHORT[name];
  return short === undefined ? typedOption(name) : { ...typedOption(name), alias: short };
}

/** The letters that stand for the commonest flags. */
const SHORT: { readonly [N in SettingName]?: string } = { output: 'o', quiet: 'q', verbose: 'v' };

function typedOption(name: SettingName): Options {
  const { kind, help, choices } = setting(name);
  if (kind === 'boolean') return { type: 'boolean', describe: help };
  if (kind === 'number') return { type: 'number', requiresArg: true, describe: help };
  if (kind === 'list') return { type: 'string', array: true, requiresArg: true, describe: repeatable(help) };
  return choices ? { choices, describe: help } : { type: 'string', requiresArg: true, describe: help };
}

/** A default has the last word. */
const repeatable = (help: string): string => (help.includes('; default: ') ? help : `${help} (repeatable)`);

/** The flags of a verification, in their groups, and a check that none but a list is given twice. */
export function settingFlags(yargs: Argv): Argv {
  for (const [group, title] of Object.entries(GROUPS)) {
    const names = SETTING_NAMES.filter((name) => setting(name).group === group);
    for (const name of names) yargs.option(setting(name).flag, flagOption(name));
    yargs.group(
      names.map((name) => setting(name).flag),
      title,
    );
  }
  const lists = SETTING_NAMES.filter((name) => setting(name).kind === 'list').map((name) => setting(name).flag);
  return yargs.check(refuseRepeated(...lists));
}
