import type { DIGEST_PROOF } from '../../core/findings/codes/digest.js';
import { countOf, formatInterval } from '../strings/numbers-and-times.js';
import { getKeys, KEY_FAULTS, listKeys, VERSIONS_NEXT, type Wordings } from './shared.js';

/** A digest as evidence. */
export const DIGEST_PROOF_WORDING: Wordings<keyof typeof DIGEST_PROOF> = {
  'digest-moved': {
    title: () => 'not where it was delivered',
    meaning: () =>
      'The digest says that it was delivered to another place. Signatures hold for the place of delivery only, so it proves nothing where it lies now.',
    next: () =>
      'Find out who put it here, and look for the digest that belongs here. A copy must keep the names of the objects, as `aws s3 sync` does.',
  },
  'digest-name-mismatch': {
    title: ({ field }) => `its name and its ${field} disagree`,
    meaning: () =>
      'What the name of the digest says (expected) is not what its text says (found). In a digest that CloudTrail wrote the two agree.',
    next: () => `Find out who wrote the object. ${VERSIONS_NEXT}`,
  },
  'digest-signature-missing': {
    title: () => 'no signature to check it with',
    meaning: ({ metadataFile }) =>
      metadataFile === undefined
        ? 'Its metadata hold no signature, and no newer digest that is at hand keeps a valid copy of it. Most copying tools lose the metadata; the digest may be genuine, but nothing shows it.'
        : `${metadataFile} is there, but it cannot be read as an answer of \`aws s3api head-object\`, and no newer digest that is at hand keeps a valid copy of the signature. The digest may be genuine, but nothing shows it.`,
    next: () =>
      'Include one more digest, which keeps a copy of the signature before it; or save the metadata beside the digest: `aws s3api head-object --bucket BUCKET --key KEY > FILE.metadata.json`.',
  },
  'digest-signature-invalid': {
    title: () => 'signature is not valid',
    meaning: () =>
      'No signature at hand for this digest is valid with its public key: its text or its signature is not what CloudTrail signed with that key. The logs it lists are not judged by it.',
    next: () => `Keep the object as it is, and find out who wrote it. ${VERSIONS_NEXT}`,
  },
  'digest-signature-conflict': {
    title: () => 'the signature in its metadata is not valid',
    meaning: () =>
      'The copy of its signature that a newer digest keeps is valid, so the text of the digest is genuine. The signature in the metadata of the object was replaced or damaged.',
    next: () =>
      'Find out who wrote the object after CloudTrail did: metadata change only when an object is written anew.',
  },
  'digest-key-unknown': {
    title: ({ fingerprint }) => `public key ${fingerprint} is not at hand`,
    meaning: () =>
      'None of the keys at hand for its region at that time has this fingerprint, so the signature cannot be checked. A forged digest could name such a key as well.',
    next: ({ region }) => `Get the keys of that region and time: ${getKeys(region)}.`,
  },
  'digest-keys-unavailable': {
    title: ({ region, errorCode }) => `no public keys for ${region || 'its region'} (${errorCode})`,
    meaning: () => 'The public keys of its region could not be had, so the signature cannot be checked.',
    next: ({ region }) =>
      `Allow \`cloudtrail:ListPublicKeys\`, or save the answer of ${listKeys(region)} elsewhere and use it as a key file.`,
  },
  'digest-key-unsuitable': {
    title: ({ reason }) => `its public key ${KEY_FAULTS[reason]}`,
    meaning: () => 'What the key source gives for its fingerprint is not used, so the signature cannot be checked.',
    next: () => `Get the keys from AWS anew: ${listKeys()}.`,
  },
  'digest-key-outside-validity': {
    title: () => 'signed outside the validity of its public key',
    meaning: () =>
      'The key is given as valid at another time than the digest was signed. The signature is checked with it all the same.',
    next: () => `Compare the validity of the key with what AWS says now: ${listKeys()}.`,
  },
  'digest-link-mismatch': {
    title: ({ part }) => `its ${part === 'hash' ? 'SHA-256' : 'signature'} is not the one that the next digest names`,
    meaning: () =>
      'The digest after it is verified, and was linked to something else of this name. One of the two was replaced since, or they do not belong together.',
    next: () => `Keep both objects as they are, and find out who wrote them. ${VERSIONS_NEXT}`,
  },
  'digest-unlinked': {
    title: () => 'no link leads to it',
    meaning: () =>
      'The digest is validly signed, but the newer digests of its chain pass it over. Two trails that had the same name in turn look like this.',
    next: () =>
      'Find out whether the trail was deleted and created again: look for `DeleteTrail` and `CreateTrail` events.',
  },
  'digest-interval-break': {
    title: (interval) => `hole: ${formatInterval(interval)}`,
    meaning: () =>
      'The next digest is verified and does not start anew, yet it begins later than this one ends. No digest vouches for what was delivered in between.',
    next: () => 'Ask AWS Support why the two do not meet, if it matters what was logged in that time.',
  },
  'digest-logs-unverifiable': {
    title: ({ count }) => `${countOf(count, 'log')} not judged`,
    meaning: () =>
      'The digest is not verified, so what it says of its logs is worth nothing. They were not checked: they are neither valid nor invalid.',
    next: () => 'See what else is said of this digest, and verify again once that is settled.',
  },
};
