import { type ChainId, type ChainKind, formatChainId } from '../../../src/core/objects/chain-id.js';
import { type DigestKey, type LogKind, toDigestKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import {
  DAY,
  formatInstant,
  HOUR,
  type Instant,
  type Interval,
  MINUTE,
  SECOND,
} from '../../../src/core/time/instant.js';
import { putObject, type World, type WorldTrail } from '../worlds/world.js';
import { type DigestDocument, type LogFileEntry, sha256Of, signDigest } from './digest-document.js';
import { forgeLogContents } from './forge-log.js';
import { inflate, stableGzip } from './stable-gzip.js';
import { KEY_A, type ThrowawayKey } from './throwaway-keys.js';

/** How long after its hour a backfill digest is generated, where nothing else is said. */
const BACKFILL_DELAY = 5 * HOUR;
/** CloudTrail rounds the time in a log's name up to this. */
const LOG_NAME_STEP = 5 * MINUTE;
/** How far the validity of a public key reaches beyond the first and the last digest it signed. */
const KEY_MARGIN = 10 * DAY;

/** A trail and where it delivers to. */
export interface Delivery {
  readonly bucket: string;
  readonly prefix?: string;
  readonly organizationId?: string;
  readonly accountId: string;
  readonly trailName: string;
  readonly homeRegion: string;
}

export interface ForgeOptions extends Delivery {
  readonly region: string;
  /** `standard` where nothing is said. */
  readonly kind?: ChainKind;
  /** When the first digest begins; best not on the hour, as in life. */
  readonly start: Instant;
  /** How many digests to forge, one for each hour. */
  readonly hours: number;
  /** Here and below, `hour` counts the digests of this call from 0. */
  readonly logsPerHour: number | ((hour: number) => number);
  /** Events in each log, about 800 bytes apiece; 3 where nothing is said, never less than 1. */
  readonly recordsPerLog?: number | ((hour: number, log: number) => number);
  /** Events that stand in a log besides. */
  readonly events?: (hour: number, log: number) => readonly object[];
  /** The whole text of a log, whatever it is; where it says nothing, the log holds events. */
  readonly logText?: (hour: number, log: number) => string | undefined;
  /** The logs of an hour take turns through these; `CloudTrail` alone where nothing is said. */
  readonly logKinds?: readonly LogKind[];
  /** Where the logs lie when it is not the bucket of the digests. */
  readonly logBucket?: string;
  /** Which key signs; a function rotates keys. The first of the throwaway keys where nothing is said. */
  readonly key?: ThrowawayKey | ((hour: number) => ThrowawayKey);
  /** How long after its hour a backfill digest is generated, in milliseconds. */
  readonly backfillDelay?: number;
  /** Contents and unique ids follow from it and from the place and time of each log, from nothing else. */
  readonly seed?: string;
  /** The digest that the first one links to, from an earlier call; without it the chain begins with a starting digest. */
  readonly previous?: ForgedDigest;
  /** Changes what a digest says before it is signed, so that only that is wrong and all later links hold. */
  readonly amend?: (document: DigestDocument, hour: number) => void;
}

export interface ForgedLog {
  readonly ref: ObjectRef;
  readonly kind: LogKind;
  /** Uncompressed; inflated anew at each access, since benches forge gigabytes. */
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly oldestEventTime: Instant;
  readonly newestEventTime: Instant;
}

export interface ForgedDigest {
  readonly ref: ObjectRef;
  readonly key: DigestKey;
  readonly interval: Interval;
  /** Uncompressed. */
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly signature: string;
  readonly signedBy: ThrowawayKey;
  readonly logs: readonly ForgedLog[];
}

export interface ForgedChain {
  readonly id: ChainId;
  /** Oldest first. */
  readonly digests: readonly ForgedDigest[];
}

/**
 * Forges a chain as CloudTrail would have delivered it, one digest an hour: puts digests and logs into the world and the
 * public keys used, each valid some days around the digests it signed, under the chain's region. The same options give
 * the same bytes. Calling it again for later hours without `previous` leaves a gap, with `previous` a chain that goes on.
 */
export function forgeChain(world: World, options: ForgeOptions): ForgedChain {
  const digests: ForgedDigest[] = [];
  let previous = options.previous;
  for (let hour = 0; hour < options.hours; hour += 1) {
    previous = forgeDigest(world, options, hour, previous);
    digests.push(previous);
  }
  return { id: chainIdOf(options), digests };
}

/** The digest of that hour, counted from 0 or, when negative, from the end. Throws when there is none. */
export function digestAt(chain: ForgedChain, hour: number): ForgedDigest {
  const digest = chain.digests.at(hour);
  if (!digest) throw new Error(`the forged chain has ${chain.digests.length} digests, none at ${hour}`);
  return digest;
}

/** That log of that hour, both counted as in {@link digestAt}. Throws when there is none. */
export function logAt(chain: ForgedChain, hour: number, index: number): ForgedLog {
  const log = digestAt(chain, hour).logs.at(index);
  if (!log) throw new Error(`the forged digest at ${hour} has no log at ${index}`);
  return log;
}

/** Adds the trail, or puts it in the place of the one of the same ARN; with an organization id, the organization too. */
export function addTrail(world: World, delivery: Delivery, multiRegion = true): WorldTrail {
  const { trailName: name, bucket, prefix, homeRegion, organizationId } = delivery;
  const arn = `arn:${partitionOf(homeRegion)}:cloudtrail:${homeRegion}:${delivery.accountId}:trail/${name}`;
  const place = prefix === undefined ? { bucket } : { bucket, prefix };
  const trail = { name, arn, ...place, homeRegion, multiRegion, organization: organizationId !== undefined };
  const known = world.trails.findIndex((other) => other.arn === arn);
  world.trails.splice(known === -1 ? world.trails.length : known, 1, trail);
  if (organizationId !== undefined) world.organizationId = organizationId;
  return trail;
}

function forgeDigest(
  world: World,
  options: ForgeOptions,
  hour: number,
  previous: ForgedDigest | undefined,
): ForgedDigest {
  const interval = { start: options.start + hour * HOUR, end: options.start + (hour + 1) * HOUR };
  const backfill = options.kind === 'backfill';
  const key: DigestKey = {
    ...folderOf(options),
    trailName: options.trailName,
    homeRegion: options.homeRegion,
    endTime: interval.end,
    backfill,
  };
  const ref = { bucket: options.bucket, key: toDigestKey(key) };
  const signedBy = typeof options.key === 'function' ? options.key(hour) : (options.key ?? KEY_A);
  const signedAt = backfill ? interval.end + (options.backfillDelay ?? BACKFILL_DELAY) : interval.end;
  const logs = forgeLogs(world, options, hour, interval);
  const document = toDocument(ref, key.accountId, interval, signedBy, logs, previous);
  options.amend?.(document, hour);
  const signed = signDigest(document, signedBy, backfill ? formatInstant(signedAt) : undefined);
  putObject(world, ref.bucket, ref.key, signed.object);
  publishKey(world, signedBy, options.region, signedAt);
  const { bytes, signature } = signed;
  return { ref, key, interval, bytes, sha256: sha256Of(bytes), signature, signedBy, logs };
}

function toDocument(
  ref: ObjectRef,
  accountId: string,
  interval: Interval,
  signedBy: ThrowawayKey,
  logs: readonly ForgedLog[],
  previous: ForgedDigest | undefined,
): DigestDocument {
  const newest = logs.map((log) => log.newestEventTime).sort((a, b) => b - a)[0];
  const oldest = logs.map((log) => log.oldestEventTime).sort((a, b) => a - b)[0];
  return {
    awsAccountId: accountId,
    digestStartTime: formatInstant(interval.start),
    digestEndTime: formatInstant(interval.end),
    digestS3Bucket: ref.bucket,
    digestS3Object: ref.key,
    digestPublicKeyFingerprint: signedBy.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: newest === undefined ? null : formatInstant(newest),
    oldestEventTime: oldest === undefined ? null : formatInstant(oldest),
    previousDigestS3Bucket: previous?.ref.bucket ?? null,
    previousDigestS3Object: previous?.ref.key ?? null,
    previousDigestHashValue: previous?.sha256 ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: logs.map(toEntry),
  };
}

const toEntry = (log: ForgedLog): LogFileEntry => ({
  s3Bucket: log.ref.bucket,
  s3Object: log.ref.key,
  hashValue: log.sha256,
  hashAlgorithm: 'SHA-256',
  newestEventTime: formatInstant(log.newestEventTime),
  oldestEventTime: formatInstant(log.oldestEventTime),
});

function forgeLogs(world: World, options: ForgeOptions, hour: number, interval: Interval): ForgedLog[] {
  const count = typeof options.logsPerHour === 'function' ? options.logsPerHour(hour) : options.logsPerHour;
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 0.5) / count;
    const deliveredAt = interval.start + Math.floor((share * HOUR) / SECOND) * SECOND;
    return forgeLog(world, options, { hour, index, deliveredAt });
  });
}

function forgeLog(
  world: World,
  options: ForgeOptions,
  { hour, index, deliveredAt }: { hour: number; index: number; deliveredAt: Instant },
): ForgedLog {
  const { accountId, region, recordsPerLog = 3, logKinds = ['CloudTrail'] } = options;
  const kind = logKinds[index % logKinds.length] ?? 'CloudTrail';
  const records = typeof recordsPerLog === 'function' ? recordsPerLog(hour, index) : recordsPerLog;
  const seed = `${options.seed ?? ''}/${formatChainId(chainIdOf(options))}/${index}`;
  const text = options.logText?.(hour, index);
  const wishes = { records, events: options.events?.(hour, index) ?? [], ...(text !== undefined && { text }) };
  const contents = forgeLogContents({ accountId, region, kind, deliveredAt }, wishes, seed);
  const time = Math.ceil(deliveredAt / LOG_NAME_STEP) * LOG_NAME_STEP;
  const key = toLogKey({ ...folderOf(options), kind, time, uniqueId: contents.uniqueId });
  const ref = { bucket: options.logBucket ?? options.bucket, key };
  const body = stableGzip(contents.bytes);
  putObject(world, ref.bucket, ref.key, { body, metadata: {} });
  const { oldestEventTime, newestEventTime } = contents;
  return {
    ref,
    kind,
    sha256: sha256Of(contents.bytes),
    oldestEventTime,
    newestEventTime,
    get bytes() {
      return inflate(body);
    },
  };
}

function publishKey(world: World, key: ThrowawayKey, region: string, signedAt: Instant): void {
  const { fingerprint } = key;
  const known = world.publicKeys.findIndex((record) => record.fingerprint === fingerprint && record.region === region);
  const before = world.publicKeys[known]?.validity;
  const validity = {
    start: Math.min(before?.start ?? Number.POSITIVE_INFINITY, signedAt - KEY_MARGIN),
    end: Math.max(before?.end ?? Number.NEGATIVE_INFINITY, signedAt + KEY_MARGIN),
  };
  const at = known === -1 ? world.publicKeys.length : known;
  world.publicKeys.splice(at, 1, { fingerprint, der: key.pkcs1, validity, region });
}

function folderOf({ prefix = '', organizationId, accountId, region }: ForgeOptions) {
  const folder = { prefix, accountId, region };
  return organizationId === undefined ? folder : { ...folder, organizationId };
}

const chainIdOf = ({ accountId, region, trailName, homeRegion, kind = 'standard' }: ForgeOptions): ChainId => ({
  accountId,
  region,
  trailName,
  homeRegion,
  kind,
});

function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}
