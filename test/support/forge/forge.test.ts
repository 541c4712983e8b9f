import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { objectAt } from '../tamper/tamper.js';
import { emptyWorld, type World } from '../worlds/world.js';
import type { DigestDocument } from './digest-document.js';
import { addTrail, digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from './forge.js';
import { KEY_A, KEY_B } from './throwaway-keys.js';

const START = Date.UTC(2026, 2, 1, 0, 1, 31);
const PLAIN: ForgeOptions = {
  bucket: 'acme-trail-logs',
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  start: START,
  hours: 4,
  logsPerHour: 2,
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Reads the digest anew from the world and checks it with nothing of the forger's: signature, link, logs. */
function proveDigest(world: World, ref: ObjectRef, previous: ObjectRef | undefined): DigestDocument {
  const object = objectAt(world, ref);
  const bytes = gunzipSync(object.body);
  const document = JSON.parse(bytes.toString('utf8')) as DigestDocument;
  const record = world.publicKeys.find((key) => key.fingerprint === document.digestPublicKeyFingerprint);
  if (!record) throw new Error('the public key is not in the world');
  expect(record.fingerprint).toBe(createHash('md5').update(record.der).digest('hex'));
  const text = [
    document.digestEndTime,
    `${ref.bucket}/${ref.key}`,
    sha256(bytes),
    previous ? objectAt(world, previous).metadata.signature : 'null',
  ].join('\n');
  const publicKey = createPublicKey({ key: Buffer.from(record.der), format: 'der', type: 'pkcs1' });
  const signature = Buffer.from(object.metadata.signature ?? '', 'hex');
  expect(verify('RSA-SHA256', Buffer.from(text), publicKey, signature)).toBe(true);
  expect(document.previousDigestS3Bucket).toBe(previous?.bucket ?? null);
  expect(document.previousDigestS3Object).toBe(previous?.key ?? null);
  expect(document.previousDigestHashValue).toBe(previous ? sha256(gunzipSync(objectAt(world, previous).body)) : null);
  for (const log of document.logFiles) {
    const body = objectAt(world, { bucket: log.s3Bucket, key: log.s3Object }).body;
    expect(sha256(gunzipSync(body))).toBe(log.hashValue);
  }
  return document;
}

function eventTimes(log: Uint8Array): string[] {
  const { Records } = JSON.parse(new TextDecoder().decode(log)) as { Records: { eventTime: string }[] };
  return Records.map((record) => record.eventTime).sort();
}

function proveChain(world: World, chain: ForgedChain, before?: ObjectRef): DigestDocument[] {
  const refs = chain.digests.map((digest) => digest.ref);
  return refs.map((ref, hour) => proveDigest(world, ref, hour === 0 ? before : refs[hour - 1]));
}

/** Every object, key and trail of the world, in a form to compare. */
const snapshot = (world: World) =>
  JSON.stringify([
    [...world.buckets].map(([bucket, objects]) => [
      bucket,
      [...objects].map(([key, { body, metadata }]) => [key, sha256(body), metadata]),
    ]),
    world.publicKeys.map((key) => ({ ...key, der: sha256(key.der) })),
    world.trails,
  ]);

describe('a forged chain', () => {
  it('verifies by signature, link and log hash, with nothing of the forger involved', () => {
    const world = emptyWorld();
    const documents = proveChain(world, forgeChain(world, PLAIN));
    expect(documents.map((document) => document.logFiles.length)).toEqual([2, 2, 2, 2]);
    expect(world.buckets.get('acme-trail-logs')?.size).toBe(12);
  });

  it('is written as CloudTrail writes', () => {
    const world = emptyWorld();
    const digest = digestAt(forgeChain(world, { ...PLAIN, hours: 2 }), 1);
    expect(digest.ref.key).toBe(
      'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/01/111122223333_CloudTrail-Digest_eu-west-1_management-events_us-east-1_20260301T020131Z.json.gz',
    );
    const text = gunzipSync(objectAt(world, digest.ref).body).toString('utf8');
    expect(text).toMatch(
      /^\{"awsAccountId":"111122223333","digestStartTime":"2026-03-01T01:01:31Z","digestEndTime":"2026-03-01T02:01:31Z","digestS3Bucket":"acme-trail-logs","digestS3Object":"AWSLogs\\\/111122223333\\\/[^/]+\\\/[^"]+","digestPublicKeyFingerprint":"[0-9a-f]{32}","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":"[^"]+","oldestEventTime":"[^"]+","previousDigestS3Bucket":"acme-trail-logs","previousDigestS3Object":"[^"]+","previousDigestHashValue":"[0-9a-f]{64}","previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":"[0-9a-f]{512}","logFiles":\[\{"s3Bucket":"acme-trail-logs","s3Object":"[^"]+","hashValue":"[0-9a-f]{64}","hashAlgorithm":"SHA-256","newestEventTime":"[^"]+","oldestEventTime":"[^"]+"\},/,
    );
    expect(text).not.toMatch(/[^\\]\//);
    expect(Object.keys(objectAt(world, digest.ref).metadata)).toEqual(['signature', 'signature-algorithm']);
    expect(digest.logs[0]?.ref.key).toMatch(
      /^AWSLogs\/111122223333\/CloudTrail\/eu-west-1\/2026\/03\/01\/111122223333_CloudTrail_eu-west-1_20260301T0120Z_[A-Za-z0-9]{16}\.json\.gz$/,
    );
  });

  it('begins with a starting digest', () => {
    const world = emptyWorld();
    const [first] = proveChain(world, forgeChain(world, PLAIN));
    const links = Object.entries(first ?? {}).filter(([name]) => name.startsWith('previous'));
    expect(links.map(([, value]) => value)).toEqual([null, null, null, null, null]);
  });

  it('tells of its logs what its logs say', () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...PLAIN, recordsPerLog: (hour, log) => 1 + hour + log });
    for (const [hour, document] of proveChain(world, chain).entries()) {
      const records = digestAt(chain, hour).logs.map((log) => eventTimes(log.bytes));
      expect(records.map((times) => times.length)).toEqual([1 + hour, 2 + hour]);
      expect(document.logFiles.map((log) => log.oldestEventTime)).toEqual(records.map((times) => times[0]));
      expect(document.logFiles.map((log) => log.newestEventTime)).toEqual(records.map((times) => times.at(-1)));
      expect(document.oldestEventTime).toBe(records.flat().sort()[0]);
      expect(document.newestEventTime).toBe(records.flat().sort().at(-1));
    }
  });

  it('has digests of hours without events', () => {
    const world = emptyWorld();
    const documents = proveChain(world, forgeChain(world, { ...PLAIN, logsPerHour: (hour) => hour % 2 }));
    expect(documents.map((document) => document.logFiles.length)).toEqual([0, 1, 0, 1]);
    expect(documents[0]).toMatchObject({ newestEventTime: null, oldestEventTime: null, logFiles: [] });
  });

  it('returns what lies in the world', () => {
    const world = emptyWorld();
    const chain = forgeChain(world, PLAIN);
    for (const digest of chain.digests) {
      expect(sha256(gunzipSync(objectAt(world, digest.ref).body))).toBe(digest.sha256);
      expect(sha256(digest.bytes)).toBe(digest.sha256);
      expect(objectAt(world, digest.ref).metadata.signature).toBe(digest.signature);
      for (const log of digest.logs) expect(sha256(log.bytes)).toBe(log.sha256);
    }
    expect(chain.digests.map((digest) => digest.interval)).toEqual(
      [0, 1, 2, 3].map((hour) => ({ start: START + hour * HOUR, end: START + (hour + 1) * HOUR })),
    );
  });

  it('has the same bytes every time', () => {
    const forged = [emptyWorld(), emptyWorld()].map((world) => {
      forgeChain(world, { ...PLAIN, seed: 'one' });
      return snapshot(world);
    });
    expect(forged[0]).toBe(forged[1]);
  });

  it('has the same logs however long it is, and others for another seed, hour, trail or kind', () => {
    const hashes = (options: Partial<ForgeOptions>) =>
      forgeChain(emptyWorld(), { ...PLAIN, ...options }).digests.flatMap((digest) =>
        digest.logs.map((log) => log.sha256),
      );
    expect(hashes({ hours: 2 })).toEqual(hashes({}).slice(0, 4));
    const all = [
      {},
      { seed: 'other' },
      { start: START + 4 * HOUR },
      { trailName: 'other' },
      { kind: 'backfill' as const },
    ];
    expect(new Set(all.flatMap(hashes)).size).toBe(5 * 8);
  });
});

describe('a forged chain out of the ordinary', () => {
  it('goes on in another bucket under another prefix', () => {
    const world = emptyWorld();
    const before = forgeChain(world, PLAIN);
    const last = digestAt(before, -1);
    const after = forgeChain(world, {
      ...PLAIN,
      bucket: 'new',
      prefix: 'a/b',
      start: last.interval.end,
      previous: last,
    });
    proveChain(world, after, last.ref);
    expect(after.id).toEqual(before.id);
    expect([...(world.buckets.get('new')?.keys() ?? [])].every((key) => key.startsWith('a/b/AWSLogs/'))).toBe(true);
  });

  it('leaves a gap when it begins anew', () => {
    const world = emptyWorld();
    forgeChain(world, PLAIN);
    const [first] = proveChain(world, forgeChain(world, { ...PLAIN, start: START + 6 * HOUR }));
    expect(first?.digestStartTime).toBe('2026-03-01T06:01:31Z');
  });

  it('rotates keys, one record for each key and region', () => {
    const world = emptyWorld();
    const key = (hour: number) => (hour < 2 ? KEY_A : KEY_B);
    const documents = proveChain(world, forgeChain(world, { ...PLAIN, key }));
    forgeChain(world, { ...PLAIN, key, region: 'us-east-1' });
    const used = documents.map((document) => document.digestPublicKeyFingerprint);
    expect(used).toEqual([KEY_A.fingerprint, KEY_A.fingerprint, KEY_B.fingerprint, KEY_B.fingerprint]);
    expect(world.publicKeys.map((record) => [record.region, record.fingerprint])).toEqual([
      ['eu-west-1', KEY_A.fingerprint],
      ['eu-west-1', KEY_B.fingerprint],
      ['us-east-1', KEY_A.fingerprint],
      ['us-east-1', KEY_B.fingerprint],
    ]);
    const [a, b] = world.publicKeys.map((record) => record.validity);
    expect(a?.end).toBe(START + 2 * HOUR + 240 * HOUR);
    expect(b?.start).toBe(START + 3 * HOUR - 240 * HOUR);
  });

  it('is signed hours later when it is a backfill', () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...PLAIN, kind: 'backfill', hours: 2, backfillDelay: 7 * HOUR });
    proveChain(world, chain);
    expect(chain.id.kind).toBe('backfill');
    const { ref } = digestAt(chain, 1);
    expect(ref.key).toMatch(/_20260301T020131Z_backfill\.json\.gz$/);
    expect(objectAt(world, ref).metadata['backfill-generation-timestamp']).toBe('2026-03-01T09:01:31Z');
    expect(world.publicKeys[0]?.validity?.end).toBe(START + 9 * HOUR + 240 * HOUR);
  });

  it('delivers logs of other kinds, to another bucket, for an organization', () => {
    const world = emptyWorld();
    const logKinds = ['CloudTrail', 'CloudTrail-Insight', 'CloudTrail-NetworkActivity'] as const;
    const chain = forgeChain(world, {
      ...PLAIN,
      organizationId: 'o-exampleorgid',
      logKinds,
      logBucket: 'logs',
      logsPerHour: 3,
    });
    proveChain(world, chain);
    expect(digestAt(chain, 0).ref.key).toMatch(/^AWSLogs\/o-exampleorgid\/111122223333\/CloudTrail-Digest\//);
    expect(digestAt(chain, 0).logs.map((log) => log.ref.key.split('/')[3])).toEqual(logKinds);
    expect(world.buckets.get('logs')?.size).toBe(12);
  });

  it('holds together around a digest that was amended before it was signed', () => {
    const world = emptyWorld();
    const amend = (document: DigestDocument, hour: number) => {
      if (hour === 1) document.digestStartTime = '2026-03-01T01:31:31Z';
    };
    const documents = proveChain(world, forgeChain(world, { ...PLAIN, amend }));
    expect(documents.map((document) => document.digestStartTime.slice(11, 16))).toEqual([
      '00:01',
      '01:31',
      '02:01',
      '03:01',
    ]);
  });

  it('says which digest or log a test asked for in vain', () => {
    const chain = forgeChain(emptyWorld(), PLAIN);
    expect(() => digestAt(chain, 4)).toThrow('none at 4');
    expect(() => logAt(chain, 0, 2)).toThrow('no log at 2');
  });
});

describe('a trail', () => {
  it('is added with its ARN, and moved when it is added again', () => {
    const world = emptyWorld();
    addTrail(world, PLAIN);
    addTrail(
      world,
      { ...PLAIN, trailName: 'other', homeRegion: 'us-gov-west-1', organizationId: 'o-exampleorgid' },
      false,
    );
    addTrail(world, { ...PLAIN, bucket: 'new', prefix: 'p' });
    const common = { homeRegion: 'us-east-1', multiRegion: true, organization: false };
    expect(world.trails).toEqual([
      {
        ...common,
        name: 'management-events',
        arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events',
        bucket: 'new',
        prefix: 'p',
      },
      {
        name: 'other',
        arn: 'arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/other',
        bucket: 'acme-trail-logs',
        homeRegion: 'us-gov-west-1',
        multiRegion: false,
        organization: true,
      },
    ]);
    expect(world.organizationId).toBe('o-exampleorgid');
  });
});
