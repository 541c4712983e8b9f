import { about, count, linkPart, mismatch, oneOf, optional, place, refusal, text, time } from './arguments.js';
import { failed, undetermined, warning } from './define.js';

const relocation = about(text, '`FROM=TO`: buckets, or buckets and prefixes.');

/** A folder, a key, a run. */
export const RUN = {
  'folder-without-digests': failed('missing', 'There are logs of an account and region, and no digest at all.'),
  'folder-without-digests-in-range': undetermined('missing', 'There is no digest of the time that was asked for.'),
  'folder-digests-pending': warning(
    'unproven',
    'The first digest of new logs is not due yet.',
    { since: about(time, 'The time of the oldest log, by its name.') },
    [],
  ),
  'folder-logs-alone': undetermined(
    'missing',
    'A folder has logs of the time that was asked for, and no digest beside them.',
  ),
  'folder-access-denied': undetermined('unreadable', 'Listing a folder was denied.', refusal, []),
  'folder-unavailable': undetermined('unreadable', 'Listing a folder failed.', refusal, []),
  'folder-second-copy': undetermined(
    'unproven',
    'A folder holds what was delivered to the same place as the content of another folder.',
    { other: place },
    [],
  ),
  'folder-search-incomplete': undetermined(
    'unreadable',
    'The search for the folders of trails ended before it was complete.',
    { searched: count, unsearched: count },
    [],
  ),
  'folder-names-limited': warning(
    'unvouched',
    'A folder has more names than are told and compared one by one.',
    { limit: count, count },
    [],
  ),
  'folder-digests-misplaced': undetermined(
    'unproven',
    'Folders that look as if they held digests lie where CloudTrail delivers none.',
    { count, example: place },
    [],
  ),
  'public-key-fingerprint-mismatch': warning(
    'unproven',
    'A public key does not have the fingerprint that it is listed under.',
    mismatch,
    [],
  ),
  'public-key-unreadable': warning('unproven', 'A public key cannot be read as an RSA key.'),
  'selection-not-found': undetermined(
    'missing',
    'Nothing was found of an account, region or trail that was asked for by name.',
    { option: oneOf('account', 'region', 'trail'), value: text },
    ['option', 'value'],
  ),
  'expected-digests-missing': failed(
    'missing',
    'An account or region that must have digests has none.',
    { accountId: optional(text), region: optional(text) },
    ['accountId', 'region'],
  ),
  'objects-relocated': warning(
    'run',
    'Objects were read from another place than CloudTrail delivered them to.',
    { relocation },
    ['relocation'],
  ),
  'relocation-unused': warning(
    'run',
    'The run was told where to read objects of a place, and none was looked for there.',
    { relocation },
    ['relocation'],
  ),
  'relocation-unconfirmed': undetermined(
    'run',
    'All digests found in a bucket, or below a prefix, say that they were delivered elsewhere.',
    { relocation },
    ['relocation'],
  ),
  'setting-in-source': warning(
    'run',
    'The run obeyed a file that lies in what it verifies.',
    {
      setting: oneOf('config', 'policy', 'keys', 'checkpoint-key', 'aws'),
      file: about(text, 'As it was named.'),
      place: about(text, 'Its path without links.'),
    },
    ['setting', 'file'],
  ),
  'objects-unpacked': warning(
    'run',
    'Digests or logs are there as unpacked files only.',
    { example: about(place, 'As it was delivered, `X.json.gz`.') },
    [],
  ),
  'nothing-found': undetermined('missing', 'There was nothing to verify.'),
  'source-unavailable': undetermined('unreadable', 'One of several sources could not be read.', refusal, []),
  'run-interrupted': undetermined(
    'run',
    'The run was stopped before its end.',
    { unvisited: about(count, 'Accounts and regions that were not begun.') },
    [],
  ),
};

const remembered = { remembered: place, end: time };

/** What an earlier run remembers. */
export const CHECKPOINT = {
  'checkpoint-begun': warning('run', 'There is nothing that an earlier run remembered.'),
  'checkpoint-unauthenticated': warning('run', 'The checkpoint is not signed.'),
  'checkpoint-chain-missing': failed(
    'missing',
    'All digests of a chain are gone that an earlier run verified.',
    remembered,
    ['remembered'],
  ),
  'checkpoint-chain-unseen': undetermined(
    'missing',
    'All digests of a chain are gone that an earlier run listed and none verified.',
  ),
  'checkpoint-digest-unreached': failed(
    'missing',
    'No newer digest leads back to the digest that an earlier run verified last.',
    remembered,
    ['remembered'],
  ),
  'checkpoint-digest-changed': failed(
    'changed',
    'A digest is not the one that an earlier run verified under its name.',
    { ...mismatch, part: linkPart },
    ['part'],
  ),
  'checkpoint-earlier-failures': warning(
    'run',
    'Earlier runs reported failures that this run has not looked at.',
    { count, since: time },
    [],
  ),
};

export const POLICY = {
  'policy-exception-expired': warning(
    'run',
    'An exception of the policy has ended, and what it accepted is still there.',
    {
      exception: about(text, 'Where it stands in the policy, like `exceptions[2]`.'),
      reason: text,
      ticket: optional(text),
      until: time,
    },
    ['exception'],
  ),
};
