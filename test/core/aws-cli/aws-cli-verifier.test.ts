import { sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { awsCliPolicy } from '../../../src/core/aws-cli/aws-cli-verifier.js';
import type { Expectation, FindKey } from '../../../src/core/chain/digest-verifier.js';
import type { DigestFacts } from '../../../src/core/content/object-content.js';
import { parsePublicKey } from '../../../src/core/keys/public-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { formatInstant, HOUR } from '../../../src/core/time/instant.js';
import { sha256Of } from '../../support/forge/digest-document.js';
import { digestAt, type ForgedDigest, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { stableGzip } from '../../support/forge/stable-gzip.js';
import { KEY_A, KEY_B, SMALL_KEY } from '../../support/forge/throwaway-keys.js';
import { expectationOf, factsAt, judgeDigest } from '../../support/run/judge.js';
import { GZIP_CORRUPTIONS } from '../../support/tamper/corrupt-gzip.js';
import {
  copyObject,
  corruptObject,
  objectAt,
  replaceObject,
  resignDigest,
  rewriteDigest,
  setMetadata,
  storePlain,
} from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const OPTIONS: ForgeOptions = {
  bucket: 'trail',
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 3,
  logsPerHour: 2,
};
const REFUSAL = { errorCode: 'AccessDenied', message: 'no' };
const fingerprint = KEY_A.fingerprint;
const gzipOf = (text: string): Uint8Array => stableGzip(new TextEncoder().encode(text));

let world: World;
let first: ForgedDigest;
let middle: ForgedDigest;
let last: ForgedDigest;
beforeEach(() => {
  world = emptyWorld();
  const chain = forgeChain(world, OPTIONS);
  [first, middle, last] = [digestAt(chain, 0), digestAt(chain, 1), digestAt(chain, 2)];
});

const keys: FindKey = async (name) => {
  const found = [KEY_A, SMALL_KEY].find((key) => key.fingerprint === name);
  return found ? { status: 'found', key: await parsePublicKey(found.pkcs1) } : { status: 'unknown' };
};

interface Circumstances {
  readonly facts?: DigestFacts;
  readonly findKey?: FindKey;
  readonly expectation?: Expectation;
}

const judge = (ref: ObjectRef, { facts = factsAt(world, ref), findKey = keys, expectation }: Circumstances = {}) =>
  judgeDigest(awsCliPolicy(findKey), { ref, facts }, expectation);

/** The one fault that was found; what was judged must then be neither believed nor followed. */
async function faultOf(ref: ObjectRef, circumstances?: Circumstances): Promise<unknown[] | undefined> {
  const judgement = await judge(ref, circumstances);
  const [fault] = judgement.findings;
  if (fault === undefined) return undefined;
  expect(judgement).toStrictEqual({ ref, findings: [{ ...fault, subject: { type: 'digest', ...ref } }] });
  return [fault.code, fault.args];
}

describe('what is accepted', () => {
  it('is a sound digest, starting or not', async () => {
    expect(await judge(middle.ref)).toMatchObject({
      ref: middle.ref,
      findings: [],
      digest: { place: middle.ref, previous: { ...first.ref, sha256: first.sha256, signature: first.signature } },
    });
    expect(await judge(first.ref)).toMatchObject({ findings: [], digest: { place: first.ref } });
  });

  it.each(Object.entries(GZIP_CORRUPTIONS).filter(([name]) => / behind it$/.test(name)))(
    'is a digest with %s',
    async (_, { corrupt }) => {
      corruptObject(world, middle.ref, corrupt);
      expect(await judge(middle.ref)).toMatchObject({ findings: [], digest: { place: middle.ref } });
    },
  );

  it('is a digest that its successor links to wrongly', async () => {
    const { link, ...rest } = expectationOf(middle, last.ref);
    const expectation = { ...rest, link: { ...link, sha256: 'ab'.repeat(32), signature: 'abcd' } };
    expect(await judge(middle.ref, { expectation })).toMatchObject({ findings: [], digest: { place: middle.ref } });
  });

  it('is a digest whose name says something else, and whatever algorithm its metadata name', async () => {
    resignDigest(world, middle.ref, (document) => {
      document.awsAccountId = '999999999999';
      document.digestEndTime = '2026-03-01T09:09:09Z';
    });
    setMetadata(world, middle.ref, { 'signature-algorithm': 'ROT13' });
    expect(await judge(middle.ref)).toMatchObject({ findings: [], digest: { accountId: '999999999999' } });
  });

  it('is a signature of a key of any length', async () => {
    const { ref } = digestAt(forgeChain(world, { ...OPTIONS, region: 'eu-west-2', hours: 1, key: SMALL_KEY }), 0);
    expect(await judge(ref)).toMatchObject({ findings: [], digest: { place: ref } });
  });
});

describe('what is refused', () => {
  it.each<[DigestFacts, string, object]>([
    [{ status: 'not-found' }, 'digest-missing', {}],
    [{ status: 'denied', refusal: REFUSAL }, 'digest-access-denied', REFUSAL],
    [{ status: 'archived', storageClass: 'GLACIER', refusal: REFUSAL }, 'digest-archived', { storageClass: 'GLACIER' }],
    [{ status: 'too-large', measure: 'stored', limit: 7 }, 'digest-too-large', { measure: 'stored', limit: 7 }],
    [{ status: 'unavailable', refusal: REFUSAL }, 'digest-unavailable', REFUSAL],
  ])('is what could not be read: $status', async (facts, ...fault) => {
    expect(await faultOf(middle.ref, { facts })).toEqual(fault);
  });

  it.each(Object.entries(GZIP_CORRUPTIONS).filter(([, { fault }]) => fault !== 'trailing-data'))(
    'is a digest with %s',
    async (_, { fault, corrupt }) => {
      corruptObject(world, middle.ref, corrupt);
      expect(await faultOf(middle.ref)).toEqual([`digest-gzip-${fault}`, {}]);
    },
  );

  it('is a digest that is not packed at all', async () => {
    storePlain(world, middle.ref);
    expect(await faultOf(middle.ref)).toEqual(['digest-gzip-header-invalid', {}]);
  });

  it('is a stream that gave nothing, whatever is said of it', async () => {
    const facts = factsAt(world, middle.ref);
    if (facts.status !== 'read') throw new Error('the forged digest cannot be read');
    const { sha256: _, ...unhashed } = facts;
    expect(await faultOf(middle.ref, { facts: unhashed })).toEqual(['digest-gzip-data-invalid', {}]);
  });

  it('is a digest signed by another key', async () => {
    resignDigest(world, middle.ref, () => {}, KEY_B);
    expect(await faultOf(middle.ref)).toEqual(['digest-signature-invalid', { fingerprint }]);
  });

  it.each(['', 'abc', 'not hexadecimal', 'ab'])('is the signature %j', async (signature) => {
    setMetadata(world, middle.ref, { signature });
    expect(await faultOf(middle.ref)).toEqual(['digest-signature-invalid', { fingerprint }]);
  });

  it('is a key in any other form, or none', async () => {
    const region = OPTIONS.homeRegion;
    const spki = await parsePublicKey(KEY_A.spki);
    const unsuitable = ['digest-key-unsuitable', { fingerprint, reason: 'unreadable' }];
    const answers: [FindKey, unknown][] = [
      [async () => ({ status: 'found', key: spki }), unsuitable],
      [async () => ({ status: 'unsuitable', reason: 'fingerprint-mismatch' }), unsuitable],
      [async () => ({ status: 'unknown' }), ['digest-key-unknown', { fingerprint, region }]],
      [async () => ({ status: 'unavailable', refusal: REFUSAL }), ['digest-keys-unavailable', { ...REFUSAL, region }]],
    ];
    for (const [findKey, fault] of answers) expect(await faultOf(middle.ref, { findKey })).toEqual(fault);
  });

  it('is a copy in another bucket or under another key', async () => {
    for (const ref of [
      { bucket: 'copy', key: middle.ref.key },
      { bucket: 'trail', key: 'x' },
    ]) {
      copyObject(world, middle.ref, ref);
      expect(await faultOf(ref)).toEqual(['digest-moved', { from: middle.ref }]);
    }
  });
});

describe('the order of the checks', () => {
  const REQUIRED = [
    'digestPublicKeyFingerprint',
    'digestS3Bucket',
    'digestS3Object',
    'previousDigestSignature',
    'digestEndTime',
    'digestStartTime',
  ];

  const resignWith = (ref: ObjectRef, changes: object) =>
    resignDigest(world, ref, (document) => Object.assign(document, changes));

  it('is: gzip, JSON, metadata, fields, place, key, signature, the rest', async () => {
    const { ref } = middle;
    const seen: unknown[] = [];
    const { body: sound } = objectAt(world, ref);
    const look = async (circumstances?: Circumstances) => seen.push((await faultOf(ref, circumstances))?.[0]);
    const unknown = { findKey: async () => ({ status: 'unknown' }) as const };
    replaceObject(world, ref, new TextEncoder().encode('no JSON, no gzip'));
    setMetadata(world, ref, { signature: undefined });
    await look();
    replaceObject(world, ref, gzipOf('no JSON'));
    await look();
    replaceObject(world, ref, gzipOf('{"digestS3Bucket":"elsewhere"}'));
    await look();
    setMetadata(world, ref, { signature: 'zz', 'signature-algorithm': 'X' });
    await look();
    const claims = Object.fromEntries(REQUIRED.map((name) => [name, 'x']));
    replaceObject(world, ref, gzipOf(JSON.stringify(claims)));
    await look(unknown);
    const placed = { ...claims, digestS3Bucket: ref.bucket, digestS3Object: ref.key };
    replaceObject(world, ref, gzipOf(JSON.stringify({ ...placed, digestPublicKeyFingerprint: fingerprint })));
    await look(unknown);
    await look();
    replaceObject(world, ref, sound);
    resignWith(ref, { digestStartTime: 'x', logFiles: 7 });
    await look();
    expect(seen).toEqual([
      'digest-gzip-header-invalid',
      'digest-not-json',
      'digest-signature-missing',
      'digest-field-missing',
      'digest-moved',
      'digest-key-unknown',
      'digest-signature-invalid',
      'digest-timestamp-invalid',
    ]);
  });

  it.each(REQUIRED)('wants %s before it looks at the place, whatever it holds', async (field) => {
    rewriteDigest(world, middle.ref, (document) =>
      Object.assign(document, { digestS3Object: 'x', [field]: undefined }),
    );
    expect(await faultOf(middle.ref)).toEqual(['digest-field-missing', { field }]);
    for (const value of [7, null]) {
      rewriteDigest(world, middle.ref, (document) => Object.assign(document, { digestS3Object: 'x', [field]: value }));
      expect((await faultOf(middle.ref))?.[0]).toBe('digest-moved');
    }
  });

  it.each(['signature', 'signature-algorithm'])('wants the metadata %s before it looks at a field', async (name) => {
    rewriteDigest(world, middle.ref, (document) => Object.assign(document, { digestEndTime: undefined }));
    setMetadata(world, middle.ref, { [name]: undefined });
    expect(await faultOf(middle.ref)).toEqual(['digest-signature-missing', {}]);
  });

  it.each(['null', '"text"', '7', '\ufeff{}', '{"a":1,}', ''])('takes %j for no JSON object', async (text) => {
    replaceObject(world, middle.ref, gzipOf(text));
    setMetadata(world, middle.ref, { signature: undefined });
    expect(await faultOf(middle.ref)).toEqual(['digest-not-json', {}]);
  });

  it('takes bytes that are no UTF-8 for no JSON', async () => {
    replaceObject(world, middle.ref, stableGzip(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])));
    setMetadata(world, middle.ref, { signature: undefined });
    expect(await faultOf(middle.ref)).toEqual(['digest-not-json', {}]);
  });

  it.each([
    ['nested deeper than 16 levels', '['.repeat(16) + ']'.repeat(16), ['digest-nested-too-deep', { limit: 16 }]],
    [
      'of more than 4,000,000 values',
      `[${'0,'.repeat(4_000_000)}0]`,
      ['digest-too-large', { measure: 'values', limit: 4_000_000 }],
    ],
  ])('builds nothing of a document %s', async (_, more, fault) => {
    replaceObject(world, middle.ref, gzipOf(`{"more":${more}}`));
    setMetadata(world, middle.ref, { signature: undefined });
    expect(await faultOf(middle.ref)).toEqual(fault);
  });

  it('reads a document nested 16 levels deep', async () => {
    replaceObject(world, middle.ref, gzipOf(`{"more":${'['.repeat(15)}${']'.repeat(15)}}`));
    setMetadata(world, middle.ref, { signature: undefined });
    expect(await faultOf(middle.ref)).toEqual(['digest-signature-missing', {}]);
  });

  it('takes the last of two fields of one name', async () => {
    const twice = (body: Uint8Array) => new TextDecoder().decode(body).replace('{', '{"digestEndTime":"x",');
    replaceObject(world, middle.ref, gzipOf(twice(middle.bytes)));
    expect(await faultOf(middle.ref)).toEqual(['digest-signature-invalid', { fingerprint }]);
    const bytes = new TextEncoder().encode(twice(middle.bytes));
    const text = `${formatInstant(middle.interval.end)}\n${middle.ref.bucket}/${middle.ref.key}\n${sha256Of(bytes)}\n${first.signature}`;
    const signature = sign('sha256', Buffer.from(text), KEY_A.privateKey).toString('hex');
    setMetadata(world, middle.ref, { signature });
    expect(await judge(middle.ref)).toMatchObject({ findings: [], digest: { end: middle.interval.end } });
  });
});

describe('when a digest was signed', () => {
  const generationMissing = ['digest-field-missing', { field: 'backfill-generation-timestamp' }];
  const asked: unknown[] = [];
  const findKey: FindKey = async (_name, _region, signedAt) => {
    asked.push(signedAt);
    return { status: 'unknown' };
  };
  beforeEach(() => asked.splice(0));

  it('is its end by its name', async () => {
    setMetadata(world, middle.ref, { 'backfill-generation-timestamp': '2001-01-01T00:00:00Z' });
    rewriteDigest(world, middle.ref, (document) => Object.assign(document, { digestEndTime: 'any text' }));
    await judge(middle.ref, { findKey });
    expect(asked).toEqual([middle.interval.end]);
  });

  it('is its generation when it is a backfill, which must then say when', async () => {
    const { ref } = digestAt(forgeChain(world, { ...OPTIONS, kind: 'backfill', hours: 1, backfillDelay: 7 * HOUR }), 0);
    await judge(ref, { findKey });
    expect(asked).toEqual([OPTIONS.start + 8 * HOUR]);
    for (const timestamp of ['', 'soon', '2026-02-30T00:00:00Z']) {
      setMetadata(world, ref, { 'backfill-generation-timestamp': timestamp });
      expect(await faultOf(ref, { findKey })).toEqual(generationMissing);
      expect(await judge(ref)).toMatchObject({ findings: [], digest: { place: ref } });
    }
    rewriteDigest(world, ref, (document) => Object.assign(document, { digestEndTime: undefined }));
    setMetadata(world, ref, { 'backfill-generation-timestamp': undefined });
    expect(await faultOf(ref, { findKey })).toEqual(generationMissing);
    setMetadata(world, ref, { signature: undefined });
    expect(await faultOf(ref, { findKey })).toEqual(['digest-signature-missing', {}]);
  });

  it.each(['2026-03-01T08:01:31', '2026-03-01 08:01:31Z', '2026-03-01T10:01:31+02:00', '20260301T080131Z'])(
    'is in UTC where the backfill says nothing else: %s',
    async (timestamp) => {
      const { ref } = digestAt(forgeChain(world, { ...OPTIONS, kind: 'backfill', hours: 1 }), 0);
      setMetadata(world, ref, { 'backfill-generation-timestamp': timestamp });
      await judge(ref, { findKey });
      expect(asked).toEqual([Date.UTC(2026, 2, 1, 8, 1, 31)]);
    },
  );
});
