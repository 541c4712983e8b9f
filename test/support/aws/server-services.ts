import type { PublicKeyRecord } from '../../../src/ports/key-source.js';
import { statusKey, type World, type WorldTrail } from '../worlds/world.js';
import { type Answer, errorJson, type ServedRequest } from './server-answers.js';

/** What callers send, of what this server looks at. */
interface ServiceInput {
  /** Seconds since 1970. */
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly trailNameList?: readonly string[];
  readonly includeShadowTrails?: boolean;
  readonly Name?: string;
  readonly NextToken?: string;
}

/** Answers CloudTrail and Organizations, which both speak JSON 1.1 and name the operation in a header. */
export function answerService(world: World, request: ServedRequest, body: Buffer, pageSize: number): Answer {
  const input = JSON.parse(body.toString() || '{}') as ServiceInput;
  switch (request.operation) {
    case 'ListPublicKeys':
      return json(page(publicKeys(world, request.region, input).map(toPublicKey), input, pageSize));
    case 'DescribeTrails':
      return json({ trailList: visibleTrails(world, request.region, input).map(toTrail) });
    case 'GetTrail':
      return oneTrail(world, input, (trail) => ({ Trail: toTrail(trail) }));
    case 'GetTrailStatus':
      return oneTrail(world, input, ({ arn }) => trailStatus(world, arn, request.region));
    case 'ListAccounts':
      return listAccounts(world, input, pageSize);
    case 'DescribeOrganization':
      return describeOrganization(world);
    default:
      return errorJson(400, 'UnknownOperationException', '');
  }
}

const json = (value: unknown): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: Buffer.from(JSON.stringify(value)),
});

/** Those of the caller's region whose validity meets the time asked for. */
function publicKeys(world: World, region: string | undefined, input: ServiceInput): PublicKeyRecord[] {
  const start = (input.StartTime ?? Number.NEGATIVE_INFINITY) * 1000;
  const end = (input.EndTime ?? Number.POSITIVE_INFINITY) * 1000;
  return world.publicKeys.filter(
    (key) =>
      (key.region === undefined || region === undefined || key.region === region) &&
      (key.validity === undefined || (key.validity.start <= end && key.validity.end >= start)),
  );
}

function page(keys: readonly object[], input: ServiceInput, pageSize: number): object {
  const start = Number(input.NextToken ?? 0);
  const end = start + pageSize;
  return { PublicKeyList: keys.slice(start, end), ...(end < keys.length && { NextToken: String(end) }) };
}

const toPublicKey = (key: PublicKeyRecord): object => ({
  Fingerprint: key.fingerprint,
  Value: Buffer.from(key.der).toString('base64'),
  ...(key.validity && {
    ValidityStartTime: key.validity.start / 1000,
    ValidityEndTime: key.validity.end / 1000,
  }),
});

/** In their home region, and elsewhere as the shadows of multi-region trails, which are left out when asked. */
function visibleTrails(world: World, region: string | undefined, input: ServiceInput): WorldTrail[] {
  const names = input.trailNameList ?? [];
  return world.trails.filter(
    (trail) =>
      (names.length === 0 || names.includes(trail.name) || names.includes(trail.arn)) &&
      (region === undefined ||
        trail.homeRegion === region ||
        (trail.multiRegion && input.includeShadowTrails !== false)),
  );
}

function oneTrail(world: World, input: ServiceInput, toAnswer: (trail: WorldTrail) => object): Answer {
  const trail = world.trails.find(({ name, arn }) => name === input.Name || arn === input.Name);
  if (!trail) return errorJson(400, 'TrailNotFoundException', `Unknown trail: ${String(input.Name)}`);
  return json(toAnswer(trail));
}

const toTrail = (trail: WorldTrail): object => ({
  Name: trail.name,
  S3BucketName: trail.bucket,
  ...(trail.prefix !== undefined && { S3KeyPrefix: trail.prefix }),
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: trail.multiRegion,
  HomeRegion: trail.homeRegion,
  TrailARN: trail.arn,
  LogFileValidationEnabled: true,
  IsOrganizationTrail: trail.organization,
  ...(trail.kmsKeyArn !== undefined && { KmsKeyId: trail.kmsKeyArn }),
});

function describeOrganization(world: World): Answer {
  if (world.organizationId === undefined) {
    return errorJson(400, 'AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
  }
  return json({ Organization: { Id: world.organizationId, FeatureSet: 'ALL' } });
}

/** Times are seconds since 1970. */
function trailStatus(world: World, arn: string, region = ''): object {
  const status = world.trailStatus.get(statusKey(arn, region)) ?? {};
  const { isLogging = true, stoppedAt, digestDeliveredAt, digestDeliveryError, logDeliveryError } = status;
  return {
    IsLogging: isLogging,
    ...(stoppedAt !== undefined && { StopLoggingTime: stoppedAt / 1000 }),
    ...(digestDeliveredAt !== undefined && { LatestDigestDeliveryTime: digestDeliveredAt / 1000 }),
    ...(digestDeliveryError !== undefined && { LatestDigestDeliveryError: digestDeliveryError }),
    ...(logDeliveryError !== undefined && { LatestDeliveryError: logDeliveryError }),
  };
}

function listAccounts(world: World, input: ServiceInput, pageSize: number): Answer {
  if (!world.accounts)
    return errorJson(400, 'AccessDeniedException', "You don't have permissions to access this resource.");
  const start = Number(input.NextToken ?? 0);
  const end = start + pageSize;
  const page = world.accounts.slice(start, end).map(({ accountId, state = 'ACTIVE', joinedAt }) => ({
    Id: accountId,
    State: state,
    Status: state === 'CLOSED' ? 'SUSPENDED' : state,
    ...(joinedAt !== undefined && { JoinedTimestamp: joinedAt / 1000 }),
  }));
  return json({ Accounts: page, ...(end < world.accounts.length && { NextToken: String(end) }) });
}
