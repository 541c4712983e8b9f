import { type ChainId, type ChainKind, compareChains, formatChainId } from '../objects/chain-id.js';
import { isAccountId, isRegionName } from '../objects/cloudtrail-key.js';
import { parseTrailArn } from '../objects/trail-arn.js';
import { formatInstant, type Instant, type Interval, parseInstant, SECOND } from '../time/instant.js';
import {
  type AnchorDigest,
  type ChainHistory,
  type ChainMemory,
  type Checkpoint,
  FAILURE_ID_LENGTH,
  type Failures,
  MOST_FAILURES,
} from './checkpoint.js';

/** What a checkpoint's text says is not what one can say. `message` names the place: `chains[3].history.anchor.end`. */
export class CheckpointContentError extends Error {
  override readonly name = 'CheckpointContentError';
}

/** How deep the JSON of a checkpoint nests: document, chains, chain, history, intervals, interval. */
export const CONTENT_DEPTH = 6;

/** The checkpoint as a value of JSON: times as ISO 8601 text, chains in the order of their names. */
export function toContent(checkpoint: Checkpoint): object {
  const { sources, trailArn, runs, writtenAt, chains, failures } = checkpoint;
  return {
    sources,
    ...(trailArn !== undefined && { trailArn }),
    runs,
    writtenAt: formatExactly(writtenAt),
    chains: [...chains].sort((a, b) => compareChains(a.chain, b.chain)).map(memoryContent),
    ...(failures && { failures: failuresContent(failures) }),
  };
}

const memoryContent = ({ chain, history, failures }: ChainMemory): object => ({
  chain: toPlainChain(chain),
  ...(history && { history: historyContent(history) }),
  ...(failures && { failures: failuresContent(failures) }),
});

function historyContent(history: ChainHistory): object {
  const { since, isBounded, anchor, verified, open, failed, seen, rechecked } = history;
  const { bucket, key, start, end, sha256, signature } = anchor;
  return {
    since: formatExactly(since),
    ...(isBounded && { isBounded }),
    anchor: { bucket, key, start: formatExactly(start), end: formatExactly(end), sha256, signature },
    verified: verified.map(toPlainInterval),
    open: open.map(toPlainInterval),
    failed: failed.map(toPlainInterval),
    ...(seen && { seen: seen.map(formatExactly) }),
    ...(rechecked !== undefined && { rechecked: formatExactly(rechecked) }),
  };
}

const toPlainInterval = ({ start, end }: Interval): object => ({
  start: formatExactly(start),
  end: formatExactly(end),
});

const failuresContent = ({ since, findings, more }: Failures): object => ({
  since: formatExactly(since),
  findings,
  ...(more !== undefined && { more }),
});

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
  const failures = optional(record.failures, (value) => failuresOf(value, 'failures'));
  const checkpoint = {
    sources: listOf(record.sources, 'sources', (item, at) => textOf(item, at, SOURCE)),
    ...(trailArn !== undefined && { trailArn }),
    runs: countOf(record.runs, 'runs'),
    writtenAt: instantOf(record.writtenAt, 'writtenAt'),
    chains: listOf(record.chains, 'chains', memoryOf),
    ...(failures && { failures }),
  };
  refuseIf(checkpoint.sources.length === 0, 'sources');
  refuseIf(!isAscending(checkpoint.chains.map(({ chain }) => formatChainId(chain))), 'chains');
  return checkpoint;
}

const CONTENT_FIELDS = ['sources', 'runs', 'writtenAt', 'chains', 'trailArn?', 'failures?'];
const MEMORY_FIELDS = ['chain', 'history?', 'failures?'];
const HISTORY_FIELDS = ['since', 'anchor', 'verified', 'open', 'failed', 'isBounded?', 'seen?', 'rechecked?'];
const FAILURES_FIELDS = ['since', 'findings', 'more?'];
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
const FAILURE_ID = new RegExp(`^[0-9a-f]{${FAILURE_ID_LENGTH}}$`);

function memoryOf(value: unknown, at: string): ChainMemory {
  const record = recordOf(value, at, MEMORY_FIELDS);
  const chain = chainOf(record.chain, `${at}.chain`);
  const history = optional(record.history, (each) => historyOf(each, chain.kind, `${at}.history`));
  const failures = optional(record.failures, (each) => failuresOf(each, `${at}.failures`));
  return { chain, ...(history && { history }), ...(failures && { failures }) };
}

function historyOf(value: unknown, kind: ChainKind, at: string): ChainHistory {
  const record = recordOf(value, at, HISTORY_FIELDS);
  const anchor = digestOf(record.anchor, `${at}.anchor`);
  const since = instantOf(record.since, `${at}.since`);
  refuseIf(since > anchor.end, `${at}.since`);
  refuseIf(record.isBounded !== undefined && record.isBounded !== true, `${at}.isBounded`);
  const [verified, open, failed] = (['verified', 'open', 'failed'] as const).map((state) =>
    intervalsOf(record[state], anchor.end, `${at}.${state}`),
  ) as [Interval[], Interval[], Interval[]];
  const seen = optional(record.seen, (list) => listOf(list, `${at}.seen`, instantOf));
  refuseIf(seen !== undefined && (kind !== 'backfill' || !isAscending(seen)), `${at}.seen`);
  const rechecked = optional(record.rechecked, (text) => instantOf(text, `${at}.rechecked`));
  return {
    since,
    ...(record.isBounded === true && { isBounded: true }),
    anchor,
    verified,
    open,
    failed,
    ...(seen && { seen }),
    ...(rechecked !== undefined && { rechecked }),
  };
}

/** In order, apart from one another, none after the anchor. */
function intervalsOf(value: unknown, last: Instant, at: string): Interval[] {
  const intervals = listOf(value, at, intervalOf);
  const bounds = intervals.flatMap(({ start, end }) => [start, end]);
  refuseIf(!isAscending(bounds), at);
  refuseIf((bounds.at(-1) ?? last) > last, at);
  return intervals;
}

function failuresOf(value: unknown, at: string): Failures {
  const record = recordOf(value, at, FAILURES_FIELDS);
  const findings = listOf(record.findings, `${at}.findings`, (item, place) => textOf(item, place, FAILURE_ID));
  refuseIf(findings.length === 0 || findings.length > MOST_FAILURES || !isAscending(findings), `${at}.findings`);
  const more = optional(record.more, (count) => countOf(count, `${at}.more`));
  refuseIf(more === 0, `${at}.more`);
  return { since: instantOf(record.since, `${at}.since`), findings, ...(more !== undefined && { more }) };
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

function digestOf(value: unknown, at: string): AnchorDigest {
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
