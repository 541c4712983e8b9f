import { UsageError } from '../compose/errors/usage-error.js';
import type { RunOptions } from '../compose/run/open-run.js';
import type { Resources } from '../compose/source/open-source.js';
import type { Instant } from '../core/time/instant.js';
import { toAwsOptions } from './aws-options.js';
import { toRunRequest } from './run-request.js';
import { type SettledSettings, setting } from './settings.js';

/** What is to be verified of one source. @throws {UsageError} */
export const toRunOptions = (settled: SettledSettings, now: Instant): RunOptions => ({
  ...toRunRequest(settled, now),
  source: settled.values.source,
  keys: settled.values.keys,
  aws: toAwsOptions(settled),
  resources: toResources(settled),
});

/** The policy of a run. @throws {UsageError} */
export async function toPolicyOption({ values }: SettledSettings): Promise<Pick<RunOptions, 'policy'>> {
  const { policy } = values;
  if (typeof policy !== 'string') return policy ? { policy: policy.policy } : {};
  const { readPolicy } = await import('../compose/read-policy.js');
  return { policy: await readPolicy(policy) };
}

function toResources({ values: { threads, concurrency, rate }, nameOf }: SettledSettings): Resources {
  const toCount = (name: 'threads' | 'concurrency' | 'rate', value: number): number => {
    const { least = 1 } = setting(name);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`${nameOf(name)}: write a whole number, ${least} or more`);
  };
  return {
    ...(threads !== undefined && { threads: toCount('threads', threads) }),
    ...(concurrency !== undefined && { concurrency: toCount('concurrency', concurrency) }),
    ...(rate !== undefined && { rate: toCount('rate', rate) }),
  };
}
