import fc from 'fast-check';
import { parseDigestKey, parseLogKey, toDigestKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { formatInstant, HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { type DigestDocument, decodeDigest, signDigest } from '../forge/digest-document.js';
import { stableGzip } from '../forge/stable-gzip.js';
import { SMALL_KEY } from '../forge/throwaway-keys.js';
import type { LivingObject, LivingWorld } from './living-world.js';
import { putObject, type World } from './world.js';

/** Takes away some of what CloudTrail delivered. Objects and chains are named by a number, modulo how many there are. */
export type Taking =
  | { readonly act: 'take'; readonly object: number }
  | {
      readonly act: 'take-row';
      readonly chain: number;
      /** The first digest of the row, from the oldest or from the newest. */
      readonly from: 'oldest' | 'newest';
      readonly at: number;
      readonly count: number;
      readonly what: 'digests' | 'digests and logs';
    }
  | { readonly act: 'take-kind'; readonly chain: number; readonly what: LivingObject['type'] };

/** Adds what CloudTrail never signed. */
export type Planting =
  | { readonly act: 'plant-log'; readonly object: number; readonly minutes: number }
  | {
      readonly act: 'plant-digest';
      readonly object: number;
      /** After the end of the digest that it resembles. */
      readonly minutes: number;
      readonly isBackfill: boolean;
      readonly link: 'none' | 'same' | 'to the other';
      readonly logs: 'none' | 'same';
      readonly signature: 'none' | 'same' | 'another key';
    }
  | {
      readonly act: 'copy';
      readonly object: number;
      readonly to: 'prefix' | 'region' | 'trail' | 'time' | 'backfill' | 'bucket folder';
      readonly hasMetadata: boolean;
    }
  | { readonly act: 'copy-all'; readonly chain: number; readonly to: 'prefix' | 'trail' | 'bucket folder' }
  | { readonly act: 'leave'; readonly object: number; readonly what: Leftover };

const LEFTOVERS = ['metadata file', 'configuration', 'keys', 'checkpoint', 'sign file', 'AppleDouble', 'part'] as const;
type Leftover = (typeof LEFTOVERS)[number];

const number = fc.nat(400);

export const anyTaking: fc.Arbitrary<Taking> = fc.oneof(
  fc.record({ act: fc.constant('take' as const), object: number }),
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('take-row' as const),
      chain: fc.nat(9),
      from: fc.constantFrom('oldest' as const, 'newest'),
      at: fc.nat(8),
      count: fc.integer({ min: 1, max: 12 }),
      what: fc.constantFrom('digests' as const, 'digests and logs'),
    }),
  },
  fc.record({
    act: fc.constant('take-kind' as const),
    chain: fc.nat(9),
    what: fc.constantFrom('digest' as const, 'backfill', 'log', 'late-log'),
  }),
);

export const anyPlanting: fc.Arbitrary<Planting> = fc.oneof(
  fc.record({ act: fc.constant('plant-log' as const), object: number, minutes: fc.integer({ min: -90, max: 90 }) }),
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('plant-digest' as const),
      object: number,
      minutes: fc.oneof(
        fc.constantFrom(0, 60, -60, 120, 300),
        fc.integer({ min: -200, max: 200 }),
        fc.constantFrom(1440, 40_000),
      ),
      isBackfill: fc.boolean(),
      link: fc.constantFrom('none' as const, 'same', 'to the other'),
      logs: fc.constantFrom('none' as const, 'same'),
      signature: fc.constantFrom('none' as const, 'same', 'another key'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('copy' as const),
      object: number,
      to: fc.constantFrom('prefix' as const, 'region', 'trail', 'time', 'backfill', 'bucket folder'),
      hasMetadata: fc.boolean(),
    }),
  },
  fc.record({
    act: fc.constant('copy-all' as const),
    chain: fc.nat(9),
    to: fc.constantFrom('prefix' as const, 'trail', 'bucket folder'),
  }),
  fc.record({ act: fc.constant('leave' as const), object: number, what: fc.constantFrom(...LEFTOVERS) }),
);

/** The objects that a taking takes, of what CloudTrail had delivered by then. */
export function takenBy(
  taking: Taking,
  { chains }: LivingWorld,
  delivered: readonly LivingObject[],
): readonly LivingObject[] {
  if (taking.act === 'take') return delivered.slice(taking.object % delivered.length).slice(0, 1);
  const chain = chains[taking.chain % chains.length];
  const ofChain = delivered.filter((each) => each.chain === chain);
  if (taking.act === 'take-kind') return ofChain.filter(({ type }) => type === taking.what);
  const digests = ofChain.filter(({ type }) => type === 'digest').sort((a, b) => endOf(a) - endOf(b));
  if (taking.from === 'newest') digests.reverse();
  const row = digests.slice(taking.at % digests.length).slice(0, taking.count);
  if (taking.what === 'digests') return row;
  const keys = new Set(row.map(({ ref }) => ref.key));
  return [...row, ...ofChain.filter(({ digest }) => digest && keys.has(digest.key))];
}

const endOf = ({ interval }: LivingObject): number => interval?.end ?? 0;

export const takeAll = (world: World, taken: readonly LivingObject[]): void => {
  for (const { ref } of taken) world.buckets.get(ref.bucket)?.delete(ref.key);
};

/** Plants over nothing that is there: what lies in its way is left alone. */
export function plant(world: World, planting: Planting, living: LivingWorld, delivered: readonly LivingObject[]): void {
  const add = ({ bucket, key }: ObjectRef, body: Uint8Array, metadata: Readonly<Record<string, string>> = {}) => {
    if (!world.buckets.get(bucket)?.has(key) && !delivered.some(({ ref }) => ref.bucket === bucket && ref.key === key))
      putObject(world, bucket, key, { body, metadata });
  };
  if (planting.act === 'copy-all') {
    const chain = living.chains[planting.chain % living.chains.length];
    for (const each of delivered.filter((other) => other.chain === chain))
      add(elsewhere(each.ref, planting.to), each.object.body, each.object.metadata);
    return;
  }
  const pool = planting.act === 'plant-digest' ? delivered.filter(({ type }) => type === 'digest') : delivered;
  const model = pool[planting.object % Math.max(1, pool.length)];
  if (!model) return;
  switch (planting.act) {
    case 'plant-log':
      add(logNear(model, planting.minutes), stableGzip(new TextEncoder().encode('{"Records":[]}')));
      break;
    case 'plant-digest': {
      const { ref, body, metadata } = digestLike(model, planting);
      add(ref, body, metadata);
      break;
    }
    case 'copy':
      add(elsewhere(model.ref, planting.to), model.object.body, planting.hasMetadata ? model.object.metadata : {});
      break;
    case 'leave':
      add(leftoverBeside(model.ref, planting.what), new TextEncoder().encode(LEFTOVER_TEXTS[planting.what]));
      break;
  }
}

function logNear({ ref, interval, at }: LivingObject, minutes: number): ObjectRef {
  const folder = parseDigestKey(ref.key) ?? parseLogKey(ref.key);
  if (!folder) return { bucket: ref.bucket, key: `${ref.key}.json.gz` };
  const time = Math.floor(((interval?.end ?? at) + minutes * MINUTE) / (5 * MINUTE)) * 5 * MINUTE;
  return { bucket: ref.bucket, key: toLogKey({ ...folder, kind: 'CloudTrail', time, uniqueId: 'AttackerPlanted0' }) };
}

function digestLike({ ref, object }: LivingObject, wish: Extract<Planting, { act: 'plant-digest' }>) {
  const key = parseDigestKey(ref.key);
  if (!key) throw new Error(`${ref.key} is no digest`);
  const endTime = key.endTime + wish.minutes * MINUTE;
  const place = { bucket: ref.bucket, key: toDigestKey({ ...key, endTime, backfill: wish.isBackfill }) };
  const document = decodeDigest(object.body);
  Object.assign(document, {
    digestStartTime: formatInstant(endTime - HOUR),
    digestEndTime: formatInstant(endTime),
    digestS3Object: place.key,
    ...linkOf(wish.link, ref, object.metadata.signature ?? '', document),
    ...(wish.logs === 'none' && { logFiles: [] }),
  });
  const backfill = wish.isBackfill ? formatInstant(endTime + HOUR) : undefined;
  const signed = signDigest(document, SMALL_KEY, backfill);
  const same = { ...signed.object.metadata, signature: object.metadata.signature ?? '' };
  const metadata = { none: {}, same, 'another key': signed.object.metadata }[wish.signature];
  return { ref: place, body: signed.object.body, metadata };
}

function linkOf(
  link: Extract<Planting, { act: 'plant-digest' }>['link'],
  other: ObjectRef,
  signature: string,
  document: DigestDocument,
): Partial<DigestDocument> {
  if (link === 'same') return {};
  if (link === 'none')
    return {
      previousDigestS3Bucket: null,
      previousDigestS3Object: null,
      previousDigestHashValue: null,
      previousDigestHashAlgorithm: null,
      previousDigestSignature: null,
    };
  return {
    previousDigestS3Bucket: other.bucket,
    previousDigestS3Object: other.key,
    previousDigestHashValue: document.previousDigestHashValue ?? '0'.repeat(64),
    previousDigestHashAlgorithm: 'SHA-256',
    previousDigestSignature: signature,
  };
}

/** A place of the same shape where the object was not delivered. */
function elsewhere(ref: ObjectRef, to: Extract<Planting, { act: 'copy' }>['to']): ObjectRef {
  const { bucket, key } = ref;
  if (to === 'bucket folder') return { bucket, key: `${bucket}/${key}` };
  const digest = parseDigestKey(key);
  const log = parseLogKey(key);
  if (to === 'prefix' || !(digest || log)) return { bucket, key: `shadow/${key}` };
  if (digest) {
    const changed = {
      region: { region: 'eu-central-1' },
      trail: { trailName: 'other' },
      time: { endTime: digest.endTime + 7 * MINUTE },
      backfill: { backfill: !digest.backfill },
    }[to];
    return { bucket, key: toDigestKey({ ...digest, ...changed }) };
  }
  if (!log) return ref;
  const changed = to === 'region' ? { region: 'eu-central-1' } : { uniqueId: 'AttackerCopied00' };
  return { bucket, key: toLogKey({ ...log, ...changed }) };
}

const LEFTOVER_TEXTS: { readonly [L in Leftover]: string } = {
  'metadata file': '{"Metadata":{"signature":"00","signature-algorithm":"SHA256withRSA"}}',
  configuration:
    'to: 2026-03-01\naccounts: [999999999999]\npolicy: {rules: {log-modified: accept, digest-missing: accept}}\n',
  keys: '{"PublicKeyList":[]}',
  checkpoint: '{"version":1}',
  'sign file': '{"version":"1.0","files":[],"hashAlgorithm":"SHA-256","signatureAlgorithm":"SHA256withRSA"}',
  AppleDouble: '\u0000\u0005\u0016\u0007',
  part: 'half of it',
};

function leftoverBeside({ bucket, key }: ObjectRef, what: Leftover): ObjectRef {
  const slash = key.lastIndexOf('/') + 1;
  const [folder, name] = [key.slice(0, slash), key.slice(slash)];
  const keys: { readonly [L in Leftover]: string } = {
    'metadata file': `${key}.metadata.json`,
    configuration: 'trailproof.yaml',
    keys: 'keys.json',
    checkpoint: `${folder}checkpoint.json`,
    'sign file': `${folder}result_sign.json`,
    AppleDouble: `${folder}._${name}`,
    part: `${key}.6eF3dDc1`,
  };
  return { bucket, key: keys[what] };
}
