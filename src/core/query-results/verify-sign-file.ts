import { hexToBytes } from '@noble/hashes/utils.js';
import type { KeyLookup } from '../chain/digest-verifier.js';
import type { StoredHash, Unread } from '../content/object-content.js';
import { unreadObject } from '../content/unreadable-object.js';
import { FAULTS_TOLD } from '../findings/capped-findings.js';
import { type Finding, type FindingArguments, finding, type Subject } from '../findings/finding.js';
import { MIN_MODULUS_BITS, type PublicKey, verifySignature } from '../keys/public-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { DAY, HOUR, type Instant, type Interval } from '../time/instant.js';
import type { ListedQueryFile, SignFile, SignFileClaims } from './sign-file.js';

/**
 * What the signature of saved query results says nothing about. It covers the hashes of the files in their order, so
 * nothing in it ties a hash to a name, or the results to a query, a region or a time.
 */
export const NOT_SIGNED = ['file-names', 'file-name-order', 'region', 'query-complete-time', 'query-text'] as const;

/** When a key must have been valid to have signed the results of a query that ended then. */
export const signingWindow = (completedAt: Instant): Interval => ({
  start: completedAt - HOUR,
  end: completedAt + 20 * DAY,
});

/** The text whose signature a sign file carries: the hashes of the files in their order, joined by one space. */
export const toQuerySigningString = (files: readonly Pick<ListedQueryFile, 'hashText'>[]): string =>
  files.map(({ hashText }) => hashText).join(' ');

/** A file in the folder and its hash. */
export interface HashedQueryFile {
  readonly name: string;
  readonly sha256: string;
}

/** Whether CloudTrail Lake gives a result file such a name. */
export const isQueryFileName = (name: string): boolean => RESULT_NAME.test(name);

const RESULT_NAME = /^result_(\d{1,15})\.csv\.gz$/;

/** What came of the signature of a sign file. */
export interface SignatureVerdict {
  /** Whether the signature holds, so that the hashes in the list are those that CloudTrail wrote. */
  readonly trusted: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Checks the signature of a sign file over its whole list. Where it does not hold, the files of the folder that are not
 * on the list are put back in, to tell a list that was cut from one that was changed.
 *
 * @param unlisted asked for only then
 */
export async function judgeSignature(
  subject: Subject,
  { files, claims }: SignFile & { readonly claims: SignFileClaims },
  lookup: KeyLookup,
  unlisted: () => Promise<readonly HashedQueryFile[]>,
): Promise<SignatureVerdict> {
  const { keyFingerprint: fingerprint, region, signature } = claims;
  const distrust = (item: Finding): SignatureVerdict => ({ trusted: false, findings: [item] });
  switch (lookup.status) {
    case 'unknown':
      return distrust(finding('query-key-unknown', subject, { fingerprint, region }));
    case 'unavailable':
      return distrust(finding('query-keys-unavailable', subject, { ...lookup.refusal, region }));
    case 'unsuitable':
      return distrust(finding('query-key-unsuitable', subject, { fingerprint, reason: lookup.reason }));
    case 'found': {
      const { key } = lookup;
      if (key.modulusBits < MIN_MODULUS_BITS)
        return distrust(finding('query-key-unsuitable', subject, { fingerprint, reason: 'too-short' }));
      if (await isSigned(key, signature, files)) return { trusted: true, findings: [] };
      const left = await findLeftOut(key, signature, files, await unlisted());
      return distrust(
        left === undefined
          ? finding('query-signature-invalid', subject, { fingerprint })
          : finding('query-list-truncated', subject, namesTold(left)),
      );
    }
  }
}

function namesTold(names: readonly string[]): FindingArguments['query-list-truncated'] {
  const missing = names.slice(0, FAULTS_TOLD);
  return names.length === missing.length ? { missing } : { missing, more: names.length - missing.length };
}

const isSigned = (
  key: PublicKey,
  signature: string,
  files: readonly Pick<ListedQueryFile, 'hashText'>[],
): Promise<boolean> => verifySignature(key, hexToBytes(signature), toQuerySigningString(files));

/** The names that must be put back into the list for the signature to hold; undefined when that does not help. */
async function findLeftOut(
  key: PublicKey,
  signature: string,
  files: readonly ListedQueryFile[],
  unlisted: readonly HashedQueryFile[],
): Promise<readonly string[] | undefined> {
  if (unlisted.length === 0) return undefined;
  const rest = [...unlisted].sort(byNumber).map(({ name, sha256 }) => ({ name, hashText: sha256 }));
  // CloudTrail numbers the files as it lists them; where names were tampered with too, at least the end can be put back.
  for (const restored of [[...files, ...rest].sort(byNumber), [...files, ...rest]]) {
    if (await isSigned(key, signature, restored)) return rest.map(({ name }) => name);
  }
  return undefined;
}

const numberOf = (name: string): number => Number(RESULT_NAME.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);

function byNumber(a: { readonly name: string }, b: { readonly name: string }): number {
  const [first, second] = [numberOf(a.name), numberOf(b.name)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

/** What is wrong with a file that a sign file lists. It is compared to the list also where the list is not to be trusted: then one of the two was changed. */
export function judgeQueryFile(ref: ObjectRef, expected: string, facts: StoredHash | Unread): readonly Finding[] {
  const subject: Subject = { type: 'query-file', ...ref };
  switch (facts.status) {
    case 'hashed':
      return facts.sha256 === expected
        ? []
        : [finding('query-file-modified', subject, { expected, actual: facts.sha256 })];
    case 'not-found':
      return [finding('query-file-missing', subject, { expected })];
    default:
      return [unreadObject('query-file', subject, facts)];
  }
}

/** Says that a sign file could not be read, in the finding that fits. */
export const unreadSignFile = (subject: Subject, facts: Unread): Finding =>
  facts.status === 'not-found'
    ? finding('query-sign-file-missing', subject, {})
    : unreadObject('query-sign-file', subject, facts);
