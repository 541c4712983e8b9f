import type { Argv } from 'yargs';

/** The flags that say how AWS is reached. */
export const awsFlags = <T>(yargs: Argv<T>) =>
  yargs
    .option('profile', { type: 'string', requiresArg: true, describe: 'AWS profile' })
    .option('role-arn', { type: 'string', requiresArg: true, describe: 'act as this IAM role' })
    .option('external-id', {
      type: 'string',
      requiresArg: true,
      describe: 'what the trust policy of the role asks for',
    })
    .option('endpoint-url', { type: 'string', requiresArg: true, describe: 'send AWS requests to this URL' });
