import type { ReportSummary } from '../core/report/report.js';
import type { VerifyEvent } from '../core/report/verify-events.js';

/** Turns a run into text while it goes on. Whatever comes from outside is escaped for the medium. Each call gives the text to append. */
export interface Renderer {
  begin(): string;
  event(event: VerifyEvent): string;
  end(summary: ReportSummary): string;
}
