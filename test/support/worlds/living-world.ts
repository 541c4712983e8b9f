import type { ChainId } from '../../../src/core/objects/chain-id.js';
import { type DigestKey, type LogKind, toDigestKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { formatInstant, HOUR, type Instant, type Interval, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { type DigestDocument, sha256Of, signDigest } from '../forge/digest-document.js';
import { forgeCall, forgeLogContents } from '../forge/forge-log.js';
import { forgeQueryResults } from '../forge/forge-query-results.js';
import { stableGzip } from '../forge/stable-gzip.js';
import { THROWAWAY_KEYS, type ThrowawayKey } from '../forge/throwaway-keys.js';
import { BEGINNING, beginOf, type DigestTime, digestTimesOf, untilOf } from './timeline.js';
import { emptyWorld, putObject, type World, type WorldObject } from './world.js';
import { BUCKETS, REGIONS, type TrailPlan, type WorldPlan } from './world-plan.js';

const ORGANIZATION = 'o-exampleorgid';
const LOG_NAME_STEP = 5 * MINUTE;
/** How long after its hour a backfill digest is generated and delivered. */
const BACKFILL_DELAY = 3 * HOUR;
const KEY_LIFE = 20 * 24 * HOUR;

/** An object, and when it comes to lie in its bucket. */
export interface LivingObject {
  readonly type: 'digest' | 'backfill' | 'log' | 'late-log' | 'other';
  readonly ref: ObjectRef;
  readonly object: WorldObject;
  readonly at: Instant;
  /** Of digests and logs: the chain of the hourly digests. */
  readonly chain?: ChainId;
  /** Of a digest its own time; of a log the time of the digest that lists it. */
  readonly interval?: Interval;
  readonly isStarting?: boolean;
  /** Of a log: where the digest that lists it lies. */
  readonly digest?: ObjectRef;
}

/** Everything that CloudTrail ever delivers in a world. */
export interface LivingWorld {
  readonly plan: WorldPlan;
  /** When it is looked at, or copied. */
  readonly until: Instant;
  readonly objects: readonly LivingObject[];
  readonly chains: readonly ChainId[];
  readonly publicKeys: World['publicKeys'];
}

/** What lies in the buckets at a time. */
export function worldAt({ objects, publicKeys }: LivingWorld, at: Instant): World {
  const world = { ...emptyWorld(), publicKeys };
  for (const each of objects) if (each.at <= at) putObject(world, each.ref.bucket, each.ref.key, each.object);
  return world;
}

/** Forges everything that a plan says. The same plan gives the same bytes. */
export function forgeWorld(plan: WorldPlan): LivingWorld {
  const until = untilOf(plan);
  const forge = new Forge(until);
  for (const trail of plan.trails)
    for (const account of trail.accounts.keys())
      for (const region of trail.regions.keys()) forge.chain(trail, account, region);
  const [first] = plan.trails;
  if (plan.hasQueryResults && first) forge.queryResults(first);
  if (plan.hasMarkers) forge.markers();
  const { objects, chains, publicKeys } = forge;
  return { plan, until, objects: [...objects].sort((a, b) => a.at - b.at), chains, publicKeys };
}

/** Where something is delivered. */
type Place = Pick<DigestKey, 'prefix' | 'organizationId' | 'accountId' | 'region'> & { readonly bucket: string };

interface ForgedLog {
  readonly ref: ObjectRef;
  readonly sha256: string;
  readonly times: Interval;
}

interface Previous {
  readonly ref: ObjectRef;
  readonly sha256: string;
  readonly signature: string;
}

class Forge {
  readonly objects: LivingObject[] = [];
  readonly chains: ChainId[] = [];
  readonly publicKeys: World['publicKeys'] = [];
  readonly #until: Instant;

  constructor(until: Instant) {
    this.#until = until;
  }

  chain(trail: TrailPlan, account: number, region: number): void {
    const times = digestTimesOf(trail, account, region, this.#until);
    if (times.length === 0) return;
    const forge = new ChainForge(this, trail, account, region);
    this.chains.push(forge.id);
    forge.forgeHours(times);
    forge.forgeBackfills(times.filter(({ isStarting }) => !isStarting));
  }

  queryResults({ bucket, accounts: [accountId = ''] }: TrailPlan): void {
    const world = emptyWorld();
    const completedAt = BEGINNING + 2 * HOUR;
    forgeQueryResults(world, { bucket, accountId, completedAt, files: 1 });
    for (const [key, object] of world.buckets.get(bucket) ?? [])
      this.objects.push({ type: 'other', ref: { bucket, key }, object, at: completedAt });
    for (const { der, region = '', fingerprint } of world.publicKeys) this.publish({ der, fingerprint }, region);
  }

  /** Empty objects that stand for folders, where there are any. */
  markers(): void {
    const folders = new Map<string, LivingObject>();
    for (const each of this.objects) {
      const [folder] = /^.*\/CloudTrail(?:-Digest)?\//.exec(each.ref.key) ?? [];
      if (folder !== undefined) folders.set(`${each.ref.bucket}/${folder}`, each);
    }
    for (const [place, { ref, at }] of folders) {
      const key = place.slice(ref.bucket.length + 1);
      const object = { body: new Uint8Array(), metadata: {} };
      this.objects.push({ type: 'other', ref: { bucket: ref.bucket, key }, object, at });
    }
  }

  publish({ der, fingerprint }: { readonly der: Uint8Array; readonly fingerprint: string }, region: string): void {
    if (this.publicKeys.some((known) => known.fingerprint === fingerprint && known.region === region)) return;
    const validity = { start: BEGINNING - KEY_LIFE, end: BEGINNING + KEY_LIFE };
    this.publicKeys.push({ der, fingerprint, region, validity });
  }
}

/** Forges the digests and logs of one account and region of a trail. */
class ChainForge {
  readonly id: ChainId;
  readonly #forge: Forge;
  readonly #trail: TrailPlan;
  readonly #region: number;

  constructor(forge: Forge, trail: TrailPlan, account: number, region: number) {
    this.#forge = forge;
    this.#trail = trail;
    this.#region = region;
    this.id = {
      accountId: trail.accounts[account] ?? '',
      region: trail.regions[region] ?? '',
      trailName: trail.name,
      homeRegion: homeOf(trail),
      kind: 'standard',
    };
  }

  forgeHours(times: readonly DigestTime[]): void {
    let previous: Previous | undefined;
    for (const [hour, time] of times.entries()) {
      const at = time.end + 26 * MINUTE + ((hour * 97) % 300) * SECOND;
      const key = this.#keyOf(time.end, time.end, false);
      const logs = time.isStarting ? [] : this.#forgeLogs(time, hour, key);
      previous = this.#digest(key, time, at, logs, time.isStarting ? undefined : previous);
    }
  }

  /** Each lists one log that was named in its hour and delivered hours later. */
  forgeBackfills(times: readonly DigestTime[]): void {
    if (times.length === 0) return;
    const hours = new Set(this.#trail.backfills.map((hour) => hour % times.length));
    let previous: Previous | undefined;
    for (const hour of [...hours].sort((a, b) => a - b)) {
      const time = times[hour];
      if (!time) continue;
      const at = time.end + BACKFILL_DELAY;
      const key = this.#keyOf(time.end, at, true);
      const log = this.#log({ at, named: time.start + MINUTE, index: 9 }, time, key, 'late-log');
      previous = this.#digest(key, time, at, [log], previous);
    }
  }

  #forgeLogs(time: DigestTime, hour: number, key: DigestKey & Place): readonly ForgedLog[] {
    const { logsPerHour, logTimes, nameLags } = this.#trail;
    const count = inTurn(logsPerHour, hour);
    const logs = Array.from({ length: count }, (_, index) => {
      const share = inTurn(logTimes, hour + index) / 1000;
      const at = time.start + Math.max(1, Math.floor((share * (time.end - time.start)) / SECOND)) * SECOND;
      return this.#log({ at, named: at - inTurn(nameLags, index) * MINUTE, index }, time, key, 'log');
    });
    const { stop } = time;
    const isHome = this.id.region === this.id.homeRegion && this.id.accountId === this.#trail.accounts[0];
    if (stop === undefined || !isHome) return logs;
    const parameters = { name: this.#arn };
    const { accountId, region } = this.id;
    const event = forgeCall({ source: 'cloudtrail', name: 'StopLogging', time: stop, parameters, accountId, region });
    const at = stop + MINUTE;
    return [...logs, this.#log({ at, named: at, index: 8, events: [event] }, time, key, 'log')];
  }

  get #arn(): string {
    const [owner = ''] = this.#trail.accounts;
    return `arn:aws:cloudtrail:${this.id.homeRegion}:${owner}:trail/${this.#trail.name}`;
  }

  #log(
    delivery: { readonly at: Instant; readonly named: Instant; readonly index: number; readonly events?: object[] },
    interval: Interval,
    digest: DigestKey & Place,
    type: 'log' | 'late-log',
  ): ForgedLog {
    const { at, named, index, events = [] } = delivery;
    const place = this.#placeOf(at);
    const kind = this.#kindOf(index);
    const seed = `${this.id.trailName}/${index}/${type}`;
    const subject = { accountId: place.accountId, region: place.region, kind, deliveredAt: at };
    const contents = forgeLogContents(subject, { records: 1, events }, seed);
    const time = Math.ceil(named / LOG_NAME_STEP) * LOG_NAME_STEP;
    const ref = { bucket: place.bucket, key: toLogKey({ ...place, kind, time, uniqueId: contents.uniqueId }) };
    const object = { body: stableGzip(contents.bytes), metadata: {} };
    const { id: chain } = this;
    const listedBy = { bucket: digest.bucket, key: toDigestKey(digest) };
    this.#forge.objects.push({ type, ref, object, at, chain, interval, digest: listedBy });
    const times = { start: contents.oldestEventTime, end: contents.newestEventTime };
    return { ref, sha256: sha256Of(contents.bytes), times };
  }

  #kindOf(index: number): LogKind {
    if (!this.#trail.hasInsights || index % 2 === 0) return 'CloudTrail';
    return this.#region === 0 ? 'CloudTrail-Insight' : 'CloudTrail-NetworkActivity';
  }

  #digest(
    key: DigestKey & Place,
    { start, end, isStarting }: DigestTime,
    at: Instant,
    logs: readonly ForgedLog[],
    previous: Previous | undefined,
  ): Previous {
    const ref = { bucket: key.bucket, key: toDigestKey(key) };
    const signedBy = this.#signerAt(end);
    const document = toDocument(ref, key.accountId, { start, end }, signedBy, logs, previous);
    const { bytes, signature, object } = signDigest(document, signedBy, key.backfill ? formatInstant(at) : undefined);
    this.#forge.publish({ der: signedBy.pkcs1, fingerprint: signedBy.fingerprint }, key.region);
    const type = key.backfill ? 'backfill' : 'digest';
    this.#forge.objects.push({ type, ref, object, at, chain: this.id, interval: { start, end }, isStarting });
    return { ref, sha256: sha256Of(bytes), signature };
  }

  /** Each region has its own keys, and others after a rotation. */
  #signerAt(end: Instant): ThrowawayKey {
    const { rotation } = this.#trail;
    const isRotated = rotation !== undefined && end > beginOf(this.#trail) + rotation * HOUR;
    return inTurn(THROWAWAY_KEYS, REGIONS.indexOf(this.id.region as 'us-east-1') * 2 + (isRotated ? 1 : 0));
  }

  #keyOf(endTime: Instant, deliveredAt: Instant, backfill: boolean): DigestKey & Place {
    const { trailName, homeRegion } = this.id;
    return { ...this.#placeOf(deliveredAt), trailName, homeRegion, endTime, backfill };
  }

  #placeOf(at: Instant): Place {
    const { move, bucket, prefix, isOrganization } = this.#trail;
    const { accountId, region } = this.id;
    const hasMoved = move !== undefined && at > beginOf(this.#trail) + move.after * HOUR + 20 * MINUTE;
    return {
      bucket: hasMoved && move.to !== 'prefix' ? otherBucket(bucket) : bucket,
      prefix: hasMoved && move.to !== 'bucket' ? 'moved' : prefix,
      ...(isOrganization && { organizationId: ORGANIZATION }),
      accountId,
      region,
    };
  }
}

/** Where the trail was made: its last region, or one that is not in the world. */
function homeOf({ isHomeElsewhere, regions }: TrailPlan): string {
  if (!isHomeElsewhere) return REGIONS[0];
  return regions.length > 1 ? (regions.at(-1) ?? '') : 'ap-southeast-2';
}

const otherBucket = (bucket: string): string => BUCKETS.find((other) => other !== bucket) ?? bucket;

/** A list repeated without end. */
function inTurn<T>(list: readonly T[], index: number): T {
  const [item] = list.slice(index % list.length);
  if (item === undefined) throw new Error('nothing to take turns with');
  return item;
}

function toDocument(
  ref: ObjectRef,
  accountId: string,
  interval: Interval,
  signedBy: ThrowawayKey,
  logs: readonly ForgedLog[],
  previous: Previous | undefined,
): DigestDocument {
  const oldest = logs.map(({ times }) => times.start).sort((a, b) => a - b)[0];
  const newest = logs.map(({ times }) => times.end).sort((a, b) => b - a)[0];
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
    logFiles: logs.map((log) => ({
      s3Bucket: log.ref.bucket,
      s3Object: log.ref.key,
      hashValue: log.sha256,
      hashAlgorithm: 'SHA-256',
      newestEventTime: formatInstant(log.times.end),
      oldestEventTime: formatInstant(log.times.start),
    })),
  };
}
