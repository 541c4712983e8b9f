import { crc32, inflateRawSync } from 'node:zlib';
import { parseDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { inflate } from '../forge/stable-gzip.js';
import type { World, WorldObject } from '../worlds/world.js';

/**
 * `intact`: says what it said. `unsigned`: a digest that says what it said and has lost its signature, as copies do.
 * `changed`: says something else, is damaged, or carries another signature. `deleted`: gone.
 */
export type State = 'intact' | 'unsigned' | 'changed' | 'deleted';

const HEADER_LENGTH = 10;
const TRAILER_LENGTH = 8;

/** What has become of each object, found out without any code of the verifier: by comparing the two worlds. */
export function compareWorlds(before: World, after: World): { readonly ref: ObjectRef; readonly state: State }[] {
  return [...before.buckets].flatMap(([bucket, objects]) =>
    [...objects].map(([key, object]) => ({
      ref: { bucket, key },
      state: stateOf(key, object, after.buckets.get(bucket)?.get(key)),
    })),
  );
}

function stateOf(key: string, before: WorldObject, after: WorldObject | undefined): State {
  if (!after) return 'deleted';
  if (!saysTheSame(after.body, inflate(before.body))) return 'changed';
  return parseDigestKey(key) ? stateOfMetadata(before.metadata, after.metadata) : 'intact';
}

function stateOfMetadata(before: WorldObject['metadata'], after: WorldObject['metadata']): State {
  const { signature, 'signature-algorithm': algorithm = 'SHA256withRSA' } = after;
  if (algorithm !== 'SHA256withRSA') return 'changed';
  if (signature === undefined) return 'unsigned';
  return signature.toLowerCase() === before.signature ? 'intact' : 'changed';
}

/** Whether the stored bytes are that content, plain or as one gzip member without optional fields and nothing else. */
function saysTheSame(body: Uint8Array, content: Uint8Array): boolean {
  if (Buffer.compare(body, content) === 0) return true;
  const isText = body[3] === 1;
  if (Buffer.compare(body.subarray(0, 4), Uint8Array.of(0x1f, 0x8b, 8, isText ? 1 : 0)) !== 0) return false;
  const deflated = body.subarray(HEADER_LENGTH, -TRAILER_LENGTH);
  const trailer = Buffer.alloc(TRAILER_LENGTH);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  if (Buffer.compare(body.subarray(-TRAILER_LENGTH), trailer) !== 0) return false;
  try {
    const { buffer, engine } = inflateRawSync(deflated, { info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return engine.bytesWritten === deflated.length && Buffer.compare(buffer, content) === 0;
  } catch {
    return false;
  }
}
