import { resolve } from 'node:path';
import { UsageError } from '../compose/errors/usage-error.js';
import { MAIN_FORMATS, REPORT_FORMATS, type ReportFormat } from './report-formats.js';
import type { SettledSettings } from './settings.js';

type MainFormat = (typeof MAIN_FORMATS)[number];

const isReportFormat = (text: string): text is ReportFormat => (REPORT_FORMATS as readonly string[]).includes(text);

/** A `--report FORMAT=FILE`, or a `--restore-list FILE`. */
export interface ReportRequest {
  readonly format: ReportFormat | 'restore-list';
  readonly path: string;
}

/** How a run is to be told. */
export interface ReportRequests {
  /** The main report; without a file it goes to standard output. */
  readonly main: { readonly format: MainFormat; readonly path?: string };
  readonly further: readonly ReportRequest[];
}

/** @throws {UsageError} when a format or a file is none, or two reports are to go to one file */
export function toReportRequests(settled: SettledSettings): ReportRequests {
  const { format = 'text', reports = [], restoreList, verbose, quiet } = settled.values;
  const output = toOutputPath(settled.values.output);
  if (verbose && quiet)
    throw new UsageError(`${settled.nameOf('verbose')} and ${settled.nameOf('quiet')} exclude each other`);
  const main = MAIN_FORMATS.find((known) => known === format);
  if (main === undefined)
    throw new UsageError(`${settled.nameOf('format')} ${format}: there is ${MAIN_FORMATS.join(', ')}`);
  const further = reports.map((text) => parseReportRequest(text, settled.nameOf('reports')));
  if (restoreList !== undefined) further.push({ format: 'restore-list', path: restoreList });
  refuseSameFile([...further.map(({ path }) => path), ...(output === undefined ? [] : [output])]);
  return { main: { format: main, ...(output !== undefined && { path: output }) }, further };
}

/** `-` is standard output, as nothing is. */
export const toOutputPath = (output: string | undefined): string | undefined => (output === '-' ? undefined : output);

function parseReportRequest(text: string, name: string): ReportRequest {
  const [format = '', ...rest] = text.split('=');
  const path = rest.join('=');
  if (!isReportFormat(format) || path === '')
    throw new UsageError(`${name} ${text}: write FORMAT=FILE, where FORMAT is ${REPORT_FORMATS.join(', ')}`);
  if (path === '-') throw new UsageError(`${name} ${text}: standard output is for the main report, --format ${format}`);
  return { format, path };
}

function refuseSameFile(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(resolve(path))) throw new UsageError(`${path}: only one report can go to a file`);
    seen.add(resolve(path));
  }
}
