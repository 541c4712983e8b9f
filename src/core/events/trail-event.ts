import { isRecord, parseJson } from '../encoding/strict-json.js';
import type { ChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { parseTrailArn } from '../objects/trail-arn.js';
import { type Instant, parseInstant } from '../time/instant.js';

/** CloudTrail's own logs are about ten levels deep: what a call was given stands in them as it was given. */
export const MAX_LOG_DEPTH = 64;
/** Longest text that is taken over from an event, in UTF-16 units. The texts of an event are in the hands of whoever made the call. */
export const MAX_EVENT_TEXT = 256;

/** Who made a call and from where, as CloudTrail recorded it. From outside: escape before showing. Longer texts are cut. */
export interface Actor {
  /** For example `IAMUser`, `AssumedRole`, `Root`, `AWSService`. */
  readonly identityType?: string;
  readonly identityArn?: string;
  readonly principalId?: string;
  readonly sourceIpAddress?: string;
  readonly userAgent?: string;
}

/** What a call was about, as far as its event names it. */
export type EventTarget =
  /** Trails, each by its name or its ARN, as they stand there. */
  | {
      readonly type: 'trail';
      readonly names: readonly string[];
      /** Whether no digests are delivered after it. */
      readonly endsDigests: boolean;
    }
  | { readonly type: 'objects'; readonly act: 'delete' | 'write'; readonly objects: readonly ObjectRef[] }
  /** A bucket as a whole, or where prefixes are given, what begins so in it. */
  | {
      readonly type: 'bucket';
      readonly act: 'delete' | 'expire' | 'permit';
      readonly bucket: string;
      readonly prefixes: readonly string[];
    };

/** A call that can explain why evidence is missing or changed. */
export interface TrailEvent {
  readonly eventId: string;
  readonly eventName: string;
  readonly eventTime: Instant;
  /** Where the call was made. */
  readonly region?: string;
  /** Whose trails and buckets it concerned. */
  readonly accountId?: string;
  /** Whether it failed: it was tried, and nothing came of it. */
  readonly isRefused: boolean;
  /** Whether CloudTrail itself made it, as it does to deliver. */
  readonly isDelivery: boolean;
  readonly actor: Actor;
  readonly target: EventTarget;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the calls out of an uncompressed log that can explain a loss or a change; the others are passed over. Undefined
 * when the bytes are not the whole JSON document of records that a log is. Checks shape alone: that the log is evidence
 * is for the caller to know.
 */
export function parseTrailEvents(bytes: Uint8Array): readonly TrailEvent[] | undefined {
  const { value, faults } = parseJson(bytes, MAX_LOG_DEPTH);
  if (faults.length > 0 || !isRecord(value)) return undefined;
  const records = own(value, 'Records');
  if (!Array.isArray(records) || !records.every(isRecord)) return undefined;
  return records.flatMap((record) => toEvent(record) ?? []);
}

function toEvent(record: Fields): TrailEvent | undefined {
  // An event of a VPC endpoint tells of a call on its way, not whether it was carried out.
  if (own(record, 'eventType') !== 'AwsApiCall') return undefined;
  const eventName = text(record, 'eventName') ?? '';
  const target = toTarget(text(record, 'eventSource'), eventName, record);
  const eventId = text(record, 'eventID');
  const eventTime = parseInstant(text(record, 'eventTime') ?? '');
  if (!target || eventId === undefined || eventTime === undefined) return undefined;
  const identity = fields(record, 'userIdentity');
  const region = text(record, 'awsRegion');
  const accountId = text(record, 'recipientAccountId') ?? text(identity, 'accountId');
  return {
    eventId: toShort(eventId),
    eventName: toShort(eventName),
    eventTime,
    ...(region !== undefined && { region }),
    ...(accountId !== undefined && { accountId }),
    isRefused: text(record, 'errorCode') !== undefined || text(record, 'errorMessage') !== undefined,
    isDelivery: own(identity, 'type') === 'AWSService' && own(identity, 'invokedBy') === 'cloudtrail.amazonaws.com',
    actor: toActor(record, identity),
    target,
  };
}

function toActor(record: Fields, identity: Fields): Actor {
  const known = {
    identityType: text(identity, 'type'),
    identityArn: text(identity, 'arn'),
    // A service has no ARN, only a name.
    principalId: text(identity, 'principalId') ?? text(identity, 'invokedBy'),
    sourceIpAddress: text(record, 'sourceIPAddress'),
    userAgent: text(record, 'userAgent'),
  };
  const said = Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, toShort(value)]]));
  return Object.fromEntries(said) as Actor;
}

function toTarget(source: string | undefined, eventName: string, record: Fields): EventTarget | undefined {
  const request = fields(record, 'requestParameters');
  if (source === 'cloudtrail.amazonaws.com')
    return TRAIL_CALLS.has(eventName) ? toTrail(eventName, request, record) : undefined;
  if (source !== 's3.amazonaws.com') return undefined;
  const bucket = text(request, 'bucketName');
  if (DELETES.has(eventName)) {
    return toObjects('delete', request, resourceArns(record)) ?? wholeBucket('delete', bucket);
  }
  // What is copied may stand among the resources too, and is not changed.
  if (WRITES.has(eventName)) {
    return toObjects('write', request, eventName === 'CopyObject' ? [] : resourceArns(record));
  }
  if (eventName.startsWith('PutBucketLifecycle')) return toLifecycle(request, bucket);
  return eventName === 'PutBucketPolicy' ? wholeBucket('permit', bucket) : undefined;
}

const TRAIL_CALLS: ReadonlySet<string> = new Set(['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors']);
const DELETES: ReadonlySet<string> = new Set(['DeleteObject', 'DeleteObjects']);
/** The ways in which S3 takes the content of an object. */
const WRITES: ReadonlySet<string> = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

function toTrail(eventName: string, request: Fields, record: Fields): EventTarget {
  const names = [text(request, 'name'), text(request, 'trailName'), ...resourceArns(record)];
  const isValidationOff = eventName === 'UpdateTrail' && own(request, 'enableLogFileValidation') === false;
  const endsDigests = eventName === 'StopLogging' || eventName === 'DeleteTrail' || isValidationOff;
  return { type: 'trail', names: names.filter((name) => name !== undefined), endsDigests };
}

/**
 * Whether no more digests of a chain are delivered after an event that was not refused. `PutEventSelectors` is none of these:
 * digests are delivered even where nothing is logged. The trail is that of the chain's own account.
 */
export function stopsChain(
  { target, isRefused, region, accountId: recipient }: TrailEvent,
  { trailName, homeRegion, accountId }: ChainId,
): boolean {
  if (isRefused || target.type !== 'trail' || !target.endsDigests) return false;
  return target.names.some((name) => {
    const arn = parseTrailArn(name);
    if (arn) return arn.trailName === trailName && arn.homeRegion === homeRegion && arn.accountId === accountId;
    return name === trailName && region === homeRegion && recipient === accountId;
  });
}

const wholeBucket = (act: 'delete' | 'expire' | 'permit', bucket: string | undefined): EventTarget | undefined =>
  bucket === undefined ? undefined : { type: 'bucket', act, bucket, prefixes: [''] };

/** Objects stand in the parameters of the call, in the list of a DeleteObjects, or among the resources that it touched. */
function toObjects(act: 'delete' | 'write', request: Fields, arns: readonly string[]): EventTarget | undefined {
  const bucket = text(request, 'bucketName');
  const listed = [fields(request, 'delete'), fields(request, 'Delete')].flatMap((list) =>
    ['object', 'objects', 'Object', 'Objects'].flatMap((name) => all(list, name)),
  );
  const keys = [text(request, 'key'), ...listed.flatMap((item) => [text(item, 'key'), text(item, 'Key')])];
  const ofRequest = bucket === undefined ? [] : keys.flatMap((key) => (key === undefined ? [] : [{ bucket, key }]));
  const objects = [...ofRequest, ...arns.flatMap((arn) => toObject(arn) ?? [])];
  return objects.length > 0 ? { type: 'objects', act, objects } : undefined;
}

/** The prefixes of the rules that are in force; the whole bucket where a rule has none, or none can be read. */
function toLifecycle(request: Fields, bucket: string | undefined): EventTarget | undefined {
  if (bucket === undefined) return undefined;
  const configuration = fields(request, 'LifecycleConfiguration');
  const rules = [...all(configuration, 'Rule'), ...all(configuration, 'Rules')];
  if (rules.length === 0) return wholeBucket('expire', bucket);
  const prefixes = rules.filter((rule) => own(rule, 'Status') !== 'Disabled').map(prefixOf);
  return prefixes.length === 0 ? undefined : { type: 'bucket', act: 'expire', bucket, prefixes };
}

function prefixOf(rule: Fields): string {
  const filter = fields(rule, 'Filter');
  return text(rule, 'Prefix') ?? text(filter, 'Prefix') ?? text(fields(filter, 'And'), 'Prefix') ?? '';
}

const OBJECT_ARN = /^arn:[a-z0-9-]+:s3:::([^/]+)\/(.+)$/s;

function toObject(arn: string): ObjectRef | undefined {
  const [, bucket, key] = OBJECT_ARN.exec(arn) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

const resourceArns = (record: Fields): readonly string[] =>
  all(record, 'resources').flatMap((resource) => text(resource, 'ARN') ?? []);

const own = (record: Fields, name: string): unknown => (Object.hasOwn(record, name) ? record[name] : undefined);

/** A text that is not empty. */
function text(record: Fields, name: string): string | undefined {
  const value = own(record, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function fields(record: Fields, name: string): Fields {
  const value = own(record, name);
  return isRecord(value) ? value : {};
}

/** The objects of a list; what is made from XML has a list of one as the one alone. */
function all(record: Fields, name: string): readonly Fields[] {
  const value = own(record, name);
  return (Array.isArray(value) ? value : [value]).filter(isRecord);
}

/** Never cuts a character in two. The copy does not hold on to the long text, which a slice of it would. */
function toShort(value: string): string {
  if (value.length <= MAX_EVENT_TEXT) return value;
  const start = value.slice(0, MAX_EVENT_TEXT - 1).replace(/[\ud800-\udbff]$/, '');
  return `${JSON.parse(JSON.stringify(start))}…`;
}
