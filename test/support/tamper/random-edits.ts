import fc from 'fast-check';
import { parseDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { inflate, stableGzip } from '../forge/stable-gzip.js';
import { putObject, type World } from '../worlds/world.js';
import { concat, TAILS } from './corrupt-gzip.js';
import { deleteObject, setMetadata, stripMetadata, swapObjects } from './tamper.js';

/**
 * One thing done to an archive by somebody who can write to it, or by a careless copying tool. Objects are named by a
 * number, which {@link applyEdits} takes modulo how many there are.
 */
export type Edit =
  | { readonly act: 'delete' | 'recompress' | 'store-plain' | 'strip-metadata'; readonly object: number }
  | { readonly act: 'truncate' | 'flip-stored' | 'flip-content'; readonly object: number; readonly at: number }
  | { readonly act: 'append'; readonly object: number; readonly tail: keyof typeof TAILS }
  | { readonly act: 'swap' | 'overwrite' | 'lend-metadata'; readonly object: number; readonly other: number }
  | { readonly act: 'set-metadata'; readonly object: number; readonly name: string; readonly value: string };

const object = fc.nat();
const at = fc.nat();
const other = fc.nat();

/** Any edit at all; half of the objects hit are digests. */
export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('delete' as const), object }) },
  fc.record({ act: fc.constantFrom('recompress' as const, 'store-plain', 'strip-metadata'), object }),
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constantFrom('truncate' as const, 'flip-stored', 'flip-content'), object, at }),
  },
  fc.record({
    act: fc.constant('append' as const),
    object,
    tail: fc.constantFrom(...(Object.keys(TAILS) as (keyof typeof TAILS)[])),
  }),
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('swap' as const, 'overwrite', 'lend-metadata'), object, other }),
  },
  fc.record({
    act: fc.constant('set-metadata' as const),
    object,
    name: fc.constantFrom('signature', 'signature-algorithm', 'backfill-generation-timestamp', 'note'),
    value: fc.constantFrom('', '00', 'zz', 'SHA256withRSA', 'SHA1withRSA', '2026-03-01T00:00:00Z', 'ab'.repeat(256)),
  }),
);

/** Does one thing after the other. What would be done to an object that is gone by then is left out. */
export function applyEdits(world: World, edits: readonly Edit[]): void {
  const refs = [...world.buckets].flatMap(([bucket, objects]) => [...objects.keys()].map((key) => ({ bucket, key })));
  const digests = refs.filter(({ key }) => parseDigestKey(key) !== undefined);
  // Even numbers hit a digest, odd ones any object.
  const pick = (number: number): ObjectRef | undefined => {
    const from = number % 2 === 0 ? digests : refs;
    const ref = from[Math.floor(number / 2) % from.length];
    return ref && world.buckets.get(ref.bucket)?.has(ref.key) ? ref : undefined;
  };
  for (const edit of edits) {
    const ref = pick(edit.object);
    const second = 'other' in edit ? pick(edit.other) : ref;
    if (ref && second) applyEdit(world, edit, ref, second);
  }
}

function applyEdit(world: World, edit: Edit, ref: ObjectRef, second: ObjectRef): void {
  switch (edit.act) {
    case 'delete':
      deleteObject(world, ref);
      break;
    case 'strip-metadata':
      stripMetadata(world, ref);
      break;
    case 'set-metadata':
      setMetadata(world, ref, { [edit.name]: edit.value });
      break;
    case 'swap':
      swapObjects(world, ref, second);
      break;
    case 'overwrite':
      change(world, ref, () => bodyAt(world, second));
      break;
    case 'lend-metadata':
      putObject(world, ref.bucket, ref.key, { body: bodyAt(world, ref), metadata: metadataAt(world, second) });
      break;
    case 'append':
      change(world, ref, (body) => concat(body, TAILS[edit.tail]));
      break;
    case 'truncate':
      change(world, ref, (body) => body.slice(0, edit.at % Math.max(1, body.length)));
      break;
    case 'flip-stored':
      change(world, ref, (body) => flipBit(body, edit.at));
      break;
    case 'flip-content':
      changeContent(world, ref, (content) => stableGzip(flipBit(content, edit.at)));
      break;
    case 'recompress':
      changeContent(world, ref, (content) => stableGzip(content, 9));
      break;
    case 'store-plain':
      changeContent(world, ref, (content) => content);
      break;
  }
}

const bodyAt = (world: World, { bucket, key }: ObjectRef): Uint8Array =>
  world.buckets.get(bucket)?.get(key)?.body ?? new Uint8Array();

const metadataAt = (world: World, { bucket, key }: ObjectRef): Readonly<Record<string, string>> =>
  world.buckets.get(bucket)?.get(key)?.metadata ?? {};

const change = (world: World, ref: ObjectRef, edit: (body: Uint8Array) => Uint8Array): void =>
  putObject(world, ref.bucket, ref.key, { body: edit(bodyAt(world, ref)), metadata: metadataAt(world, ref) });

/** Leaves alone what an earlier edit has made unreadable. */
function changeContent(world: World, ref: ObjectRef, edit: (content: Uint8Array) => Uint8Array): void {
  try {
    const content = inflate(bodyAt(world, ref));
    change(world, ref, () => edit(content));
  } catch {
    return;
  }
}

function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = bytes.slice();
  if (flipped.length === 0) return flipped;
  const index = Math.floor(at / 8) % flipped.length;
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (at % 8));
  return flipped;
}
