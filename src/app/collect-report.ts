import type { VerifyEvent } from '../core/events.js';
import {
  type Report,
  type ReportedChain,
  type ReportedFinding,
  type ReportedQueryResults,
  type ReportHeader,
  RunAccount,
  toReportedChain,
  toReportedFinding,
  toReportedQueryResults,
  toReportHead,
} from '../core/report.js';
import type { UsedKeys, verifyTrails } from './verify.js';

/** Runs a verification to its end and gives its report, which holds every finding. Each event is shown to `onEvent` as it comes; when that throws, the run ends. */
export async function collectReport(
  header: ReportHeader,
  run: ReturnType<typeof verifyTrails>,
  onEvent?: (event: VerifyEvent) => void,
): Promise<Report> {
  const account = new RunAccount();
  const findings: ReportedFinding[] = [];
  const chains: ReportedChain[] = [];
  const queryResults: ReportedQueryResults[] = [];
  const ending = await tellAll(run, (event) => {
    account.add(event);
    if (event.type === 'chain') chains.push(toReportedChain(event.report));
    else if (event.type !== 'gap') for (const found of event.findings) findings.push(toReportedFinding(found));
    if (event.type === 'query-results') queryResults.push(toReportedQueryResults(event));
    onEvent?.(event);
  });
  const { outcome, ...summary } = account.summarise(ending);
  return {
    ...toReportHead(header),
    findings,
    chains,
    ...(queryResults.length > 0 && { queryResults }),
    ...summary,
    outcome,
  };
}

/** Shows every event of a run, and gives what it ends in. The run is over then, even where showing throws. */
async function tellAll(run: ReturnType<typeof verifyTrails>, onEvent: (event: VerifyEvent) => void): Promise<UsedKeys> {
  try {
    let next = await run.next();
    for (; !next.done; next = await run.next()) onEvent(next.value);
    return next.value;
  } finally {
    await run.return([]);
  }
}
