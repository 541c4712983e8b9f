import { effectOf, type Finding, outcomeOfEffects } from '../../core/findings/finding.js';
import { addTally, foldOutcomes } from '../../core/findings/outcome.js';
import type { ChainReport } from '../../core/report/verify-events.js';

/**
 * The report of what is new of a chain, with what was looked at besides.
 * @param findings about the chain as a whole
 */
export function mergeReports(
  main: ChainReport,
  others: readonly ChainReport[],
  findings: readonly Finding[],
): ChainReport {
  const [digests, logs] = [{ ...main.digests }, { ...main.logs }];
  for (const other of others) {
    addTally(digests, other.digests);
    addTally(logs, other.logs);
  }
  const own = findings.length === 0 ? [] : [outcomeOfEffects(findings)];
  const ofOwn = findings.filter((item) => effectOf(item) === 'accepted').length;
  const accepted = [main, ...others].reduce((sum, report) => sum + (report.accepted ?? 0), ofOwn);
  return {
    ...main,
    outcome: foldOutcomes([main.outcome, ...others.map(({ outcome }) => outcome), ...own]),
    digests,
    logs,
    logBytes: others.reduce((sum, { logBytes }) => sum + logBytes, main.logBytes),
    ...(accepted > 0 && { accepted }),
    ...(others.length > 0 && { rechecked: others.map(({ asked }) => asked).sort((a, b) => a.start - b.start) }),
  };
}
