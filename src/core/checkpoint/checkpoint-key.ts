import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { BitString, fromBER, Integer, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import { decodeBase64, encodeBase64 } from '../encoding/base64.js';
import { TrailproofError } from '../errors/trailproof-error.js';

export const CHECKPOINT_ALGORITHMS = ['HMAC-SHA256', 'Ed25519'] as const;
export type CheckpointAlgorithm = (typeof CHECKPOINT_ALGORITHMS)[number];

/** What checkpoints are signed or checked with. */
export type CheckpointKey = {
  /** Names the key without telling anything of it: 16 hexadecimal digits. */
  readonly id: string;
} & (
  | { readonly algorithm: 'HMAC-SHA256'; readonly secret: Uint8Array }
  /** Without a seed it only checks. */
  | { readonly algorithm: 'Ed25519'; readonly publicKey: Uint8Array; readonly seed?: Uint8Array }
);

/** A text that is no key for checkpoints. The message says what is wrong with it, and shows nothing of it. */
export class CheckpointKeyError extends TrailproofError {
  override readonly code = 'checkpoint-key';
  override readonly name = 'CheckpointKeyError';
}

/** Shorter secrets could be guessed; HMAC-SHA256 gains nothing from longer ones (RFC 2104, section 3). */
const MIN_SECRET_BYTES = 32;
/** Whoever names a file that holds anything else is not to wait for it. */
export const MAX_KEY_TEXT = 16 * 1024;
const ED25519_BYTES = 32;
const ED25519_OID = '1.3.101.112';
const FORMS = 'hmac-sha256:BASE64, ed25519:BASE64, ed25519-public:BASE64, or PEM of an Ed25519 key';

/**
 * Reads `hmac-sha256:` (32 bytes or more), `ed25519:` (the 32 bytes of a private key, RFC 8032) or `ed25519-public:`,
 * each followed by base64; or PEM of an Ed25519 key as PKCS #8 or SubjectPublicKeyInfo (RFC 8410). White space around
 * the text is ignored.
 * @throws {CheckpointKeyError}
 */
export function parseCheckpointKey(text: string): CheckpointKey {
  if (text.length > MAX_KEY_TEXT) throw new CheckpointKeyError('too long for a key');
  const trimmed = text.trim();
  if (trimmed.startsWith('-----BEGIN ')) return parsePem(trimmed);
  const [, form, base64 = ''] = /^(hmac-sha256|ed25519|ed25519-public):(.*)$/s.exec(trimmed) ?? [];
  if (form === undefined) throw new CheckpointKeyError(`no key for checkpoints: write ${FORMS}`);
  const bytes = bytesIn(base64);
  if (form === 'hmac-sha256') return hmacKey(bytes);
  return form === 'ed25519' ? ed25519Key(bytes) : ed25519PublicKey(bytes);
}

/** The key as a text that {@link parseCheckpointKey} reads. Of all but public keys a secret. */
export function formatCheckpointKey(key: CheckpointKey): string {
  if (key.algorithm === 'HMAC-SHA256') return `hmac-sha256:${encodeBase64(key.secret)}`;
  return key.seed ? `ed25519:${encodeBase64(key.seed)}` : formatPublicKey(key.publicKey);
}

const formatPublicKey = (publicKey: Uint8Array): string => `ed25519-public:${encodeBase64(publicKey)}`;

/** The key without what signs; undefined where nothing but the secret can check. */
export const publicPartOf = (key: CheckpointKey): CheckpointKey | undefined =>
  key.algorithm === 'Ed25519' ? ed25519PublicKey(key.publicKey) : undefined;

/** A key of random bytes: 32 for either algorithm. @throws {CheckpointKeyError} where there are fewer */
export const newCheckpointKey = (algorithm: CheckpointAlgorithm, random: Uint8Array): CheckpointKey =>
  algorithm === 'HMAC-SHA256' ? hmacKey(random) : ed25519Key(random);

/** Whether the key can sign, and not only check. */
export const canSign = (key: CheckpointKey): boolean => key.algorithm === 'HMAC-SHA256' || key.seed !== undefined;

/** @throws {CheckpointKeyError} when the key can only check */
export function signWith(key: CheckpointKey, message: Uint8Array): Uint8Array {
  if (key.algorithm === 'HMAC-SHA256') return hmac(sha256, key.secret, message);
  if (!key.seed) throw new CheckpointKeyError('a public key cannot sign: the private one is needed');
  return ed25519.sign(message, key.seed);
}

/** Whether the signature was made with this key over this message. */
export function isSignedWith(key: CheckpointKey, signature: Uint8Array, message: Uint8Array): boolean {
  if (key.algorithm === 'HMAC-SHA256') return isSame(hmac(sha256, key.secret, message), signature);
  // zip215 off: exactly one signature for a message and a key, as RFC 8032 has it.
  return signature.length === 64 && ed25519.verify(signature, message, key.publicKey, { zip215: false });
}

/** Takes as long wherever they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

function hmacKey(secret: Uint8Array): CheckpointKey {
  if (secret.length < MIN_SECRET_BYTES)
    throw new CheckpointKeyError(`the secret has ${secret.length} bytes, and needs ${MIN_SECRET_BYTES}`);
  return { algorithm: 'HMAC-SHA256', id: idOf('HMAC-SHA256', secret), secret };
}

function ed25519Key(seed: Uint8Array): CheckpointKey {
  if (seed.length !== ED25519_BYTES)
    throw new CheckpointKeyError(`an Ed25519 private key has ${ED25519_BYTES} bytes, and not ${seed.length}`);
  return { ...ed25519PublicKey(ed25519.getPublicKey(seed)), seed } as CheckpointKey;
}

function ed25519PublicKey(publicKey: Uint8Array): CheckpointKey {
  if (!isPoint(publicKey)) throw new CheckpointKeyError('not the public key of any Ed25519 key');
  return { algorithm: 'Ed25519', id: idOf('Ed25519', publicKey), publicKey };
}

/** A point of small order is no public key: signatures that anybody can make hold against it. */
function isPoint(publicKey: Uint8Array): boolean {
  try {
    return publicKey.length === ED25519_BYTES && !ed25519.Point.fromBytes(publicKey).isSmallOrder();
  } catch {
    return false;
  }
}

/** For a secret of 32 random bytes or more a hash gives nothing away. */
const idOf = (algorithm: CheckpointAlgorithm, key: Uint8Array): string =>
  bytesToHex(sha256(concatBytes(utf8ToBytes(`trailproof-checkpoint-key\n${algorithm}\n`), key))).slice(0, 16);

function parsePem(text: string): CheckpointKey {
  const [, label, base64 = ''] =
    /^-----BEGIN ([A-Z ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----$/.exec(text) ?? [];
  if (label === 'PRIVATE KEY') return ed25519Key(seedIn(bytesIn(base64)));
  if (label === 'PUBLIC KEY') return ed25519PublicKey(publicKeyIn(bytesIn(base64)));
  throw new CheckpointKeyError('not PEM of an Ed25519 key: PRIVATE KEY (not encrypted) or PUBLIC KEY');
}

/** RFC 8410, section 7: the octets of a PrivateKeyInfo hold another OCTET STRING. */
function seedIn(der: Uint8Array): Uint8Array {
  const [version, algorithm, octets] = sequenceOf(der);
  if (!(version instanceof Integer) || !isEd25519(algorithm) || !(octets instanceof OctetString)) throw notEd25519();
  const inner = octets.valueBlock.valueHexView;
  if (inner.length !== ED25519_BYTES + 2 || inner[0] !== 0x04 || inner[1] !== ED25519_BYTES) throw notEd25519();
  return inner.slice(2);
}

function publicKeyIn(der: Uint8Array): Uint8Array {
  const [algorithm, bits] = sequenceOf(der);
  if (!isEd25519(algorithm) || !(bits instanceof BitString)) throw notEd25519();
  return bits.valueBlock.valueHexView.slice();
}

const isEd25519 = (block: unknown): boolean => {
  const identifier = block instanceof Sequence ? block.valueBlock.value[0] : undefined;
  return identifier instanceof ObjectIdentifier && identifier.valueBlock.toString() === ED25519_OID;
};

function sequenceOf(der: Uint8Array): readonly unknown[] {
  try {
    const { offset, result } = fromBER(new Uint8Array(der));
    if (offset === der.length && result instanceof Sequence) return result.valueBlock.value;
  } catch {
    // asn1js throws at some inputs and answers others with an error.
  }
  throw notEd25519();
}

const notEd25519 = (): CheckpointKeyError =>
  new CheckpointKeyError('not an Ed25519 key: openssl genpkey -algorithm ed25519 makes one');

function bytesIn(base64: string): Uint8Array {
  const bytes = decodeBase64(base64);
  if (!bytes) throw new CheckpointKeyError('what should be base64 is not');
  return bytes;
}
