import {
  about,
  count,
  hash,
  hashMismatch,
  logContent,
  oneOf,
  optional,
  place,
  refusal,
  someOf,
  text,
  time,
  times,
} from './arguments.js';
import { failed, prefixed, undetermined, warning } from './define.js';
import { gzipFaults, unreadableFile } from './objects.js';

const DAYS_END = 'Where the time begins or ends in which all logs of the chain have their days.';

/** A log that a verified digest lists. */
export const LOG = {
  'log-missing': failed(
    'missing',
    'A verified digest lists a log, and there is no object of that name.',
    { expected: hash },
    [],
  ),
  'log-day-absent': undetermined(
    'missing',
    'A verified digest lists a log, and nothing at all is left of the day of the log.',
    { expected: hash, verifyFrom: optional(about(time, DAYS_END)), verifyTo: optional(about(time, DAYS_END)) },
    [],
  ),
  'log-modified': failed('changed', 'A log does not have the hash that a verified digest states.', hashMismatch, []),
  ...prefixed('log', unreadableFile('a log')),
  ...prefixed('log-gzip', gzipFaults('a log', logContent)),
};

/** An object that no digest vouches for. */
export const AUDIT = {
  'log-unreferenced': failed('unvouched', 'Verified digests cover the time of an object, and none of them lists it.'),
  'log-unaccounted': undetermined(
    'unvouched',
    'The digest that would list a log is missing or could not be verified.',
    { ...times, state: oneOf('lost', 'undetermined') },
    [],
  ),
  'log-in-gap': warning('unvouched', 'A log is of a time about which CloudTrail delivered no digests.', times, []),
  /** From the end of the newest digest to the time in the log's name. */
  'log-pending': warning('unvouched', 'No digest has come yet that could list a log.', times, []),
  'log-key-unrecognised': warning('unvouched', 'An object among logs has a name that CloudTrail gives to no log.'),
  'object-key-unsafe': warning(
    'unvouched',
    'The key of an object could lead a tool that copies it out of the folder that it copies to.',
    { reason: oneOf('parent-folder', 'empty-step', 'backslash', 'control-character', 'reserved-name') },
    [],
  ),
  'object-key-collides': warning(
    'unvouched',
    'The keys of two objects differ only in ways that some file systems ignore.',
    { other: place },
    [],
  ),
  'folder-logs-unvouched': warning(
    'unvouched',
    'No digest mentions logs of this kind or of this time.',
    { reason: oneOf('kind-never-mentioned', 'before-oldest-digest'), count, example: place },
    [],
  ),
  'folder-leftovers': warning(
    'unvouched',
    'Files that operating systems, copies and downloads leave behind lie among the logs.',
    { kinds: someOf('system-file', 'duplicate', 'partial-download'), count, example: place },
    [],
  ),
  'folder-unrecognised': warning(
    'unvouched',
    'A folder among those of CloudTrail has a name that CloudTrail gives to none.',
  ),
};

const recovered = {
  versionId: about(text, 'Of the version that CloudTrail delivered.'),
  act: about(oneOf('overwritten', 'deleted'), 'What became of it.'),
  replacedAt: time,
};

/** The older versions of an object that is missing or not what it should be. */
export const RECOVERY = {
  'digest-recovered': warning(
    'history',
    'An older version of an object is the digest that CloudTrail delivered.',
    recovered,
    [],
  ),
  'log-recovered': warning(
    'history',
    'An older version of an object is the log that CloudTrail delivered.',
    recovered,
    [],
  ),
  'object-versions-unmatched': warning(
    'history',
    'No version of an object is proven to be what CloudTrail delivered.',
    { count: about(count, 'Older versions, all of which were read.') },
    [],
  ),
  /** None of those that could be read is valid. */
  'object-versions-unavailable': warning(
    'history',
    'The older versions of an object could not be listed or read.',
    refusal,
    [],
  ),
};
