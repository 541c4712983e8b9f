import type { AUDIT } from '../../core/findings/codes/log.js';
import type { LeftoverKind } from '../../core/objects/leftovers.js';
import type { KeyHazard } from '../../core/objects/unsafe-key.js';
import { formatInstant } from '../../core/time/instant.js';
import { countOf } from '../strings/numbers-and-times.js';
import type { Wordings } from './shared.js';

const HAZARDS: { readonly [H in KeyHazard]: string } = {
  'parent-folder': 'key with . or .. in it',
  'empty-step': 'key with an empty step in it',
  backslash: 'key with a backslash in it',
  'control-character': 'key with control characters in it',
  'reserved-name': 'key with a name that Windows reserves or shortens',
};

const LEFTOVERS: { readonly [K in LeftoverKind]: string } = {
  'system-file': 'system files',
  duplicate: 'duplicates',
  'partial-download': 'partial downloads',
};

const WHO_WROTE = 'Find out who wrote the object, and keep it away from whatever reads this folder.';

/** Objects that no digest vouches for. */
export const AUDIT_WORDING: Wordings<keyof typeof AUDIT> = {
  'log-unreferenced': {
    title: () => 'in no digest',
    meaning: () =>
      'Verified digests cover the time of this object, and none of them lists it: CloudTrail does not vouch for it. It was planted or renamed, or a trail without log file validation delivers to the same folder.',
    next: () => `${WHO_WROTE} Compare the trails of the account with \`aws cloudtrail describe-trails\`.`,
  },
  'log-unaccounted': {
    title: ({ state }) => `in no digest, and digests of its time are ${state === 'lost' ? 'lost' : 'not verified'}`,
    meaning: () =>
      'The digest that would list this log is missing or could not be verified, so nothing says whether CloudTrail delivered it, nor whether it is intact.',
    next: () => 'See what is said of the digests of that time. If they are recovered, verify again.',
  },
  'log-in-gap': {
    title: () => 'in no digest, delivered while there were none',
    meaning: () =>
      'CloudTrail delivered no digests about the time in the name of this log: logging or validation was off. Nothing proves the log.',
    next: () => 'See what is said of the gap. If nothing was logging then, find out who wrote the object.',
  },
  'log-pending': {
    title: ({ start }) => `in no digest, and none came after ${formatInstant(start)}`,
    meaning: () =>
      'No digest has come yet that could list this log, though it is more than two hours old. The digest is late or was deleted, or validation was switched off.',
    next: () => 'Verify again later. If no newer digest comes, find out since when validation is off.',
  },
  'log-key-unrecognised': {
    title: () => 'not a name that CloudTrail gives',
    meaning: () => 'The object lies in a folder of logs, but CloudTrail does not write under such a name.',
    next: () => WHO_WROTE,
  },
  'object-key-unsafe': {
    title: ({ reason }) => HAZARDS[reason],
    meaning: () =>
      'CloudTrail does not write under such a key. A careless tool that copies it to a disk may write another file than it means to, outside of its folder too.',
    next: () => `${WHO_WROTE} Copy the folder with a tool that refuses such keys.`,
  },
  'object-key-collides': {
    title: () => 'differs from another key in nothing but case or look-alikes',
    meaning: () =>
      'On a file system that ignores such differences the two are one file, and a copy keeps either the one or the other.',
    next: () => WHO_WROTE,
  },
  'folder-logs-unvouched': {
    title: ({ count, reason }) =>
      reason === 'kind-never-mentioned'
        ? `${countOf(count, 'log')} of a kind that no digest mentions`
        : `${countOf(count, 'log')} older than every digest`,
    meaning: ({ reason }) =>
      reason === 'kind-never-mentioned'
        ? 'Not one log of this kind of event is in a digest. CloudTrail does not vouch for this kind here, so nothing is said of these logs.'
        : 'Validation was switched on later, or older digests were not copied or were deleted. Nothing is said of these logs.',
    next: () => 'If these logs matter as evidence, keep them where nobody can write, and look for their digests.',
  },
  'folder-leftovers': {
    title: ({ count, kinds }) =>
      `${countOf(count, 'leftover')} of copying: ${kinds.map((kind) => LEFTOVERS[kind]).join(', ')}`,
    meaning: () =>
      'These files are no evidence and were told by their content: notes that an operating system keeps beside files, the same content under another name, or the beginning of a file whose download broke off. They were passed over.',
    next: () => 'Nothing needs to be done. To be rid of them, copy the folder anew with a tool that leaves none.',
  },
  'folder-unrecognised': {
    title: () => 'not a folder that CloudTrail makes',
    meaning: () =>
      'The folder lies among those of CloudTrail, and its name is none that CloudTrail gives. What lies in it was not looked at.',
    next: () => 'Find out who made the folder.',
  },
};
