import type { Argv } from 'yargs';

/** Those of them that may be given more than once. */
export const EXPECTATION_LISTS = ['expect-account', 'expect-region'] as const;

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
      describe:
        'fail without digests of this region, in each expected account, or in each found where none is (repeatable)',
    });
