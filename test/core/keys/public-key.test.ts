import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  KeyObject,
  publicDecrypt,
  sign,
  type webcrypto,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  MIN_MODULUS_BITS,
  type PublicKey,
  PublicKeyError,
  parsePublicKey,
  verifySignature,
} from '../../../src/core/keys/public-key.js';
import { KEY_A, KEY_B, SMALL_KEY } from '../../support/forge/throwaway-keys.js';
import { concat } from '../../support/tamper/corrupt-gzip.js';

interface ListedKey {
  readonly Value: string;
  readonly Fingerprint: string;
}

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../testdata/aws-public-keys/${name}.json`, import.meta.url), 'utf8'));
const documented = (fixture('documentation') as { publicKeyList: ListedKey[] }).publicKeyList;
const current = (fixture('us-east-1-2026-09') as { PublicKeyList: ListedKey[] }).PublicKeyList;
const derOf = ({ Value }: ListedKey): Uint8Array => new Uint8Array(Buffer.from(Value, 'base64'));

/** The key that signatures are really checked with. */
const keyObjectOf = (key: PublicKey): KeyObject => KeyObject.from(key.cryptoKey as webcrypto.CryptoKey);

describe('the keys that AWS has published', () => {
  it.each([
    ['2015, the first', documented[0], 'pkcs1'],
    ['2015, the second', documented[1], 'pkcs1'],
    ['2015, the third', documented[2], 'spki'],
    ['2026', current[0], 'pkcs1'],
  ] as const)('are read, and have the fingerprint they are listed with: %s', async (_, listed, form) => {
    const key = await parsePublicKey(derOf(listed as ListedKey));
    expect(key).toMatchObject({ fingerprint: listed?.Fingerprint, form, modulusBits: 2048 });
    const asNodeReadsIt = createPublicKey({ key: Buffer.from(derOf(listed as ListedKey)), format: 'der', type: form });
    expect(keyObjectOf(key).export({ format: 'jwk' })).toEqual(asNodeReadsIt.export({ format: 'jwk' }));
  });

  it('open a signature that was made over a real digest', async () => {
    const real = fixture('signature-2026-09') as { fingerprint: string; sha256: string; signature: string };
    const key = await parsePublicKey(derOf(current[0] as ListedKey));
    expect(key.fingerprint).toBe(real.fingerprint);
    const signature = Buffer.from(real.signature, 'hex');
    const opened = publicDecrypt({ key: keyObjectOf(key), padding: constants.RSA_PKCS1_PADDING }, signature);
    // RFC 8017, section 9.2, note 1: the DigestInfo of SHA-256.
    expect(opened.toString('hex')).toBe(`3031300d060960864801650304020105000420${real.sha256}`);
    expect(await verifySignature(key, signature, 'a text that was not signed')).toBe(false);
  });
});

describe('parsePublicKey', () => {
  it.each(['pkcs1', 'spki'] as const)('reads the form %s', async (form) => {
    const key = await parsePublicKey(KEY_A[form]);
    expect(key).toMatchObject({ form, modulusBits: 2048, fingerprint: fingerprintOf(KEY_A[form]) });
    expect(keyObjectOf(key).export({ type: 'pkcs1', format: 'der' })).toEqual(Buffer.from(KEY_A.pkcs1));
  });

  it('reads a key that is a part of a larger buffer', async () => {
    const buffer = concat([1, 2, 3], KEY_A.pkcs1, [4]);
    const key = await parsePublicKey(buffer.subarray(3, -1));
    expect(key.fingerprint).toBe(KEY_A.fingerprint);
  });

  it.each([1024, 1025, 2041, 2047, 2048, 2049, 4096])(
    'counts a modulus of %i bits and judges nothing',
    async (size) => {
      const number = (1n << BigInt(size)) - 1n;
      const n = Buffer.from(number.toString(16).padStart(2 * Math.ceil(size / 8), '0'), 'hex').toString('base64url');
      const publicKey = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
      for (const type of ['pkcs1', 'spki'] as const) {
        const key = await parsePublicKey(new Uint8Array(publicKey.export({ type, format: 'der' })));
        expect(key.modulusBits).toBe(size);
      }
    },
  );

  it('knows what is too short', async () => {
    expect(MIN_MODULUS_BITS).toBe(2048);
    expect((await parsePublicKey(SMALL_KEY.pkcs1)).modulusBits).toBeLessThan(MIN_MODULUS_BITS);
  });
});

describe('what is no key', () => {
  const length = (size: number): number[] => (size < 128 ? [size] : [0x82, size >> 8, size & 0xff]);
  const der = (tag: number, ...parts: ArrayLike<number>[]): Uint8Array => {
    const content = concat(...parts);
    return concat([tag], length(content.length), content);
  };
  const sequence = (...parts: ArrayLike<number>[]) => der(0x30, ...parts);
  const integer = (...bytes: number[]) => der(0x02, bytes);
  const objectId = (...bytes: number[]) => der(0x06, bytes);
  const rsa = objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1);
  const pss = objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10);
  const none = [0x05, 0x00];
  const bits = (key: ArrayLike<number>) => der(0x03, [0], key);
  const modulus = der(0x02, [0], new Uint8Array(256).fill(0xc1));
  const exponent = integer(1, 0, 1);
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const exportSpki = (key: KeyObject) => new Uint8Array(key.export({ type: 'spki', format: 'der' }));

  it('is told from the same bytes put together soundly', async () => {
    expect((await parsePublicKey(sequence(modulus, exponent))).form).toBe('pkcs1');
    expect((await parsePublicKey(sequence(sequence(rsa, none), bits(KEY_A.pkcs1)))).form).toBe('spki');
    expect(sequence(sequence(rsa, none), bits(KEY_A.pkcs1))).toEqual(KEY_A.spki);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a zero', new Uint8Array([0])],
    ['text', new TextEncoder().encode('-----BEGIN PUBLIC KEY-----')],
    ['PKCS #1 cut short', KEY_A.pkcs1.slice(0, -1)],
    ['PKCS #1 and a byte', concat(KEY_A.pkcs1, [0])],
    ['two keys', concat(KEY_A.pkcs1, KEY_B.pkcs1)],
    ['SubjectPublicKeyInfo cut short', KEY_A.spki.slice(0, -1)],
    ['SubjectPublicKeyInfo and a byte', concat(KEY_A.spki, [0])],
    ['SubjectPublicKeyInfo with a byte behind the key', sequence(sequence(rsa, none), bits(concat(KEY_A.pkcs1, [0])))],
    ['SubjectPublicKeyInfo with a third part', sequence(sequence(rsa, none), bits(KEY_A.pkcs1), none)],
    ['SubjectPublicKeyInfo around itself', sequence(sequence(rsa, none), bits(KEY_A.spki))],
    ['a key of an elliptic curve', exportSpki(ec)],
    ['a key of Ed25519', exportSpki(generateKeyPairSync('ed25519').publicKey)],
    ['an RSA key for PSS alone', sequence(sequence(pss), bits(KEY_A.pkcs1))],
    [
      'an RSA key under the name of a curve',
      sequence(sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1)), bits(KEY_A.pkcs1)),
    ],
    ['no algorithm', sequence(none, bits(KEY_A.pkcs1))],
    ['an algorithm alone', sequence(sequence(rsa, none))],
    ['a key as an octet string', sequence(sequence(rsa, none), der(0x04, [0], KEY_A.pkcs1))],
    ['an empty time, at which the ASN.1 reader throws', Uint8Array.of(24, 0)],
    ['an empty sequence', sequence()],
    ['a modulus alone', sequence(modulus)],
    ['an exponent of 1, which signs every text', sequence(modulus, integer(1))],
    ['an exponent of 1 that is written longer', sequence(modulus, integer(0, 1))],
    ['an exponent of 0', sequence(modulus, integer(0))],
    ['an even exponent', sequence(modulus, integer(1, 0, 0))],
    ['an exponent of 1 in a SubjectPublicKeyInfo', sequence(sequence(rsa, none), bits(sequence(modulus, integer(1))))],
    ['a third number', sequence(modulus, exponent, exponent)],
    ['an exponent that is no number', sequence(modulus, none)],
    ['a modulus that is no number', sequence(sequence(rsa, none), bits(sequence(none, exponent)))],
    ['numbers that are in no sequence', concat(modulus, exponent)],
    ['a set', der(0x31, modulus, exponent)],
    ['a private key', new Uint8Array(KEY_A.privateKey.export({ type: 'pkcs1', format: 'der' }))],
    [
      'deeply nested sequences',
      Array.from({ length: 2_000 }).reduce<Uint8Array>((inner) => sequence(inner), sequence()),
    ],
  ])('is refused: %s', async (_, bytes) => {
    await expect(parsePublicKey(bytes)).rejects.toThrow(PublicKeyError);
  });

  it('is refused whatever the bytes are', async () => {
    const likely = fc.uint8Array({ maxLength: 40 }).map((bytes) => sequence(bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), likely), async (bytes) => {
        await expect(parsePublicKey(bytes)).rejects.toThrow(PublicKeyError);
      }),
      { numRuns: 500 },
    );
  });

  it('or is another key, when any bit is changed: never this one', async () => {
    for (const form of ['pkcs1', 'spki'] as const) {
      const whole = KEY_A[form];
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length * 8 - 1), async (bit) => {
          const changed = whole.slice();
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const key = await parsePublicKey(changed).catch((error: unknown) => error);
          if (key instanceof Error) expect(key).toBeInstanceOf(PublicKeyError);
          else expect((key as PublicKey).fingerprint).not.toBe(fingerprintOf(whole));
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('verifySignature', () => {
  const text = 'Prüftext\nin two lines';
  const signed = (key: typeof KEY_A, hash = 'sha256') => new Uint8Array(sign(hash, Buffer.from(text), key.privateKey));

  it.each(['pkcs1', 'spki'] as const)('accepts what the key signed, read from %s', async (form) => {
    expect(await verifySignature(await parsePublicKey(KEY_A[form]), signed(KEY_A), text)).toBe(true);
  });

  it('accepts a part of a larger buffer', async () => {
    const buffer = concat([9], signed(KEY_A), [9]);
    expect(await verifySignature(await parsePublicKey(KEY_A.pkcs1), buffer.subarray(1, -1), text)).toBe(true);
  });

  it('refuses everything else', async () => {
    const key = await parsePublicKey(KEY_A.pkcs1);
    const good = signed(KEY_A);
    const salted = sign('sha256', Buffer.from(text), {
      key: KEY_A.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
    });
    const flipped = good.slice();
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    for (const signature of [
      new Uint8Array(),
      good.slice(1),
      concat(good, [0]),
      concat([0], good),
      flipped,
      new Uint8Array(256),
      signed(KEY_B),
      signed(KEY_A, 'sha1'),
      signed(KEY_A, 'sha512'),
      new Uint8Array(salted),
    ])
      expect(await verifySignature(key, signature, text)).toBe(false);
    expect(await verifySignature(key, good, `${text}\n`)).toBe(false);
    expect(await verifySignature(key, good, text)).toBe(true);
  });
});

describe('fingerprintOf', () => {
  it('is the MD5 of the bytes in small hexadecimal', () => {
    expect(fingerprintOf(new Uint8Array())).toBe('d41d8cd98f00b204e9800998ecf8427e');
    expect(fingerprintOf(KEY_B.pkcs1)).toBe(createHash('md5').update(KEY_B.pkcs1).digest('hex'));
  });
});
