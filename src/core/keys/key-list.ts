import { decodeBase64 } from '../encoding/base64.js';
import { isRecord } from '../encoding/strict-json.js';
import { TrailproofError } from '../errors/trailproof-error.js';
import { type Instant, type Interval, isInstant, SECOND } from '../time/instant.js';
import { parseIsoTime } from '../time/parse-iso-time.js';

/** A public key as ListPublicKeys hands it out. Nothing of it is checked. */
export interface ListedKey {
  /** What it says of itself: hexadecimal MD5 of the DER. */
  readonly fingerprint: string;
  /** PKCS #1 RSAPublicKey or X.509 SubjectPublicKeyInfo. */
  readonly der: Uint8Array;
  readonly validity?: Interval;
  /** The region that handed it out, where that is known. */
  readonly region?: string;
}

/** A text that is no answer of ListPublicKeys. The message says what is wrong with it. */
export class KeyListError extends TrailproofError {
  override readonly code = 'key-list';
  override readonly name = 'KeyListError';
}

/**
 * Reads saved answers of `aws cloudtrail list-public-keys`: one, a JSON array of several, or a snapshot of several
 * regions (`regions`: answers with a `region` beside each list). Takes `PublicKeyList` and `publicKeyList`, and times
 * as epoch seconds, as such numbers in a string, or as ISO 8601 text with any offset,
 * in UTC without one; a time that cannot be read, or lies outside of the years 0000 to 9999, is none. Keys are not parsed or checked here.
 * @throws {TrailproofError} of code `key-list` when the text is no such answer
 */
export function parseKeyList(text: string): ListedKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyListError('not JSON');
  }
  return readAnswer(value);
}

function readAnswer(value: unknown): ListedKey[] {
  if (Array.isArray(value)) return value.flatMap(readAnswer);
  if (!isRecord(value)) throw new KeyListError('no PublicKeyList in it');
  if (Array.isArray(value.regions)) return value.regions.flatMap(readAnswer);
  // A region that refused to answer when a snapshot was taken.
  if (isRecord(value.error)) return [];
  const list = value.PublicKeyList ?? value.publicKeyList;
  if (!Array.isArray(list)) throw new KeyListError('no PublicKeyList in it');
  const region = typeof value.region === 'string' ? { region: value.region } : {};
  return list.map((item, index) => ({ ...readKey(item, index), ...region }));
}

function readKey(item: unknown, index: number): ListedKey {
  if (!isRecord(item)) throw new KeyListError(`entry ${index} of the PublicKeyList is no object`);
  const { Value: value, Fingerprint: fingerprint } = item;
  if (typeof value !== 'string' || typeof fingerprint !== 'string') {
    throw new KeyListError(`entry ${index} of the PublicKeyList has no Value or no Fingerprint`);
  }
  const start = readTime(item.ValidityStartTime);
  const end = readTime(item.ValidityEndTime);
  const der = decodeBase64(value);
  if (!der) throw new KeyListError(`the Value of entry ${index} of the PublicKeyList is not base64`);
  const key = { fingerprint, der };
  return start === undefined || end === undefined ? key : { ...key, validity: { start, end } };
}

/** Undefined for what is no time that can be written. */
function readTime(value: unknown): Instant | undefined {
  const isEpoch = typeof value === 'number' || (typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value));
  const text = typeof value === 'string' ? parseIsoTime(value) : undefined;
  const instant = isEpoch ? Number(value) * SECOND : text;
  return instant !== undefined && isInstant(instant) ? instant : undefined;
}
