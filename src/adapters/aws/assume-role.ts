import { mainRegionOf, partitionOf, partitionOfArn } from '../../core/objects/partition.js';
import { MINUTE } from '../../core/time/instant.js';
import type { AwsCredentials, CredentialsSource } from '../../ports/credentials.js';
import { CredentialsError } from '../../ports/object-store.js';
import { mayPass, ServiceError } from '../../ports/service-error.js';
import { callService } from './call-service.js';
import { type AwsSettings, toClientSettings } from './client-settings.js';
import { configuredRegion } from './configured-region.js';
import { findCredentials } from './find-credentials.js';

/** A role to act as. */
export interface Role {
  readonly arn: string;
  /** What the role's trust policy asks for, where the role belongs to somebody else. */
  readonly externalId?: string;
}

/** So long before they end, credentials are no longer given out: as long as the SDK and the lean S3 client keep asking then. */
const RENEWAL = 5 * MINUTE;
const SESSION_NAME = 'trailproof';

/**
 * The credentials of a role, assumed when they are first asked for and again when they are about to end. It is assumed with
 * the credentials of the profile, or else with those that the SDK finds. The source throws {@link CredentialsError} when that
 * is refused, and what retrying throws.
 */
export function assumeRole(role: Role, settings: AwsSettings & { readonly region?: string }): CredentialsSource {
  let opening: Promise<CredentialsSource> | undefined;
  let latest: Promise<AwsCredentials> | undefined;
  const renew = (): Promise<AwsCredentials> => {
    opening ??= openSession(role, settings);
    const asking = opening.then((ask) => ask());
    latest = asking;
    asking.catch(() => {
      if (latest === asking) latest = undefined;
    });
    return asking;
  };
  return async () => {
    const known = latest ?? renew();
    const credentials = await known;
    const lasting = isEnding(credentials) ? await (latest === known ? renew() : (latest ?? renew())) : credentials;
    // The SDK writes into what it is given.
    return { ...lasting };
  };
}

const isEnding = ({ expiration }: AwsCredentials): boolean =>
  expiration !== undefined && expiration.getTime() - Date.now() <= RENEWAL;

async function openSession(
  { arn, externalId }: Role,
  settings: AwsSettings & { readonly region?: string },
): Promise<CredentialsSource> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { profile, endpointUrl } = settings;
  const region = regionFor(arn, settings.region ?? (await configuredRegion(profile)));
  const clientConfig = toClientSettings(settings, region);
  const assume = fromTemporaryCredentials({
    masterCredentials: findCredentials(settings),
    params: {
      RoleArn: arn,
      RoleSessionName: SESSION_NAME,
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    clientConfig,
  });
  const retry = settings.newRetry();
  const service = endpointUrl === undefined ? `STS in ${region}` : `STS at ${endpointUrl}`;
  return async () => {
    try {
      return await callService(retry, { service, operation: 'AssumeRole' }, () => assume());
    } catch (error) {
      throw toRefusal(arn, error);
    }
  };
}

/** Where to ask: a role is known in the regions of its own partition only. */
function regionFor(roleArn: string, region: string | undefined): string {
  const partition = partitionOfArn(roleArn);
  return region !== undefined && partitionOf(region) === partition ? region : mainRegionOf(partition);
}

/** Without a cause: what passes for a region's own refusal must not be found in it. */
function toRefusal(arn: string, error: unknown): unknown {
  if (error instanceof CredentialsError)
    return new CredentialsError(error.errorCode, `the role ${arn} cannot be assumed: ${error.message}`);
  if (!(error instanceof ServiceError) || mayPass(error)) return error;
  const { errorCode, message } = error;
  const next = 'Check its ARN and external ID, that its trust policy names you, and that you may call sts:AssumeRole.';
  return new CredentialsError(errorCode, `the role ${arn} cannot be assumed (${errorCode}): ${message}\n${next}`);
}
