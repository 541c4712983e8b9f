import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { SMALL_KEY, THROWAWAY_KEYS, throwawayKeyOf } from './throwaway-keys.js';

const ALL = [...THROWAWAY_KEYS, SMALL_KEY];
const TEXT = Buffer.from('text');

it.each(ALL.map((key, index) => [index, key] as const))(
  'key %i signs what both forms of its public half verify',
  (_, key) => {
    const signature = sign('sha256', TEXT, key.privateKey);
    for (const [type, der] of [
      ['pkcs1', key.pkcs1],
      ['spki', key.spki],
    ] as const) {
      const publicKey = createPublicKey({ key: Buffer.from(der), format: 'der', type });
      expect(verify('sha256', TEXT, publicKey, signature)).toBe(true);
    }
    expect(key.fingerprint).toBe(createHash('md5').update(key.pkcs1).digest('hex'));
    expect(throwawayKeyOf(key.fingerprint)).toBe(key);
  },
);

it('has five different keys of 2048 bits and one of 1024', () => {
  expect(new Set(ALL.map((key) => key.fingerprint)).size).toBe(6);
  expect(ALL.map((key) => key.privateKey.asymmetricKeyDetails?.modulusLength)).toEqual([
    2048, 2048, 2048, 2048, 2048, 1024,
  ]);
});

it('does not make a key up', () => {
  expect(() => throwawayKeyOf('00')).toThrow('no throwaway key');
});
