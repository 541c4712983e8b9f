import { summariseRun } from '../../../src/app/run/summarise-run.js';
import type { ReportSummary } from '../../../src/core/report/report.js';
import type { RunEvent, VerifyEvent } from '../../../src/core/report/verify-events.js';

/** Reads a run to its end, and answers with what it came to. */
export async function summaryOfRun(
  run: AsyncIterable<RunEvent>,
  onEvent: (event: VerifyEvent) => void = () => {},
): Promise<ReportSummary> {
  for await (const event of summariseRun(run)) {
    if (event.type === 'summary') return event.summary;
    onEvent(event);
  }
  throw new Error('the run has no end');
}
