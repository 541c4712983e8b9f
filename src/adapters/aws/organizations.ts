import { ServiceError } from '../../ports/service-error.js';
import { callService } from './call-service.js';
import { type AwsSettings, toClientSettings } from './settings.js';

/**
 * The id of the caller's organization, for example `o-exampleorgid`. The region only chooses the partition.
 * Throws {@link ServiceError}, and what retrying throws.
 */
export async function describeOrganization(settings: AwsSettings, region: string): Promise<string> {
  const { DescribeOrganizationCommand, OrganizationsClient } = await import('@aws-sdk/client-organizations');
  const client = new OrganizationsClient(toClientSettings(settings, region));
  const service = settings.endpointUrl === undefined ? 'Organizations' : `Organizations at ${settings.endpointUrl}`;
  const call = { service, operation: 'DescribeOrganization' };
  try {
    const { Organization } = await callService(settings.newRetry(), call, () =>
      client.send(new DescribeOrganizationCommand({})),
    );
    if (Organization?.Id !== undefined) return Organization.Id;
    throw new ServiceError(call, { errorCode: 'InvalidAnswer', message: 'The answer names no organization.' }, 200);
  } finally {
    client.destroy();
  }
}
