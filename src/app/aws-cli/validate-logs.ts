import { awsCliPolicy, type Examined, NO_PUBLIC_KEYS } from '../../core/aws-cli/aws-cli-verifier.js';
import type { FindKey, KeyLookup } from '../../core/chain/digest-verifier.js';
import type { Candidate } from '../../core/chain/walk.js';
import { readPublicKey } from '../../core/keys/public-key.js';
import type { ChainKind } from '../../core/objects/chain-id.js';
import { toAccountFolder } from '../../core/objects/cloudtrail-key.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import {
  formatCompactInstant,
  formatDateFolder,
  formatInstant,
  HOUR,
  type Instant,
  type Interval,
  MINUTE,
  parseCompactInstant,
} from '../../core/time/instant.js';
import type { KeySource, PublicKeyRecord } from '../../ports/key-source.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { ServiceError } from '../../ports/service-error.js';
import type { TrailDirectory } from '../../ports/trail-directory.js';
import { verifyChain, type Workbench } from '../chain/verify-chain.js';
import type { WalkRules } from '../chain/walk-digests.js';
import type { VerifyTools } from '../run/verify-trails.js';

/** The options of `aws cloudtrail validate-logs`. */
export interface ValidateLogsRequest {
  readonly trailArn: string;
  readonly startTime: Instant;
  readonly endTime: Instant;
  readonly bucket?: string;
  readonly prefix?: string;
  readonly accountId?: string;
  /** The region whose events are looked at, and whose keys are asked for. */
  readonly region: string;
}

/** Where the digests of the trail are to be found. */
export interface TrailPlace {
  readonly bucket: string;
  readonly prefix: string;
  readonly organizationId?: string;
  readonly accountId: string;
  readonly trailName: string;
  readonly homeRegion: string;
}

/** The request cannot be carried out; the message is the AWS CLI's own. */
export class ValidateLogsError extends Error {
  override readonly name = 'ValidateLogsError';
}

/**
 * Finds out where the trail delivers to.
 * @throws {ValidateLogsError} and what the directory throws
 */
export async function locateTrail(request: ValidateLogsRequest, directory: TrailDirectory): Promise<TrailPlace> {
  const { trailArn, region } = request;
  if (!/^arn:.+:cloudtrail:.+:\d{12}:trail\/.+/.test(trailArn))
    throw new ValidateLogsError(`Invalid trail ARN provided: ${trailArn}`);
  const [, , , homeRegion = '', owner = ''] = trailArn.split(':');
  const trail = { accountId: request.accountId ?? owner, homeRegion, trailName: trailArn.split('/').at(-1) ?? '' };
  if (request.bucket !== undefined) return { ...trail, bucket: request.bucket, prefix: request.prefix ?? '' };

  const found = (await directory.describeTrails(region)).find(({ arn }) => arn === trailArn);
  if (!found) throw new ValidateLogsError(`A trail could not be found for ${trailArn}`);
  const place = { ...trail, bucket: found.bucket, prefix: found.prefix ?? '' };
  if (!found.isOrganization) return place;
  if (request.accountId === undefined) {
    throw new ValidateLogsError("Missing required parameter for organization trail: '--account-id'");
  }
  return { ...place, organizationId: await directory.describeOrganization(region) };
}

/**
 * Verifies a trail in one account and region as `aws cloudtrail validate-logs` does: first its standard digests, then its
 * backfill digests, each from the newest backwards, by the rules of {@link awsCliPolicy}.
 * @throws {ValidateLogsError} when there are no public keys; {@link ServiceError} when they cannot be had
 */
export async function* validateLogs(
  request: ValidateLogsRequest,
  place: TrailPlace,
  tools: Omit<VerifyTools, 'newSha256'>,
): AsyncGenerator<VerifyEvent> {
  const { startTime, endTime, region } = request;
  const listing = new AwsCliListing(tools.store, place, region, startTime);
  const { standard, backfill } = await listing.list(place.bucket, endTime);
  const keys = await askForKeys(tools.keys, region, startTime, endTime + 2 * HOUR);
  for (const [kind, candidates] of [
    ['standard', standard],
    ['backfill', backfill],
  ] as const) {
    // A backfill digest is signed when it is generated, so its keys are asked for one by one.
    const findKey = kind === 'standard' ? inList(keys) : backfillKeys(tools.keys, region);
    const bench: Workbench<Examined> = { ...tools, policy: awsCliPolicy(findKey) };
    const { accountId, trailName, homeRegion } = place;
    const chain = { accountId, region, trailName, homeRegion, kind };
    // Without bounds: the AWS CLI reports each digest that it comes to, whatever time it covers.
    const plan = { chain, candidates };
    const rules = awsCliRules(listing, place.bucket, kind, startTime);
    for await (const events of verifyChain(plan, bench, rules)) yield* events;
  }
}

function awsCliRules(listing: AwsCliListing, startingBucket: string, kind: ChainKind, startTime: Instant): WalkRules {
  let bucket = startingBucket;
  return {
    visitsUnlinked: false,
    isFarEnough: ({ start }) => start < startTime,
    follows: async () => true,
    relist: async (link, _remaining, end) => {
      if (link.bucket === bucket) return undefined;
      bucket = link.bucket;
      return (await listing.list(bucket, end))[kind];
    },
  };
}

/** Lists digests as the AWS CLI does, in the order of their keys; a trail whose name only begins like this one's may slip in. */
class AwsCliListing {
  readonly #store: ObjectStore;
  readonly #place: TrailPlace;
  readonly #region: string;
  readonly #start: Instant;

  constructor(store: ObjectStore, place: TrailPlace, region: string, start: Instant) {
    this.#store = store;
    this.#place = place;
    this.#region = region;
    this.#start = start;
  }

  async list(bucket: string, end: Instant): Promise<Readonly<Record<ChainKind, Candidate[]>>> {
    const found: Record<ChainKind, Candidate[]> = { standard: [], backfill: [] };
    const { accountId, trailName, homeRegion } = this.#place;
    const prefix = `${toAccountFolder(this.#place)}CloudTrail-Digest/${this.#region}`;
    const name = `${accountId}_CloudTrail-Digest_${this.#region}_${trailName}_${homeRegion}_`;
    const marker = this.#start - MINUTE;
    const startAfter = `${prefix}/${formatDateFolder(marker)}/${name}${formatCompactInstant(marker)}.json.gz`;
    const pattern = new RegExp(`^${escapeRegExp(prefix)}/\\d+/\\d+/\\d+/${escapeRegExp(name)}.+\\.json\\.gz$`);
    // One hour more, for what spilled over into the next digest.
    const last = formatCompactInstant(end + HOUR);
    for await (const page of this.#store.list({ bucket, prefix, startAfter })) {
      for (const { key } of page) {
        if (!pattern.test(key)) continue;
        const kind = key.endsWith('_backfill.json.gz') ? 'backfill' : 'standard';
        const time = kind === 'backfill' ? key.slice(-33, -17) : key.slice(-24, -8);
        if (time > last) return found;
        const instant = parseCompactInstant(time);
        // Names hold no fractions of a second: what ends within the second that is asked for may still end too early.
        if (instant !== undefined && instant >= this.#start) found[kind].push({ ref: { bucket, key }, end: instant });
      }
    }
    return found;
  }
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

async function askForKeys(
  source: KeySource,
  region: string,
  start: Instant,
  end: Instant,
): Promise<readonly PublicKeyRecord[]> {
  const answer = await source.keysFor(region, { start, end });
  if (answer.status === 'unavailable') {
    throw new ServiceError({ service: 'CloudTrail', operation: 'ListPublicKeys' }, answer.refusal, undefined);
  }
  if (answer.keys.length === 0) {
    throw new ValidateLogsError(noKeysMessage({ start, end }));
  }
  return answer.keys;
}

const noKeysMessage = ({ start, end }: Interval): string =>
  `No public keys found between ${formatInstant(start)} and ${formatInstant(end)}`;

function inList(keys: readonly PublicKeyRecord[]): FindKey {
  const parsed = new ParsedKeys();
  return (fingerprint) => parsed.find(keys, fingerprint);
}

function backfillKeys(source: KeySource, region: string): FindKey {
  const known: PublicKeyRecord[] = [];
  const parsed = new ParsedKeys();
  return async (fingerprint, _region, generatedAt) => {
    const found = await parsed.find(known, fingerprint);
    if (found.status !== 'unknown' || Number.isNaN(generatedAt)) return found;
    const during = { start: generatedAt - HOUR, end: generatedAt + HOUR };
    const answer = await source.keysFor(region, during);
    if (answer.status === 'unavailable') return answer;
    if (answer.keys.length === 0)
      return { status: 'unavailable', refusal: { errorCode: NO_PUBLIC_KEYS, message: noKeysMessage(during) } };
    for (const key of answer.keys) known.push(key);
    return parsed.find(known, fingerprint);
  };
}

/** Looks keys up by the fingerprint they claim, like the AWS CLI, and parses each once. */
class ParsedKeys {
  readonly #lookups = new Map<PublicKeyRecord, Promise<KeyLookup>>();

  find(keys: readonly PublicKeyRecord[], fingerprint: string): Promise<KeyLookup> {
    const record = keys.findLast((key) => key.fingerprint === fingerprint);
    if (!record) return Promise.resolve({ status: 'unknown' });
    const lookup = this.#lookups.get(record) ?? parseRecord(record);
    this.#lookups.set(record, lookup);
    return lookup;
  }
}

async function parseRecord(record: PublicKeyRecord): Promise<KeyLookup> {
  const key = await readPublicKey(record.der);
  return key ? { status: 'found', key } : { status: 'unsuitable', reason: 'unreadable' };
}
