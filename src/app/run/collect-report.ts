import {
  type Report,
  type ReportedChain,
  type ReportedQueryResults,
  type ReportHeader,
  RunAccount,
  toReportedChain,
  toReportedQueryResults,
  toReportHead,
} from '../../core/report/report.js';
import { type ReportedFinding, toReportedFinding } from '../../core/report/reported-finding.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { verifyTrails } from './verify-trails.js';

/** The last event of a run that came to its end. */
export interface ReportEvent {
  readonly type: 'report';
  readonly report: Report;
}

/** The events of a run, each as it comes, and in the end its report, which holds every finding. A reader that stops early ends the run. */
export async function* withReport(
  header: ReportHeader,
  run: ReturnType<typeof verifyTrails>,
): AsyncGenerator<VerifyEvent | ReportEvent, void, undefined> {
  const account = new RunAccount();
  const findings: ReportedFinding[] = [];
  const chains: ReportedChain[] = [];
  const queryResults: ReportedQueryResults[] = [];
  try {
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      const event = next.value;
      account.add(event);
      if (event.type === 'chain') chains.push(toReportedChain(event.report));
      else if (event.type !== 'gap') for (const found of event.findings) findings.push(toReportedFinding(found));
      if (event.type === 'query-results') queryResults.push(toReportedQueryResults(event));
      yield event;
    }
    const { outcome, ...summary } = account.summarise(next.value);
    const report = {
      ...toReportHead(header),
      findings,
      chains,
      ...(queryResults.length > 0 && { queryResults }),
      ...summary,
      outcome,
    };
    yield { type: 'report', report };
  } finally {
    await run.return([]);
  }
}

/**
 * Reads a run to its end and gives its report.
 * @param onEvent shown every event but the report; waited for before the next one. When it throws, the run ends.
 */
export async function collectReport(
  events: AsyncIterable<VerifyEvent | ReportEvent>,
  onEvent: (event: VerifyEvent) => unknown = () => {},
): Promise<Report> {
  let report: Report | undefined;
  for await (const event of events) {
    if (event.type === 'report') report = event.report;
    else await onEvent(event);
  }
  if (!report) throw new Error('the events ended without a report');
  return report;
}
