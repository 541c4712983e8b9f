import { type AwsOptions, refuseUnfitEndpoint } from '../compose/aws/aws-access.js';
import { UsageError } from '../compose/errors/usage-error.js';
import type { SettledSettings } from './settings.js';

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** How AWS is to be reached. @throws {UsageError} */
export function toAwsOptions({ values, nameOf }: SettledSettings): AwsOptions {
  const { profile, roleArn, externalId, endpointUrl, requestPayer } = values;
  if (endpointUrl !== undefined) refuseUnfitEndpoint(nameOf('endpointUrl'), endpointUrl);
  if (roleArn !== undefined && !ROLE_ARN.test(roleArn))
    throw new UsageError(
      `${nameOf('roleArn')} ${roleArn}: not the ARN of a role; write it like arn:aws:iam::111122223333:role/NAME`,
    );
  if (externalId !== undefined && roleArn === undefined)
    throw new UsageError(`${nameOf('externalId')} is for a role, and there is none`);
  const role = roleArn === undefined ? undefined : { arn: roleArn, ...(externalId !== undefined && { externalId }) };
  return {
    ...(profile !== undefined && { profile }),
    ...(role && { role }),
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...(requestPayer && { requestPayer }),
  };
}
