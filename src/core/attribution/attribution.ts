import type { TrailEvent } from '../events/trail-event.js';
import {
  FINDING_EFFECTS,
  type Finding,
  type FindingCode,
  type Naming,
  type Subject,
  type UnexplainedTime,
} from '../findings/finding.js';
import { type ChainId, chainOf, formatChainId } from '../objects/chain-id.js';
import { type DigestKey, parseDigestKey, parseLogKey, toDigestFolder } from '../objects/cloudtrail-key.js';
import { identifyByName, type ObjectRef } from '../objects/object-ref.js';
import { parseTrailArn } from '../objects/trail-arn.js';
import { HOUR, type Instant, MINUTE } from '../time/instant.js';

/** What ended a trail is looked for from so long before its digests end: a digest covers the hour in which its trail was stopped. */
export const GAP_LEAD = 2 * HOUR;
/** How long after an event the log that holds it may be delivered; usually it is about a quarter of an hour. */
export const EVENT_DELAY = 6 * HOUR;
/** How far the time in a log's name may lie ahead of its delivery. */
const NAME_LEAD = 5 * MINUTE;

type Act = 'delete' | 'write' | 'expire' | 'permit' | 'trail';

/** A finding that events may explain. */
export interface Unexplained {
  readonly code: FindingCode;
  readonly subject: Subject;
  /** What the finding says of its time, so that it is told from others about its subject. */
  readonly args: UnexplainedTime;
  readonly acts: ReadonlySet<Act>;
  /** No event before it explains the finding. */
  readonly from?: Instant;
  /** No call to CloudTrail after it does. */
  readonly trailUntil?: Instant;
  /** Only the chains of these regions can hold the events, delivered soon after `trailUntil`; absent: all, to the end. */
  readonly regions?: readonly string[];
}

const LOSS: readonly Act[] = ['delete', 'expire', 'permit'];
const CHANGE: readonly Act[] = ['write', 'permit'];
const END: readonly Act[] = ['trail', 'delete'];

/** The findings about a chain or a folder that are attributed, and to what. */
const ACTS: { readonly [C in FindingCode]?: readonly Act[] } = {
  'chain-gap': ['trail'],
  'trail-not-logging': ['trail'],
  'chain-ends-early': END,
  'chain-end-late': END,
  'chain-newest-digest-old': END,
  'chain-newest-digest-deleted': END,
  'chain-ends-before-siblings': END,
  'chain-interval-lost': [...LOSS, 'write'],
  'chain-hourly-digests-missing': LOSS,
  'folder-logs-alone': LOSS,
  'folder-without-digests': LOSS,
  'folder-without-digests-in-range': LOSS,
  'digest-missing': LOSS,
  'log-missing': LOSS,
  'log-day-absent': LOSS,
  // Whatever bucket policy there was, somebody put it there.
  'log-unreferenced': ['write'],
};

/**
 * What a finding wants explained; undefined where no event would. Of a digest or log, whatever failed is taken for a
 * change of the object, but for its being missing.
 */
export function toUnexplained({ code, subject, args }: Finding): Unexplained | undefined {
  const isObject = subject.type === 'digest' || subject.type === 'log';
  const acts = ACTS[code] ?? (isObject && FINDING_EFFECTS[code] === 'failed' ? CHANGE : undefined);
  if (!acts) return undefined;
  const base = { code, subject, acts: new Set(acts) };
  if (isObject) {
    const from = code === 'log-unreferenced' ? undefined : deliveredFrom(subject.key);
    return { ...base, args: {}, ...(from !== undefined && { from }) };
  }
  const {
    start,
    end,
    previous,
    next,
    backfill,
    last = backfill,
    stoppedAt,
  } = args as UnexplainedTime & {
    readonly stoppedAt?: Instant;
    readonly backfill?: ObjectRef;
  };
  const given = {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(previous && { previous }),
    ...(next && { next }),
    ...(last && { last }),
  };
  const begin = start ?? stoppedAt;
  const until = code === 'trail-not-logging' ? stoppedAt && stoppedAt + HOUR : end;
  const isOfTrail = acts.length === 1 && acts[0] === 'trail';
  return {
    ...base,
    args: given,
    ...(begin !== undefined && { from: base.acts.has('trail') ? begin - GAP_LEAD : begin }),
    ...(until !== undefined && { trailUntil: until }),
    ...(isOfTrail && subject.type === 'chain' && { regions: [subject.chain.homeRegion, subject.chain.region] }),
  };
}

/** The earliest time at which the object of that name may have been delivered, if the name says. */
function deliveredFrom(key: string): Instant | undefined {
  const log = parseLogKey(key);
  return log ? log.time - NAME_LEAD : parseDigestKey(key)?.endTime;
}

/** Whether the logs of a digest can hold what explains a finding. */
export function canExplain(
  { from, trailUntil, regions }: Unexplained,
  digest: { readonly region: string; readonly start: Instant; readonly end: Instant },
): boolean {
  if (from !== undefined && digest.end <= from) return false;
  if (!regions) return true;
  return regions.includes(digest.region) && (trailUntil === undefined || digest.start <= trailUntil + EVENT_DELAY);
}

/** What verified digests say of a chain's whereabouts. */
export interface ChainPlaces {
  /** Folders of its digests. */
  readonly folders: readonly ObjectRef[];
  readonly organizationIds: readonly string[];
}

/** Finds what an event explains. An event explains what it names and nothing else. */
export class Explanations {
  readonly #ofTrails: Unexplained[] = [];
  readonly #ofFolders: { readonly item: Unexplained; readonly folders: readonly ObjectRef[] }[] = [];
  readonly #ofObjects = new Map<string, Unexplained[]>();
  readonly #placesOf: (chain: ChainId) => ChainPlaces;

  /** @param buckets where digests are known to have been delivered: a copy does not always say from which bucket an object is */
  constructor(
    unexplained: readonly Unexplained[],
    buckets: readonly string[],
    placesOf: (chain: ChainId) => ChainPlaces,
  ) {
    this.#placesOf = placesOf;
    for (const item of unexplained) {
      const { subject, acts } = item;
      if (subject.type === 'chain') {
        if (acts.has('trail')) this.#ofTrails.push(item);
        if (acts.has('delete')) this.#ofFolders.push({ item, folders: this.#foldersOf(item, subject.chain) });
      } else if (subject.type === 'folder' || subject.type === 'digest' || subject.type === 'log') {
        const places = inBuckets(subject, buckets);
        if (subject.type === 'folder') this.#ofFolders.push({ item, folders: places.flatMap(withDigests) });
        else for (const place of places) this.#add(place, item);
      }
    }
  }

  /** What the event explains, and how it names it. Whether the call failed is not looked at. */
  of(event: TrailEvent, log: ObjectRef): ReadonlyMap<Unexplained, Naming> {
    const found = new Map<Unexplained, Naming>();
    const { target } = event;
    if (target.type === 'trail') {
      for (const item of this.#ofTrails) if (this.#namesTrail(item, event, target.names, log)) found.set(item, 'trail');
    } else if (target.type === 'objects') {
      for (const object of target.objects) this.#explainByObject(event, target.act, object, found);
    } else {
      for (const prefix of target.prefixes) this.#explainByBucket(event, target.act, target.bucket, prefix, found);
    }
    return found;
  }

  #add(place: ObjectRef, item: Unexplained): void {
    const known = this.#ofObjects.get(identifyByName(place));
    if (known) known.push(item);
    else this.#ofObjects.set(identifyByName(place), [item]);
  }

  #foldersOf({ args: { previous, next, last } }: Unexplained, chain: ChainId): readonly ObjectRef[] {
    const folders = [...this.#placesOf(chain).folders];
    for (const ref of [previous, next, last]) {
      const key = ref && parseDigestKey(ref.key);
      if (ref && key) folders.push({ bucket: ref.bucket, key: toDigestFolder(key) });
    }
    return folders;
  }

  #explainByObject(event: TrailEvent, act: Act, object: ObjectRef, found: Map<Unexplained, Naming>): void {
    for (const item of this.#ofObjects.get(identifyByName(object)) ?? []) {
      // What CloudTrail delivers is no change, but it tells where an object comes from that no digest lists.
      const isOwn = event.isDelivery && item.code !== 'log-unreferenced';
      if (item.acts.has(act) && isLater(event, item) && !isOwn) found.set(item, 'object');
    }
    if (event.isDelivery || this.#ofFolders.length === 0) return;
    const key = parseDigestKey(object.key);
    if (!key || event.eventTime < key.endTime) return;
    for (const { item, folders } of this.#ofFolders) {
      const isInside = folders.some(
        ({ bucket, key: folder }) => bucket === object.bucket && object.key.startsWith(folder),
      );
      if (isInside && item.acts.has(act) && isMissed(item, key)) found.set(item, 'object');
    }
  }

  #explainByBucket(event: TrailEvent, act: Act, bucket: string, prefix: string, found: Map<Unexplained, Naming>): void {
    const naming = prefix === '' ? 'bucket' : 'folder';
    const explain = (item: Unexplained): void => {
      if (item.acts.has(act) && isLater(event, item) && found.get(item) !== 'folder') found.set(item, naming);
    };
    for (const [place, items] of this.#ofObjects)
      if (place.startsWith(identifyByName({ bucket, key: prefix }))) items.forEach(explain);
    for (const { item, folders } of this.#ofFolders) {
      const isNamed = folders.some(
        (folder) => folder.bucket === bucket && (folder.key.startsWith(prefix) || prefix.startsWith(folder.key)),
      );
      // That somebody may have stopped a trail by way of its bucket is not what ends are explained by.
      if (isNamed && !item.acts.has('trail')) explain(item);
    }
  }

  #namesTrail(item: Unexplained, event: TrailEvent, names: readonly string[], log: ObjectRef): boolean {
    const { subject, trailUntil } = item;
    if (subject.type !== 'chain' || !isLater(event, item)) return false;
    if (trailUntil !== undefined && event.eventTime > trailUntil) return false;
    const { trailName, homeRegion, accountId } = subject.chain;
    // The trail of an organization belongs to one account and has chains in all of them.
    const organizationId = parseLogKey(log.key)?.organizationId;
    const isOwner = (account: string | undefined): boolean =>
      account === accountId ||
      (account !== undefined &&
        organizationId !== undefined &&
        this.#placesOf(subject.chain).organizationIds.includes(organizationId));
    return names.some((name) => {
      const arn = parseTrailArn(name);
      if (arn) return arn.trailName === trailName && arn.homeRegion === homeRegion && isOwner(arn.accountId);
      return name === trailName && event.region === homeRegion && isOwner(event.accountId);
    });
  }
}

const isLater = ({ eventTime }: TrailEvent, { from }: Unexplained): boolean => from === undefined || eventTime >= from;

/** Whether it is a digest of the time, and of the chain, that the finding is about. A digest is that of an hour. */
function isMissed({ subject, args: { start, end } }: Unexplained, key: DigestKey): boolean {
  if (subject.type === 'chain' && formatChainId(subject.chain) !== formatChainId(chainOf(key))) return false;
  return (start === undefined || key.endTime > start) && (end === undefined || key.endTime - HOUR < end);
}

/** A folder of logs, and that of the digests beside them. */
function withDigests({ bucket, key }: ObjectRef): readonly ObjectRef[] {
  const beside = key.replace(/\/CloudTrail(?:-Insight|-NetworkActivity)?\/([^/]+)\/$/, '/CloudTrail-Digest/$1/');
  return beside === key
    ? [{ bucket, key }]
    : [
        { bucket, key },
        { bucket, key: beside },
      ];
}

const inBuckets = ({ bucket, key }: ObjectRef, buckets: readonly string[]): readonly ObjectRef[] =>
  bucket === '' ? buckets.map((each) => ({ bucket: each, key })) : [{ bucket, key }];
