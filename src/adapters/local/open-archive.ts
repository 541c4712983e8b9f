import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareUtf8 } from '../../core/byte-order.js';
import { parseDigest } from '../../core/digest.js';
import { isAccountId, isOrganizationId, isRegionName, parseDigestKey } from '../../core/object-key.js';
import type { ObjectRef } from '../../core/objects.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ArchiveLayout } from './archive-files.js';
import { FolderReader } from './files.js';
import { realFolder } from './local-store.js';

/** An archive, and where in it to look for trails. */
export interface LocalArchive {
  readonly layout: ArchiveLayout;
  /**
   * Each `AWSLogs` folder that was found, by bucket and key; the bucket is a guess where the copy does not tell. Then all of the
   * archive: a search of it finds what lies beside them, and what cannot be looked at.
   */
  readonly sources: readonly { readonly bucket: string; readonly prefix: string }[];
}

/** Folders that are looked into for `AWSLogs`: ten times as many as a run searches, so that none of those is of a bucket not known. */
const FOLDERS_LOOKED_INTO = 100_000;
const SAMPLES = 7;
const MAX_SAMPLE_BYTES = 2 ** 25;

/**
 * Finds out how an archive is laid out. Each `AWSLogs` folder is either right below a folder with its bucket's name
 * (and perhaps a prefix), or the bucket's name was left out when the copy was made. Its digests tell: a few are read,
 * and the majority decides. They need not be genuine, since nothing is concluded from it but where to look for files:
 * those that are not where they were delivered are not verified.
 *
 * Where the keys of one bucket lie both in a folder of its name and without it, that folder is taken for a part of the
 * bucket, as it is where somebody has put objects under the bucket's own name, and never for what was delivered.
 * @throws {StoreOpenError} when there is no such folder
 */
export function openArchive(path: string, inflater: Inflater): LocalArchive {
  const root = realFolder(path);
  const reader = new FolderReader(root);
  const logRoots = findLogRoots(root).map((prefix): LogRoot => {
    const votes = sampleDigests(root, prefix).flatMap((file) => voteOf(reader, inflater, file));
    return { prefix, votes, winner: majority(votes) };
  });
  const { bucketFolders, flatBuckets } = sortBuckets(root, logRoots);
  const sources = logRoots.map(({ prefix, winner }) => {
    const { bucket = '' } = winner ?? {};
    const key = bucketFolders.has(bucket) ? prefix.slice(bucket.length + 1) : prefix;
    return { bucket, prefix: `${key === '' ? '' : `${key}/`}AWSLogs/` };
  });
  const sorted = (buckets: ReadonlySet<string>) => [...buckets].sort(compareUtf8);
  const layout = { root, bucketFolders: sorted(bucketFolders), flatBuckets: sorted(flatBuckets) };
  const whole = ['', ...layout.bucketFolders].map((bucket) => ({ bucket, prefix: '' }));
  return { layout, sources: [...sources, ...whole] };
}

/** Tells buckets that have folders from those whose objects lie by their keys alone. */
function sortBuckets(root: string, logRoots: readonly LogRoot[]) {
  const flat = logRoots.filter(({ winner }) => !winner?.isBucketFolder);
  const flatBuckets = new Set(flat.flatMap(({ votes }) => votes.filter(isFlatVote).map(({ bucket }) => bucket)));
  // Where no digest is left, or none can be read, the files may be those of any bucket.
  const hasRival = (prefix: string) =>
    flat.some((other) => other.prefix === prefix && !other.winner && holdsAny(root, other));
  const bucketFolders = new Set<string>();
  for (const { winner, prefix } of logRoots) {
    if (!winner?.isBucketFolder) continue;
    const { bucket } = winner;
    if (hasRival(prefix.slice(bucket.length + 1))) flatBuckets.add(bucket);
    bucketFolders.add(bucket);
  }
  for (const bucket of flatBuckets) bucketFolders.delete(bucket);
  return { bucketFolders, flatBuckets };
}

interface Vote {
  readonly bucket: string;
  readonly isBucketFolder: boolean;
}

/** A folder that holds `AWSLogs`. */
interface LogRoot {
  /** Without the slash at its end. */
  readonly prefix: string;
  readonly votes: readonly Vote[];
  /** Absent where no digest tells. */
  readonly winner: Vote | undefined;
}

/** Whether there is anything in it that could hold logs. */
const holdsAny = (root: string, { prefix }: LogRoot): boolean => foldersIn(join(root, prefix, 'AWSLogs')).length > 0;

const isFlatVote = ({ isBucketFolder }: Vote): boolean => !isBucketFolder;

/** What stands before each `AWSLogs` folder, without the slash between. Links to folders are not followed. */
function findLogRoots(root: string): string[] {
  const prefixes: string[] = [];
  let looked = 0;
  for (let level = ['']; level.length > 0; ) {
    const below: string[] = [];
    for (const prefix of level) {
      if (looked === FOLDERS_LOOKED_INTO) break;
      looked += 1;
      for (const name of foldersIn(join(root, prefix))) {
        if (name === 'AWSLogs') prefixes.push(prefix);
        else if (below.length < FOLDERS_LOOKED_INTO) below.push(prefix === '' ? name : `${prefix}/${name}`);
      }
    }
    level = below;
  }
  return prefixes;
}

const isYear = (name: string): boolean => /^\d{4}$/.test(name);
const isTwoDigits = (name: string): boolean => /^\d{2}$/.test(name);

/** How the folders of a digest folder are named, from its regions to its days. */
const DATED: readonly ((name: string) => boolean)[] = [isRegionName, isYear, isTwoDigits, isTwoDigits];

/** A few digest files from all over an `AWSLogs` folder: only such as are verified, too, so that no others can outvote them. */
function sampleDigests(root: string, prefix: string): string[] {
  const below = (folders: readonly string[], isNamed: (name: string) => boolean) =>
    folders.flatMap((folder) => namesIn(root, folder, isNamed).map((name) => `${folder}/${name}`));
  const days = DATED.reduce(below, digestFoldersBelow(root, prefix === '' ? 'AWSLogs' : `${prefix}/AWSLogs`));
  const step = Math.max(1, Math.floor(days.length / SAMPLES));
  const sampled = days.filter((_, index) => index % step === 0).slice(0, SAMPLES);
  return sampled.flatMap((day) => {
    const files = entriesOf(join(root, day)).flatMap(({ name }) => (parseDigestKey(`${day}/${name}`) ? [name] : []));
    const middle = files[Math.floor(files.length / 2)];
    return [...new Set([files[0], middle])].filter((name) => name !== undefined).map((name) => `${day}/${name}`);
  });
}

/** The digest folders of the accounts, those of organizations too. */
function digestFoldersBelow(root: string, folder: string): string[] {
  const accounts = namesIn(root, folder, (name) => isOrganizationId(name) || isAccountId(name));
  return [
    ...namesIn(root, folder, (name) => name === 'CloudTrail-Digest').map((name) => `${folder}/${name}`),
    ...accounts.flatMap((name) => digestFoldersBelow(root, `${folder}/${name}`)),
  ];
}

function voteOf(reader: FolderReader, inflater: Inflater, file: string): Vote[] {
  const content = reader.read(file, MAX_SAMPLE_BYTES);
  const opened = content.status === 'found' ? inflater.open(content.body, MAX_SAMPLE_BYTES) : content;
  if (opened.status !== 'read') return [];
  const parsed = parseDigest(opened.bytes, { type: 'run' });
  if (!parsed.ok) return [];
  const { bucket, key }: ObjectRef = parsed.digest.place;
  if (file === key) return [{ bucket, isBucketFolder: false }];
  // What is above `AWSLogs` may be a bucket, and one folder at that; nothing else in its path is.
  const isFolder = file === `${bucket}/${key}` && !bucket.includes('/') && parseDigestKey(key) !== undefined;
  return isFolder ? [{ bucket, isBucketFolder: true }] : [];
}

function majority(votes: readonly Vote[]): Vote | undefined {
  const idOf = (vote: Vote) => `${vote.isBucketFolder} ${vote.bucket}`;
  const counts = new Map<string, { vote: Vote; count: number }>();
  for (const vote of votes) counts.set(idOf(vote), { vote, count: (counts.get(idOf(vote))?.count ?? 0) + 1 });
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.vote;
}

const namesIn = (root: string, folder: string, isNamed: (name: string) => boolean): string[] =>
  foldersIn(join(root, folder)).filter(isNamed);

/** Names of the folders in a folder, links left out. */
const foldersIn = (path: string): string[] =>
  entriesOf(path).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** In byte order; none where the folder cannot be read, which the verification itself will meet again. */
function entriesOf(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => compareUtf8(a.name, b.name));
  } catch {
    return [];
  }
}
