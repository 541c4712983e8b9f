import type { ChainReport } from '../core/events.js';
import { effectOf, type Finding, outcomeOfEffects } from '../core/findings.js';
import { addTally, foldOutcomes, type Outcome } from '../core/outcome.js';

/**
 * The report of what is new of a chain, with what was looked at besides.
 * @param findings about the chain as a whole
 * @param isUndecided whether anything that was found in what was looked at besides leaves the chain undecided
 */
export function mergeReports(
  main: ChainReport,
  others: readonly ChainReport[],
  findings: readonly Finding[],
  isUndecided: boolean,
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
    outcome: foldOutcomes([
      main.outcome,
      ...others.map(outcomeOfPart),
      ...own,
      ...(isUndecided ? (['undetermined'] as const) : []),
    ]),
    digests,
    logs,
    logBytes: others.reduce((sum, { logBytes }) => sum + logBytes, main.logBytes),
    ...(accepted > 0 && { accepted }),
    ...(others.length > 0 && { rechecked: others.map(({ asked }) => asked).sort((a, b) => a.start - b.start) }),
  };
}

/** A part in which CloudTrail delivered nothing proves nothing, and nothing speaks against it. */
function outcomeOfPart({ outcome, digests, logs, coverage }: ChainReport): Outcome {
  const isUndecided =
    digests.undetermined + logs.undetermined > 0 || coverage.some(({ state }) => state === 'undetermined');
  return outcome === 'undetermined' && !isUndecided ? 'verified' : outcome;
}
