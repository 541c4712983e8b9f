import type { Role } from '../../adapters/aws/assume-role.js';
import type { Finding } from '../../core/findings/finding.js';
import { isS3Uri } from '../../core/objects/object-ref.js';
import type { CredentialsSource } from '../../ports/credentials.js';
import type { OpenedNetwork } from '../../ports/network.js';
import { UsageError } from '../errors/usage-error.js';
import { refuseFoundAwsFiles, remarksOn } from '../examined-files.js';
import { openNetwork } from './open-network.js';
import { newRetry } from './request-limits.js';

/** How AWS is reached; what is absent is found as the SDK finds it. */
export interface AwsOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  /** Whether whoever asks pays for requests to S3. */
  readonly requestPayer?: boolean;
  /** The role to act as, whatever is asked. It is assumed with the credentials of the profile. */
  readonly role?: Role;
}

/** How AWS is reached, with the source of the credentials, those of a role in place of the role. */
export interface AwsAccess extends Omit<AwsOptions, 'role'> {
  readonly credentials: CredentialsSource;
  readonly network?: OpenedNetwork;
}

/** A profile was asked for, or is named by AWS_PROFILE, that the AWS configuration does not have. */
export class NoProfileError extends UsageError {
  readonly profile: string;

  constructor(profile: string) {
    super(`there is no AWS profile ${profile}: aws configure list-profiles names those there are`);
    this.profile = profile;
  }
}

/**
 * Nothing is asked of AWS yet.
 * @throws {UsageError} where the configuration names a profile that is not there, or an endpoint that is no URL: the SDK
 * would go on with other credentials, or take it for a fault of the network
 */
export async function toAccess({ role, ...aws }: AwsOptions): Promise<AwsAccess> {
  await refuseUnknownProfile(aws.profile);
  if (aws.endpointUrl === undefined) await refuseUnfitEndpoints(aws.profile);
  const network = await openNetwork(aws.profile);
  const access = { ...aws, ...(network && { network }) };
  if (!role) {
    const { findCredentials } = await import('../../adapters/aws/find-credentials.js');
    return { ...access, credentials: findCredentials(access) };
  }
  const { assumeRole } = await import('../../adapters/aws/assume-role.js');
  return { ...access, credentials: assumeRole(role, { ...access, newRetry }) };
}

/** @throws {NoProfileError} */
export async function refuseUnknownProfile(profile: string | undefined): Promise<void> {
  const { configuredProfile } = await import('../../adapters/aws/shared-config.js');
  const configured = await configuredProfile(profile);
  if (configured?.isThere === false) throw new NoProfileError(configured.name);
}

/**
 * What is to be said of AWS settings that lie in what is verified and were named by a variable.
 * @throws {UsageError} where some were only found there
 */
export async function remarksOnAws(examined: readonly string[]): Promise<readonly Finding[]> {
  if (examined.every(isS3Uri)) return [];
  const { settingFiles } = await import('../../adapters/aws/shared-config.js');
  const { named, found } = await settingFiles();
  refuseFoundAwsFiles(found, examined);
  return remarksOn(
    named.map((file) => ({ setting: 'aws', file })),
    examined,
  );
}

async function refuseUnfitEndpoints(profile: string | undefined): Promise<void> {
  const { configuredEndpoints } = await import('../../adapters/aws/shared-config.js');
  for (const { origin, url } of await configuredEndpoints(profile)) refuseUnfitEndpoint(origin, url);
}

/** `origin`: what says so, for people. @throws {UsageError} */
export function refuseUnfitEndpoint(origin: string, url: string): void {
  if (!/^https?:/i.test(url) || !URL.canParse(url))
    throw new UsageError(`${origin} ${url}: no URL; write it like https://s3.example.com`);
}
