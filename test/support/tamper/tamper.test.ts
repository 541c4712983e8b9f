import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { DigestDocument } from '../forge/digest-document.js';
import { digestAt, type ForgedDigest, type ForgedLog, forgeChain, logAt } from '../forge/forge.js';
import { KEY_B } from '../forge/throwaway-keys.js';
import { emptyWorld, type World, type WorldObject } from '../worlds/world.js';
import { TAILS } from './corrupt-gzip.js';
import {
  appendToObject,
  copyObject,
  deleteObject,
  digestRefs,
  modifyLog,
  objectAt,
  recompress,
  replaceObject,
  resignDigest,
  rewriteDigest,
  setMetadata,
  setStorageClass,
  storePlain,
  stripMetadata,
  swapObjects,
  truncateObject,
} from './tamper.js';

const BUCKET = 'acme-trail-logs';

let world: World;
let first: ForgedDigest;
let second: ForgedDigest;
let log: ForgedLog;
let before: Map<string, WorldObject>;

beforeEach(() => {
  world = emptyWorld();
  const chain = forgeChain(world, {
    bucket: BUCKET,
    accountId: '111122223333',
    region: 'us-east-1',
    trailName: 'management-events',
    homeRegion: 'us-east-1',
    start: Date.UTC(2026, 2, 1, 0, 1, 31),
    hours: 3,
    logsPerHour: 2,
  });
  first = digestAt(chain, 0);
  second = digestAt(chain, 1);
  log = logAt(chain, 1, 0);
  before = new Map([...objects()].map(([key, object]) => [key, { ...object, body: object.body.slice() }]));
});

const objects = () => world.buckets.get(BUCKET) ?? new Map<string, WorldObject>();
const was = ({ key }: ObjectRef) => before.get(key) ?? { body: new Uint8Array(), metadata: {} };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const documentAt = (ref: ObjectRef) =>
  JSON.parse(gunzipSync(objectAt(world, ref).body).toString('utf8')) as DigestDocument;

/** The keys whose object is not what it was, gone and new ones included. */
const touched = () =>
  [...new Set([...before.keys(), ...objects().keys()])].filter(
    (key) => JSON.stringify(objects().get(key)) !== JSON.stringify(before.get(key)),
  );

function isSigned(ref: ObjectRef, key = first.signedBy): boolean {
  const { body, metadata } = objectAt(world, ref);
  const bytes = gunzipSync(body);
  const { digestEndTime, previousDigestSignature } = documentAt(ref);
  const text = `${digestEndTime}\n${ref.bucket}/${ref.key}\n${sha256(bytes)}\n${previousDigestSignature ?? 'null'}`;
  const publicKey = createPublicKey({ key: Buffer.from(key.pkcs1), format: 'der', type: 'pkcs1' });
  return verify('sha256', Buffer.from(text), publicKey, Buffer.from(metadata.signature ?? '', 'hex'));
}

describe('tampering with one object', () => {
  it('modifies what a log says and leaves it a log', () => {
    modifyLog(world, log.ref);
    expect(touched()).toEqual([log.ref.key]);
    const text = gunzipSync(objectAt(world, log.ref).body).toString('utf8');
    expect(JSON.parse(text).Records).toHaveLength(3);
    expect(text).not.toBe(new TextDecoder().decode(log.bytes));
    expect(() => modifyLog(world, log.ref, (same) => same)).toThrow('as it was');
  });

  it('deletes', () => {
    deleteObject(world, log.ref);
    expect(touched()).toEqual([log.ref.key]);
    expect(() => deleteObject(world, log.ref)).toThrow('holds nothing');
  });

  it('appends and truncates', () => {
    appendToObject(world, second.ref, TAILS.junk);
    expect(touched()).toEqual([second.ref.key]);
    expect(Buffer.from(objectAt(world, second.ref).body)).toEqual(Buffer.concat([was(second.ref).body, TAILS.junk]));
    truncateObject(world, second.ref, was(second.ref).body.length);
    expect(touched()).toEqual([]);
    truncateObject(world, second.ref, 20);
    expect(objectAt(world, second.ref)).toEqual({ ...was(second.ref), body: was(second.ref).body.slice(0, 20) });
  });

  it('replaces the bytes and keeps the metadata', () => {
    replaceObject(world, second.ref, TAILS.junk);
    expect(touched()).toEqual([second.ref.key]);
    expect(objectAt(world, second.ref)).toEqual({ ...was(second.ref), body: TAILS.junk });
  });

  it('recompresses and inflates without changing what is said', () => {
    recompress(world, log.ref);
    expect(touched()).toEqual([log.ref.key]);
    expect(sha256(gunzipSync(objectAt(world, log.ref).body))).toBe(log.sha256);
    storePlain(world, log.ref);
    expect(touched()).toEqual([log.ref.key]);
    expect(sha256(objectAt(world, log.ref).body)).toBe(log.sha256);
  });

  it('sets a storage class and metadata', () => {
    setStorageClass(world, log.ref, 'GLACIER');
    expect(objectAt(world, log.ref)).toEqual({ ...was(log.ref), storageClass: 'GLACIER' });
    setMetadata(world, first.ref, { signature: 'ab', 'signature-algorithm': undefined });
    expect(objectAt(world, first.ref)).toEqual({ ...was(first.ref), metadata: { signature: 'ab' } });
    expect(touched().sort()).toEqual([log.ref.key, first.ref.key].sort());
  });
});

describe('tampering with several objects', () => {
  it('swaps whole objects', () => {
    swapObjects(world, first.ref, second.ref);
    expect(touched().sort()).toEqual([first.ref.key, second.ref.key].sort());
    expect(objectAt(world, first.ref)).toEqual(was(second.ref));
    expect(objectAt(world, second.ref)).toEqual(was(first.ref));
  });

  it('copies whole objects', () => {
    const to = { bucket: BUCKET, key: 'elsewhere' };
    copyObject(world, second.ref, to);
    expect(touched()).toEqual(['elsewhere']);
    expect(objectAt(world, to)).toEqual(was(second.ref));
  });

  it('strips the metadata of one digest or of all', () => {
    stripMetadata(world, first.ref);
    expect(touched()).toEqual([first.ref.key]);
    stripMetadata(world);
    expect(touched().sort()).toEqual(
      digestRefs(world)
        .map((ref) => ref.key)
        .sort(),
    );
    expect(touched()).toHaveLength(3);
    expect([...objects().values()].every((object) => Object.keys(object.metadata).length === 0)).toBe(true);
  });
});

describe('tampering with what a digest says', () => {
  const accuse = (document: DigestDocument) => {
    document.previousDigestHashValue = '0'.repeat(64);
  };

  it('leaves the old signature on a rewritten digest', () => {
    expect(isSigned(second.ref)).toBe(true);
    rewriteDigest(world, second.ref, accuse);
    expect(touched()).toEqual([second.ref.key]);
    expect(documentAt(second.ref).previousDigestHashValue).toBe('0'.repeat(64));
    expect(objectAt(world, second.ref).metadata).toEqual(was(second.ref).metadata);
    expect(isSigned(second.ref)).toBe(false);
  });

  it('puts a signature that holds on a resigned digest', () => {
    resignDigest(world, second.ref, accuse);
    expect(touched()).toEqual([second.ref.key]);
    expect(documentAt(second.ref).previousDigestHashValue).toBe('0'.repeat(64));
    expect(isSigned(second.ref)).toBe(true);
  });

  it('signs with another key when it is given one', () => {
    resignDigest(world, second.ref, () => undefined, KEY_B);
    expect(documentAt(second.ref).digestPublicKeyFingerprint).toBe(first.signedBy.fingerprint);
    expect([isSigned(second.ref), isSigned(second.ref, KEY_B)]).toEqual([false, true]);
  });

  it('gives back the very same digest when nothing is changed', () => {
    resignDigest(world, second.ref, () => undefined);
    rewriteDigest(world, first.ref, () => undefined);
    expect(touched()).toEqual([]);
  });
});
