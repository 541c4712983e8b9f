import { prefixed } from '../../core/findings/codes/define.js';
import type { LOG } from '../../core/findings/codes/log.js';
import { formatInstant, type Instant } from '../../core/time/instant.js';
import { shorten } from '../strings/numbers-and-times.js';
import { gzipWording, oversize, unreadWording, VERSIONS_NEXT, type Wordings } from './shared.js';

type LogCode = keyof typeof LOG;

const NOT_JUDGED = 'Nothing is said of it.';

const boundOf = (from: Instant | undefined, to: Instant | undefined): string =>
  [
    ...(from === undefined ? [] : [`--from ${formatInstant(from)}`]),
    ...(to === undefined ? [] : [`--to ${formatInstant(to)}`]),
  ].join(' ');

/** A log that a verified digest refers to. */
export const LOG_WORDING: Wordings<LogCode> = {
  'log-missing': {
    title: () => 'not found',
    meaning: () =>
      'A verified digest lists this log, and there is no object of that name: it was deleted, moved or not copied. What it held is not known, only its hash.',
    next: () => `In a copy, make sure that the copy is complete. ${VERSIONS_NEXT}`,
  },
  'log-day-absent': {
    title: () => 'not found, nor anything else of its day',
    meaning: () =>
      'A verified digest lists this log. Of the day of the log nothing is here, neither logs nor digests, nor of any day beyond: only single days were copied, or the day has expired or was deleted as a whole.',
    next: ({ verifyFrom, verifyTo }) =>
      `Add the folders of that day. To verify the time that is here alone, ask for it: \`${boundOf(verifyFrom, verifyTo)}\`.`,
  },
  'log-modified': {
    title: ({ expected, actual }) => `SHA-256 is ${shorten(actual)}, not ${shorten(expected)}`,
    meaning: () =>
      'A verified digest states another hash: this is not the log that CloudTrail delivered under this name. It was changed or replaced after delivery.',
    next: () => `Keep the object as it is, and find out who wrote it. ${VERSIONS_NEXT}`,
  },
  ...prefixed('log', unreadWording('log', NOT_JUDGED)),
  'log-too-large': {
    title: oversize,
    meaning: () =>
      `The object is far larger than the logs that CloudTrail writes, and was not read to its end. ${NOT_JUDGED}`,
    next: () => 'Find out who wrote the object: a genuine log of this size would be extraordinary.',
  },
  ...prefixed(
    'log-gzip',
    gzipWording<Extract<LogCode, `log-gzip-${string}`>>((sentence, { expected, actual }) => {
      const content = actual === expected ? ' What it holds besides has the hash that its digest states.' : '';
      return `${sentence} CloudTrail delivers one whole gzip stream, so the log was changed or damaged after delivery.${content}`;
    }),
  ),
};
