import { type Finding, finding, type Subject, type UnvouchedReason } from '../../core/findings/finding.js';
import {
  endsLikeLog,
  type Folder,
  isRegionName,
  LOG_KINDS,
  type LogKind,
  parseDigestKey,
  parseLogKey,
  toAccountFolder,
  toDigestFolder,
  toLogFolder,
} from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { foldKey, hazardOf } from '../../core/objects/unsafe-key.js';
import { HOUR, type Instant } from '../../core/time/instant.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { NAMES_COMPARED } from '../limits.js';
import { isWithin, type PlacedFolder, type TimeRange } from '../listing/list-digests.js';
import { unlistable } from '../listing/unlistable.js';
import { LeftoverCount, type Leftovers } from '../objects/find-leftovers.js';
import { listDated } from './list-date-range.js';
import type { AuditRecord, Verdict } from './referenced-logs.js';

/** Logs that are younger than this need no digest yet. */
const DUE_AFTER = 2 * HOUR;
/** Length of `YYYY/MM/DD`. */
const DATE_LENGTH = 10;

/** What an audit works with. */
export interface AuditTools {
  readonly store: ObjectStore;
  readonly leftovers: Leftovers;
  readonly now: Instant;
}

/**
 * Lists the folders of an account and region and reports every log that no verified digest lists, and every key that
 * CloudTrail would not have written or that a copy could not hold. Findings come in the order of the keys. What is
 * held in memory at a time is a page of a listing and the names of a day.
 * @param record of all chains of the account and region, each walked to its end
 */
export async function* auditRegion(
  folders: readonly PlacedFolder[],
  range: TimeRange,
  record: AuditRecord,
  tools: AuditTools,
): AsyncGenerator<readonly Finding[]> {
  for (const placed of folders) {
    yield* orUnlistable(auditDigestFolder(placed, range, tools));
    for (const kind of LOG_KINDS) yield* orUnlistable(auditLogFolder(placed, kind, range, record, tools));
  }
}

/** Reports folders of an account that lie among those of CloudTrail and that CloudTrail would not have made. */
export async function auditAccount(
  store: ObjectStore,
  bucket: string,
  account: Omit<Folder, 'region'>,
): Promise<readonly Finding[]> {
  const base = toAccountFolder(account);
  const kinds: ReadonlySet<string> = new Set([...LOG_KINDS, 'CloudTrail-Digest', 'CloudTrail-Lake']);
  const unknown: string[] = [];
  try {
    for (const name of await store.listFolders(bucket, base)) {
      if (kinds.has(name)) {
        if (name === 'CloudTrail-Lake') continue;
        const regions = await store.listFolders(bucket, `${base}${name}/`);
        for (const region of regions) if (!isRegionName(region)) unknown.push(`${base}${name}/${region}/`);
      } else if (/^cloudtrail/i.test(foldKey(name)) || hazardOf(name)) unknown.push(`${base}${name}/`);
    }
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    return [unlistable(error, { bucket, key: base })];
  }
  return unknown.map((key) => finding('folder-unrecognised', { type: 'folder', bucket, key }, {}));
}

async function* orUnlistable(findings: AsyncGenerator<readonly Finding[]>): AsyncGenerator<readonly Finding[]> {
  try {
    yield* findings;
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    yield [unlistable(error, { bucket: error.request.bucket, key: error.request.prefix })];
  }
}

async function* auditDigestFolder(
  { bucket, folder }: PlacedFolder,
  range: TimeRange,
  { store }: AuditTools,
): AsyncGenerator<readonly Finding[]> {
  const prefix = toDigestFolder(folder);
  const look = new KeyLook('digest', prefix);
  for await (const page of listDated(store, bucket, prefix, range)) {
    const findings = page.filter((ref) => !isBesideRange(ref, range)).flatMap((ref) => look.at(ref, true));
    if (findings.length > 0) yield findings;
  }
  yield look.remarks(bucket);
}

async function* auditLogFolder(
  { bucket, folder }: PlacedFolder,
  kind: LogKind,
  range: TimeRange,
  record: AuditRecord,
  { store, leftovers, now }: AuditTools,
): AsyncGenerator<readonly Finding[]> {
  const prefix = toLogFolder(folder, kind);
  // The main kind is in the digests of every trail; of others one planted file must not look like a thousand.
  const isMentioned = kind === 'CloudTrail' || record.mentions(kind);
  const look = new KeyLook('log', prefix);
  const neverMentioned = new Remark('kind-never-mentioned');
  const before = new Remark('before-oldest-digest');
  const leftOver = new LeftoverCount();
  for await (const page of listDated(store, bucket, prefix, range)) {
    const findings: Finding[] = [];
    const near = page
      .map(({ key }) => ({ ref: { bucket, key }, time: parseLogKey(key)?.time }))
      .filter(({ time }) => time === undefined || !record.isOutside(time));
    const kinds = await leftovers.kindsOf(near.flatMap(({ ref, time }) => (time === undefined ? [ref] : [])));
    const unrecognised = kinds.values();
    for (const { ref, time } of near) {
      const isListed = record.lists(ref);
      findings.push(...look.at(ref, isListed));
      const leftover = time === undefined ? unrecognised.next().value : undefined;
      if (leftover) leftOver.add(leftover, ref);
      if (isListed || leftover) continue;
      const verdict = time === undefined ? undefined : record.judge(ref, folder, time);
      if (verdict?.type === 'before') before.add(ref);
      else if (!isMentioned && verdict?.type !== 'outside') neverMentioned.add(ref);
      else findings.push(...(verdict && time !== undefined ? strangeLog(ref, verdict, now - time) : oddName(ref)));
    }
    if (findings.length > 0) yield findings;
  }
  const remarks = [neverMentioned, before, leftOver].flatMap((each) => each.findings(bucket, prefix));
  yield [...remarks, ...look.remarks(bucket)];
}

/** Whether a digest covers none of the time asked for, by its name. */
function isBesideRange(ref: ObjectRef, range: TimeRange): boolean {
  const end = parseDigestKey(ref.key)?.endTime;
  return end !== undefined && !isWithin({ ref, end }, range);
}

function strangeLog(ref: ObjectRef, verdict: Verdict, age: number): Finding[] {
  const subject: Subject = { type: 'log', ...ref };
  switch (verdict.type) {
    case 'planted':
      return [finding('log-unreferenced', subject, {})];
    case 'unaccounted': {
      const { start, end, state } = verdict;
      return [finding('log-unaccounted', subject, { start, end, state })];
    }
    case 'gap':
      return [finding('log-in-gap', subject, { start: verdict.start, end: verdict.end })];
    case 'pending':
      return age < DUE_AFTER ? [] : [finding('log-pending', subject, { start: verdict.start, end: verdict.end })];
    case 'outside':
    case 'before':
      return [];
  }
}

/** What looks like a log is read as one by whatever reads the whole folder, and no digest that is missing can list it. */
const oddName = (ref: ObjectRef): Finding[] => [
  finding(endsLikeLog(ref.key) ? 'log-unreferenced' : 'log-key-unrecognised', { type: 'log', ...ref }, {}),
];

/** Counts what is reported as one. */
class Remark {
  readonly #reason: UnvouchedReason;
  #count = 0;
  #example: ObjectRef | undefined;

  constructor(reason: UnvouchedReason) {
    this.#reason = reason;
  }

  add(ref: ObjectRef): void {
    this.#count += 1;
    this.#example ??= ref;
  }

  findings(bucket: string, key: string): Finding[] {
    if (!this.#example) return [];
    const args = { reason: this.#reason, count: this.#count, example: this.#example };
    return [finding('folder-logs-unvouched', { type: 'folder', bucket, key }, args)];
  }
}

/** Looks at keys as a file system would: whether they can be files there, each one of its own. */
class KeyLook {
  readonly #type: 'digest' | 'log';
  readonly #prefix: string;
  #day = '';
  #uncompared = 0;
  /** The keys of the day by what a file system may take them for. */
  readonly #seen = new Map<string, { readonly ref: ObjectRef; readonly isListed: boolean }>();

  constructor(type: 'digest' | 'log', prefix: string) {
    this.#type = type;
    this.#prefix = prefix;
  }

  at({ bucket, key }: ObjectRef, isListed: boolean): Finding[] {
    const ref = { bucket, key };
    const reason = hazardOf(key.slice(this.#prefix.length));
    const findings = reason ? [finding('object-key-unsafe', this.#subject(ref), { reason })] : [];
    const day = key.slice(0, this.#prefix.length + DATE_LENGTH);
    if (day !== this.#day) this.#seen.clear();
    this.#day = day;
    const folded = foldKey(key);
    const twin = this.#seen.get(folded);
    if (!twin) this.#note(folded, { ref, isListed });
    else {
      // The one that a digest lists is not the intruder.
      const [about, other] = isListed && !twin.isListed ? [twin.ref, ref] : [ref, twin.ref];
      findings.push(finding('object-key-collides', this.#subject(about), { other }));
    }
    return findings;
  }

  /** To be asked when all keys were looked at. */
  remarks(bucket: string): Finding[] {
    if (this.#uncompared === 0) return [];
    const args = { limit: NAMES_COMPARED, count: this.#uncompared };
    return [finding('folder-names-limited', { type: 'folder', bucket, key: this.#prefix }, args)];
  }

  #note(folded: string, seen: { readonly ref: ObjectRef; readonly isListed: boolean }): void {
    if (this.#seen.size < NAMES_COMPARED) this.#seen.set(folded, seen);
    else this.#uncompared += 1;
  }

  #subject(ref: ObjectRef): Subject {
    return { type: this.#type, ...ref };
  }
}
