import { HASH_ALGORITHM, isHex, SIGNATURE_ALGORITHM } from '../digest/parse-digest.js';
import { isRecord, type JsonFault, parseJson } from '../encoding/strict-json.js';
import { FaultList } from '../findings/capped-findings.js';
import type { Finding, FindingArguments, Subject } from '../findings/finding.js';
import { isRegionName } from '../objects/cloudtrail-key.js';
import type { Instant } from '../time/instant.js';

/** The name that CloudTrail Lake gives the signed list of a saved query's result files, beside those. */
export const SIGN_FILE_NAME = 'result_sign.json';
/** Sign files are three levels deep; this leaves room for fields to come. */
const MAX_DEPTH = 16;
/** A file takes three values of its sign file: more than thirty thousand files, where CloudTrail Lake writes a few thousand. */
const MAX_VALUES = 100_000;

/** An entry of a sign file. Not verified: its name is covered by no signature at all. */
export interface ListedQueryFile {
  readonly name: string;
  /** Lower-case hexadecimal SHA-256 of the file as delivered, still compressed. */
  readonly sha256: string;
  /** The hash as it stands in the sign file: the signed text holds it letter by letter. */
  readonly hashText: string;
  /** Whether the name is that of a file beside the sign file. What is not must never be looked for. */
  readonly isPlain: boolean;
}

/** The signature of a sign file and what is needed to check it. The region and the time are covered by no signature: they only say which keys to try. */
export interface SignFileClaims {
  readonly signature: string;
  readonly keyFingerprint: string;
  readonly region: string;
  readonly completedAt: Instant;
}

/** What could be read of a sign file. Nothing of it is verified. */
export interface SignFile {
  /** In the order of the list, which is that of the signed text. Entries that make no sense are left out, as faults. */
  readonly files: readonly ListedQueryFile[];
  /** Present when the list is whole and nothing stands against checking its signature. */
  readonly claims?: SignFileClaims;
  readonly findings: readonly Finding[];
}

type Problem = FindingArguments['query-sign-file-malformed']['problem'];

/**
 * Reads the bytes of a `result_sign.json` (AWS CloudTrail User Guide, "CloudTrail sign file structure"). Answers with the
 * first {@link FAULTS_TOLD} faults and how many more there are. Checks shape alone. Fields it does not know are let be.
 */
export function parseSignFile(bytes: Uint8Array, subject: Subject): SignFile {
  const { value, faults: jsonFaults, moreDuplicates = 0 } = parseJson(bytes, MAX_DEPTH, MAX_VALUES);
  const faults = new FaultList(subject);
  for (const fault of jsonFaults) addJsonFault(fault, faults);
  faults.count(moreDuplicates);
  const read = isRecord(value) ? readSignFile(new SignFileReader(value, faults), faults) : { files: [] };
  if (value !== undefined && !isRecord(value)) faults.add('query-sign-file-malformed', { problem: 'not-an-object' });
  return { ...read, findings: faults.toFindings('query-faults-limited') };
}

function addJsonFault(fault: JsonFault, faults: FaultList): void {
  if (fault.fault === 'too-many-values')
    faults.add('query-sign-file-too-large', { measure: 'values', limit: MAX_VALUES });
  else
    faults.add('query-sign-file-malformed', {
      problem: fault.fault,
      ...('key' in fault && { field: fault.key }),
    });
}

function readSignFile(reader: SignFileReader, faults: FaultList): Omit<SignFile, 'findings'> {
  const isHashKnown = reader.algorithm('hashAlgorithm', HASH_ALGORITHM);
  reader.algorithm('signatureAlgorithm', SIGNATURE_ALGORITHM);
  const signature = reader.hex('hashSignature', 'signature-malformed');
  const keyFingerprint = reader.hex('publicKeyFingerprint', 'fingerprint-malformed', 32);
  const completedAt = reader.time('queryCompleteTime');
  const region = reader.region('region');
  const listed = reader.files('files');
  // A hash of another algorithm says nothing about a SHA-256.
  const files = isHashKnown ? listed : [];
  const isSound = !faults.has('query-sign-file-malformed') && !faults.has('query-algorithm-unknown');
  if (!isSound || !signature || !keyFingerprint || completedAt === undefined || !region) return { files };
  return { files, claims: { signature, keyFingerprint: keyFingerprint.toLowerCase(), region, completedAt } };
}

/** Reads the fields of a sign file and notes what is wrong with each. */
class SignFileReader {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #faults: FaultList;

  constructor(record: Readonly<Record<string, unknown>>, faults: FaultList) {
    this.#record = record;
    this.#faults = faults;
  }

  algorithm(field: string, expected: string): boolean {
    const actual = this.#string(this.#record, field, field);
    if (actual !== undefined && actual !== expected) this.#faults.add('query-algorithm-unknown', { field, actual });
    return actual === expected;
  }

  hex(field: string, problem: Problem, length?: number): string | undefined {
    return this.#hex(this.#record, field, field, problem, length);
  }

  /** UTC, with or without fractions of a second. */
  time(field: string): Instant | undefined {
    const text = this.#string(this.#record, field, field);
    if (text === undefined) return undefined;
    const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
    // Date.parse takes February 30th for March 2nd.
    const isReal = !Number.isNaN(instant) && new Date(instant).toISOString().slice(0, 19) === text.slice(0, 19);
    if (!isReal) this.#report('timestamp-invalid', field);
    return isReal ? instant : undefined;
  }

  /** A region becomes part of the name of a host. */
  region(field: string): string | undefined {
    const text = this.#string(this.#record, field, field);
    if (text === undefined || isRegionName(text)) return text;
    this.#report('region-invalid', field);
    return undefined;
  }

  files(field: string): ListedQueryFile[] {
    const value = fieldOf(this.#record, field);
    if (!Array.isArray(value)) {
      this.#report(value === undefined ? 'field-missing' : 'field-type-wrong', field);
      return [];
    }
    if (value.length === 0) this.#faults.add('query-list-empty', {});
    return value.flatMap((item: unknown, index) => this.#file(item, `${field}[${index}]`));
  }

  #file(item: unknown, at: string): ListedQueryFile[] {
    if (!isRecord(item)) {
      this.#report('field-type-wrong', at);
      return [];
    }
    const name = this.#string(item, 'fileName', `${at}.fileName`);
    const hashText = this.#hex(item, 'fileHashValue', `${at}.fileHashValue`, 'hash-malformed', 64);
    if (name === undefined || hashText === undefined) return [];
    const isPlain = isPlainName(name);
    if (!isPlain) this.#faults.add('query-file-name-unsafe', { field: `${at}.fileName`, name });
    return [{ name, hashText, sha256: hashText.toLowerCase(), isPlain }];
  }

  #hex(record: object, name: string, at: string, problem: Problem, length?: number): string | undefined {
    const text = this.#string(record, name, at);
    if (text === undefined || (isHex(text) && (length === undefined || text.length === length))) return text;
    this.#report(problem, at);
    return undefined;
  }

  #string(record: object, name: string, at: string): string | undefined {
    const value = fieldOf(record, name);
    if (typeof value === 'string') return value;
    this.#report(value === undefined ? 'field-missing' : 'field-type-wrong', at);
    return undefined;
  }

  #report(problem: Problem, field: string): void {
    this.#faults.add('query-sign-file-malformed', { problem, field });
  }
}

/** No step up, down or elsewhere, on any system. */
const isPlainName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);

const fieldOf = (record: object, name: string): unknown =>
  Object.hasOwn(record, name) ? (record as Readonly<Record<string, unknown>>)[name] : undefined;
