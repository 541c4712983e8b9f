import type { StopSignal } from '../../app/async/cancellation.js';
import type { SummaryEvent } from '../../app/run/summarise-run.js';
import type { ReportRequest } from '../../config/report-options.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { Renderer } from '../../render/renderer.js';
import { openReportRenderer } from './open-renderer.js';
import { type Progress, SILENT } from './progress.js';
import { type ReportOutput, toFile } from './report-file.js';

/** One way in which a run is told, and where to. */
export interface Report {
  readonly renderer: Renderer;
  readonly output: ReportOutput;
}

/**
 * Opens all that a run is told to, before it begins. Where one cannot be opened, none stays open.
 * @param abandonment once it is aborted, no reader of a pipe is waited for any more
 */
export async function openReports(
  main: () => Promise<Report>,
  requests: readonly ReportRequest[],
  header: ReportHeader,
  abandonment?: StopSignal,
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  try {
    reports.push(await main());
    for (const { format, path } of requests) {
      const renderer = await openReportRenderer(format, header, path);
      reports.push({ renderer, output: await toFile(path, abandonment) });
    }
    return reports;
  } catch (error) {
    await abandon(reports);
    throw error;
  }
}

/**
 * Tells a run in every way that is asked for, event by event, and ends it, whatever is thrown on the way. A report in a file
 * is there in whole, or not at all. They get their names one after the other: when one cannot, those before it are there.
 * @param run ended too where it could not be told to its end, even if it has not begun
 */
export async function writeReports(
  run: AsyncGenerator<VerifyEvent | SummaryEvent>,
  reports: readonly Report[],
  progress: Progress = SILENT,
): Promise<ReportSummary> {
  const tell = async (toText: (renderer: Renderer) => string) => {
    for (const { renderer, output } of reports) {
      const text = toText(renderer);
      if (text === '') continue;
      progress.clear();
      await output.write(text);
    }
  };
  try {
    await tell((renderer) => renderer.begin());
    for await (const event of run) {
      if (event.type !== 'summary') {
        progress.event(event);
        await tell((renderer) => renderer.event(event));
        continue;
      }
      progress.stop();
      await tell((renderer) => renderer.end(event.summary));
      for (const { output } of reports) await output.finish();
      return event.summary;
    }
    throw new Error('the events ended without a summary');
  } catch (error) {
    progress.stop();
    await abandon(reports);
    throw error;
  } finally {
    await run.return(undefined);
  }
}

const abandon = (reports: readonly Report[]): Promise<unknown> =>
  Promise.all(reports.map(({ output }) => output.abandon()));
