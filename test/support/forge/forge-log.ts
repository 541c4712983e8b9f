import type { LogKind } from '../../../src/core/objects/cloudtrail-key.js';
import { formatInstant, type Instant, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { SeededRandom } from './seeded-random.js';

/** Events reach a log at most this long before the log is delivered. */
const DELIVERY_DELAY = 10 * MINUTE;

const CALLS = [
  { source: 's3', name: 'GetBucketAcl', readOnly: true, parameters: { bucketName: 'acme-invoices', acl: '' } },
  { source: 's3', name: 'PutBucketPolicy', readOnly: false, parameters: { bucketName: 'acme-invoices', policy: '' } },
  { source: 'ec2', name: 'DescribeInstances', readOnly: true, parameters: { instancesSet: {}, filterSet: {} } },
  { source: 'ec2', name: 'RunInstances', readOnly: false, parameters: { instanceType: 't3.micro', minCount: 1 } },
  { source: 'iam', name: 'ListRoles', readOnly: true, parameters: { maxItems: 100 } },
  { source: 'iam', name: 'AttachRolePolicy', readOnly: false, parameters: { roleName: 'deploy' } },
  { source: 'sts', name: 'AssumeRole', readOnly: true, parameters: { roleSessionName: 'nightly' } },
  { source: 'kms', name: 'Decrypt', readOnly: true, parameters: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' } },
] as const;
const USERS = ['alice', 'bob', 'ci', 'deploy', 'auditor'] as const;
const AGENTS = ['aws-cli/2.27.1', 'Boto3/1.40.2', 'aws-sdk-js/3.880.0', 'console.amazonaws.com'] as const;
const EVENTS_OF: { readonly [K in LogKind]: { readonly eventType: string; readonly eventCategory: string } } = {
  CloudTrail: { eventType: 'AwsApiCall', eventCategory: 'Management' },
  'CloudTrail-Insight': { eventType: 'AwsCloudTrailInsight', eventCategory: 'Insight' },
  'CloudTrail-NetworkActivity': { eventType: 'AwsVpceEvent', eventCategory: 'NetworkActivity' },
};

export interface LogSubject {
  readonly accountId: string;
  readonly region: string;
  readonly kind: LogKind;
  readonly deliveredAt: Instant;
}

/** What is to stand in a forged log. */
export interface LogWishes {
  /** How many forged events; at least one. */
  readonly records: number;
  /** More events, behind those. */
  readonly events?: readonly object[];
  /** The whole text of the log instead, whatever it is. */
  readonly text?: string;
}

export interface LogContents {
  /** The file's unique part of its name. */
  readonly uniqueId: string;
  /** Uncompressed. */
  readonly bytes: Uint8Array;
  readonly oldestEventTime: Instant;
  readonly newestEventTime: Instant;
}

/** A log file of events (about 800 bytes each) shortly before its delivery. The same for the same subject, wishes and seed. */
export function forgeLogContents(
  subject: LogSubject,
  { records, events: wanted = [], text }: LogWishes,
  seed: string,
): LogContents {
  const random = new SeededRandom(`${seed}/${subject.accountId}/${subject.region}/${subject.deliveredAt}`);
  const uniqueId = random.alphanumeric(16);
  const times = Array.from(
    { length: Math.max(1, records) },
    () => subject.deliveredAt - SECOND * (1 + random.below(DELIVERY_DELAY / SECOND)),
  );
  const events = times.map((time) => forgeEvent(subject, time, random));
  return {
    uniqueId,
    bytes: new TextEncoder().encode(text ?? JSON.stringify({ Records: [...events, ...wanted] })),
    oldestEventTime: times.reduce((a, b) => Math.min(a, b)),
    newestEventTime: times.reduce((a, b) => Math.max(a, b)),
  };
}

function forgeEvent({ accountId, region, kind }: LogSubject, time: Instant, random: SeededRandom): object {
  const call = random.pick(CALLS);
  const userName = random.pick(USERS);
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: `AIDA${random.hex(8).toUpperCase()}`,
      arn: `arn:aws:iam::${accountId}:user/${userName}`,
      accountId,
      accessKeyId: `AKIA${random.hex(8).toUpperCase()}`,
      userName,
    },
    eventTime: formatInstant(time),
    eventSource: `${call.source}.amazonaws.com`,
    eventName: call.name,
    awsRegion: region,
    sourceIPAddress: `192.0.2.${1 + random.below(254)}`,
    userAgent: random.pick(AGENTS),
    requestParameters: {
      ...call.parameters,
      Host: `${call.source}.${region}.amazonaws.com`,
    },
    responseElements: null,
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: call.readOnly,
    eventType: EVENTS_OF[kind].eventType,
    managementEvent: kind === 'CloudTrail',
    recipientAccountId: accountId,
    eventCategory: EVENTS_OF[kind].eventCategory,
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${call.source}.${region}.amazonaws.com`,
    },
  };
}

export interface ForgedCall {
  /** For example `s3`. */
  readonly source: string;
  readonly name: string;
  readonly time: Instant;
  readonly parameters: object;
  readonly accountId?: string;
  readonly region?: string;
  /** More fields, in the place of the usual ones. */
  readonly fields?: object;
}

/** One event as CloudTrail records a call. Its id follows from the name and the time. */
export function forgeCall(call: ForgedCall): object {
  const { source, name, time, parameters, accountId = '111122223333', region = 'us-east-1', fields } = call;
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDACKCEVSQ6C2EXAMPLE',
      arn: `arn:aws:iam::${accountId}:user/eve`,
      accountId,
      userName: 'eve',
    },
    eventTime: formatInstant(time),
    eventSource: `${source}.amazonaws.com`,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.27.1',
    requestParameters: parameters,
    responseElements: null,
    eventID: `${name}-${time}`,
    readOnly: false,
    eventType: 'AwsApiCall',
    recipientAccountId: accountId,
    ...fields,
  };
}
