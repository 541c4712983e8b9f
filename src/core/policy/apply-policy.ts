import { type Effect, FINDING_EFFECTS, type Finding, type FindingCode } from '../findings/finding.js';
import { timeOf, type Whereabouts, whereaboutsOf } from '../findings/finding-scope.js';
import type { Instant, Interval } from '../time/instant.js';
import { type FindingPolicy, NEVER_ACCEPTED, type PolicyException } from './parse-policy.js';

/** A finding under a policy. */
export interface RuledFinding {
  readonly finding: Finding;
  /** Exceptions that would have applied to it, and to which no other did, had they not expired. */
  readonly expired: readonly PolicyException[];
}

/**
 * What a policy makes of a finding: an exception that applies accepts it, else the rule for its code holds, else nothing
 * changes. Depends on what it is given alone.
 * @param now the time of the run, by which exceptions expire
 * @param within what is known of the thing that it was found in
 */
export function applyPolicy(
  policy: FindingPolicy,
  found: Finding,
  now: Instant,
  within: Whereabouts = {},
): RuledFinding {
  const { code } = found;
  const written = policy.exceptions.get(code) ?? [];
  const fitting = written.filter((exception) => isAllowed(code, 'accepted') && fits(exception, found, within));
  const exception = fitting.find(({ until }) => now < until);
  if (exception) {
    const { reason, ticket, until } = exception;
    const accepted = { reason, ...(ticket !== undefined && { ticket }), until };
    return { finding: { ...found, effect: 'accepted', accepted }, expired: [] };
  }
  const effect = policy.rules.get(code);
  const isChanged = effect !== undefined && effect !== FINDING_EFFECTS[code] && isAllowed(code, effect);
  return { finding: isChanged ? { ...found, effect } : found, expired: fitting };
}

/** Whatever made the policy. */
const isAllowed = (code: FindingCode, effect: Effect): boolean =>
  !NEVER_ACCEPTED.has(code) || effect === 'failed' || effect === 'undetermined';

/** Whether an exception applies to a finding: to each of the things that it names, and at no other time. */
function fits(exception: PolicyException, found: Finding, within: Whereabouts): boolean {
  const { account, region, trail, bucket, key, prefix, time } = exception;
  const { subject } = found;
  const known = [within, whereaboutsOf(found)];
  const agrees = (wanted: string | undefined, name: keyof Whereabouts) => {
    const values = known.map((where) => where[name]).filter((value) => value !== undefined);
    return wanted === undefined || (values.length > 0 && values.every((value) => value === wanted));
  };
  const place = 'key' in subject ? subject : undefined;
  return (
    agrees(account, 'accountId') &&
    agrees(region, 'region') &&
    agrees(trail, 'trailName') &&
    (bucket === undefined || place?.bucket === bucket) &&
    (key === undefined || place?.key === key) &&
    (prefix === undefined || (place?.key.startsWith(prefix) ?? false)) &&
    (time === undefined || isWithin(timeOf(found), time))
  );
}

/** What has no time lies within none. */
const isWithin = (inner: Interval | undefined, outer: Interval): boolean =>
  inner !== undefined && outer.start <= inner.start && inner.end <= outer.end;
