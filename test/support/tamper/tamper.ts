import { parseDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { type DigestDocument, decodeDigest, encodeDigest, signDigest } from '../forge/digest-document.js';
import { inflate, stableGzip } from '../forge/stable-gzip.js';
import { type ThrowawayKey, throwawayKeyOf } from '../forge/throwaway-keys.js';
import { putObject, type World, type WorldObject } from '../worlds/world.js';
import { concat } from './corrupt-gzip.js';

/** The object there. Throws when nothing is: a test that tampers with nothing proves nothing. */
export function objectAt(world: World, { bucket, key }: ObjectRef): WorldObject {
  const object = world.buckets.get(bucket)?.get(key);
  if (!object) throw new Error(`the world holds nothing at s3://${bucket}/${key}`);
  return object;
}

/** Changes what a log says and packs it again: a whole gzip member with another hash. Throws when the edit changes nothing. */
export function modifyLog(world: World, ref: ObjectRef, edit: (text: string) => string = renameFirstEvent): void {
  const before = new TextDecoder().decode(inflate(objectAt(world, ref).body));
  const after = edit(before);
  if (after === before) throw new Error(`the edit leaves s3://${ref.bucket}/${ref.key} as it was`);
  replaceObject(world, ref, stableGzip(new TextEncoder().encode(after)));
}

/** Takes an object away. */
export function deleteObject(world: World, ref: ObjectRef): void {
  objectAt(world, ref);
  world.buckets.get(ref.bucket)?.delete(ref.key);
}

/** Puts bytes behind the stored ones, for example one of the `TAILS`. */
export const appendToObject = (world: World, ref: ObjectRef, tail: Uint8Array): void =>
  corruptObject(world, ref, (body) => concat(body, tail));

/** Keeps only the first bytes of what is stored. */
export const truncateObject = (world: World, ref: ObjectRef, length: number): void =>
  corruptObject(world, ref, (body) => body.slice(0, length));

/** Changes the stored bytes and nothing else, for example by one of the `GZIP_CORRUPTIONS`. */
export const corruptObject = (world: World, ref: ObjectRef, corrupt: (body: Uint8Array) => Uint8Array): void =>
  replaceObject(world, ref, corrupt(objectAt(world, ref).body));

/** Puts other bytes in the place of the stored ones; metadata and storage class stay. */
export const replaceObject = (world: World, ref: ObjectRef, body: Uint8Array): void =>
  putObject(world, ref.bucket, ref.key, { ...objectAt(world, ref), body });

/** Lets two objects change places, each with its metadata. */
export function swapObjects(world: World, a: ObjectRef, b: ObjectRef): void {
  const [atA, atB] = [objectAt(world, a), objectAt(world, b)];
  putObject(world, a.bucket, a.key, atB);
  putObject(world, b.bucket, b.key, atA);
}

/** Copies an object with its metadata to another place, over what may lie there. */
export const copyObject = (world: World, from: ObjectRef, to: ObjectRef): void =>
  putObject(world, to.bucket, to.key, objectAt(world, from));

/** Takes the metadata from one object or, without a reference, from every digest of the world, as copying tools do. */
export function stripMetadata(world: World, ref?: ObjectRef): void {
  for (const each of ref ? [ref] : digestRefs(world)) {
    putObject(world, each.bucket, each.key, { ...objectAt(world, each), metadata: {} });
  }
}

/** Packs the same content anew at the best level: other stored bytes, the same uncompressed ones. */
export const recompress = (world: World, ref: ObjectRef): void =>
  corruptObject(world, ref, (body) => stableGzip(inflate(body), 9));

/** Stores the content inflated, as a browser or a proxy leaves it. */
export const storePlain = (world: World, ref: ObjectRef): void => corruptObject(world, ref, inflate);

/** Changes what a digest says; its signature stays, and does not fit any more. */
export const rewriteDigest = (world: World, ref: ObjectRef, change: (document: DigestDocument) => void): void =>
  corruptObject(world, ref, (body) => {
    const document = decodeDigest(body);
    change(document);
    return stableGzip(encodeDigest(document));
  });

/**
 * Changes what a digest says and signs it again, as the holder of the key could: with the key it names, unless another is
 * given. The digest after it still names the hash and signature it had. To change a digest and keep every link, forge
 * the chain with `amend` instead.
 */
export function resignDigest(
  world: World,
  ref: ObjectRef,
  change: (document: DigestDocument) => void,
  key?: ThrowawayKey,
): void {
  const before = objectAt(world, ref);
  const document = decodeDigest(before.body);
  change(document);
  const signedBy = key ?? throwawayKeyOf(document.digestPublicKeyFingerprint);
  const { object } = signDigest(document, signedBy, before.metadata['backfill-generation-timestamp']);
  putObject(world, ref.bucket, ref.key, { ...before, ...object });
}

/** Moves an object to a storage class, for example `GLACIER`, from which it cannot be read at once. */
export const setStorageClass = (world: World, ref: ObjectRef, storageClass: string): void =>
  putObject(world, ref.bucket, ref.key, { ...objectAt(world, ref), storageClass });

/** Changes an object's user metadata: a value sets a name, undefined takes it away. */
export function setMetadata(world: World, ref: ObjectRef, changes: Readonly<Record<string, string | undefined>>): void {
  const object = objectAt(world, ref);
  const merged = Object.entries({ ...object.metadata, ...changes });
  const metadata = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
  putObject(world, ref.bucket, ref.key, { ...object, metadata });
}

/** Every digest of the world, by its key. */
export const digestRefs = (world: World): ObjectRef[] =>
  [...world.buckets].flatMap(([bucket, objects]) =>
    [...objects.keys()].filter((key) => parseDigestKey(key) !== undefined).map((key) => ({ bucket, key })),
  );

const renameFirstEvent = (text: string): string => text.replace('"eventName":"', '"eventName":"Not');
