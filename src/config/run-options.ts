import type { Expectations } from '../app/expected-chains.js';
import type { Resources } from '../compose/open.js';
import type { RunOptions } from '../compose/open-run.js';
import { toRelocation } from '../compose/relocate.js';
import { toTrailArn } from '../compose/source.js';
import { UsageError } from '../compose/usage-error.js';
import type { Instant } from '../core/instant.js';
import { isAccountId, isRegionName } from '../core/object-key.js';
import { toAwsOptions } from './aws-options.js';
import type { SettledSettings } from './settings.js';
import { parseDuration, toInstant } from './time.js';

/** What is to be verified of one source. @throws {UsageError} */
export function toRunOptions(settled: SettledSettings, now: Instant): RunOptions {
  const { values, nameOf } = settled;
  const from = values.from === undefined ? undefined : toInstant(nameOf('from'), values.from, now);
  const to = values.to === undefined ? undefined : toInstant(nameOf('to'), values.to, now);
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError(`${nameOf('from')} must lie before ${nameOf('to')}`);
  refuseEach(settled, 'accounts', isAccountId, 'an account id has 12 digits');
  refuseEach(settled, 'regions', isRegionName, 'no region has such a name; write it like us-east-1');
  refuseEach(settled, 'trails', (name) => name !== '', 'a trail has a name');
  if (values.trailArn !== undefined) toTrailArn(nameOf('trailArn'), values.trailArn);
  for (const text of values.relocated ?? []) toRelocation(nameOf('relocated'), text);
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(values.accounts && { accounts: values.accounts }),
    ...(values.regions && { regions: values.regions }),
    ...(values.trails && { trails: values.trails }),
    ...toExpectations(settled),
    source: values.source,
    trailArn: values.trailArn,
    keys: values.keys,
    ...(values.auditUnreferenced !== undefined && { auditUnreferenced: values.auditUnreferenced }),
    ...(values.useVersions && { useVersions: true }),
    ...(values.attribute && { attribute: true }),
    ...(values.relocated && { relocated: values.relocated }),
    aws: toAwsOptions(settled),
    resources: toResources(settled),
  };
}

/** The policy of a run. @throws {UsageError} */
export async function toPolicyOption({ values }: SettledSettings): Promise<Pick<RunOptions, 'policy'>> {
  const { policy } = values;
  if (typeof policy !== 'string') return policy ? { policy: policy.policy } : {};
  const { readPolicy } = await import('../compose/open-policy.js');
  return { policy: await readPolicy(policy) };
}

/** @throws {UsageError} also for what is expected and left out by a filter */
function toExpectations(settled: SettledSettings): Pick<Expectations, 'maxAge' | 'expectAccounts' | 'expectRegions'> {
  const { values, nameOf } = settled;
  const { maxAge, expectAccounts, expectRegions } = values;
  refuseEach(settled, 'expectAccounts', isAccountId, 'an account id has 12 digits');
  refuseEach(settled, 'expectRegions', isRegionName, 'no region has such a name');
  refuseFiltered(settled, 'expectAccounts', 'accounts');
  refuseFiltered(settled, 'expectRegions', 'regions');
  return {
    ...(maxAge !== undefined && { maxAge: toDuration(nameOf('maxAge'), maxAge) }),
    ...(expectAccounts && { expectAccounts: [...new Set(expectAccounts)] }),
    ...(expectRegions && { expectRegions: [...new Set(expectRegions)] }),
  };
}

type ListName = 'accounts' | 'regions' | 'trails' | 'expectAccounts' | 'expectRegions';

function refuseEach(
  { values, nameOf }: SettledSettings,
  name: ListName,
  isValid: (text: string) => boolean,
  complaint: string,
): void {
  for (const value of values[name] ?? [])
    if (!isValid(value)) throw new UsageError(`${nameOf(name)} ${value}: ${complaint}`);
}

function refuseFiltered({ values, nameOf }: SettledSettings, expected: ListName, filter: ListName): void {
  for (const value of values[expected] ?? []) {
    if (values[filter] && !values[filter].includes(value))
      throw new UsageError(`${nameOf(expected)} ${value}: ${nameOf(filter)} leaves it out`);
  }
}

function toDuration(name: string, text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new UsageError(`${name} ${text}: not a length of time; write it like 90m, 3h or 1d`);
  return duration;
}

function toResources({ values, nameOf }: SettledSettings): Resources {
  const { threads, concurrency, rate } = values;
  return {
    ...(threads !== undefined && { threads: toCount(nameOf('threads'), threads, 0) }),
    ...(concurrency !== undefined && { concurrency: toCount(nameOf('concurrency'), concurrency, 1) }),
    ...(rate !== undefined && { rate: toCount(nameOf('rate'), rate, 1) }),
  };
}

function toCount(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${name}: write a whole number, ${least} or more`);
}
