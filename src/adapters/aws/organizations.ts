import type { Account, OrganizationsClient } from '@aws-sdk/client-organizations';
import { instantOf } from '../../core/time/instant.js';
import type { Retry } from '../../ports/service-error.js';
import type { MemberAccount } from '../../ports/trail-directory.js';
import { callService, listAll, present } from './call-service.js';
import { type AwsSettings, toClientSettings } from './client-settings.js';

/**
 * The id of the caller's organization, for example `o-exampleorgid`. The region only chooses the partition.
 * Throws {@link ServiceError}, and what retrying throws.
 */
export const describeOrganization = (settings: AwsSettings, region: string): Promise<string> =>
  withClient(settings, region, async (client, retry, service) => {
    const { DescribeOrganizationCommand } = await import('@aws-sdk/client-organizations');
    const call = { service, operation: 'DescribeOrganization' };
    return callService(retry, call, async () => {
      const { Organization } = await client.send(new DescribeOrganizationCommand({}));
      return present(call, 'Organization.Id', Organization?.Id);
    });
  });

/** Twenty accounts are on each. */
const MOST_ACCOUNT_PAGES = 10_000;

/**
 * The accounts of the caller's organization, which only its administrators may list. The region only chooses the
 * partition. Throws {@link ServiceError}, and what retrying throws.
 */
export const listAccounts = (settings: AwsSettings, region: string): Promise<readonly MemberAccount[]> =>
  withClient(settings, region, async (client, retry, service) => {
    const { ListAccountsCommand } = await import('@aws-sdk/client-organizations');
    const call = { service, operation: 'ListAccounts' };
    const accounts = await listAll(retry, call, MOST_ACCOUNT_PAGES, async (token) => {
      const { Accounts, NextToken } = await client.send(
        new ListAccountsCommand(token === undefined ? {} : { NextToken: token }),
      );
      return { items: present(call, 'Accounts', Accounts), next: NextToken };
    });
    return accounts.flatMap(toMember);
  });

async function withClient<T>(
  settings: AwsSettings,
  region: string,
  ask: (client: OrganizationsClient, retry: Retry, service: string) => Promise<T>,
): Promise<T> {
  const { OrganizationsClient } = await import('@aws-sdk/client-organizations');
  const client = new OrganizationsClient(toClientSettings(settings, region));
  const service = settings.endpointUrl === undefined ? 'Organizations' : `Organizations at ${settings.endpointUrl}`;
  try {
    return await ask(client, settings.newRetry(), service);
  } finally {
    client.destroy();
  }
}

/** The state of an account has had two names in this API. */
function toMember({ Id: accountId, State, Status, JoinedTimestamp }: Account): MemberAccount[] {
  if (accountId === undefined) return [];
  const joinedAt = instantOf(JoinedTimestamp);
  return [{ accountId, isActive: (State ?? Status) === 'ACTIVE', ...(joinedAt !== undefined && { joinedAt }) }];
}
