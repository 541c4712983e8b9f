import type { GzipFault } from '../../core/content/object-content.js';
import type { FindingArguments, FindingCode, KeyFault } from '../../core/findings/finding.js';
import { formatBytes, formatNumber } from '../strings/numbers-and-times.js';

/** What is said of a finding. Arguments are taken as they are: who shows them escapes them first. */
export interface Wording<C extends FindingCode> {
  /** What was seen, in a few words that are read before the name of the subject. */
  title(args: FindingArguments[C]): string;
  /** What it means for the evidence, and no more than is proven. */
  meaning(args: FindingArguments[C]): string;
  /** What to do next. Commands stand between backticks, with BUCKET, KEY, FILE and the like left to be filled in. */
  next(args: FindingArguments[C]): string;
}

export type Wordings<Codes extends FindingCode> = { readonly [C in Codes]: Wording<C> };

const GZIP_FAULTS: { readonly [F in GzipFault]: { readonly title: string; readonly sentence: string } } = {
  'header-invalid': {
    title: 'gzip header is invalid',
    sentence: 'The object begins like a gzip file, but its header is invalid.',
  },
  'data-invalid': {
    title: 'compressed data are damaged',
    sentence: 'The compressed data are damaged and cannot be inflated.',
  },
  truncated: { title: 'cut short', sentence: 'The gzip stream ends before it is complete.' },
  'checksum-mismatch': {
    title: 'gzip checksum does not match',
    sentence: 'The inflated data do not have the checksum that the gzip stream states.',
  },
  'length-mismatch': {
    title: 'gzip length does not match',
    sentence: 'The inflated data do not have the length that the gzip stream states.',
  },
  'trailing-data': {
    title: 'data after the end of the gzip stream',
    sentence: 'There are more bytes after the end of the gzip stream.',
  },
};

/** What is the same for digests and sign files. */
export const KEY_FAULTS: { readonly [F in KeyFault]: string } = {
  unreadable: 'is not an RSA key',
  'too-short': 'is too short to be trusted',
  'fingerprint-mismatch': 'is not the one its fingerprint names',
};

/** How to get the keys of a region, which is left to be filled in where it is empty: with this program, or on a machine without it. */
export const getKeys = (region = ''): string =>
  `\`trailproof keys fetch --region ${region || 'REGION'} --from START --to END --output FILE\`, or save the answer of ${listKeys(region)} as a key file`;

/** The command that asks for the keys of a region, which is left to be filled in where it is empty. */
export const listKeys = (region = ''): string =>
  `\`aws cloudtrail list-public-keys --region ${region || 'REGION'} --start-time START --end-time END\``;

export const VERSIONS_NEXT =
  'Look for an older version of the object with `aws s3api list-object-versions --bucket BUCKET --prefix KEY`, or for a replica or backup.';
const DENIED_NEXT =
  'Allow `s3:GetObject` on the object (`kms:Decrypt` too where it is encrypted with a KMS key) and `s3:ListBucket` on the bucket; in a directory, allow reading the file.';
const RESTORE_NEXT =
  'Restore it with `aws s3api restore-object --bucket BUCKET --key KEY --restore-request Days=7`, wait until that is done, and verify again.';
export const RETRY_NEXT = 'Verify again. If it fails again, the answer above says why.';

type ReadObject = 'digest' | 'log' | 'query-sign-file' | 'query-file';

/** An object that could not be read, in each of the ways in which that comes about. */
export interface UnreadWording {
  readonly 'access-denied': Wording<`${ReadObject}-access-denied`>;
  readonly archived: Wording<`${ReadObject}-archived`>;
  readonly unavailable: Wording<`${ReadObject}-unavailable`>;
}

/**
 * What is said where a digest, log or file could not be read.
 * @param object what it is called
 * @param notJudged what is not known because of it
 */
export const unreadWording = (object: string, notJudged: string): UnreadWording =>
  unreadWith({
    'access-denied': `The ${object} may not be read. ${notJudged} Without permission to list the bucket, S3 answers the same for an object that does not exist.`,
    archived: `The ${object} exists, but has to be restored from its storage class before it can be read. ${notJudged}`,
    unavailable: `Reading the ${object} failed. ${notJudged}`,
  });

/** What is said where an object could not be read, given what each of the ways means. */
export const unreadWith = (meanings: { readonly [W in keyof UnreadWording]: string }): UnreadWording => ({
  'access-denied': {
    title: ({ errorCode }) => `access denied (${errorCode})`,
    meaning: () => meanings['access-denied'],
    next: () => DENIED_NEXT,
  },
  archived: {
    title: ({ storageClass }) => `archived (${storageClass})`,
    meaning: () => meanings.archived,
    next: () => RESTORE_NEXT,
  },
  unavailable: {
    title: ({ errorCode }) => `could not be read (${errorCode})`,
    meaning: () => meanings.unavailable,
    next: () => RETRY_NEXT,
  },
});

type GzipCode = `${'digest' | 'log'}-gzip-${GzipFault}`;

/** What is said of each fault of a gzip stream. @param meaning of what is said of the fault in general, with the arguments */
export const gzipWording = <C extends GzipCode>(
  meaning: (sentence: string, args: FindingArguments[C]) => string,
): { readonly [F in GzipFault]: Wording<C> } => {
  const worded = Object.entries(GZIP_FAULTS).map(([fault, { title, sentence }]): [string, Wording<C>] => [
    fault,
    { title: () => title, meaning: (args) => meaning(sentence, args), next: () => VERSIONS_NEXT },
  ]);
  return Object.fromEntries(worded) as { readonly [F in GzipFault]: Wording<C> };
};

export const oversize = ({ measure, limit }: FindingArguments['digest-too-large']): string =>
  measure === 'values'
    ? `more than ${formatNumber(limit)} JSON values`
    : `larger than ${formatBytes(limit)}${measure === 'inflated' ? ' uncompressed' : ''}`;
