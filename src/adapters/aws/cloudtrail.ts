import type {
  CloudTrailClient,
  GetTrailStatusCommandOutput,
  PublicKey,
  Trail as SdkTrail,
} from '@aws-sdk/client-cloudtrail';
import type { Refusal } from '../../core/findings/finding.js';
import { type Interval, instantOf, SECOND } from '../../core/time/instant.js';
import type { KeyAnswer, KeySource, PublicKeyRecord } from '../../ports/key-source.js';
import { CredentialsError, StoreUnreachableError } from '../../ports/object-store.js';
import { type Retry, ServiceError } from '../../ports/service-error.js';
import type { Trail, TrailDirectory, TrailStatus, TrailStatusAnswer } from '../../ports/trail-directory.js';
import { callService, listAll, present } from './call-service.js';
import { type AwsSettings, toClientSettings } from './client-settings.js';

export interface CloudTrail extends Pick<TrailDirectory, 'describeTrails' | 'trailStatus'> {
  /** ListPublicKeys. The same question is asked once. Throws {@link CredentialsError} when no region can be asked. */
  readonly keys: KeySource;
  /** Closes all connections. */
  close(): void;
}

/** A client and what retries its calls. */
interface RegionClient {
  readonly client: CloudTrailClient;
  readonly retry: Retry;
}

/**
 * Opens CloudTrail. Nothing is loaded or connected before the first call.
 * @param endpoint the URL that is really asked, for people; undefined where that is AWS's
 */
export function openCloudTrail(settings: AwsSettings, endpoint = settings.endpointUrl): CloudTrail {
  const clients = new Map<string, Promise<RegionClient>>();
  const answers = new Map<string, Promise<KeyAnswer>>();
  const serviceIn = (region: string) =>
    endpoint === undefined ? `CloudTrail in ${region}` : `CloudTrail at ${endpoint}`;
  const forRegion = (region: string): Promise<RegionClient> =>
    remember(clients, region, () => openClient(settings, region));
  return {
    keys: {
      description: endpoint === undefined ? 'list-public-keys' : `list-public-keys at ${endpoint}`,
      keysFor: (region, during) =>
        remember(answers, `${region} ${during.start} ${during.end}`, () =>
          orUnavailable<KeyAnswer>(
            async () => {
              const { client, retry } = await forRegion(region);
              const keys = await listPublicKeys(client, retry, serviceIn(region), region, during);
              return { status: 'found', keys };
            },
            (refusal) => ({ status: 'unavailable', refusal }),
          ),
        ),
    },
    async describeTrails(region) {
      const { DescribeTrailsCommand } = await import('@aws-sdk/client-cloudtrail');
      const { client, retry } = await forRegion(region);
      const call = { service: serviceIn(region), operation: 'DescribeTrails' };
      const trails = await callService(retry, call, async () =>
        present(call, 'trailList', (await client.send(new DescribeTrailsCommand({}))).trailList),
      );
      return trails.map(toTrail).filter((trail) => trail !== undefined);
    },
    trailStatus: (arn, region) =>
      orUnavailable<TrailStatusAnswer>(
        async () => {
          const { GetTrailStatusCommand } = await import('@aws-sdk/client-cloudtrail');
          const { client, retry } = await forRegion(region);
          const call = { service: serviceIn(region), operation: 'GetTrailStatus' };
          const trail = await callService(retry, call, async () => {
            const output = await client.send(new GetTrailStatusCommand({ Name: arn }));
            return toTrailStatus(present(call, 'IsLogging', output.IsLogging), output);
          });
          return { status: 'found', trail };
        },
        (refusal, error) => ({ status: 'unavailable', refusal, isDisabled: error instanceof CredentialsError }),
      ),
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

function remember<T>(answers: Map<string, Promise<T>>, question: string, find: () => Promise<T>): Promise<T> {
  const answer = answers.get(question) ?? find();
  answers.set(question, answer);
  return answer;
}

async function openClient(settings: AwsSettings, region: string): Promise<RegionClient> {
  const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail');
  return { client: new CloudTrailClient(toClientSettings(settings, region)), retry: settings.newRetry() };
}

/** A key is in use for a month: one page holds those of years. */
const MOST_KEY_PAGES = 1_000;

async function listPublicKeys(
  client: CloudTrailClient,
  retry: Retry,
  service: string,
  region: string,
  during: Interval,
): Promise<PublicKeyRecord[]> {
  const { ListPublicKeysCommand } = await import('@aws-sdk/client-cloudtrail');
  // The service takes whole seconds.
  const times = {
    StartTime: new Date(Math.floor(during.start / SECOND) * SECOND),
    EndTime: new Date(Math.ceil(during.end / SECOND) * SECOND),
  };
  const call = { service, operation: 'ListPublicKeys' };
  const keys = await listAll(retry, call, MOST_KEY_PAGES, async (token) => {
    const input = { ...times, ...(token !== undefined && { NextToken: token }) };
    const { PublicKeyList, NextToken } = await client.send(new ListPublicKeysCommand(input));
    return { items: present(call, 'PublicKeyList', PublicKeyList), next: NextToken };
  });
  return keys.flatMap((key) => toRecord(region, key));
}

/** A region that refuses or cannot be reached says nothing of the others: digests may name any, also one made up. */
async function orUnavailable<T>(ask: () => Promise<T>, toAnswer: (refusal: Refusal, error: unknown) => T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const cause = error instanceof ServiceError ? error : regionalCause(error);
    if (!cause) throw error;
    return toAnswer(cause.refusal, error);
  }
}

// So answers a region that the account has not opted into, whatever the credentials.
const REGION_NOT_ENABLED: ReadonlySet<string> = new Set(['UnrecognizedClientException', 'InvalidClientTokenId']);

function regionalCause(error: unknown): ServiceError | undefined {
  const regional =
    error instanceof StoreUnreachableError ||
    (error instanceof CredentialsError && REGION_NOT_ENABLED.has(error.errorCode));
  return regional && error.cause instanceof ServiceError ? error.cause : undefined;
}

/** Nothing when there is no key in it. */
function toRecord(region: string, key: PublicKey): PublicKeyRecord[] {
  const { Fingerprint: fingerprint, Value: der } = key;
  if (fingerprint === undefined || der === undefined) return [];
  const [start, end] = [instantOf(key.ValidityStartTime), instantOf(key.ValidityEndTime)];
  const isKnown = start !== undefined && end !== undefined;
  return [{ fingerprint, der, region, ...(isKnown && { validity: { start, end } }) }];
}

function toTrail(trail: SdkTrail): Trail | undefined {
  const { Name: name, TrailARN: arn, S3BucketName: bucket, S3KeyPrefix: prefix, HomeRegion: homeRegion } = trail;
  if (name === undefined || arn === undefined || bucket === undefined || homeRegion === undefined) return undefined;
  return {
    name,
    arn,
    bucket,
    homeRegion,
    isMultiRegion: trail.IsMultiRegionTrail === true,
    isOrganization: trail.IsOrganizationTrail === true,
    ...(prefix !== undefined && prefix !== '' && { prefix }),
    ...(trail.KmsKeyId !== undefined && { kmsKeyArn: trail.KmsKeyId }),
  };
}

function toTrailStatus(isLogging: boolean, output: GetTrailStatusCommandOutput): TrailStatus {
  const { StopLoggingTime, LatestDigestDeliveryTime } = output;
  const { LatestDigestDeliveryError: digestDeliveryError, LatestDeliveryError: logDeliveryError } = output;
  const [stoppedAt, digestDeliveredAt] = [instantOf(StopLoggingTime), instantOf(LatestDigestDeliveryTime)];
  return {
    isLogging,
    ...(stoppedAt !== undefined && { stoppedAt }),
    ...(digestDeliveredAt !== undefined && { digestDeliveredAt }),
    ...(digestDeliveryError && { digestDeliveryError }),
    ...(logDeliveryError && { logDeliveryError }),
  };
}
