import { type Finding, type FindingArguments, type FindingCode, finding, type Subject } from './findings.js';
import { type Instant, parseInstant } from './instant.js';
import { isRecord, type JsonFault, parseJson } from './json.js';
import type { ObjectRef } from './objects.js';

export const SIGNATURE_ALGORITHM = 'SHA256withRSA';
export const HASH_ALGORITHM = 'SHA-256';
/** Digests are three levels deep; this leaves room for fields to come. */
export const MAX_DIGEST_DEPTH = 16;

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
 * Answers with every fault there is, not only the first. Checks shape alone: no signature, no hash, no place.
 * Fields it does not know are let be, since they are covered by the signature like the others.
 */
export function parseDigest(bytes: Uint8Array, subject: Subject): DigestParse {
  const { value, faults } = parseJson(bytes, MAX_DIGEST_DEPTH);
  const findings = faults.map((fault) => jsonFinding(fault, subject));
  if (value === undefined) return { ok: false, findings };
  if (!isRecord(value)) return { ok: false, findings: [...findings, finding('digest-not-an-object', subject, {})] };

  const reader = new FieldReader(value, '', subject, findings);
  const digest = readDigest(reader);
  return findings.length === 0 && digest !== undefined ? { ok: true, digest } : { ok: false, findings };
}

function readDigest(reader: FieldReader): UnverifiedDigest | undefined {
  const accountId = reader.string('awsAccountId');
  const start = reader.time('digestStartTime');
  const end = reader.time('digestEndTime');
  if (start !== undefined && end !== undefined && start > end) reader.report('digest-interval-invalid', { start, end });
  const bucket = reader.string('digestS3Bucket');
  const key = reader.string('digestS3Object');
  const keyFingerprint = reader.hex('digestPublicKeyFingerprint', 'digest-fingerprint-malformed', 32);
  reader.algorithm('digestSignatureAlgorithm', SIGNATURE_ALGORITHM);
  reader.nullableTime('newestEventTime');
  reader.nullableTime('oldestEventTime');
  const previous = readLink(reader);
  const logs = reader.records('logFiles').map(readLogReference);
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
    logs: logs.filter((log) => log !== undefined),
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
  const bucket = reader.string('previousDigestS3Bucket');
  const key = reader.string('previousDigestS3Object');
  const sha256 = reader.hex('previousDigestHashValue', 'digest-hash-malformed', 64);
  reader.algorithm('previousDigestHashAlgorithm', HASH_ALGORITHM);
  const signature = reader.hex('previousDigestSignature', 'digest-signature-malformed');
  if (bucket === undefined || key === undefined || sha256 === undefined || signature === undefined) return undefined;
  return { bucket, key, sha256: sha256.toLowerCase(), signature };
}

function readLogReference(reader: FieldReader): LogReference | undefined {
  const bucket = reader.string('s3Bucket');
  const key = reader.string('s3Object');
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
  readonly #subject: Subject;
  readonly #findings: Finding[];

  constructor(record: Readonly<Record<string, unknown>>, path: string, subject: Subject, findings: Finding[]) {
    this.#record = record;
    this.#path = path;
    this.#subject = subject;
    this.#findings = findings;
  }

  report<C extends FindingCode>(code: C, args: FindingArguments[C]): void {
    this.#findings.push(finding(code, this.#subject, args));
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

  records(name: string): FieldReader[] {
    const value = this.#value(name);
    if (!Array.isArray(value)) {
      this.#reportAbsentOr('array', name, value);
      return [];
    }
    return value.flatMap((item: unknown, index) => {
      const at = `${this.#at(name)}[${index}]`;
      if (isRecord(item)) return new FieldReader(item, `${at}.`, this.#subject, this.#findings);
      this.report('digest-field-type-wrong', { field: at, expected: 'object' });
      return [];
    });
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

function jsonFinding(fault: JsonFault, subject: Subject): Finding {
  switch (fault.fault) {
    case 'not-utf8':
      return finding('digest-not-utf8', subject, {});
    case 'not-json':
      return finding('digest-not-json', subject, {});
    case 'nested-too-deep':
      return finding('digest-nested-too-deep', subject, { limit: MAX_DIGEST_DEPTH });
    case 'duplicate-key':
      return finding('digest-duplicate-key', subject, { field: fault.key });
  }
}
