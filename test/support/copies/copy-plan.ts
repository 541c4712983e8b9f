import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parseDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { Interval } from '../../../src/core/time/instant.js';
import { inflate } from '../forge/stable-gzip.js';
import type { World, WorldObject } from '../worlds/world.js';

/** What operating systems, browsers and tools leave beside files. */
const LEFTOVERS = [
  'AppleDouble',
  '__MACOSX',
  '.DS_Store',
  'Thumbs.db',
  'Zone.Identifier',
  'browser duplicate',
  'partial download',
  'empty folder',
] as const;
type Leftover = (typeof LEFTOVERS)[number];

/** How the buckets of a world were copied to a folder. The plainest: each to a folder of its name, with all metadata. */
export interface CopyPlan {
  /** `flat`: the objects of all buckets by their keys alone. */
  readonly layout: 'buckets' | 'flat';
  readonly isRenamed: boolean;
  /** Folders between the one that is verified and the copy. */
  readonly above: '' | 'case-17' | 'case-17/my copy' | 'Prüfung/Müller';
  /** The upper steps of the keys that the copy lacks. */
  readonly cut: 'nothing' | 'prefix' | 'organization' | 'AWSLogs' | 'account' | 'all';
  readonly metadata: 'kept' | 'lost' | 'partly';
  readonly unpacked: 'not' | 'in place' | 'by name' | 'by name, some' | 'beside';
  readonly leftovers: readonly { readonly what: Leftover; readonly file: number }[];
  readonly isDecomposed: boolean;
  readonly part: 'all' | 'one day' | 'one region' | 'one account';
}

/** The day whose folders alone are in a copy of one day. */
export const ONE_DAY: Interval = { start: Date.parse('2026-03-02T00:00:00Z'), end: Date.parse('2026-03-03T00:00:00Z') };

const rarely = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));

export const anyCopy: fc.Arbitrary<CopyPlan> = fc.record({
  layout: fc.constantFrom('buckets' as const, 'flat'),
  isRenamed: rarely(false, true),
  above: rarely<CopyPlan['above']>('', 'case-17', 'case-17/my copy', 'Prüfung/Müller'),
  cut: rarely<CopyPlan['cut']>('nothing', 'prefix', 'organization', 'AWSLogs', 'account', 'all'),
  metadata: fc.constantFrom('kept' as const, 'lost', 'partly'),
  unpacked: rarely<CopyPlan['unpacked']>('not', 'in place', 'by name', 'by name, some', 'beside'),
  leftovers: fc.array(fc.record({ what: fc.constantFrom(...LEFTOVERS), file: fc.nat(200) }), { maxLength: 3 }),
  isDecomposed: rarely(false, true),
  part: rarely<CopyPlan['part']>('all', 'one day', 'one region', 'one account'),
});

interface CopiedFile {
  readonly path: string;
  readonly body: Uint8Array;
}

/** The files of a copy, by their paths below the folder that is verified. */
export function filesOf(world: World, plan: CopyPlan): readonly CopiedFile[] {
  const files = [...world.buckets].flatMap(([bucket, objects]) =>
    [...objects]
      .filter(([key]) => !key.endsWith('/') && isPart(key, plan.part))
      .flatMap(([key, object], index) => {
        const file = `${folderOf(bucket, plan)}${cutKey(key, plan.cut)}`;
        return [
          ...unpack({ path: file, body: object.body }, plan.unpacked, index),
          ...sidecar(file, key, object, plan, index),
        ];
      }),
  );
  const left = plan.leftovers.flatMap(({ what, file }) => leftover(what, files[file % Math.max(1, files.length)]));
  // Two leftovers may be one.
  const fresh = left.filter(({ path: name }, index) => left.findIndex((each) => each.path === name) === index);
  return [...files, ...fresh].map((file) => (plan.isDecomposed ? { ...file, path: file.path.normalize('NFD') } : file));
}

/** Throws where two objects would be one file. */
export function writeFiles(folder: string, files: readonly CopiedFile[]): void {
  for (const file of files) {
    const place = path.join(folder, file.path);
    if (file.path.endsWith('/')) mkdirSync(place, { recursive: true });
    else {
      mkdirSync(path.dirname(place), { recursive: true });
      writeFileSync(place, file.body, { flag: 'wx' });
    }
  }
}

/** Whether a copy that leaves out so much of the keys makes no two objects one file. */
export function isTold(world: World, plan: CopyPlan): boolean {
  const names = filesOf(world, { ...plan, leftovers: [] }).map((file) => file.path);
  return new Set(names).size === names.length;
}

function folderOf(bucket: string, { layout, isRenamed, above }: CopyPlan): string {
  const name = isRenamed ? `copy-of-${bucket}` : bucket;
  const steps = [above, layout === 'buckets' ? name : ''].filter((step) => step !== '');
  return steps.map((step) => `${step}/`).join('');
}

function cutKey(key: string, cut: CopyPlan['cut']): string {
  const at = key.indexOf('AWSLogs/');
  if (at < 0 || cut === 'nothing') return key;
  if (cut === 'all') return key.slice(key.lastIndexOf('/') + 1);
  if (cut === 'prefix') return key.slice(at);
  if (cut === 'organization') return key.slice(at).replace(/^AWSLogs\/o-[a-z0-9]+\//, 'AWSLogs/');
  const below = key.slice(at + 'AWSLogs/'.length);
  return cut === 'AWSLogs' ? below : below.replace(/^(?:o-[a-z0-9]+\/)?\d{12}\//, '');
}

/** Whether an object is in the copy. */
export const isCopied = (key: string, { part }: CopyPlan): boolean => isPart(key, part);

function isPart(key: string, part: CopyPlan['part']): boolean {
  if (part === 'one day') return !/\/\d{4}\/\d{2}\/\d{2}\//.test(key) || key.includes('/2026/03/02/');
  if (part === 'one region') return key.includes('/us-east-1/');
  return part === 'all' || key.includes('/111122223333/');
}

/** Signatures of saved query results are over the files as they are stored: nobody can tell one that was unpacked from another. */
function unpack({ path: file, body }: CopiedFile, how: CopyPlan['unpacked'], index: number): readonly CopiedFile[] {
  if (how === 'not' || !file.endsWith('.json.gz')) return [{ path: file, body }];
  const plain = inflate(body);
  if (how === 'in place') return [{ path: file, body: plain }];
  const named = { path: file.slice(0, -'.gz'.length), body: plain };
  if (how === 'beside') return [{ path: file, body }, named];
  return how === 'by name' || index % 2 === 0 ? [named] : [{ path: file, body }];
}

function sidecar(
  file: string,
  key: string,
  { metadata }: WorldObject,
  plan: CopyPlan,
  index: number,
): readonly CopiedFile[] {
  if (!parseDigestKey(key) || plan.metadata === 'lost' || (plan.metadata === 'partly' && index % 2 === 0)) return [];
  const text = JSON.stringify({ ContentType: 'application/json', Metadata: metadata });
  return [{ path: `${file}.metadata.json`, body: new TextEncoder().encode(text) }];
}

function leftover(what: Leftover, file: CopiedFile | undefined): readonly CopiedFile[] {
  if (!file) return [];
  const slash = file.path.lastIndexOf('/') + 1;
  const [folder, name] = [file.path.slice(0, slash), file.path.slice(slash)];
  const appleDouble = Uint8Array.of(0, 5, 0x16, 7, 0, 2, 0, 0);
  const noise = new TextEncoder().encode('noise');
  switch (what) {
    case 'AppleDouble':
      return [{ path: `${folder}._${name}`, body: appleDouble }];
    case '__MACOSX':
      return [{ path: `__MACOSX/${folder}._${name}`, body: appleDouble }];
    case '.DS_Store':
    case 'Thumbs.db':
      return [{ path: `${folder}${what}`, body: noise }];
    case 'Zone.Identifier':
      return [
        { path: `${file.path}:Zone.Identifier`, body: new TextEncoder().encode('[ZoneTransfer]\r\nZoneId=3\r\n') },
      ];
    case 'browser duplicate':
      return [{ path: file.path.replace(/((?:\.json)?(?:\.gz)?)$/, ' (1)$1'), body: file.body }];
    case 'partial download':
      return [{ path: `${file.path}.6eF3dDc1`, body: file.body.subarray(0, file.body.length >> 1) }];
    case 'empty folder':
      if (folder === '') return [];
      return [{ path: `${folder.replace(/[a-z]{2}-[a-z]+-\d\/(?=\d{4}\/)/, 'sa-east-1/')}`, body: noise }];
  }
}
