import type { AwsSettings } from './client-settings.js';

/** A service whose answers a report rests on. */
export type AskedService = 'S3' | 'CloudTrail';

/**
 * The URL that a service is really asked at in place of those of AWS: as it was given, or as environment and profile say, found as the
 * SDK finds it. Without user and password. Undefined where AWS itself is asked.
 */
export async function configuredEndpoint(
  service: AskedService,
  { endpointUrl, profile }: Pick<AwsSettings, 'endpointUrl' | 'profile'>,
): Promise<string | undefined> {
  const url = endpointUrl ?? (await endpointOfSdk(service, profile));
  return url?.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

async function endpointOfSdk(service: AskedService, profile: string | undefined): Promise<string | undefined> {
  const settings = { region: 'us-east-1', ...(profile !== undefined && { profile }) };
  const client =
    service === 'S3'
      ? new (await import('@aws-sdk/client-s3')).S3Client(settings)
      : new (await import('@aws-sdk/client-cloudtrail')).CloudTrailClient(settings);
  try {
    return await client.config.serviceConfiguredEndpoint?.();
  } finally {
    client.destroy();
  }
}
