import { formatCompactInstant, formatDateFolder, type Instant, parseCompactInstant } from '../time/instant.js';

/** The folder names under which CloudTrail delivers log files, one for each kind of event. */
export const LOG_KINDS = ['CloudTrail', 'CloudTrail-Insight', 'CloudTrail-NetworkActivity'] as const;
export type LogKind = (typeof LOG_KINDS)[number];

/** Where in a bucket the files of one account and region lie. */
export interface Folder {
  /** What stands before `AWSLogs/`, without the slash between them; empty when nothing does. */
  readonly prefix: string;
  /** Present for an organization trail. */
  readonly organizationId?: string;
  readonly accountId: string;
  /** The region whose events are recorded, not the one where the trail was made. */
  readonly region: string;
}

/** What the key of a digest file says. Nothing of it is proven until the digest's signature is. */
export interface DigestKey extends Folder {
  readonly trailName: string;
  readonly homeRegion: string;
  readonly endTime: Instant;
  readonly backfill: boolean;
}

/** What the key of a log file says. */
export interface LogKey extends Folder {
  readonly kind: LogKind;
  /** To the minute; CloudTrail rounds it up to five. */
  readonly time: Instant;
  /** The 16 characters that tell logs of one minute apart. */
  readonly uniqueId: string;
}

// Regions hold no underscore, so a digest's name can be taken apart from both ends whatever its trail is called.
const REGION = '[a-z]{2,5}(?:-[a-z]+)+-\\d{1,2}';
const ORGANIZATION = 'o-[a-z0-9]{10,32}';
const FOLDER = `(?:(.+)/)?AWSLogs/(?:(${ORGANIZATION})/)?(\\d{12})`;
const DATE = '(\\d{4}/\\d{2}/\\d{2})';
const DIGEST_KEY = new RegExp(
  `^${FOLDER}/CloudTrail-Digest/(${REGION})/${DATE}/\\3_CloudTrail-Digest_\\4_([A-Za-z0-9._-]{1,128})_(${REGION})_(\\d{8}T\\d{6}Z)(_backfill)?\\.json\\.gz$`,
  's',
);
const LOG_KEY = new RegExp(
  `^${FOLDER}/(CloudTrail(?:-Insight|-NetworkActivity)?)/(${REGION})/${DATE}/\\3_\\4_\\5_(\\d{8}T\\d{4})Z_([A-Za-z0-9]{16})\\.json\\.gz$`,
  's',
);
const DIGEST_NAME = new RegExp(
  `^(\\d{12})_(CloudTrail-Digest)_(${REGION})_([A-Za-z0-9._-]{1,128})_(${REGION})_\\d{8}T\\d{6}Z(?:_backfill)?\\.json\\.gz$`,
);
const LOG_NAME = new RegExp(
  `^(\\d{12})_(CloudTrail(?:-Insight|-NetworkActivity)?)_(${REGION})_\\d{8}T\\d{4}Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
);
const REGION_ONLY = new RegExp(`^${REGION}$`);
const ORGANIZATION_ONLY = new RegExp(`^${ORGANIZATION}$`);
const ACCOUNT_FOLDER = new RegExp(`^(?:.*?/)??AWSLogs/(?:${ORGANIZATION}/)?(\\d{12})/(.*)$`, 's');

/** Whether the text is shaped like a region's name, in any partition. It need not exist. */
export const isRegionName = (text: string): boolean => REGION_ONLY.test(text);

/** Whether the text is shaped like an AWS account id. */
export const isAccountId = (text: string): boolean => /^\d{12}$/.test(text);

/** Whether the text is shaped like the id of an organization. */
export const isOrganizationId = (text: string): boolean => ORGANIZATION_ONLY.test(text);

/** Parts a key, or the beginning of one, behind its first folder `AWSLogs/`; undefined where there is none. */
export function splitAtLogRoot(path: string): { readonly root: string; readonly below: string } | undefined {
  const [, root, below = ''] = /^((?:.*?\/)??AWSLogs\/)(.*)$/s.exec(path) ?? [];
  return root === undefined ? undefined : { root, below };
}

/** Whose folder a key, or the beginning of one, lies in, and what comes behind that; undefined where it is nobody's. */
export function parseAccountFolder(path: string): { readonly accountId: string; readonly below: string } | undefined {
  const [, accountId, below = ''] = ACCOUNT_FOLDER.exec(path) ?? [];
  return accountId === undefined ? undefined : { accountId, below };
}

/** What the name of a digest or a log says, wherever it lies. */
export interface ObjectName {
  readonly accountId: string;
  readonly kind: LogKind | 'CloudTrail-Digest';
  readonly region: string;
  /** Of a digest. */
  readonly trailName?: string;
  readonly homeRegion?: string;
}

/** Takes the last step of a key apart; undefined where CloudTrail would not give such a name. */
export function parseObjectName(key: string): ObjectName | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const [, accountId, kind, region, trailName, homeRegion] = DIGEST_NAME.exec(name) ?? LOG_NAME.exec(name) ?? [];
  if (accountId === undefined || region === undefined) return undefined;
  const ofTrail = trailName !== undefined && homeRegion !== undefined && { trailName, homeRegion };
  return { accountId, kind: kind as ObjectName['kind'], region, ...ofTrail };
}

/**
 * `ACCOUNT/KIND/REGION/YYYY/MM/DD/`: the folders below `AWSLogs` to which an object is delivered, by the last step of its key;
 * undefined where CloudTrail would not give such a name.
 */
export function toDeliverySteps(key: string): string | undefined {
  const name = parseObjectName(key);
  const [, year, month, day] = /^.*_(\d{4})(\d{2})(\d{2})T\d{4}(?:\d{2})?Z/s.exec(key) ?? [];
  return name && day && `${name.accountId}/${name.kind}/${name.region}/${year}/${month}/${day}/`;
}

/** What a key has before the folder of an account: `[prefix/]AWSLogs/[o-…/]`; undefined where it lies in no such folder. */
export function toDeliveryRoot(key: string): string | undefined {
  const folder = parseAccountFolder(key);
  return folder && key.slice(0, key.length - `${folder.accountId}/${folder.below}`.length);
}

/**
 * Takes the key of a digest file apart (AWS CloudTrail User Guide, "CloudTrail digest file structure"); undefined when CloudTrail
 * would not have written such a key: the date folder must be that of the time in the name. Nothing of it is proven until the
 * signature of the digest is.
 */
export function parseDigestKey(key: string): DigestKey | undefined {
  const match = DIGEST_KEY.exec(key);
  if (!match) return undefined;
  const [, prefix, organizationId, accountId = '', region = '', date, trailName = '', homeRegion = '', time = ''] =
    match;
  const endTime = parseCompactInstant(time);
  const folder = `${time.slice(0, 4)}/${time.slice(4, 6)}/${time.slice(6, 8)}`;
  if (endTime === undefined || folder !== date) return undefined;
  return {
    ...toFolder(prefix, organizationId, accountId, region),
    trailName,
    homeRegion,
    endTime,
    backfill: match[9] !== undefined,
  };
}

/**
 * Takes the key of a log file apart (AWS CloudTrail User Guide, "Finding your CloudTrail log files"); undefined when CloudTrail would
 * not have written such a key. Nothing of it is proven. The date folder is not compared with the time in the name.
 */
export function parseLogKey(key: string): LogKey | undefined {
  const match = LOG_KEY.exec(key);
  if (!match) return undefined;
  const [, prefix, organizationId, accountId = '', kind, region = '', , minute = '', uniqueId = ''] = match;
  const time = parseCompactInstant(`${minute}00Z`);
  if (time === undefined) return undefined;
  return { ...toFolder(prefix, organizationId, accountId, region), kind: kind as LogKind, time, uniqueId };
}

/** The key CloudTrail delivers such a digest under. */
export const toDigestKey = (parts: DigestKey): string =>
  `${toDigestFolder(parts)}${formatDateFolder(parts.endTime)}/${parts.accountId}_CloudTrail-Digest_${parts.region}_${parts.trailName}_${parts.homeRegion}_${formatCompactInstant(parts.endTime)}${parts.backfill ? '_backfill' : ''}.json.gz`;

/** The key CloudTrail delivers such a log under. */
export const toLogKey = (parts: LogKey): string =>
  `${toLogFolder(parts, parts.kind)}${formatDateFolder(parts.time)}/${parts.accountId}_${parts.kind}_${parts.region}_${formatCompactInstant(parts.time).slice(0, 13)}Z_${parts.uniqueId}.json.gz`;

/** `[prefix/]AWSLogs/[o-…/]ACCOUNT/CloudTrail-Digest/REGION/` */
export const toDigestFolder = (folder: Folder): string =>
  `${toAccountFolder(folder)}CloudTrail-Digest/${folder.region}/`;

/** `[prefix/]AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/` */
export const toLogFolder = (folder: Folder, kind: LogKind): string =>
  `${toAccountFolder(folder)}${kind}/${folder.region}/`;

/** Whether whatever reads a whole folder would read it as a log, though its name need not be CloudTrail's. */
export const endsLikeLog = (key: string): boolean => /\.(?:json|gz)$/i.test(key);

/** `[prefix/]AWSLogs/[o-…/]ACCOUNT/` */
export const toAccountFolder = (folder: Omit<Folder, 'region'>): string =>
  `${folder.prefix === '' ? '' : `${folder.prefix}/`}AWSLogs/${folder.organizationId === undefined ? '' : `${folder.organizationId}/`}${folder.accountId}/`;

function toFolder(
  prefix: string | undefined,
  organizationId: string | undefined,
  accountId: string,
  region: string,
): Folder {
  const folder = { prefix: prefix ?? '', accountId, region };
  return organizationId === undefined ? folder : { ...folder, organizationId };
}

/** Whether two digests of a chain lie below the same `AWSLogs/`, and in the same organization. */
export function isInSameFolder(a: string, b: string): boolean {
  const [one, other] = [parseDigestKey(a), parseDigestKey(b)];
  return one?.prefix === other?.prefix && one?.organizationId === other?.organizationId;
}
