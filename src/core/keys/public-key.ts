import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type BaseBlock, BitString, fromBER, Integer, Null, ObjectIdentifier, Sequence } from 'asn1js';
import { TrailproofError } from '../errors/trailproof-error.js';

/** NIST SP 800-131A: shorter RSA keys prove nothing any more. */
export const MIN_MODULUS_BITS = 2048;

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const SIGNATURE_SCHEME = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** The `CryptoKey` of WebCrypto. Only some programs have a type of that name: one for browsers or for Node. */
export interface WebCryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** An RSA public key, ready to check signatures. That it is CloudTrail's is the word of whoever handed it out. */
export interface PublicKey {
  /** Lower-case hexadecimal MD5 of the DER as handed out, which is how CloudTrail names its keys. */
  readonly fingerprint: string;
  readonly form: 'pkcs1' | 'spki';
  readonly modulusBits: number;
  readonly cryptoKey: WebCryptoKey;
}

/** The fingerprint CloudTrail gives a key: lower-case hexadecimal MD5 of its DER. A name, not a proof: MD5 collides. */
export const fingerprintOf = (der: Uint8Array): string => bytesToHex(md5(der));

/** Bytes that are no RSA public key this project can use. */
export class PublicKeyError extends TrailproofError {
  override readonly code = 'public-key';
  override readonly name = 'PublicKeyError';
}

/**
 * Reads an RSA public key from DER, as PKCS #1 RSAPublicKey (RFC 8017, appendix A.1.1) or X.509 SubjectPublicKeyInfo
 * (RFC 5280, section 4.1.2.7); CloudTrail has handed out both.
 * @throws {TrailproofError} of code `public-key` when it is neither, not RSA, has an exponent of 1 or an even one, or has bytes left over.
 *   The length of the modulus is not judged here.
 */
export async function parsePublicKey(der: Uint8Array): Promise<PublicKey> {
  const outer = parseDer(der);
  const [first, second] = outer.valueBlock.value;
  const form = first instanceof Integer ? 'pkcs1' : 'spki';
  const rsa = form === 'pkcs1' ? outer : parseDer(subjectPublicKey(first, second));
  const modulusBits = bitLength(rsa);
  const spki = form === 'pkcs1' ? toSpki(der) : der;
  try {
    // Extractable: it is public, and Node warns where a key that is not is used outside of WebCrypto.
    const cryptoKey = await crypto.subtle.importKey('spki', new Uint8Array(spki), SIGNATURE_SCHEME, true, ['verify']);
    return { fingerprint: fingerprintOf(der), form, modulusBits, cryptoKey };
  } catch (error) {
    throw new PublicKeyError('not an RSA public key that can be used', { cause: error });
  }
}

/** The key that {@link parsePublicKey} reads; undefined where it reads none. */
export async function readPublicKey(der: Uint8Array): Promise<PublicKey | undefined> {
  try {
    return await parsePublicKey(der);
  } catch {
    return undefined;
  }
}

/** Checks an RSASSA-PKCS1-v1_5 signature with SHA-256 over the UTF-8 bytes of a text; false for whatever is none. */
export type VerifySignature = (key: PublicKey, signature: Uint8Array, text: string) => Promise<boolean>;

/**
 * Checks an RSASSA-PKCS1-v1_5 signature with SHA-256 (RFC 8017, section 8.2.2) over the UTF-8 bytes of the text, by WebCrypto.
 * Not checked: the length of the key, and whose it is.
 */
export function verifySignature(key: PublicKey, signature: Uint8Array, text: string): Promise<boolean> {
  return crypto.subtle.verify(
    SIGNATURE_SCHEME.name,
    key.cryptoKey as CryptoKey,
    new Uint8Array(signature),
    new TextEncoder().encode(text),
  );
}

function parseDer(der: Uint8Array): Sequence {
  const sequence = parseSequence(der);
  if (!sequence) throw new PublicKeyError('not DER of a public key');
  return sequence;
}

/** Undefined for what is none, or has bytes left over. asn1js throws at some inputs and answers others with an error. */
function parseSequence(der: Uint8Array): Sequence | undefined {
  try {
    const { offset, result } = fromBER(new Uint8Array(der));
    return offset === der.length && result instanceof Sequence ? result : undefined;
  } catch {
    return undefined;
  }
}

/** The PKCS #1 key inside a SubjectPublicKeyInfo. */
function subjectPublicKey(algorithm: BaseBlock | undefined, key: BaseBlock | undefined): Uint8Array {
  const identifier = algorithm instanceof Sequence ? algorithm.valueBlock.value[0] : undefined;
  const isRsa = identifier instanceof ObjectIdentifier && identifier.valueBlock.toString() === RSA_ENCRYPTION;
  if (!isRsa || !(key instanceof BitString)) throw new PublicKeyError('not an RSA public key');
  return key.valueBlock.valueHexView;
}

function bitLength(rsa: Sequence): number {
  const [modulus, exponent, ...rest] = rsa.valueBlock.value;
  if (!(modulus instanceof Integer) || !(exponent instanceof Integer) || rest.length > 0)
    throw new PublicKeyError('not an RSA public key');
  if (!isFitExponent(exponent.valueBlock.valueHexView)) throw new PublicKeyError('its exponent proves nothing');
  const bytes = modulus.valueBlock.valueHexView;
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}

/** With an exponent of 1 every text is its own signature; even ones belong to no RSA key. */
function isFitExponent(bytes: Uint8Array): boolean {
  const last = bytes.at(-1) ?? 0;
  return last % 2 === 1 && (last > 1 || bytes.subarray(0, -1).some((byte) => byte !== 0));
}

/** WebCrypto imports no PKCS #1, so the key is wrapped as a SubjectPublicKeyInfo first. */
function toSpki(pkcs1: Uint8Array): Uint8Array {
  const algorithm = new Sequence({ value: [new ObjectIdentifier({ value: RSA_ENCRYPTION }), new Null()] });
  const key = new BitString({ valueHex: new Uint8Array(pkcs1) });
  return new Uint8Array(new Sequence({ value: [algorithm, key] }).toBER());
}
