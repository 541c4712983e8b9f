import { sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { isSignedBy, toDataSigningString } from '../../../src/core/digest/data-signing-string.js';
import { type PublicKey, parsePublicKey } from '../../../src/core/keys/public-key.js';
import { digestAt, forgeChain } from '../../support/forge/forge.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';
import { emptyWorld } from '../../support/worlds/world.js';

const SHA256 = '0'.repeat(63).concat('a');
const STARTING = {
  endText: '2026-03-01T01:01:31Z',
  place: { bucket: 'trail', key: 'AWSLogs/1/ä b/digest.json.gz' },
};
const LINKED = {
  ...STARTING,
  previous: { bucket: 'elsewhere', key: 'before', sha256: 'f'.repeat(64), signature: 'aBcD09' },
};

describe('the data-signing string', () => {
  it('of a starting digest ends in the word null', () => {
    expect(toDataSigningString(STARTING, SHA256)).toBe(
      `2026-03-01T01:01:31Z\ntrail/AWSLogs/1/ä b/digest.json.gz\n${SHA256}\nnull`,
    );
  });

  it('of any other ends in the signature before it, letter by letter', () => {
    expect(toDataSigningString(LINKED, SHA256)).toBe(
      `2026-03-01T01:01:31Z\ntrail/AWSLogs/1/ä b/digest.json.gz\n${SHA256}\naBcD09`,
    );
  });
});

describe('isSignedBy', () => {
  let key: PublicKey;
  beforeAll(async () => {
    key = await parsePublicKey(KEY_A.pkcs1);
  });
  const signed = (digest: Parameters<typeof toDataSigningString>[0], by = KEY_A): string =>
    sign('sha256', Buffer.from(toDataSigningString(digest, SHA256), 'utf8'), by.privateKey).toString('hex');

  it('accepts the signature in either case', async () => {
    for (const digest of [STARTING, LINKED]) {
      expect(await isSignedBy(key, signed(digest), digest, SHA256)).toBe(true);
      expect(await isSignedBy(key, signed(digest).toUpperCase(), digest, SHA256)).toBe(true);
    }
  });

  it('refuses it over anything else', async () => {
    const signature = signed(LINKED);
    const { previous } = LINKED;
    for (const other of [
      { ...LINKED, endText: '2026-03-01T01:01:32Z' },
      { ...LINKED, place: { ...LINKED.place, bucket: 'trial' } },
      { ...LINKED, place: { ...LINKED.place, key: 'x' } },
      { ...LINKED, previous: { ...previous, signature: 'abcd09' } },
      STARTING,
    ])
      expect(await isSignedBy(key, signature, other, SHA256)).toBe(false);
    expect(await isSignedBy(key, signature, LINKED, SHA256.replace('a', 'b'))).toBe(false);
    expect(await isSignedBy(key, signed(LINKED, KEY_B), LINKED, SHA256)).toBe(false);
  });

  it.each(['', 'null', 'x', 'abc', '0x00', `${'00'.repeat(256)}\n`])('refuses %j, and does not throw', async (text) => {
    expect(await isSignedBy(key, text, LINKED, SHA256)).toBe(false);
  });

  it('accepts what the forger signed', async () => {
    const options = {
      bucket: 'b',
      accountId: '111122223333',
      region: 'eu-west-1',
      trailName: 't',
      homeRegion: 'us-east-1',
    };
    const chain = forgeChain(emptyWorld(), { ...options, start: 91_000, hours: 2, logsPerHour: 0 });
    const [first, second] = [digestAt(chain, 0), digestAt(chain, 1)];
    const place = { endText: '1970-01-01T02:01:31Z', place: second.ref };
    const previous = { ...first.ref, sha256: first.sha256, signature: first.signature };
    expect(await isSignedBy(key, second.signature, { ...place, previous }, second.sha256)).toBe(true);
    expect(await isSignedBy(key, second.signature, place, second.sha256)).toBe(false);
  });
});
