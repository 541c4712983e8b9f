import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareUtf8 } from '../../core/byte-order.js';
import { parseDigest } from '../../core/digest.js';
import { isAccountId, isOrganizationId } from '../../core/object-key.js';
import type { ObjectRef } from '../../core/objects.js';
import type { Inflater } from '../../ports/inflater.js';
import type { ArchiveLayout } from './archive-files.js';
import { FolderReader } from './files.js';
import { realFolder } from './local-store.js';

/** An archive, and where in it to look for trails. */
export interface LocalArchive {
  readonly layout: ArchiveLayout;
  /** A bucket, and what stands before `AWSLogs/` in it. The bucket is a guess where the copy does not tell. */
  readonly sources: readonly { readonly bucket: string; readonly prefix: string }[];
}

const MAX_PREFIX_DEPTH = 8;
const SAMPLES = 7;
const MAX_SAMPLE_BYTES = 2 ** 25;

/**
 * Finds out how an archive is laid out. Each `AWSLogs` folder is either right below a folder with its bucket's name
 * (and perhaps a prefix), or the bucket's name was left out when the copy was made. Its digests tell: a few are read,
 * and the majority decides. They need not be genuine, since nothing is concluded from it but where to look for files.
 * @throws {StoreOpenError} when there is no such folder
 */
export function openArchive(path: string, inflater: Inflater): LocalArchive {
  const root = realFolder(path);
  const reader = new FolderReader(root);
  const bucketFolders = new Set<string>();
  const sources = findLogRoots(root, '', 0).map((prefix) => {
    const votes = sampleDigests(root, prefix).flatMap((file) => voteOf(reader, inflater, file));
    const winner = majority(votes);
    if (!winner?.isBucketFolder) return { bucket: winner?.bucket ?? '', prefix };
    bucketFolders.add(winner.bucket);
    return { bucket: winner.bucket, prefix: prefix.slice(winner.bucket.length + 1) };
  });
  return { layout: { root, bucketFolders: [...bucketFolders].sort(compareUtf8) }, sources };
}

interface Vote {
  readonly bucket: string;
  readonly isBucketFolder: boolean;
}

/** What stands before each `AWSLogs` folder, without the slash between. */
function findLogRoots(root: string, prefix: string, depth: number): string[] {
  const names = foldersIn(join(root, prefix));
  const here = names.includes('AWSLogs') ? [prefix] : [];
  if (depth === MAX_PREFIX_DEPTH) return here;
  const below = names.filter((name) => name !== 'AWSLogs').map((name) => (prefix === '' ? name : `${prefix}/${name}`));
  return [...here, ...below.flatMap((folder) => findLogRoots(root, folder, depth + 1))];
}

/** A few digest files from all over an `AWSLogs` folder. */
function sampleDigests(root: string, prefix: string): string[] {
  const days: string[] = [];
  const visit = (folder: string, depth: number) => {
    for (const name of foldersIn(join(root, folder))) {
      const path = `${folder}/${name}`;
      // Below the digest folder: region, year, month, day.
      if (name === 'CloudTrail-Digest') visit(path, 4);
      else if (depth === 1) days.push(path);
      else if (depth > 1) visit(path, depth - 1);
      else if (isOrganizationId(name) || isAccountId(name)) visit(path, 0);
    }
  };
  visit(prefix === '' ? 'AWSLogs' : `${prefix}/AWSLogs`, 0);
  const step = Math.max(1, Math.floor(days.length / SAMPLES));
  const sampled = days.filter((_, index) => index % step === 0).slice(0, SAMPLES);
  return sampled.flatMap((day) => {
    const files = entriesOf(join(root, day)).flatMap((entry) => (entry.name.endsWith('.json.gz') ? [entry.name] : []));
    const middle = files[Math.floor(files.length / 2)];
    return [...new Set([files[0], middle])].filter((name) => name !== undefined).map((name) => `${day}/${name}`);
  });
}

function voteOf(reader: FolderReader, inflater: Inflater, file: string): Vote[] {
  const content = reader.read(file, MAX_SAMPLE_BYTES);
  const opened = content.status === 'found' ? inflater.open(content.body, MAX_SAMPLE_BYTES) : content;
  if (opened.status !== 'read') return [];
  const parsed = parseDigest(opened.bytes, { type: 'run' });
  if (!parsed.ok) return [];
  const { bucket, key }: ObjectRef = parsed.digest.place;
  if (file === `${bucket}/${key}`) return [{ bucket, isBucketFolder: true }];
  return file === key ? [{ bucket, isBucketFolder: false }] : [];
}

function majority(votes: readonly Vote[]): Vote | undefined {
  const idOf = (vote: Vote) => `${vote.isBucketFolder} ${vote.bucket}`;
  const counts = new Map<string, { vote: Vote; count: number }>();
  for (const vote of votes) counts.set(idOf(vote), { vote, count: (counts.get(idOf(vote))?.count ?? 0) + 1 });
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.vote;
}

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
