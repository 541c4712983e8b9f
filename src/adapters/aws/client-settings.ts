import { type CredentialsSource, SILENT_LOGGER } from '../../ports/credentials.js';
import type { OpenedNetwork } from '../../ports/network.js';
import type { Retry } from '../../ports/service-error.js';

/** How a service is reached. What is absent is found as the SDK finds it: environment, profile, instance. */
export interface AwsSettings {
  readonly profile?: string;
  readonly endpointUrl?: string;
  /** In place of those of the profile. */
  readonly credentials?: CredentialsSource;
  /** Proxies and authorities, where there are any. */
  readonly network?: OpenedNetwork;
  /** Makes what retries the calls of one region: a region that cannot be reached says nothing of the others. */
  readonly newRetry: () => Retry;
}

const CONNECTION_TIMEOUT = 5_000;
const IDLE_TIMEOUT = 30_000;

/** The settings of the SDK's client for a region. */
export const toClientSettings = (settings: Omit<AwsSettings, 'newRetry'>, region: string) => ({
  region,
  // Retrying is done by what the settings give.
  maxAttempts: 1,
  logger: SILENT_LOGGER,
  requestHandler: {
    connectionTimeout: CONNECTION_TIMEOUT,
    socketTimeout: IDLE_TIMEOUT,
    ...settings.network?.newAgents(),
  },
  ...(settings.profile !== undefined && { profile: settings.profile }),
  ...(settings.endpointUrl !== undefined && { endpoint: settings.endpointUrl }),
  ...(settings.credentials && { credentials: settings.credentials }),
});
