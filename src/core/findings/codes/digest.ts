import {
  count,
  faultLimit,
  fingerprint,
  inField,
  interval,
  keyFault,
  linkPart,
  mismatch,
  optional,
  place,
  refusal,
  text,
  texts,
  time,
  times,
} from './arguments.js';
import { failed, prefixed, undetermined, warning } from './define.js';
import { gzipFaults, unreadableDocument } from './objects.js';

/** A digest as an object, as a gzip stream and as a document. */
export const DIGEST_FORM = {
  'digest-missing': failed('missing', 'The chain leads to a digest, and there is no object of that name.'),
  ...prefixed('digest', unreadableDocument('a digest')),
  'digest-key-unrecognised': warning(
    'unvouched',
    'An object among digests has a name that CloudTrail gives to no digest.',
  ),
  ...prefixed('digest-gzip', gzipFaults('a digest', {})),
  'digest-not-utf8': failed('changed', 'The text of a digest is not UTF-8.'),
  'digest-not-json': failed('changed', 'The text of a digest is not JSON.'),
  'digest-not-an-object': failed('changed', 'The text of a digest is JSON, and no object.'),
  'digest-nested-too-deep': failed(
    'changed',
    'The JSON of a digest is nested deeper than CloudTrail writes it.',
    { limit: count },
    [],
  ),
  'digest-duplicate-key': failed(
    'changed',
    'A digest states a field twice, so that two readers could take different values.',
    inField,
    ['field'],
  ),
  'digest-field-missing': failed('changed', 'A digest lacks a field that every digest has.', inField, ['field']),
  'digest-field-type-wrong': failed(
    'changed',
    'A field of a digest has another type than CloudTrail writes.',
    { ...inField, expected: text },
    ['field'],
  ),
  'digest-timestamp-invalid': failed(
    'changed',
    'A time in a digest is not written as CloudTrail writes times.',
    inField,
    ['field'],
  ),
  'digest-interval-invalid': failed('changed', 'A digest ends before it starts.', times, []),
  'digest-hash-malformed': failed('changed', 'A hash in a digest is not written as a SHA-256 hash.', inField, [
    'field',
  ]),
  'digest-fingerprint-malformed': failed(
    'changed',
    'The fingerprint of the public key in a digest is not written as one.',
    inField,
    ['field'],
  ),
  'digest-signature-malformed': failed(
    'changed',
    'The signature of a digest is not written in hexadecimal digits.',
    inField,
    ['field'],
  ),
  'digest-algorithm-unknown': failed(
    'changed',
    'A digest names another algorithm than the only one that CloudTrail uses.',
    { ...inField, actual: text },
    ['field'],
  ),
  'digest-link-incomplete': failed(
    'changed',
    'Some fields of the link to the previous digest are filled in, and others are empty.',
    { missing: texts },
    [],
  ),
  'digest-faults-limited': failed(
    'changed',
    'A digest has more faults of form than are told one by one.',
    faultLimit,
    [],
  ),
};

/** A digest as evidence. */
export const DIGEST_PROOF = {
  'digest-moved': failed(
    'changed',
    'A digest says that CloudTrail delivered it to another place.',
    { from: place },
    [],
  ),
  'digest-name-mismatch': failed(
    'changed',
    'The name of a digest says something else than its text.',
    { ...inField, ...mismatch },
    ['field'],
  ),
  /** `metadataFile`: the one beside the digest, where it cannot be used. */
  'digest-signature-missing': undetermined(
    'unproven',
    'A digest has no signature at hand.',
    { metadataFile: optional(text) },
    [],
  ),
  'digest-signature-invalid': failed('changed', 'The signature of a digest is not valid.', { fingerprint }, [
    'fingerprint',
  ]),
  'digest-signature-conflict': failed(
    'changed',
    'The signature beside a digest is not the valid one that a newer digest keeps.',
  ),
  'digest-key-unknown': undetermined(
    'unproven',
    'None of the public keys at hand has the fingerprint that a digest names.',
    { fingerprint, region: text },
    ['fingerprint', 'region'],
  ),
  'digest-keys-unavailable': undetermined(
    'unproven',
    'The public keys for a digest could not be had.',
    { ...refusal, region: text },
    ['region'],
  ),
  'digest-key-unsuitable': undetermined(
    'unproven',
    'The public key for a digest cannot be used.',
    { fingerprint, reason: keyFault },
    ['fingerprint'],
  ),
  'digest-key-outside-validity': warning(
    'unproven',
    'A digest was signed at another time than its public key is given as valid.',
    { fingerprint, validity: interval, signedAt: time },
    ['fingerprint'],
  ),
  'digest-link-mismatch': failed(
    'changed',
    'A digest is not the one that the verified digest after it links to.',
    { ...mismatch, successor: place, part: linkPart },
    ['part', 'successor'],
  ),
  'digest-unlinked': warning(
    'unvouched',
    'A validly signed digest is one that the newer digests of its chain pass over.',
  ),
  'digest-interval-break': warning(
    'gap',
    'The next digest begins later than this one ends, and is no starting digest.',
    { ...times, successor: place },
    ['successor'],
  ),
  'digest-logs-unverifiable': undetermined(
    'unproven',
    'The logs that an unverified digest lists could not be judged.',
    { count },
    [],
  ),
};
