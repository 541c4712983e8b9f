import { hexToBytes } from '@noble/hashes/utils.js';
import { type PublicKey, type VerifySignature, verifySignature } from '../keys/public-key.js';
import { isHex, type UnverifiedDigest } from './parse-digest.js';

/**
 * The text whose signature a digest carries (AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file
 * integrity validation"): its end time, its place, the hash of its uncompressed bytes, and its predecessor's signature
 * or the word `null`.
 * @param sha256 of the uncompressed bytes, lower-case hexadecimal
 */
export const toDataSigningString = (
  digest: Pick<UnverifiedDigest, 'endText' | 'place' | 'previous'>,
  sha256: string,
): string =>
  `${digest.endText}\n${digest.place.bucket}/${digest.place.key}\n${sha256}\n${digest.previous?.signature ?? 'null'}`;

/** Whether the hexadecimal signature is the key's over the digest's data-signing string. False for what is no hexadecimal. */
export async function isSignedBy(
  key: PublicKey,
  signature: string,
  digest: Pick<UnverifiedDigest, 'endText' | 'place' | 'previous'>,
  sha256: string,
  verify: VerifySignature = verifySignature,
): Promise<boolean> {
  return isHex(signature) && verify(key, hexToBytes(signature), toDataSigningString(digest, sha256));
}
