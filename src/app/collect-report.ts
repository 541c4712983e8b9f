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
import type { verifyTrails } from './verify.js';

/** Runs a verification to its end and gives its report, which holds every finding. Each event is shown to `onEvent` as it comes. */
export async function collectReport(
  header: ReportHeader,
  run: ReturnType<typeof verifyTrails>,
  onEvent?: (event: VerifyEvent) => void,
): Promise<Report> {
  const account = new RunAccount();
  const findings: ReportedFinding[] = [];
  const chains: ReportedChain[] = [];
  const queryResults: ReportedQueryResults[] = [];
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    const event = next.value;
    account.add(event);
    if (event.type === 'chain') chains.push(toReportedChain(event.report));
    else if (event.type !== 'gap') findings.push(...event.findings.map(toReportedFinding));
    if (event.type === 'query-results') queryResults.push(toReportedQueryResults(event));
    onEvent?.(event);
  }
  const { outcome, ...summary } = account.summarise(next.value);
  return {
    ...toReportHead(header),
    findings,
    chains,
    ...(queryResults.length > 0 && { queryResults }),
    ...summary,
    outcome,
  };
}
