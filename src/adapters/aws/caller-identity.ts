import { callService, present } from './call-service.js';
import { type AwsSettings, toClientSettings } from './client-settings.js';

/** The ARN of whoever these credentials belong to. Throws as {@link callService} does. */
export async function describeCaller(settings: AwsSettings, region: string): Promise<string> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(toClientSettings(settings, region));
  const call = { service: `STS in ${region}`, operation: 'GetCallerIdentity' };
  try {
    return await callService(settings.newRetry(), call, async () =>
      present(call, 'Arn', (await client.send(new GetCallerIdentityCommand({}))).Arn),
    );
  } finally {
    client.destroy();
  }
}
