import { type ReportSummary, RunAccount } from '../../core/report/report.js';
import type { RunEvent, VerifyEvent } from '../../core/report/verify-events.js';

/** What a run came to: the last event of one that is told whole. */
export interface SummaryEvent {
  readonly type: 'summary';
  readonly summary: ReportSummary;
}

/** The run, with what its events add up to in place of its end. */
export async function* summariseRun(run: AsyncIterable<RunEvent>): AsyncGenerator<VerifyEvent | SummaryEvent> {
  const account = new RunAccount();
  for await (const event of run) {
    if (event.type === 'end') {
      yield { type: 'summary', summary: account.summarise(event.keysUsed) };
      return;
    }
    account.add(event);
    yield event;
  }
}
