import { MAX_TEXT } from '../encoding/shorten-text.js';
import { isRecord, type JsonFault, parseJson } from '../encoding/strict-json.js';
import { FaultList } from '../findings/capped-findings.js';
import type { Finding, FindingArguments, FindingCode, Subject } from '../findings/finding.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { type Instant, parseInstant } from '../time/instant.js';

export const SIGNATURE_ALGORITHM = 'SHA256withRSA';
export const HASH_ALGORITHM = 'SHA-256';
/** Digests are three levels deep; this leaves room for fields to come. */
export const MAX_DIGEST_DEPTH = 16;
/** A log takes seven values of its digest, so this is half a million logs in an hour. CloudTrail delivers a few thousand. */
export const MAX_DIGEST_VALUES = 4_000_000;

/** A log file as a digest vouches for it. */
export interface LogReference extends ObjectRef {
  /** Lower-case hexadecimal SHA-256 of the uncompressed log. */
  readonly sha256: string;
}

/** The link from a digest to the one before it. */
export interface DigestLink extends ObjectRef {
  /** Lower-case hexadecimal SHA-256 of the predecessor's uncompressed bytes. */
  readonly sha256: string;
  /** The predecessor's signature, hexadecimal as it stands there: the signed text holds it letter by letter. */
  readonly signature: string;
}

/** A digest whose shape was checked, and nothing else: its text may be anybody's. */
export interface UnverifiedDigest {
  readonly accountId: string;
  readonly start: Instant;
  readonly end: Instant;
  /** As it stands in the digest, for the signed text. */
  readonly endText: string;
  readonly place: ObjectRef;
  readonly keyFingerprint: string;
  /** Absent in a starting digest. */
  readonly previous?: DigestLink;
  readonly logs: readonly LogReference[];
}

export type DigestParse =
  | { readonly ok: true; readonly digest: UnverifiedDigest }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Reads the uncompressed bytes of a digest file (AWS CloudTrail User Guide, "CloudTrail digest file structure").
 * Never throws: faults are findings, the first ones and a count of the others. Nesting and values beyond {@link MAX_DIGEST_DEPTH} and
 * {@link MAX_DIGEST_VALUES} are faults. Not checked: signature, hashes and place; see `verifyDigest`.
 * Unknown fields are ignored: the signature covers them like the others.
 * @param subject what the findings are about
 */
export function parseDigest(bytes: Uint8Array, subject: Subject): DigestParse {
  const { value, faults: jsonFaults, moreDuplicates = 0 } = parseJson(bytes, MAX_DIGEST_DEPTH, MAX_DIGEST_VALUES);
  const faults = new FaultList(subject);
  for (const fault of jsonFaults) addJsonFault(fault, faults);
  faults.count(moreDuplicates);
  let digest: UnverifiedDigest | undefined;
  if (isRecord(value)) digest = readDigest(new FieldReader(value, '', faults));
  else if (value !== undefined) faults.add('digest-not-an-object', {});
  return faults.isEmpty && digest !== undefined
    ? { ok: true, digest }
    : { ok: false, findings: faults.toFindings('digest-faults-limited') };
}

function readDigest(reader: FieldReader): UnverifiedDigest | undefined {
  const accountId = reader.string('awsAccountId');
  const start = reader.time('digestStartTime');
  const end = reader.time('digestEndTime');
  if (start !== undefined && end !== undefined && start > end) reader.report('digest-interval-invalid', { start, end });
  const bucket = reader.name('digestS3Bucket');
  const key = reader.name('digestS3Object');
  const keyFingerprint = reader.hex('digestPublicKeyFingerprint', 'digest-fingerprint-malformed', 32);
  reader.algorithm('digestSignatureAlgorithm', SIGNATURE_ALGORITHM);
  reader.nullableTime('newestEventTime');
  reader.nullableTime('oldestEventTime');
  const previous = readLink(reader);
  const logs = reader.records('logFiles', readLogReference);
  if (accountId === undefined || start === undefined || end === undefined || bucket === undefined || key === undefined)
    return undefined;
  if (keyFingerprint === undefined || previous === undefined) return undefined;

  const digest = {
    accountId,
    start,
    end,
    endText: reader.string('digestEndTime') ?? '',
    place: { bucket, key },
    keyFingerprint: keyFingerprint.toLowerCase(),
    logs,
  };
  return previous === null ? digest : { ...digest, previous };
}

const LINK_FIELDS = [
  'previousDigestS3Bucket',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'previousDigestHashAlgorithm',
  'previousDigestSignature',
] as const;

/** Null for a starting digest, undefined when something is wrong with the link. */
function readLink(reader: FieldReader): DigestLink | null | undefined {
  const missing = LINK_FIELDS.filter((name) => reader.isNull(name));
  if (missing.length === LINK_FIELDS.length) return null;
  if (missing.length > 0) {
    reader.report('digest-link-incomplete', { missing });
    return undefined;
  }
  const bucket = reader.name('previousDigestS3Bucket');
  const key = reader.name('previousDigestS3Object');
  const sha256 = reader.hex('previousDigestHashValue', 'digest-hash-malformed', 64);
  reader.algorithm('previousDigestHashAlgorithm', HASH_ALGORITHM);
  const signature = reader.hex('previousDigestSignature', 'digest-signature-malformed');
  if (bucket === undefined || key === undefined || sha256 === undefined || signature === undefined) return undefined;
  return { bucket, key, sha256: sha256.toLowerCase(), signature };
}

function readLogReference(reader: FieldReader): LogReference | undefined {
  const bucket = reader.name('s3Bucket');
  const key = reader.name('s3Object');
  const sha256 = reader.hex('hashValue', 'digest-hash-malformed', 64);
  reader.algorithm('hashAlgorithm', HASH_ALGORITHM);
  reader.nullableTime('newestEventTime');
  reader.nullableTime('oldestEventTime');
  return bucket === undefined || key === undefined || sha256 === undefined
    ? undefined
    : { bucket, key, sha256: sha256.toLowerCase() };
}

/** Reads the fields of one object and notes what is wrong with each. */
class FieldReader {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #faults: FaultList;

  constructor(record: Readonly<Record<string, unknown>>, path: string, faults: FaultList) {
    this.#record = record;
    this.#path = path;
    this.#faults = faults;
  }

  report<C extends FindingCode>(code: C, args: FindingArguments[C]): void {
    this.#faults.add(code, args);
  }

  /** Whether the field is there and null. An absent field is not null: CloudTrail always writes it. */
  isNull(name: string): boolean {
    return this.#value(name) === null;
  }

  string(name: string): string | undefined {
    const value = this.#value(name);
    if (typeof value === 'string') return value;
    this.#reportAbsentOr('string', name, value);
    return undefined;
  }

  /** The name of a bucket or a key, none of which is longer than {@link MAX_TEXT}. */
  name(name: string): string | undefined {
    const text = this.string(name);
    if (text === undefined || text.length <= MAX_TEXT) return text;
    this.report('digest-field-type-wrong', {
      field: this.#at(name),
      expected: `string of up to ${MAX_TEXT} characters`,
    });
    return undefined;
  }

  time(name: string): Instant | undefined {
    const text = this.string(name);
    const instant = text === undefined ? undefined : parseInstant(text);
    if (text !== undefined && instant === undefined) this.report('digest-timestamp-invalid', { field: this.#at(name) });
    return instant;
  }

  nullableTime(name: string): void {
    if (!this.isNull(name)) this.time(name);
  }

  /** Hexadecimal digits in either case: exactly `length` of them, or any even number. */
  hex(
    name: string,
    code: 'digest-hash-malformed' | 'digest-fingerprint-malformed' | 'digest-signature-malformed',
    length?: number,
  ): string | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    if (isHex(text) && (length === undefined || text.length === length)) return text;
    this.report(code, { field: this.#at(name) });
    return undefined;
  }

  algorithm(name: string, expected: string): void {
    const actual = this.string(name);
    if (actual !== undefined && actual !== expected)
      this.report('digest-algorithm-unknown', { field: this.#at(name), actual });
  }

  /** What is read of each object in a list. Those that make no sense are left out; so is the rest where too many do not. */
  records<T>(name: string, read: (reader: FieldReader) => T | undefined): T[] {
    const value = this.#value(name);
    if (!Array.isArray(value)) {
      this.#reportAbsentOr('array', name, value);
      return [];
    }
    const items: T[] = [];
    for (const [index, item] of value.entries()) {
      if (this.#faults.isFull) break;
      const at = `${this.#at(name)}[${index}]`;
      if (isRecord(item)) {
        const found = read(new FieldReader(item, `${at}.`, this.#faults));
        if (found !== undefined) items.push(found);
      } else this.report('digest-field-type-wrong', { field: at, expected: 'object' });
    }
    return items;
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#record, name) ? this.#record[name] : undefined;
  }

  #at(name: string): string {
    return `${this.#path}${name}`;
  }

  #reportAbsentOr(expected: string, name: string, value: unknown): void {
    if (value === undefined) this.report('digest-field-missing', { field: this.#at(name) });
    else this.report('digest-field-type-wrong', { field: this.#at(name), expected });
  }
}

/** Whether the text is one or more whole bytes in hexadecimal. */
export const isHex = (text: string): boolean => text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);

function addJsonFault(fault: JsonFault, faults: FaultList): void {
  switch (fault.fault) {
    case 'not-utf8':
      faults.add('digest-not-utf8', {});
      break;
    case 'not-json':
      faults.add('digest-not-json', {});
      break;
    case 'nested-too-deep':
      faults.add('digest-nested-too-deep', { limit: MAX_DIGEST_DEPTH });
      break;
    case 'too-many-values':
      faults.add('digest-too-large', { measure: 'values', limit: MAX_DIGEST_VALUES });
      break;
    case 'duplicate-key':
      faults.add('digest-duplicate-key', { field: fault.key });
      break;
  }
}
