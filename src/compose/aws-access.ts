import type { Role } from '../adapters/aws/role.js';
import type { CredentialsSource } from '../ports/credentials.js';
import { newRetry } from './request-pace.js';

/** How AWS is reached; what is absent is found as the SDK finds it. */
export interface AwsOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  /** The role to act as, whatever is asked. It is assumed with the credentials of the profile. */
  readonly role?: Role;
}

/** How AWS is reached, with the source of a role's credentials in place of the role. */
export interface AwsAccess extends Omit<AwsOptions, 'role'> {
  readonly credentials?: CredentialsSource;
}

/** Nothing is asked of AWS yet. */
export async function toAccess({ role, ...aws }: AwsOptions): Promise<AwsAccess> {
  if (!role) return aws;
  const { assumeRole } = await import('../adapters/aws/role.js');
  return { ...aws, credentials: assumeRole(role, { ...aws, newRetry }) };
}
