import type { Actor } from '../../core/events/trail-event.js';
import type { ATTRIBUTION } from '../../core/findings/codes/chain.js';
import { formatInstant } from '../../core/time/instant.js';
import { countOf, formatNumber } from '../strings/numbers-and-times.js';
import type { Wordings } from './shared.js';

/** What verified logs say of how something came about. */
export const ATTRIBUTION_WORDING: Wordings<keyof typeof ATTRIBUTION> = {
  'attribution-event': {
    title: (args) =>
      `${args.explains}: ${[`${formatInstant(args.eventTime)} ${args.eventName}`, ...byWhom(args)].join(', ')}`,
    meaning: () =>
      'A verified log records this call, which can explain the finding whose code stands before it. CloudTrail vouches that it was made, not for what it was meant to do.',
    next: () =>
      'Look at the event in its log, and at what else the same identity and address did about that time. Keep that log and its digest.',
  },
  'attribution-none': {
    title: ({ explains, searched, unsearched }) =>
      `no event for ${explains} in ${countOf(searched, 'verified log')}${unsearched > 0 ? ` (${formatNumber(unsearched)} unsearched)` : ''}`,
    meaning: () =>
      'Nothing in the logs that could tell names what explains it; calls that were refused explain nothing, and logs that were unread, too large or changed since could not be searched. That nobody did it is not said: calls on objects are in no log unless a trail records data events of the bucket.',
    next: () =>
      'Verify until now, and more accounts, regions and trails in one run, those of the account that owns the bucket too; look in its server access logs.',
  },
  'attribution-limited': {
    title: ({ limit, count }) => `${countOf(count, 'finding')} beyond the first ${formatNumber(limit)} not attributed`,
    meaning: () => 'Who did what is looked for of a limited number of findings in a run.',
    next: () => 'Verify less time, or fewer accounts, regions or trails, to have the others attributed.',
  },
};

/** Who made a call, and from where. The end of the ARN is what people call each other by. */
export function byWhom({ identityArn, principalId, identityType, sourceIpAddress }: Actor): readonly string[] {
  const who = identityArn?.slice(identityArn.lastIndexOf(':') + 1) || principalId || identityType;
  return [who, sourceIpAddress].filter((said) => said !== undefined);
}
