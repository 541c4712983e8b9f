import {
  type Report,
  type ReportedChain,
  type ReportedQueryResults,
  type ReportHeader,
  toReportedChain,
  toReportedQueryResults,
  toReportHead,
} from '../../core/report/report.js';
import { type ReportedFinding, toReportedFinding } from '../../core/report/reported-finding.js';
import type { RunEvent, VerifyEvent } from '../../core/report/verify-events.js';
import { summariseRun } from './summarise-run.js';

/** The last event of a run that came to its end. */
export interface ReportEvent {
  readonly type: 'report';
  readonly report: Report;
}

/** The events of a run, each as it comes, and in place of its end its report, which holds every finding. */
export async function* withReport(
  header: ReportHeader,
  run: AsyncIterable<RunEvent>,
): AsyncGenerator<VerifyEvent | ReportEvent, void, undefined> {
  const findings: ReportedFinding[] = [];
  const chains: ReportedChain[] = [];
  const queryResults: ReportedQueryResults[] = [];
  for await (const event of summariseRun(run)) {
    if (event.type === 'summary') {
      const { outcome, ...summary } = event.summary;
      const report = {
        ...toReportHead(header),
        findings,
        chains,
        ...(queryResults.length > 0 && { queryResults }),
        ...summary,
        outcome,
      };
      yield { type: 'report', report };
      return;
    }
    if (event.type === 'chain') chains.push(toReportedChain(event.report));
    else if (event.type !== 'gap') for (const found of event.findings) findings.push(toReportedFinding(found));
    if (event.type === 'query-results') queryResults.push(toReportedQueryResults(event));
    yield event;
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
