import { beforeEach, describe, expect, it } from 'vitest';
import type { VerifiedDigest } from '../../../src/core/chain/digest-verifier.js';
import { type DigestEvidence, verifyDigest, verifyLog } from '../../../src/core/chain/verify-digest.js';
import { digestAt, type ForgedDigest, forgeChain } from '../../support/forge/forge.js';
import { KEY_A, KEY_B, SMALL_KEY } from '../../support/forge/throwaway-keys.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const OPTIONS = {
  bucket: 'trail',
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 3,
  logsPerHour: 2,
};
const UNVERIFIABLE = { code: 'digest-logs-unverifiable', args: { count: 2 } };

let world: World;
let first: ForgedDigest;
let middle: ForgedDigest;
let last: ForgedDigest;
beforeEach(() => {
  world = emptyWorld();
  const chain = forgeChain(world, OPTIONS);
  [first, middle, last] = [digestAt(chain, 0), digestAt(chain, 1), digestAt(chain, 2)];
});

const evidenceOf = ({ ref, signature }: ForgedDigest): DigestEvidence => ({
  ...ref,
  signature,
  keys: world.publicKeys,
});

/** Outcome and findings, with the code and the arguments of each. */
async function judge(digest: ForgedDigest, changes: Partial<DigestEvidence> = {}, bytes = digest.bytes) {
  const { outcome, findings, digest: verified } = await verifyDigest(bytes, { ...evidenceOf(digest), ...changes });
  expect(verified !== undefined || outcome !== 'verified').toBe(true);
  return [outcome, ...findings.map(({ code, args }) => ({ code, args }))];
}

async function verified(digest: ForgedDigest): Promise<VerifiedDigest> {
  const { digest: result } = await verifyDigest(digest.bytes, evidenceOf(digest));
  if (!result) throw new Error('not verified');
  return result;
}

const changed = (bytes: Uint8Array): Uint8Array => new TextEncoder().encode(`${new TextDecoder().decode(bytes)} `);

describe('verifyDigest', () => {
  it('intact digest: verified, with its logs and its link', async () => {
    const { outcome, findings, digest } = await verifyDigest(middle.bytes, evidenceOf(middle));
    expect({ outcome, findings }).toEqual({ outcome: 'verified', findings: [] });
    expect(digest?.place).toEqual(middle.ref);
    expect(digest?.logs).toEqual(middle.logs.map(({ ref, sha256 }) => ({ ...ref, sha256 })));
    expect(digest?.previous).toEqual({ ...first.ref, sha256: first.sha256, signature: first.signature });
  });

  it('one byte added: digest-signature-invalid', async () => {
    const { fingerprint } = KEY_A;
    const invalid = { code: 'digest-signature-invalid', args: { fingerprint } };
    expect(await judge(middle, {}, changed(middle.bytes))).toEqual(['failed', invalid, UNVERIFIABLE]);
  });

  it('no signature: digest-signature-missing, undetermined', async () => {
    const { signature: _, ...unsigned } = evidenceOf(middle);
    const { outcome, findings, digest } = await verifyDigest(middle.bytes, unsigned);
    expect([outcome, digest, ...findings.map(({ code }) => code)]).toEqual([
      'undetermined',
      undefined,
      'digest-signature-missing',
      UNVERIFIABLE.code,
    ]);
  });

  it('no signature of its own, but the copy of a verified successor: verified', async () => {
    const { signature: _, ...unsigned } = evidenceOf(middle);
    const { outcome, digest } = await verifyDigest(middle.bytes, { ...unsigned, successor: await verified(last) });
    expect([outcome, digest?.end]).toEqual(['verified', middle.interval.end]);
  });

  it('replaced by a genuine digest of another hour: digest-moved', async () => {
    expect(await judge(middle, { key: first.ref.key })).toEqual([
      'failed',
      { code: 'digest-moved', args: { from: middle.ref } },
    ]);
  });

  it('another bucket: digest-moved; no bucket given: verified', async () => {
    const moved = { code: 'digest-moved', args: { from: middle.ref } };
    expect(await judge(middle, { bucket: 'elsewhere' })).toEqual(['failed', moved]);
    const { bucket: _, ...withoutBucket } = evidenceOf(middle);
    expect((await verifyDigest(middle.bytes, withoutBucket)).outcome).toBe('verified');
  });

  it('successor linked to other bytes: digest-link-mismatch', async () => {
    const successor = await verified(last);
    const { bytes, ref } = middle;
    const sha256 = 'a'.repeat(64);
    const other = { ...successor, previous: { ...ref, sha256, signature: middle.signature } };
    expect(await judge(middle, { successor: other })).toEqual([
      'failed',
      {
        code: 'digest-link-mismatch',
        args: { successor: last.ref, part: 'hash', expected: sha256, actual: middle.sha256 },
      },
    ]);
    expect(await judge(middle, { successor }, bytes)).toEqual(['verified']);
  });

  it('successor linked to another digest: digest-unlinked', async () => {
    expect(await judge(first, { successor: await verified(last) })).toEqual([
      'verified',
      { code: 'digest-unlinked', args: {} },
    ]);
  });

  it('no digest at all: digest-not-json, failed', async () => {
    const { outcome, findings, digest } = await verifyDigest(new Uint8Array([110, 111]), evidenceOf(middle));
    expect([outcome, digest, ...findings.map(({ code }) => code)]).toEqual(['failed', undefined, 'digest-not-json']);
  });
});

describe('the keys of verifyDigest', () => {
  const unknown = { code: 'digest-key-unknown', args: { fingerprint: KEY_A.fingerprint, region: 'eu-west-1' } };
  const listed = { fingerprint: KEY_A.fingerprint, der: KEY_A.pkcs1 };

  it.each([
    ['none', []],
    ['another key', [{ fingerprint: KEY_B.fingerprint, der: KEY_B.pkcs1 }]],
    ['the key as that of another region', [{ ...listed, region: 'us-east-1' }]],
  ])('%s: digest-key-unknown, undetermined', async (_, keys) => {
    expect(await judge(middle, { keys })).toEqual(['undetermined', unknown, UNVERIFIABLE]);
  });

  it.each([
    ['under the name of the key, another', 'fingerprint-mismatch', KEY_B.pkcs1],
    ['no key', 'fingerprint-mismatch', new Uint8Array(8)],
  ] as const)('%s: digest-key-unsuitable, undetermined', async (_, reason, der) => {
    const { fingerprint } = KEY_A;
    const unsuitable = { code: 'digest-key-unsuitable', args: { fingerprint, reason } };
    expect(await judge(middle, { keys: [{ fingerprint, der }] })).toEqual(['undetermined', unsuitable, UNVERIFIABLE]);
  });

  it('another key under the same name does not hide the key: verified', async () => {
    expect(await judge(middle, { keys: [{ ...listed, der: KEY_B.pkcs1 }, listed] })).toEqual(['verified']);
  });

  it('a key of 1024 bits: digest-key-unsuitable, undetermined', async () => {
    const chain = forgeChain(world, { ...OPTIONS, trailName: 'short', key: SMALL_KEY });
    const { fingerprint } = SMALL_KEY;
    const unsuitable = { code: 'digest-key-unsuitable', args: { fingerprint, reason: 'too-short' } };
    expect(await judge(digestAt(chain, 1))).toEqual(['undetermined', unsuitable, UNVERIFIABLE]);
  });
});

describe('verifyLog', () => {
  it('intact log: verified', async () => {
    const [log] = (await verified(middle)).logs;
    expect(log && verifyLog(middle.logs[0]?.bytes ?? new Uint8Array(), log)).toEqual({
      outcome: 'verified',
      findings: [],
    });
  });

  it('another log of the same digest: log-modified', async () => {
    const [log] = (await verified(middle)).logs;
    const [expected, actual] = middle.logs;
    if (!log || !expected || !actual) throw new Error('two logs are forged');
    expect(verifyLog(actual.bytes, log)).toEqual({
      outcome: 'failed',
      findings: [
        {
          code: 'log-modified',
          subject: { type: 'log', ...expected.ref },
          args: { expected: expected.sha256, actual: actual.sha256 },
        },
      ],
    });
  });
});
