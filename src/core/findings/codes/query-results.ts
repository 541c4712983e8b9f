import {
  about,
  count,
  faultLimit,
  fingerprint,
  hash,
  hashMismatch,
  inField,
  keyFault,
  oneOf,
  optional,
  refusal,
  text,
  texts,
} from './arguments.js';
import { failed, prefixed, undetermined, warning } from './define.js';
import { unreadableDocument, unreadableFile } from './objects.js';

/** Saved query results: their sign file, and their files. */
export const QUERY_RESULTS = {
  'query-sign-file-missing': undetermined('missing', 'Saved query results have no sign file.'),
  ...prefixed('query-sign-file', unreadableDocument('a sign file')),
  'query-sign-file-malformed': failed(
    'changed',
    'A sign file is not written as CloudTrail writes it.',
    {
      problem: oneOf(
        'not-utf8',
        'not-json',
        'not-an-object',
        'nested-too-deep',
        'duplicate-key',
        'field-missing',
        'field-type-wrong',
        'timestamp-invalid',
        'hash-malformed',
        'fingerprint-malformed',
        'signature-malformed',
        'region-invalid',
      ),
      field: optional(text),
    },
    ['field', 'problem'],
  ),
  'query-algorithm-unknown': failed(
    'changed',
    'A sign file names another algorithm than the only one that CloudTrail uses.',
    { ...inField, actual: text },
    ['field'],
  ),
  'query-faults-limited': failed(
    'changed',
    'A sign file has more faults of form than are told one by one.',
    faultLimit,
    [],
  ),
  'query-list-empty': failed('changed', 'The list of a sign file is empty.'),
  'query-list-truncated': failed(
    'changed',
    'Files were taken off the list of a sign file.',
    {
      missing: texts,
      more: optional(about(count, 'Files besides those that are named; absent where there are none.')),
    },
    [],
  ),
  'query-file-name-unsafe': failed(
    'changed',
    'A sign file lists a name that leads out of its folder.',
    { ...inField, name: text },
    ['field'],
  ),
  'query-signature-invalid': failed('changed', 'The signature of a sign file is not valid.', { fingerprint }, [
    'fingerprint',
  ]),
  'query-key-unknown': undetermined(
    'unproven',
    'None of the public keys at hand has the fingerprint that a sign file names.',
    { fingerprint, region: text },
    ['fingerprint', 'region'],
  ),
  'query-keys-unavailable': undetermined(
    'unproven',
    'The public keys for a sign file could not be had.',
    { ...refusal, region: text },
    ['region'],
  ),
  'query-key-unsuitable': undetermined(
    'unproven',
    'The public key for a sign file cannot be used.',
    { fingerprint, reason: keyFault },
    ['fingerprint'],
  ),
  'query-files-unverifiable': undetermined(
    'unproven',
    'The files that an unverified sign file lists could not be judged.',
    { count },
    [],
  ),
  'query-folder-not-listed': warning(
    'unreadable',
    'The folder of saved query results could not be listed.',
    refusal,
    [],
  ),
  'query-file-missing': failed(
    'missing',
    'A sign file lists a result file, and there is none of that name.',
    { expected: hash },
    [],
  ),
  'query-file-modified': failed(
    'changed',
    'A result file does not have the hash that its sign file states.',
    hashMismatch,
    [],
  ),
  ...prefixed('query-file', unreadableFile('a result file')),
  'query-file-unlisted': warning(
    'unvouched',
    'A file is named like a result, and the sign file beside it does not list it.',
  ),
};
