import { prefixed } from '../../core/findings/codes/define.js';
import type { QUERY_RESULTS } from '../../core/findings/codes/query-results.js';
import type { SignFileProblem } from '../../core/findings/finding.js';
import { countOf, formatNumber, shorten, someOf } from '../strings/numbers-and-times.js';
import {
  getKeys,
  KEY_FAULTS,
  listKeys,
  oversize,
  unreadWith,
  unreadWording,
  VERSIONS_NEXT,
  type Wordings,
} from './shared.js';

const PROBLEMS: { readonly [P in SignFileProblem]: string } = {
  'not-utf8': 'it is no UTF-8 text',
  'not-json': 'it is no JSON text',
  'not-an-object': 'it is no JSON object',
  'nested-too-deep': 'it is nested too deep',
  'duplicate-key': 'a name stands twice in it',
  'field-missing': 'a field is missing',
  'field-type-wrong': 'a field has the wrong type',
  'timestamp-invalid': 'a time is no time',
  'hash-malformed': 'a hash is no SHA-256',
  'fingerprint-malformed': 'the fingerprint is none',
  'signature-malformed': 'the signature is not hexadecimal',
  'region-invalid': 'the region is no name of a region',
};

const NO_SIGN_FILE = 'The sign file holds the hashes and the signature: without it nothing is shown about the results.';
const SIGN_FILE_UNREAD = unreadWith({
  'access-denied': NO_SIGN_FILE,
  archived: NO_SIGN_FILE,
  unavailable: NO_SIGN_FILE,
});
const NOT_JUDGED = 'Nothing is said of the file.';
const KEEP = `Keep the objects as they are, and find out who wrote them. ${VERSIONS_NEXT}`;

/** Saved results of a CloudTrail Lake query. */
export const QUERY_WORDING: Wordings<keyof typeof QUERY_RESULTS> = {
  'query-sign-file-missing': {
    title: () => 'no sign file',
    meaning: () => `${NO_SIGN_FILE} It was deleted, moved or not copied, or the results were never saved here.`,
    next: () => `Name the folder that holds the sign file and the results. ${VERSIONS_NEXT}`,
  },
  ...prefixed('query-sign-file', SIGN_FILE_UNREAD),
  'query-sign-file-too-large': {
    title: oversize,
    meaning: () => 'The object is far larger than the sign files that CloudTrail writes, and was not read.',
    next: () => 'Find out who wrote the object.',
  },
  'query-sign-file-malformed': {
    title: ({ problem, field }) => `${PROBLEMS[problem]}${field === undefined ? '' : `: ${field}`}`,
    meaning: () => 'CloudTrail writes no such sign file: it was changed or damaged. Its signature is not looked at.',
    next: () => KEEP,
  },
  'query-algorithm-unknown': {
    title: ({ field, actual }) => `${field} is ${actual}`,
    meaning: () =>
      'CloudTrail signs query results with SHA256withRSA over SHA-256, and nothing else is accepted for it.',
    next: () => `If CloudTrail has begun to use it, get a newer version of this program. Otherwise: ${KEEP}`,
  },
  'query-faults-limited': {
    title: ({ limit, count }) => `${countOf(count, 'fault')} or more beyond the first ${formatNumber(limit)}`,
    meaning: () =>
      'Only the first faults of a sign file are told one by one. CloudTrail writes no such sign file: it was changed or damaged.',
    next: () => KEEP,
  },
  'query-list-empty': {
    title: () => 'lists no files',
    meaning: () => 'Saved results consist of one file at least, and the list of this sign file is empty.',
    next: () => KEEP,
  },
  'query-list-truncated': {
    title: ({ missing, more = 0 }) =>
      `${countOf(missing.length + more, 'file')} taken off the list: ${someOf(missing, 3, more)}`,
    meaning: () =>
      'The signature does not hold for the list as it is, and does once these files of the folder are put back into it: somebody took them off.',
    next: () => KEEP,
  },
  'query-file-name-unsafe': {
    title: ({ name }) => `lists a file outside of its folder: ${name}`,
    meaning: () =>
      'Results lie beside their sign file, and names are not signed: somebody wrote this one. It was not looked for.',
    next: () => KEEP,
  },
  'query-signature-invalid': {
    title: () => 'signature is not valid',
    meaning: () =>
      'The list of hashes is not what CloudTrail signed with its public key: a hash was changed, added, taken out or moved, or the signature or the fingerprint was.',
    next: () => KEEP,
  },
  'query-key-unknown': {
    title: ({ fingerprint }) => `public key ${fingerprint} is not at hand`,
    meaning: () =>
      'None of the keys at hand for its region at that time has this fingerprint, so the signature cannot be checked. Region and time are not signed: if somebody changed them, the key was looked for in the wrong place.',
    next: ({ region }) => `Get the keys of the region and the time of the query: ${getKeys(region)}.`,
  },
  'query-keys-unavailable': {
    title: ({ region, errorCode }) => `no public keys for ${region} (${errorCode})`,
    meaning: () => 'The public keys of its region could not be had, so the signature cannot be checked.',
    next: ({ region }) =>
      `Allow \`cloudtrail:ListPublicKeys\`, or save the answer of ${listKeys(region)} elsewhere and use it as a key file.`,
  },
  'query-key-unsuitable': {
    title: ({ reason }) => `its public key ${KEY_FAULTS[reason]}`,
    meaning: () => 'What the key source gives for its fingerprint is not used, so the signature cannot be checked.',
    next: () => `Get the keys from AWS anew: ${listKeys()}.`,
  },
  'query-files-unverifiable': {
    title: ({ count }) => `${countOf(count, 'file')} not proven`,
    meaning: () =>
      'The files are those that the list names, as far as they could be compared. But the signature of the list is not verified, so that proves nothing.',
    next: () => 'See what else is said of this sign file, and verify again once that is settled.',
  },
  'query-folder-not-listed': {
    title: ({ errorCode }) => `its folder cannot be listed (${errorCode})`,
    meaning: () =>
      'The files on the list are verified all the same. Whether result files lie beside it that are not on the list is not known.',
    next: () => 'Allow `s3:ListBucket` on the bucket; in a directory, allow reading the folder.',
  },
  'query-file-missing': {
    title: () => 'not found',
    meaning: () =>
      'The sign file lists this file, and there is none of that name: it was deleted, moved, renamed or not copied.',
    next: () => `In a copy, make sure that the copy is complete. ${VERSIONS_NEXT}`,
  },
  'query-file-modified': {
    title: ({ expected, actual }) => `SHA-256 is ${shorten(actual)}, not ${shorten(expected)}`,
    meaning: () =>
      'The sign file states another hash for this name. Where its signature holds, this is not the file that CloudTrail delivered; where not, one of the two was changed. Files whose names were exchanged, or that were decompressed and compressed again, look like this too: hashes are over the compressed file.',
    next: () => KEEP,
  },
  ...prefixed('query-file', unreadWording('file', NOT_JUDGED)),
  'query-file-too-large': {
    title: oversize,
    meaning: () =>
      `The object is far larger than the files that CloudTrail Lake writes, and was not read. ${NOT_JUDGED}`,
    next: () => 'Find out who wrote the object.',
  },
  'query-file-unlisted': {
    title: () => 'not on the list',
    meaning: () =>
      'The file is named like a result, and the sign file beside it does not list it: nobody vouches for it. It was not checked.',
    next: () => 'Do not use it as evidence. Find out who wrote the object.',
  },
};
