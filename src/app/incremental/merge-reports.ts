import { addTally, foldOutcomes } from '../../core/findings/outcome.js';
import type { ChainReport } from '../../core/report/verify-events.js';

/** The report of what is new of a chain, with what was looked at besides. */
export function mergeReports(main: ChainReport, others: readonly ChainReport[]): ChainReport {
  const [digests, logs] = [{ ...main.digests }, { ...main.logs }];
  for (const other of others) {
    addTally(digests, other.digests);
    addTally(logs, other.logs);
  }
  return {
    ...main,
    outcome: foldOutcomes([main.outcome, ...others.map(({ outcome }) => outcome)]),
    digests,
    logs,
    logBytes: others.reduce((sum, { logBytes }) => sum + logBytes, main.logBytes),
    ...(others.length > 0 && { rechecked: others.map(({ asked }) => asked).sort((a, b) => a.start - b.start) }),
  };
}
