import { open } from 'node:fs/promises';
import type { ReportRequest, ReportRequests } from '../../config/report-options.js';
import type { Settings } from '../../config/settings.js';
import type { ReportHeader } from '../../core/report/report.js';
import type { Instant } from '../../core/time/instant.js';
import type { Renderer } from '../../render/renderer.js';
import { type Terminal, textStyle } from '../process/terminal.js';
import { statOf } from './report-file.js';

/**
 * The renderer of a format; only its own code is loaded.
 * @param path where it is going to be written; a file there will be replaced
 */
export async function openReportRenderer(
  format: ReportRequest['format'],
  header: ReportHeader,
  path?: string,
): Promise<Renderer> {
  switch (format) {
    case 'json':
      return (await import('../../render/data/json.js')).jsonRenderer(header);
    case 'ndjson':
      return (await import('../../render/data/ndjson.js')).ndjsonRenderer(header);
    case 'html':
      return (await import('../../render/html/html.js')).htmlRenderer(header);
    case 'markdown':
      return (await import('../../render/ci/markdown.js')).markdownRenderer(header);
    case 'junit':
      return (await import('../../render/ci/junit.js')).junitRenderer(header);
    case 'sarif':
      return (await import('../../render/ci/sarif.js')).sarifRenderer(header);
    case 'ocsf':
      return (await import('../../render/siem/ocsf.js')).ocsfRenderer(header);
    case 'asff':
      return (await import('../../render/siem/asff.js')).asffRenderer(header);
    case 'emf':
      return (await import('../../render/metrics/emf.js')).emfRenderer(header);
    case 'prometheus': {
      const { lastSuccessIn, prometheusRenderer } = await import('../../render/metrics/prometheus.js');
      return prometheusRenderer(header, path === undefined ? undefined : await previousSuccess(path, lastSuccessIn));
    }
    case 'csv':
      return (await import('../../render/data/csv.js')).csvRenderer();
    case 'restore-list':
      return (await import('../../render/data/restore-list.js')).restoreListRenderer();
  }
}

/**
 * The renderer of a main report, which may be text.
 * @param path absent where it goes to standard output
 */
export async function openMainRenderer(
  { format, path }: ReportRequests['main'],
  { verbose = false, quiet = false }: Pick<Settings, 'verbose' | 'quiet'>,
  header: ReportHeader,
  terminal: Terminal,
): Promise<Renderer> {
  if (format !== 'text') return openReportRenderer(format, header, path);
  const { textRenderer } = await import('../../render/text/text.js');
  return textRenderer({ verbose, quiet, ...textStyle(terminal, path), header });
}

/** The metrics of the run stand before those of the chains. */
const METRICS_HEAD = 64 * 1024;

async function previousSuccess(
  path: string,
  lastSuccessIn: (text: string) => Instant | undefined,
): Promise<Instant | undefined> {
  // To read a named pipe would be to wait for somebody who writes to it.
  if (!(await statOf(path))?.isFile()) return undefined;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(METRICS_HEAD), 0, METRICS_HEAD, 0);
    return lastSuccessIn(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}
