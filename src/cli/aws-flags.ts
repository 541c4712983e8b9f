import type { Argv } from 'yargs';
import type { AwsOptions } from '../compose/aws-access.js';
import { UsageError } from '../compose/usage-error.js';

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

interface AwsFlags {
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly endpointUrl?: string | undefined;
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** How AWS is to be reached, from the flags that say so. @throws {UsageError} */
export function toAwsOptions({ profile, roleArn, externalId, endpointUrl }: AwsFlags): AwsOptions {
  if (endpointUrl !== undefined && !(/^https?:/i.test(endpointUrl) && URL.canParse(endpointUrl))) {
    throw new UsageError(`--endpoint-url ${endpointUrl}: no URL; write it like https://s3.example.com`);
  }
  if (roleArn !== undefined && !ROLE_ARN.test(roleArn))
    throw new UsageError(
      `--role-arn ${roleArn}: not the ARN of a role; write it like arn:aws:iam::111122223333:role/NAME`,
    );
  if (externalId !== undefined && roleArn === undefined) throw new UsageError('--external-id is for a --role-arn');
  const role = roleArn === undefined ? undefined : { arn: roleArn, ...(externalId !== undefined && { externalId }) };
  return {
    ...(profile !== undefined && { profile }),
    ...(role && { role }),
    ...(endpointUrl !== undefined && { endpointUrl }),
  };
}
