import {
  about,
  actor,
  code,
  count,
  event,
  flag,
  log,
  oneOf,
  optional,
  place,
  refusal,
  text,
  texts,
  time,
  times,
} from './arguments.js';
import { failed, undetermined, warning } from './define.js';

const explaining = {
  explains: about(code, 'The finding about the same subject that is attributed.'),
  start: optional(time),
  end: optional(time),
  previous: optional(place),
  next: optional(place),
  last: optional(place),
};
const EXPLAINING_ID = ['previous', 'next', 'last', 'explains'] as const;

/** What verified logs say of how something came about. */
export const ATTRIBUTION = {
  'attribution-event': warning(
    'history',
    'A verified log records a call that can explain a finding.',
    {
      ...explaining,
      ...actor,
      ...event,
      names: about(oneOf('object', 'folder', 'bucket', 'trail'), 'How closely the event names the subject.'),
      log,
      hasMore: about(flag, 'Whether there are more events than those told, which are the earliest and the latest.'),
    },
    [...EXPLAINING_ID, 'eventId'],
  ),
  'attribution-none': warning(
    'history',
    'No verified log records a call that explains a finding.',
    {
      ...explaining,
      searched: about(count, 'Logs that were searched.'),
      unsearched: about(count, 'Logs that could not be read again, or were not as their digest says.'),
      refusedCalls: about(count, 'Calls that name the subject and failed; 100 stands for that many or more.'),
    },
    EXPLAINING_ID,
  ),
  'attribution-limited': warning(
    'history',
    'There are more findings than explanations are looked for.',
    { limit: count, count: about(count, 'Findings beyond the limit, which are not attributed.') },
    [],
  ),
};

const between = { ...times, previous: place, next: place };
const perhapsBetween = { ...times, previous: optional(place), next: optional(place) };
const untilLast = { ...times, last: place };

/** A chain over time. */
export const CHAIN = {
  'chain-gap': undetermined('gap', 'No digest covers an interval before a starting digest.', between, [
    'previous',
    'next',
  ]),
  'chain-stopped': warning(
    'gap',
    'A verified log records what ended a chain before a gap.',
    { ...between, ...actor, ...event, log },
    ['previous', 'next', 'eventId'],
  ),
  'chain-interval-lost': failed('missing', 'The digests of an interval are missing or not valid.', perhapsBetween, [
    'previous',
    'next',
  ]),
  'chain-interval-undetermined': undetermined(
    'unproven',
    'The digests of an interval could not be read or verified.',
    perhapsBetween,
    ['previous', 'next'],
  ),
  'chain-begins-late': undetermined(
    'gap',
    'The oldest digest begins later than the time that was asked for.',
    { ...times, first: place },
    ['first'],
  ),
  'chain-begins-unanchored': warning(
    'unproven',
    'The oldest digest links to an older one that was not read.',
    { first: place, predecessor: place },
    ['first', 'predecessor'],
  ),
  'chain-ends-early': failed('missing', 'The newest digests of the time that was asked for are not there.', untilLast, [
    'last',
  ]),
  'chain-end-late': warning('missing', 'The next digest is late.', untilLast, ['last']),
  'chain-newest-digest-old': warning(
    'missing',
    'The newest digest is older than those of a trail that logs.',
    untilLast,
    ['last'],
  ),
  'chain-newest-digest-deleted': failed(
    'missing',
    'CloudTrail delivered a newer digest than the newest one that is there.',
    { start: optional(time), end: optional(time), deliveredAt: time, last: optional(place) },
    ['last'],
  ),
  'chain-ends-before-siblings': undetermined(
    'missing',
    'The same trail has newer digests in another region or account.',
    { ...untilLast, sibling: place },
    ['last', 'sibling'],
  ),
  'chain-sibling-missing': warning(
    'missing',
    'Most other accounts or trails have digests of a region, and this one has none.',
    { sibling: place },
    ['sibling'],
  ),
  /** `backfill`: the newest backfill digest of the trail. */
  'chain-hourly-digests-missing': failed(
    'missing',
    'A trail has verified backfill digests, and no hourly digest.',
    { backfill: place },
    [],
  ),
};

/** A trail, as CloudTrail and Organizations tell of it. */
export const TRAIL = {
  'trail-not-logging': warning('gap', 'The trail does not log at present.', { stoppedAt: optional(time) }, []),
  'trail-delivery-failing': warning(
    'gap',
    'The latest delivery of CloudTrail to the bucket failed.',
    { part: oneOf('digests', 'logs'), errorCode: text },
    ['part'],
  ),
  /** `regions`: all that gave this answer, of which `message` is the first's. */
  'trail-status-unavailable': warning(
    'unreadable',
    'CloudTrail did not say when it delivered last.',
    { ...refusal, regions: texts },
    ['errorCode'],
  ),
  'organization-accounts-unavailable': warning(
    'unreadable',
    'The accounts of the organization could not be listed.',
    refusal,
    [],
  ),
  /** `last`: its newest digest, where there is one at the time asked for. */
  'organization-account-left': warning(
    'gap',
    'An account left the organization or was closed, and has no digests since then.',
    { accountId: text, last: optional(place) },
    ['accountId', 'last'],
  ),
};
