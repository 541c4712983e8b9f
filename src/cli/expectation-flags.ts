import type { Argv } from 'yargs';
import type { Expectations } from '../app/expected-chains.js';
import { UsageError } from '../compose/usage-error.js';
import { isAccountId, isRegionName } from '../core/object-key.js';
import { parseDuration } from './time.js';

/** Those of them that may be given more than once, as yargs spells them. */
export const EXPECTATION_LISTS = ['expect-account', 'expectAccount', 'expect-region', 'expectRegion'] as const;

/** The flags of `verify` that say what there must be. */
export const expectationFlags = <T>(yargs: Argv<T>) =>
  yargs
    .option('trail-arn', {
      type: 'string',
      requiresArg: true,
      describe: 'only this trail; without a source, what AWS says of it: where it delivers, and what it delivered last',
    })
    .option('max-age', {
      type: 'string',
      requiresArg: true,
      describe: 'fail when the newest digest of a chain ended longer ago than this; write it like 3h',
    })
    .option('expect-account', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'fail without digests of this account (repeatable)',
    })
    .option('expect-region', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'fail without digests of this region, in each account expected or found (repeatable)',
    });

interface ExpectationFlags {
  readonly maxAge?: string | undefined;
  readonly expectAccount?: string[] | undefined;
  readonly expectRegion?: string[] | undefined;
  readonly account?: string[] | undefined;
  readonly region?: string[] | undefined;
}

/** @throws {UsageError} also for what is expected and left out by a filter */
export function toExpectations(
  flags: ExpectationFlags,
): Pick<Expectations, 'maxAge' | 'expectAccounts' | 'expectRegions'> {
  const { maxAge, expectAccount, expectRegion, account, region } = flags;
  for (const value of expectAccount ?? []) {
    if (!isAccountId(value)) throw new UsageError(`--expect-account ${value}: an account id has 12 digits`);
    refuseFiltered('account', value, account);
  }
  for (const value of expectRegion ?? []) {
    if (!isRegionName(value)) throw new UsageError(`--expect-region ${value}: no region has such a name`);
    refuseFiltered('region', value, region);
  }
  return {
    ...(maxAge !== undefined && { maxAge: toDuration('--max-age', maxAge) }),
    ...(expectAccount && { expectAccounts: [...new Set(expectAccount)] }),
    ...(expectRegion && { expectRegions: [...new Set(expectRegion)] }),
  };
}

function refuseFiltered(name: string, value: string, filter: readonly string[] | undefined): void {
  if (filter && !filter.includes(value)) throw new UsageError(`--expect-${name} ${value}: --${name} leaves it out`);
}

function toDuration(flag: string, text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new UsageError(`${flag} ${text}: not a length of time; write it like 90m, 3h or 1d`);
  return duration;
}
