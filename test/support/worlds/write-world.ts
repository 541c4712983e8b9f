import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatKeySnapshot } from '../../../src/core/keys/key-snapshot.js';
import { parseDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import { DAY, formatInstant, type Instant, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import type { PublicKeyRecord } from '../../../src/ports/key-source.js';
import type { World, WorldObject } from './world.js';

/** CloudTrail delivers a digest about this long after its end. */
const DIGEST_DELIVERY = 28 * MINUTE;

export interface ArchiveForm {
  /** `flat`: DIR/KEY, as `aws s3 sync s3://BUCKET DIR` leaves it. `buckets`: DIR/BUCKET/KEY. */
  readonly layout: 'flat' | 'buckets';
  /** Whether `<object>.metadata.json` lies beside each digest, as `aws s3api head-object` prints it. */
  readonly sidecars: boolean;
  /** Copy this bucket alone; all of them where nothing is said. */
  readonly bucket?: string;
}

/**
 * Writes the world's objects as files below `dir`. Like a sync, it leaves out archived objects and keys that end in `/`.
 * Throws, before anything is written, when a key cannot be a path below `dir` or when two objects would be one file.
 */
export async function writeArchive(world: World, dir: string, form: ArchiveForm): Promise<void> {
  const files = new Map<string, { key: string; object: WorldObject }>();
  for (const [bucket, objects] of world.buckets) {
    if (form.bucket !== undefined && form.bucket !== bucket) continue;
    for (const [key, object] of objects) {
      if (key.endsWith('/') || isArchived(object)) continue;
      const file = pathBelow(dir, form.layout === 'flat' ? key : `${bucket}/${key}`);
      if (files.has(file)) throw new Error(`two objects would be written to ${file}`);
      files.set(file, { key, object });
    }
  }
  for (const [file, { key, object }] of files) await writeObject(file, key, object, form.sidecars);
}

/** Writes the world's public keys (of one region, if one is given) as `aws cloudtrail list-public-keys` prints its answer. */
export async function writeKeyFile(world: World, file: string, region?: string): Promise<void> {
  const records = world.publicKeys.filter((record) => region === undefined || record.region === region);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ PublicKeyList: records.map(toListedKey) }, undefined, 4)}\n`);
}

/** Writes the world's public keys as `trailproof keys fetch` does, each under its region. */
export async function writeKeySnapshot(world: World, file: string): Promise<void> {
  const regions = [...new Set(world.publicKeys.flatMap(({ region = [] }) => region))].map((region) => ({
    region,
    keys: world.publicKeys.filter((record) => record.region === region),
  }));
  const asked = { start: 0, end: 365 * DAY };
  await writeFile(file, formatKeySnapshot({ takenAt: asked.end, asked, regions }));
}

async function writeObject(file: string, key: string, object: WorldObject, sidecars: boolean): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, object.body);
  const digest = parseDigestKey(key);
  if (!sidecars || !digest) return;
  const head = toHeadObject(object, digest.endTime + DIGEST_DELIVERY);
  await writeFile(`${file}.metadata.json`, `${JSON.stringify(head, undefined, 4)}\n`);
}

const toHeadObject = (object: WorldObject, lastModified: Instant) => ({
  AcceptRanges: 'bytes',
  LastModified: formatInstant(lastModified).replace('Z', '+00:00'),
  ContentLength: object.body.length,
  ETag: `"${createHash('md5').update(object.body).digest('hex')}"`,
  ContentEncoding: 'gzip',
  ContentType: 'application/json',
  ServerSideEncryption: 'AES256',
  Metadata: object.metadata,
});

const toListedKey = ({ der, validity, fingerprint }: PublicKeyRecord) => ({
  Value: Buffer.from(der).toString('base64'),
  ...(validity && { ValidityStartTime: validity.start / SECOND, ValidityEndTime: validity.end / SECOND }),
  Fingerprint: fingerprint,
});

const isArchived = ({ storageClass }: WorldObject): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

/** The file for a key. Refuses what a file system would read as another place: `..`, `.`, empty steps, backslashes, NUL. */
function pathBelow(dir: string, key: string): string {
  const steps = key.split('/');
  if (steps.some((step) => step === '' || step === '.' || step === '..' || /[\\\0]/.test(step))) {
    throw new Error(`no file below ${dir} can stand for the key ${JSON.stringify(key)}`);
  }
  return path.join(dir, ...steps);
}
