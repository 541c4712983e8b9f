import { type ChainId, compareChains, formatChainId } from './chain.js';
import type { ChainMemory, Checkpoint, RememberedDigest } from './checkpoint.js';
import { formatInstant, type Instant, type Interval, parseInstant, SECOND } from './instant.js';
import { isAccountId, isRegionName } from './object-key.js';
import { parseTrailArn } from './trail-arn.js';

/** What a checkpoint's text says is not what one can say. `message` names the place: `chains[3].anchor.end`. */
export class CheckpointContentError extends Error {
  override readonly name = 'CheckpointContentError';
}

/** How deep the JSON of a checkpoint nests: document, chains, chain, intervals, interval. */
export const CONTENT_DEPTH = 5;

/** The checkpoint as a value of JSON: times as ISO 8601 text, chains in the order of their names. */
export function toContent(checkpoint: Checkpoint): object {
  const { sources, trailArn, runs, writtenAt, recheckPhase, chains, unproven } = checkpoint;
  return {
    sources,
    ...(trailArn !== undefined && { trailArn }),
    runs,
    writtenAt: formatExactly(writtenAt),
    recheckPhase,
    chains: [...chains].sort((a, b) => compareChains(a.chain, b.chain)).map(chainContent),
    unproven: [...unproven].sort(compareChains).map(toPlainChain),
  };
}

function chainContent({ chain, since, isBounded, anchor, again, seen, failures, failedSince }: ChainMemory): object {
  const { bucket, key, start, end, sha256, signature } = anchor;
  return {
    chain: toPlainChain(chain),
    since: formatExactly(since),
    ...(isBounded && { isBounded }),
    anchor: { bucket, key, start: formatExactly(start), end: formatExactly(end), sha256, signature },
    again: again.map((interval) => ({ start: formatExactly(interval.start), end: formatExactly(interval.end) })),
    ...(seen && { seen: seen.map(formatExactly) }),
    failures,
    ...(failedSince !== undefined && { failedSince: formatExactly(failedSince) }),
  };
}

const toPlainChain = ({ accountId, region, trailName, homeRegion, kind }: ChainId): object => ({
  accountId,
  region,
  trailName,
  homeRegion,
  kind,
});

/**
 * Reads what {@link toContent} gives. Every field is checked, and there may be no other.
 * @throws {CheckpointContentError}
 */
export function parseContent(value: unknown): Checkpoint {
  const record = recordOf(value, '', CONTENT_FIELDS);
  const trailArn = optional(record.trailArn, (text) => trailArnOf(text, 'trailArn'));
  const checkpoint = {
    sources: listOf(record.sources, 'sources', (item, at) => textOf(item, at, SOURCE)),
    ...(trailArn !== undefined && { trailArn }),
    runs: countOf(record.runs, 'runs'),
    writtenAt: instantOf(record.writtenAt, 'writtenAt'),
    recheckPhase: phaseOf(record.recheckPhase, 'recheckPhase'),
    chains: listOf(record.chains, 'chains', chainMemoryOf),
    unproven: listOf(record.unproven, 'unproven', chainOf),
  };
  refuseIf(checkpoint.sources.length === 0, 'sources');
  const names = checkpoint.chains.map(({ chain }) => formatChainId(chain));
  refuseIf(!isAscending(names), 'chains');
  refuseIf(!isAscending(checkpoint.unproven.map(formatChainId)), 'unproven');
  return checkpoint;
}

const CONTENT_FIELDS = ['sources', 'runs', 'writtenAt', 'recheckPhase', 'chains', 'unproven', 'trailArn?'];
const MEMORY_FIELDS = ['chain', 'since', 'anchor', 'again', 'failures', 'isBounded?', 'seen?', 'failedSince?'];
const CHAIN_FIELDS = ['accountId', 'region', 'trailName', 'homeRegion', 'kind'];
const DIGEST_FIELDS = ['bucket', 'key', 'start', 'end', 'sha256', 'signature'];
const INTERVAL_FIELDS = ['start', 'end'];

const SOURCE = /^.{1,4096}$/s;
const BUCKET = /^.{0,255}$/s;
/** Keys of S3 have 1024 bytes at most; a folder may lie deeper. */
const KEY = /^.{1,4096}$/s;
const TRAIL_NAME = /^[A-Za-z0-9._-]{1,128}$/;
const SHA256 = /^[0-9a-f]{64}$/;
/** Of RSA keys up to 16384 bits. */
const SIGNATURE = /^(?:[0-9A-Fa-f]{2}){1,2048}$/;

function chainMemoryOf(value: unknown, at: string): ChainMemory {
  const record = recordOf(value, at, MEMORY_FIELDS);
  const chain = chainOf(record.chain, `${at}.chain`);
  const anchor = digestOf(record.anchor, `${at}.anchor`);
  const since = instantOf(record.since, `${at}.since`);
  refuseIf(since > anchor.end, `${at}.since`);
  refuseIf(record.isBounded !== undefined && record.isBounded !== true, `${at}.isBounded`);
  const again = listOf(record.again, `${at}.again`, intervalOf);
  const bounds = again.flatMap(({ start, end }) => [start, end]);
  refuseIf(!bounds.every((bound, index) => index === 0 || (bounds[index - 1] ?? 0) <= bound), `${at}.again`);
  refuseIf((bounds.at(-1) ?? anchor.end) > anchor.end, `${at}.again`);
  const seen = optional(record.seen, (list) => listOf(list, `${at}.seen`, instantOf));
  refuseIf(seen !== undefined && (chain.kind !== 'backfill' || !isAscending(seen)), `${at}.seen`);
  const failedSince = optional(record.failedSince, (text) => instantOf(text, `${at}.failedSince`));
  return {
    chain,
    since,
    ...(record.isBounded === true && { isBounded: true }),
    anchor,
    again,
    ...(seen && { seen }),
    failures: countOf(record.failures, `${at}.failures`),
    ...(failedSince !== undefined && { failedSince }),
  };
}

function chainOf(value: unknown, at: string): ChainId {
  const { accountId, region, trailName, homeRegion, kind } = recordOf(value, at, CHAIN_FIELDS);
  if (typeof accountId !== 'string' || !isAccountId(accountId)) throw unfit(`${at}.accountId`);
  if (kind !== 'standard' && kind !== 'backfill') throw unfit(`${at}.kind`);
  return {
    accountId,
    region: regionOf(region, `${at}.region`),
    trailName: textOf(trailName, `${at}.trailName`, TRAIL_NAME),
    homeRegion: regionOf(homeRegion, `${at}.homeRegion`),
    kind,
  };
}

function digestOf(value: unknown, at: string): RememberedDigest {
  const record = recordOf(value, at, DIGEST_FIELDS);
  const digest = {
    bucket: textOf(record.bucket, `${at}.bucket`, BUCKET),
    key: textOf(record.key, `${at}.key`, KEY),
    start: instantOf(record.start, `${at}.start`),
    end: instantOf(record.end, `${at}.end`),
    sha256: textOf(record.sha256, `${at}.sha256`, SHA256),
    signature: textOf(record.signature, `${at}.signature`, SIGNATURE),
  };
  refuseIf(digest.start > digest.end, `${at}.start`);
  return digest;
}

function intervalOf(value: unknown, at: string): Interval {
  const record = recordOf(value, at, INTERVAL_FIELDS);
  const interval = { start: instantOf(record.start, `${at}.start`), end: instantOf(record.end, `${at}.end`) };
  refuseIf(interval.start >= interval.end, at);
  return interval;
}

/** An object with these fields and no other; those with a question mark may be absent. */
function recordOf(value: unknown, at: string, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit(at);
  const record: Readonly<Record<string, unknown>> = { ...value };
  const unknown = Object.keys(record).find((name) => !fields.includes(name) && !fields.includes(`${name}?`));
  if (unknown !== undefined) throw unfit(at, 'a field that is not known here');
  const missing = fields.find((name) => !name.endsWith('?') && !Object.hasOwn(record, name));
  if (missing !== undefined) throw unfit(at, `no ${missing}`);
  return record;
}

function listOf<T>(value: unknown, at: string, read: (item: unknown, at: string) => T): T[] {
  if (!Array.isArray(value)) throw unfit(at);
  return value.map((item: unknown, index) => read(item, `${at}[${index}]`));
}

function textOf(value: unknown, at: string, form: RegExp): string {
  if (typeof value !== 'string' || !form.test(value)) throw unfit(at);
  return value;
}

function regionOf(value: unknown, at: string): string {
  if (typeof value !== 'string' || !isRegionName(value)) throw unfit(at);
  return value;
}

function trailArnOf(value: unknown, at: string): string {
  if (typeof value !== 'string' || !parseTrailArn(value)) throw unfit(at);
  return value;
}

function countOf(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw unfit(at);
  return value;
}

function phaseOf(value: unknown, at: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) throw unfit(at);
  return value;
}

function instantOf(value: unknown, at: string): Instant {
  const instant = typeof value === 'string' ? parseExactly(value) : undefined;
  if (instant === undefined) throw unfit(at);
  return instant;
}

const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : read(value);

/** Each greater than the one before, so that none stands twice. */
const isAscending = <T extends string | number>(values: readonly T[]): boolean =>
  values.every((value, index) => {
    const before = values[index - 1];
    return before === undefined || before < value;
  });

/** To the second where that is exact, otherwise to the millisecond: what is written is read back the same. */
const formatExactly = (instant: Instant): string =>
  instant % SECOND === 0 ? formatInstant(instant) : new Date(instant).toISOString();

function parseExactly(text: string): Instant | undefined {
  const [, seconds, milliseconds = '0'] = /^(.{19})(?:\.(\d{3}))?Z$/.exec(text) ?? [];
  const whole = seconds === undefined ? undefined : parseInstant(`${seconds}Z`);
  if (whole === undefined) return undefined;
  const instant = whole + Number(milliseconds);
  return formatExactly(instant) === text ? instant : undefined;
}

function refuseIf(isWrong: boolean, at: string): void {
  if (isWrong) throw unfit(at);
}

const unfit = (at: string, what = 'not what can stand there'): CheckpointContentError =>
  new CheckpointContentError(`${at === '' ? 'the content' : at}: ${what}`);
