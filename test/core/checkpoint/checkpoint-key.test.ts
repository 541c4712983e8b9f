import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519 as curve } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import {
  type CheckpointKey,
  CheckpointKeyError,
  canSign,
  formatCheckpointKey,
  isSignedWith,
  newCheckpointKey,
  parseCheckpointKey,
  publicPartOf,
  signWith,
} from '../../../src/core/checkpoint/checkpoint-key.js';
import { ED25519_KEY, HMAC_KEY } from '../../support/worlds/example-checkpoint.js';

const base64 = (bytes: number, fill = 1) => Buffer.alloc(bytes, fill).toString('base64');
const toDer = (key: KeyObject) =>
  key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'der' }).toString('hex');
const toPem = (hex: string, label: string) =>
  `-----BEGIN ${label} KEY-----\n${Buffer.from(hex, 'hex').toString('base64')}\n-----END ${label} KEY-----`;
const MESSAGE = new TextEncoder().encode('a message');
const publicKey = publicPartOf(ED25519_KEY) as CheckpointKey;

describe('a key for checkpoints', () => {
  it.each([HMAC_KEY, ED25519_KEY, publicKey])('is read as it was written: $algorithm', (key) => {
    expect(parseCheckpointKey(formatCheckpointKey(key))).toEqual(key);
    expect(parseCheckpointKey(`\n ${formatCheckpointKey(key)}\r\n`)).toEqual(key);
  });

  it('is an Ed25519 key of RFC 8032', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const key = parseCheckpointKey(`ed25519:${seed.toString('base64')}`);
    const expected = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    expect(Buffer.from((key as { publicKey: Uint8Array }).publicKey).toString('hex')).toBe(expected);
    expect(Buffer.from(signWith(key, new Uint8Array())).toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('may be PEM, private or public, and is then the same key', () => {
    const pair = generateKeyPairSync('ed25519');
    const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const spki = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const key = parseCheckpointKey(pkcs8);
    expect(parseCheckpointKey(spki)).toEqual(publicPartOf(key));
    expect(parseCheckpointKey(spki.replaceAll('\n', '\r\n'))).toEqual(publicPartOf(key));
    expect(Buffer.from(signWith(key, MESSAGE))).toEqual(sign(null, MESSAGE, pair.privateKey));
  });

  it.each([HMAC_KEY, ED25519_KEY])('signs what only it holds against: $algorithm', (key) => {
    const signature = signWith(key, MESSAGE);
    const other = newCheckpointKey(key.algorithm, new Uint8Array(32).fill(8));
    expect(isSignedWith(key, signature, MESSAGE)).toBe(true);
    expect(isSignedWith(other, signature, MESSAGE)).toBe(false);
    expect(isSignedWith(key, signature, MESSAGE.subarray(1))).toBe(false);
    expect(isSignedWith(key, signature.subarray(1), MESSAGE)).toBe(false);
    expect(
      isSignedWith(
        key,
        signature.map((byte, index) => (index === 0 ? byte ^ 1 : byte)),
        MESSAGE,
      ),
    ).toBe(false);
  });

  it('that is public checks and does not sign', () => {
    expect([HMAC_KEY, ED25519_KEY, publicKey].map(canSign)).toEqual([true, true, false]);
    expect(isSignedWith(publicKey, signWith(ED25519_KEY, MESSAGE), MESSAGE)).toBe(true);
    expect(() => signWith(publicKey, MESSAGE)).toThrow(CheckpointKeyError);
    expect(publicPartOf(HMAC_KEY)).toBeUndefined();
  });

  it('takes no signature for one whose point is written in a second way', () => {
    const { seed = new Uint8Array(), publicKey: point } = ED25519_KEY as { seed?: Uint8Array; publicKey: Uint8Array };
    // The neutral element as p + 1 instead of 1; with it for R, S need only be k times the private scalar.
    const r = Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex');
    const hash = createHash('sha512').update(r).update(point).update(MESSAGE).digest().reverse().toString('hex');
    const { Fn } = curve.Point;
    const s = Fn.mul(Fn.create(BigInt(`0x${hash}`)), curve.utils.getExtendedPublicKey(seed).scalar);
    const signature = Buffer.concat([r, Fn.toBytes(s)]);
    expect(curve.verify(signature, MESSAGE, point)).toBe(true);
    expect(isSignedWith(ED25519_KEY, signature, MESSAGE)).toBe(false);
  });

  it('has a name of its own, the same for both halves, that tells nothing', () => {
    expect(publicKey.id).toBe(ED25519_KEY.id);
    expect(new Set([HMAC_KEY, ED25519_KEY].map(({ id }) => id)).size).toBe(2);
    expect(HMAC_KEY.id).toMatch(/^[0-9a-f]{16}$/);
    expect(newCheckpointKey('HMAC-SHA256', (ED25519_KEY as { publicKey: Uint8Array }).publicKey).id).not.toBe(
      ED25519_KEY.id,
    );
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed25519 = generateKeyPairSync('ed25519');
  const x25519 = generateKeyPairSync('x25519');
  it.each([
    ['nothing', ''],
    ['no form', base64(32)],
    ['another form', `hmac-sha512:${base64(64)}`],
    ['a secret that is too short', `hmac-sha256:${base64(31)}`],
    ['no base64', `hmac-sha256:${'*'.repeat(64)}`],
    ['a seed that is too short', `ed25519:${base64(31)}`],
    ['a seed that is too long', `ed25519:${base64(33)}`],
    ['no point of the curve', `ed25519-public:${base64(32, 2)}`],
    [
      'the point that anybody signs for',
      `ed25519-public:${Buffer.from([1, ...new Uint8Array(31)]).toString('base64')}`,
    ],
    ['a short point', `ed25519-public:${base64(31)}`],
    ['PEM of an RSA key', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    ['PEM of a public RSA key', rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ['PEM of a key of another curve', x25519.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    // The object identifier of X25519 before a good point.
    ['PEM of a public key of another curve', toPem(toDer(ed25519.publicKey).replace('2b6570', '2b656e'), 'PUBLIC')],
    ['PEM with something after the key', toPem(`${toDer(ed25519.privateKey)}00`, 'PRIVATE')],
    ['PEM of nothing', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['PEM that does not end', '-----BEGIN PRIVATE KEY-----\nAAAA\n'],
    ['what is too long', `hmac-sha256:${base64(20_000)}`],
  ])('is not %s', (_what, text) => {
    expect(() => parseCheckpointKey(text)).toThrow(CheckpointKeyError);
  });

  it('is never shown in what is said of it', () => {
    const secret = base64(31, 5);
    const message = (() => {
      try {
        return parseCheckpointKey(`hmac-sha256:${secret}`).id;
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toContain('31');
    expect(message).not.toContain(secret.slice(0, 8));
  });
});
