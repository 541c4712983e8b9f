import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FindKey, KeyLookup } from '../../../src/core/chain/digest-verifier.js';
import { KEY_VALIDITY_TOLERANCE, strictPolicy } from '../../../src/core/chain/strict-verifier.js';
import type { DigestFacts } from '../../../src/core/content/object-content.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import { parsePublicKey } from '../../../src/core/keys/public-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedDigest, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { KEY_A, SMALL_KEY } from '../../support/forge/throwaway-keys.js';
import { expectationOf, factsAt, judgeDigest, keysOf } from '../../support/run/judge.js';
import { GZIP_CORRUPTIONS, gzipBomb } from '../../support/tamper/corrupt-gzip.js';
import {
  copyObject,
  corruptObject,
  replaceObject,
  setMetadata,
  storePlain,
  swapObjects,
} from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const OPTIONS: ForgeOptions = {
  bucket: 'trail',
  prefix: 'p',
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 3,
  logsPerHour: 2,
};
const REFUSAL = { errorCode: 'AccessDenied', message: 'no' };

let world: World;
let first: ForgedDigest;
let middle: ForgedDigest;
let last: ForgedDigest;
beforeEach(() => {
  world = emptyWorld();
  const chain = forgeChain(world, OPTIONS);
  [first, middle, last] = [digestAt(chain, 0), digestAt(chain, 1), digestAt(chain, 2)];
});

interface Circumstances {
  readonly facts?: DigestFacts;
  readonly findKey?: FindKey;
  readonly bucketKnown?: boolean;
  readonly proven?: boolean;
}

/** Judges the digest found there as the predecessor of the last one, unless `proven` says what its word is worth. */
function judge(ref: ObjectRef, { findKey = keysOf(world), facts, ...circumstances }: Circumstances = {}) {
  const { bucketKnown = true, proven = true } = circumstances;
  const liesAt = (place: ObjectRef) => place.key === ref.key && (!bucketKnown || place.bucket === ref.bucket);
  const object = { ref, facts: facts ?? factsAt(world, ref), liesAt };
  return judgeDigest(strictPolicy(findKey), object, expectationOf(middle, last.ref, proven));
}

/** Code and arguments of each finding, all of which must be about that object. */
function said(findings: readonly Finding[], about: ObjectRef): unknown[] {
  for (const { subject } of findings) expect(subject).toEqual({ type: 'digest', ...about });
  return findings.map(({ code, args }) => [code, args]);
}

const unverifiable = ['digest-logs-unverifiable', { count: 2 }];

describe('a sound digest', () => {
  it('is believed, whether it starts a chain or goes on with one', async () => {
    const judgement = await judge(middle.ref);
    expect(judgement).toEqual({ ref: middle.ref, findings: [], digest: expect.anything() });
    expect(judgement.digest).toMatchObject({
      ...middle.interval,
      place: middle.ref,
      previous: { ...first.ref, sha256: first.sha256, signature: first.signature },
      logs: middle.logs.map(({ ref, sha256 }) => ({ ...ref, sha256 })),
    });
    const starting = await judgeDigest(strictPolicy(keysOf(world)), {
      ref: first.ref,
      facts: factsAt(world, first.ref),
    });
    expect(starting).toMatchObject({ ref: first.ref, findings: [], digest: { place: first.ref } });
  });

  it('is believed when a tool has inflated it', async () => {
    storePlain(world, middle.ref);
    expect(await judge(middle.ref)).toMatchObject({ findings: [], digest: { place: middle.ref } });
  });
});

describe('a digest that could not be read', () => {
  it.each<[DigestFacts, unknown]>([
    [{ status: 'not-found' }, ['digest-missing', {}]],
    [{ status: 'denied', refusal: REFUSAL }, ['digest-access-denied', REFUSAL]],
    [
      { status: 'archived', storageClass: 'GLACIER', refusal: REFUSAL },
      ['digest-archived', { storageClass: 'GLACIER' }],
    ],
    [{ status: 'too-large', measure: 'stored', limit: 7 }, ['digest-too-large', { measure: 'stored', limit: 7 }]],
    [{ status: 'unavailable', refusal: REFUSAL }, ['digest-unavailable', REFUSAL]],
  ])('is said to be so, and nothing else: $status', async (facts, finding) => {
    const judgement = await judge(middle.ref, { facts });
    expect(judgement).toEqual({ ref: middle.ref, findings: judgement.findings });
    expect(said(judgement.findings, middle.ref)).toEqual([finding]);
  });

  it('is too large when it inflates to too much', async () => {
    replaceObject(world, middle.ref, gzipBomb(20_000_000));
    const { findings } = await judge(middle.ref);
    expect(said(findings, middle.ref)).toEqual([['digest-too-large', { measure: 'inflated', limit: 10_000_000 }]]);
  });
});

describe('a damaged gzip stream', () => {
  it.each(Object.entries(GZIP_CORRUPTIONS))('is named: %s', async (_, { fault, corrupt }) => {
    corruptObject(world, middle.ref, corrupt);
    const facts = factsAt(world, middle.ref);
    const { findings, digest, unprovenLink } = await judge(middle.ref);
    const [own, ...more] = said(findings, middle.ref);
    expect(own).toEqual([`digest-gzip-${fault}`, {}]);
    expect(unprovenLink).toBeUndefined();
    if (facts.status === 'read' && facts.sha256 === middle.sha256) {
      // All of it came out and is what was signed: it is evidence still, though its object was tampered with.
      expect(more).toEqual([]);
      expect(digest).toMatchObject({ place: middle.ref });
    } else {
      const actual = facts.status === 'read' ? facts.sha256 : undefined;
      const mismatch = { successor: last.ref, part: 'hash', expected: middle.sha256, actual };
      expect(more).toEqual(
        actual === undefined
          ? []
          : [
              ['digest-not-json', {}],
              ['digest-link-mismatch', mismatch],
            ],
      );
      expect(digest).toBeUndefined();
    }
  });
});

describe('a digest in another place than its own', () => {
  it('has moved', async () => {
    swapObjects(world, first.ref, middle.ref);
    const judgement = await judge(middle.ref, { proven: false });
    expect(judgement).toEqual({ ref: middle.ref, findings: judgement.findings });
    expect(said(judgement.findings, middle.ref)).toEqual([['digest-moved', { from: first.ref }]]);
  });

  it('is not what its successor links to either', async () => {
    swapObjects(world, first.ref, middle.ref);
    const mismatch = { successor: last.ref, part: 'hash', expected: middle.sha256, actual: first.sha256 };
    const { findings } = await judge(middle.ref);
    expect(said(findings, middle.ref)).toEqual([
      ['digest-moved', { from: first.ref }],
      ['digest-link-mismatch', mismatch],
    ]);
  });

  it('has moved when only the bucket is another, unless nobody knows the bucket', async () => {
    const copy = { bucket: 'copy', key: middle.ref.key };
    copyObject(world, middle.ref, copy);
    const judgement = await judge(copy);
    expect(said(judgement.findings, copy)).toEqual([['digest-moved', { from: middle.ref }]]);
    expect(judgement.digest).toBeUndefined();
    expect(await judge(copy, { bucketKnown: false })).toMatchObject({
      ref: middle.ref,
      findings: [],
      digest: { place: middle.ref },
    });
  });

  it('has moved when the key is another, even where nobody knows the bucket', async () => {
    const copy = { bucket: middle.ref.bucket, key: middle.ref.key.replace('p/', 'q/') };
    copyObject(world, middle.ref, copy);
    for (const bucketKnown of [true, false]) {
      const { findings } = await judge(copy, { bucketKnown });
      expect(said(findings, copy)).toEqual([['digest-moved', { from: middle.ref }]]);
    }
  });

  it('is known by its own place from then on, where nobody knows the bucket', async () => {
    const copy = { bucket: 'copy', key: middle.ref.key };
    copyObject(world, middle.ref, copy);
    setMetadata(world, copy, { signature: '00' });
    const { ref, findings } = await judge(copy, { bucketKnown: false, proven: false });
    expect(ref).toEqual(middle.ref);
    expect(said(findings, middle.ref)).toEqual([['digest-signature-conflict', {}]]);
  });
});

describe('a name that says something else than the digest', () => {
  const forgeAmended = (amend: NonNullable<ForgeOptions['amend']>) =>
    digestAt(forgeChain(world, { ...OPTIONS, hours: 1, start: OPTIONS.start + 9 * HOUR, amend }), 0);
  const judgeAlone = (digest: ForgedDigest, findKey = keysOf(world)) =>
    judgeDigest(strictPolicy(findKey), { ref: digest.ref, facts: factsAt(world, digest.ref) });

  it.each<[string, string, string, string]>([
    ['awsAccountId', '999999999999', '111122223333', '999999999999'],
    ['digestEndTime', '2026-03-01T10:01:32Z', '20260301T100131Z', '20260301T100132Z'],
  ])('is named, and the digest believed: %s', async (field, value, expected, actual) => {
    const digest = forgeAmended((document) => Object.assign(document, { [field]: value }));
    const { findings, digest: trusted } = await judgeAlone(digest);
    expect(said(findings, digest.ref)).toEqual([['digest-name-mismatch', { field, expected, actual }]]);
    expect(trusted).toMatchObject({ place: digest.ref });
  });

  it('is only remarked upon when it is no name of a digest', async () => {
    const ref = { bucket: OPTIONS.bucket, key: 'digests/one.json.gz' };
    const digest = forgeAmended((document) => Object.assign(document, { digestS3Object: ref.key }));
    copyObject(world, digest.ref, ref);
    setMetadata(world, ref, { 'backfill-generation-timestamp': '2001-01-01T00:00:00Z' });
    const asked: unknown[] = [];
    const findKey: FindKey = async (fingerprint, region, signedAt) => {
      asked.push([region, signedAt]);
      return keysOf(world)(fingerprint, OPTIONS.region, signedAt);
    };
    const { findings, digest: trusted } = await judgeAlone({ ...digest, ref }, findKey);
    expect(said(findings, ref)).toEqual([['digest-key-unrecognised', {}]]);
    expect(trusted).toMatchObject({ place: ref });
    expect(asked).toEqual([['', digest.interval.end]]);
  });
});

describe('the public key', () => {
  const fingerprint = KEY_A.fingerprint;
  const region = OPTIONS.region;
  const answer =
    (lookup: KeyLookup): FindKey =>
    async () =>
      lookup;

  it('is asked for by fingerprint, the region of the events and the end of the digest', async () => {
    const asked: unknown[] = [];
    const findKey: FindKey = async (...question) => {
      asked.push(question);
      return { status: 'unknown' };
    };
    await judge(middle.ref, { findKey });
    // What anybody may have written into the metadata does not change the question.
    setMetadata(world, middle.ref, { 'backfill-generation-timestamp': '2001-01-01T00:00:00Z' });
    await judge(middle.ref, { findKey });
    const question = [fingerprint, region, middle.interval.end];
    expect(asked).toEqual([question, question]);
  });

  it('of a backfill digest is asked for when the digest was generated, and at its end where it is not found', async () => {
    const backfill = digestAt(
      forgeChain(world, { ...OPTIONS, kind: 'backfill', hours: 1, backfillDelay: 7 * HOUR }),
      0,
    );
    const asked: Instant[] = [];
    const judgeBackfill = () =>
      judge(backfill.ref, {
        findKey: async (_fingerprint, _region, signedAt) => {
          asked.push(signedAt);
          return { status: 'unknown' };
        },
      });
    await judgeBackfill();
    for (const timestamp of ['soon', undefined]) {
      setMetadata(world, backfill.ref, { 'backfill-generation-timestamp': timestamp });
      await judgeBackfill();
    }
    const { end } = backfill.interval;
    expect(asked).toEqual([end + 7 * HOUR, end, end, end]);
  });

  it.each(['2026-03-01T08:01:31', '2026-03-01 08:01:31Z', '2026-03-01T10:01:31+02:00', '20260301T080131Z'])(
    'of a backfill digest is asked for as of %s, which is in UTC wherever it is read',
    async (timestamp) => {
      const asked: Instant[] = [];
      const { ref } = digestAt(forgeChain(world, { ...OPTIONS, kind: 'backfill', hours: 1 }), 0);
      setMetadata(world, ref, { 'backfill-generation-timestamp': timestamp });
      vi.stubEnv('TZ', 'America/New_York');
      onTestFinished(() => void vi.unstubAllEnvs());
      await judge(ref, {
        findKey: async (_fingerprint, _region, signedAt) => {
          asked.push(signedAt);
          return { status: 'unknown' };
        },
      });
      expect(asked[0]).toBe(Date.UTC(2026, 2, 1, 8, 1, 31));
    },
  );

  it.each<[string, KeyLookup, unknown]>([
    ['unknown', { status: 'unknown' }, ['digest-key-unknown', { fingerprint, region }]],
    ['unavailable', { status: 'unavailable', refusal: REFUSAL }, ['digest-keys-unavailable', { ...REFUSAL, region }]],
    ...(['unreadable', 'too-short', 'fingerprint-mismatch'] as const).map((reason): [string, KeyLookup, unknown] => [
      reason,
      { status: 'unsuitable', reason },
      ['digest-key-unsuitable', { fingerprint, reason }],
    ]),
  ])('may be %s: then the digest cannot be verified, nor convicted', async (_, lookup, finding) => {
    const { findings, digest, unprovenLink } = await judge(middle.ref, { findKey: answer(lookup) });
    expect(said(findings, middle.ref)).toEqual([finding, unverifiable]);
    expect(digest).toBeUndefined();
    expect(unprovenLink).toEqual({ ...first.ref, sha256: first.sha256, signature: first.signature });
  });

  it('proves nothing when it is too short, though the signature would hold', async () => {
    const options = { ...OPTIONS, hours: 1, logsPerHour: 0, key: SMALL_KEY, start: OPTIONS.start + 9 * HOUR };
    const { ref } = digestAt(forgeChain(world, options), 0);
    const judgement = await judgeDigest(strictPolicy(keysOf(world)), { ref, facts: factsAt(world, ref) });
    const unsuitable = { fingerprint: SMALL_KEY.fingerprint, reason: 'too-short' };
    expect(said(judgement.findings, ref)).toEqual([['digest-key-unsuitable', unsuitable]]);
    expect(judgement).toEqual({ ref, findings: judgement.findings });
  });

  it.each([
    ['just begins', KEY_VALIDITY_TOLERANCE, HOUR * 24, false],
    ['begins too late', KEY_VALIDITY_TOLERANCE + 1, HOUR * 24, true],
    ['just ended', -HOUR * 24, -KEY_VALIDITY_TOLERANCE, false],
    ['ended too early', -HOUR * 24, -KEY_VALIDITY_TOLERANCE - 1, true],
  ])('is remarked upon when its validity %s', async (_, from, to, isRemarked) => {
    const signedAt = middle.interval.end;
    const validity = { start: signedAt + from, end: signedAt + to };
    const key = await parsePublicKey(KEY_A.pkcs1);
    const { findings, digest } = await judge(middle.ref, { findKey: answer({ status: 'found', key, validity }) });
    const remark = ['digest-key-outside-validity', { fingerprint, validity, signedAt }];
    expect(said(findings, middle.ref)).toEqual(isRemarked ? [remark] : []);
    expect(digest).toMatchObject({ place: middle.ref });
  });

  it('is tolerated for two hours, and needs no validity at all', async () => {
    expect(KEY_VALIDITY_TOLERANCE).toBe(2 * HOUR);
    const key = await parsePublicKey(KEY_A.pkcs1);
    const { findings, digest } = await judge(middle.ref, { findKey: answer({ status: 'found', key }) });
    expect(findings).toEqual([]);
    expect(digest).toBeDefined();
  });
});
