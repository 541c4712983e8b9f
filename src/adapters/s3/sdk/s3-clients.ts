import type { S3Client } from '@aws-sdk/client-s3';
import { isRegionName } from '../../../core/objects/cloudtrail-key.js';
import { type CredentialsSource, SILENT_LOGGER } from '../../../ports/credentials.js';
import type { OpenedNetwork } from '../../../ports/network.js';
import { CredentialsError, StoreUnreachableError } from '../../../ports/object-store.js';
import { isCredentialsFailure, mayPass, type ServiceCall, ServiceError } from '../../../ports/service-error.js';
import { checkObjectAnswers } from '../errors/object-answer.js';
import { S3Error } from '../errors/s3-error.js';
import { toS3Error } from '../errors/sdk-error.js';
import { payForRequests } from './request-payer.js';

/** How S3 is reached. What is absent is found as the SDK finds it: environment, profile, instance. */
export interface S3Settings {
  /** Where a bucket is looked for whose region cannot be had. */
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  /** Whether whoever asks pays (Requester Pays). */
  readonly requestPayer?: boolean;
  /** In place of those of the profile. */
  readonly credentials?: CredentialsSource;
  /** Milliseconds without a byte after which a request has failed; 30 seconds when absent. */
  readonly idleTimeout?: number;
  /** Proxies and authorities, where there are any. */
  readonly network?: OpenedNetwork;
}

/** The client for one region. */
interface RegionClient {
  readonly client: S3Client;
  readonly region: string;
  /** Whether it is S3 itself that is asked, and nothing that only resembles it. */
  readonly isAws: boolean;
  readonly call: (operation: string) => ServiceCall;
}

/** One client for each region, opened when first needed; each bucket's region is found out once. */
export interface S3Clients {
  /** Throws {@link S3Error} when passing faults or the credentials stand in the way. */
  forBucket(bucket: string): Promise<RegionClient>;
  /** As in {@link S3Settings}. */
  readonly network?: OpenedNetwork | undefined;
  readonly requestPayer?: boolean | undefined;
  /** Takes note of where S3 says the bucket lies. */
  relocate(bucket: string, region: string): void;
  /** Closes all connections. */
  close(): void;
}

const CONNECTION_TIMEOUT = 5_000;
const IDLE_TIMEOUT = 30_000;
const DEFAULT_REGION = 'us-east-1';

export function openClients(settings: S3Settings): S3Clients {
  const regionOf = new Map<string, Promise<string>>();
  const clients = new Map<string, Promise<RegionClient>>();
  const forRegion = (region: string): Promise<RegionClient> =>
    remember(clients, region, () => openClient(settings, region));
  let home: Promise<string> | undefined;
  return {
    network: settings.network,
    requestPayer: settings.requestPayer,
    async forBucket(bucket) {
      home ??= homeRegion(settings);
      const homeClient = await forRegion(await home);
      return forRegion(await remember(regionOf, bucket, () => discoverRegion(homeClient, bucket)));
    },
    relocate(bucket, region) {
      regionOf.set(bucket, Promise.resolve(region));
    },
    close() {
      for (const opening of clients.values()) {
        opening.then(
          ({ client }) => client.destroy(),
          () => {},
        );
      }
    },
  };
}

/** The same answer to the same question, also to those who ask while it is being found; failures are not kept. */
function remember<T>(answers: Map<string, Promise<T>>, question: string, find: () => Promise<T>): Promise<T> {
  const known = answers.get(question);
  if (known) return known;
  const finding = find();
  answers.set(question, finding);
  finding.catch(() => {
    if (answers.get(question) === finding) answers.delete(question);
  });
  return finding;
}

/** Where discovery begins. A region need not be configured, since every bucket has its own. */
async function homeRegion(settings: S3Settings): Promise<string> {
  if (settings.region !== undefined) return settings.region;
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client(settings.profile === undefined ? {} : { profile: settings.profile });
  try {
    return await client.config.region();
  } catch {
    return DEFAULT_REGION;
  } finally {
    client.destroy();
  }
}

async function openClient(settings: S3Settings, region: string): Promise<RegionClient> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    region,
    // Retrying is done once for every kind of store, not here as well.
    maxAttempts: 1,
    logger: SILENT_LOGGER,
    // Hashes are what this is all about; S3's own checksums would only be computed besides.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT,
      socketTimeout: settings.idleTimeout ?? IDLE_TIMEOUT,
      // The connection time-out also counts the wait for a free socket. Callers bound what is under way.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
      ...settings.network?.newAgents(),
    },
    ...(settings.profile !== undefined && { profile: settings.profile }),
    ...(settings.endpointUrl !== undefined && { endpoint: settings.endpointUrl }),
    ...(settings.credentials && { credentials: settings.credentials }),
  });
  const endpoint = settings.endpointUrl ?? (await client.config.serviceConfiguredEndpoint?.());
  // Few systems resolve BUCKET.localhost. For IP addresses and names with dots the SDK sees to this itself.
  client.config.forcePathStyle = endpoint !== undefined && /^https?:\/\/localhost(?::\d+)?(?:\/|$)/i.test(endpoint);
  const service = endpoint === undefined ? `S3 in ${region}` : `S3 at ${endpoint}`;
  const call = (operation: string): ServiceCall => ({ service, operation });
  checkObjectAnswers(client, call);
  if (settings.requestPayer) payForRequests(client);
  await checkCredentials(client, call('GetObject'));
  return { client, region, isAws: endpoint === undefined, call };
}

/**
 * Has the credentials looked up now. What the services behind them refuse (a role that may not be assumed) would
 * otherwise look like a refusal of S3.
 */
async function checkCredentials(client: S3Client, call: ServiceCall): Promise<void> {
  try {
    await client.config.credentials();
  } catch (error) {
    if (isNamed(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new S3Error(call, { errorCode: 'CredentialsProviderError', message }, undefined, {}, { cause: error });
  }
}

/** Whether it says already whom was asked for the credentials, as a {@link CredentialsSource} does. */
const isNamed = (error: unknown): boolean =>
  error instanceof CredentialsError || error instanceof StoreUnreachableError || error instanceof ServiceError;

async function discoverRegion(home: RegionClient, bucket: string): Promise<string> {
  const { GetBucketLocationCommand, HeadBucketCommand } = await import('@aws-sdk/client-s3');
  const location = await regionFrom(home.call('GetBucketLocation'), async () => {
    const { LocationConstraint } = await home.client.send(new GetBucketLocationCommand({ Bucket: bucket }));
    return toRegion(LocationConstraint);
  });
  const region =
    location ??
    (await regionFrom(home.call('HeadBucket'), async () => {
      const { BucketRegion } = await home.client.send(new HeadBucketCommand({ Bucket: bucket }));
      return BucketRegion;
    }));
  return region !== undefined && isRegionName(region) ? region : home.region;
}

/** The region that an answer names, be it a refusal; undefined when a refusal names none. */
async function regionFrom(call: ServiceCall, ask: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    const error = toS3Error(call, thrown);
    if (error.details.bucketRegion !== undefined) return error.details.bucketRegion;
    if (mayPass(error) || isCredentialsFailure(error)) throw error;
    return undefined;
  }
}

function toRegion(locationConstraint: string | undefined): string {
  if (locationConstraint === undefined || locationConstraint === '') return 'us-east-1';
  return locationConstraint === 'EU' ? 'eu-west-1' : locationConstraint;
}
