import type { ListedKey } from '../keys/key-list.js';
import { fingerprintOf, readPublicKey } from '../keys/public-key.js';
import type { Instant, Interval } from '../time/instant.js';
import type { KeyLookup } from './digest-verifier.js';

/** A listed key, parsed: unsuitable when it is no RSA key, or not the one that it is named as. */
export type ParsedKey = Extract<KeyLookup, { status: 'found' | 'unsuitable' }>;

/** Parses a listed key, and checks that it has the fingerprint that it is listed with. */
export async function parseListedKey({ der, fingerprint, validity }: ListedKey): Promise<ParsedKey> {
  if (fingerprintOf(der) !== fingerprint.toLowerCase()) return { status: 'unsuitable', reason: 'fingerprint-mismatch' };
  const key = await readPublicKey(der);
  if (!key) return { status: 'unsuitable', reason: 'unreadable' };
  return { status: 'found', key, ...(validity && { validity }) };
}

/**
 * Finds the key of a fingerprint among those that are listed, the keys that were valid at that time first. A key of another
 * region is not looked at. Another key under the same name does not hide the key itself.
 * @param fingerprint lower-case hexadecimal
 */
export async function findListedKey(
  keys: readonly ListedKey[],
  fingerprint: string,
  region: string,
  signedAt: Instant,
  parse: (key: ListedKey) => Promise<ParsedKey> = parseListedKey,
): Promise<KeyLookup> {
  const candidates = keys.filter(
    (key) => key.fingerprint.toLowerCase() === fingerprint && (key.region === undefined || key.region === region),
  );
  const lookups = await Promise.all(inOrderOfUse(candidates, signedAt).map(parse));
  return lookups.find(({ status }) => status === 'found') ?? lookups[0] ?? { status: 'unknown' };
}

const inOrderOfUse = (keys: readonly ListedKey[], instant: Instant): readonly ListedKey[] =>
  [true, false].flatMap((wanted) => keys.filter(({ validity }) => isWithin(validity, instant) === wanted));

const isWithin = (validity: Interval | undefined, instant: Instant): boolean =>
  validity !== undefined && instant >= validity.start && instant <= validity.end;
