import type { Argv } from 'yargs';
import { SETTINGS } from '../../config/setting-table.js';

/** The flags that say how AWS is reached. */
export const awsFlags = <T>(yargs: Argv<T>) =>
  yargs
    .option('profile', { type: 'string', requiresArg: true, describe: SETTINGS.profile.help })
    .option('role-arn', { type: 'string', requiresArg: true, describe: SETTINGS.roleArn.help })
    .option('external-id', {
      type: 'string',
      requiresArg: true,
      describe: SETTINGS.externalId.help,
    })
    .option('endpoint-url', { type: 'string', requiresArg: true, describe: SETTINGS.endpointUrl.help });
