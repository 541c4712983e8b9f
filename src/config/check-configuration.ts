import { UsageError } from '../compose/errors/usage-error.js';
import type { Instant } from '../core/time/instant.js';
import type { Configuration } from './precedence.js';
import { toReportRequests } from './report-options.js';
import { toPolicyOption, toRunOptions } from './run-options.js';

/** Reads everything that a configuration says, and opens nothing but a policy that it names. @throws {UsageError} that tells all that is wrong */
export async function checkConfiguration({ run, sources }: Configuration, now: Instant): Promise<void> {
  const faults = new Set<string>();
  const attempt = async (read: () => unknown): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.add(error.message);
    }
  };
  await attempt(() => toReportRequests(run));
  await attempt(() => toPolicyOption(run));
  for (const source of sources) await attempt(() => toRunOptions(source, now));
  if (faults.size > 0) throw new UsageError([...faults].join('\n'));
}
