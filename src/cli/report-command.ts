import type { Argv } from 'yargs';
import { UsageError } from '../compose/usage-error.js';
import { REPORT_FORMATS } from '../config/report-formats.js';
import { toOutputPath } from '../config/report-requests.js';
import { CONTROLS } from '../core/controls.js';
import type { ReportHeader } from '../core/report.js';
import { EXIT } from './exit-status.js';
import { openReportRenderer } from './report-formats.js';
import { toFile, toStream } from './report-output.js';
import { agreed, openSavedRun } from './saved-run.js';
import type { Terminal } from './terminal.js';
import { writeReports } from './write-reports.js';
import { refuseRepeated } from './yargs-checks.js';

/** The flags of `trailproof report convert`. */
export const convertFlags = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', describe: 'a report that was written with --format json or ndjson' })
    .option('format', { choices: REPORT_FORMATS, demandOption: true, describe: 'what to make of it' })
    .option('output', {
      type: 'string',
      requiresArg: true,
      describe: 'write it to this file; default: standard output',
    })
    .option('controls', { type: 'boolean', describe: 'name the controls of common standards that it is evidence for' })
    .check(refuseRepeated())
    .example('$0 report convert run.json --format html --output run.html', 'a page to read')
    .example('$0 report convert run.ndjson --format junit --output run.xml', 'with every file that was checked')
    .epilog('Only ndjson names what is verified. Exit status: 0 converted, whatever its outcome; 64 wrong usage.');

type ConvertFlags = Awaited<ReturnType<typeof convertFlags>['argv']>;

/** Makes another format of a report. Nothing is verified again. */
export async function runConvert(flags: ConvertFlags, terminal: Terminal): Promise<number> {
  const path = flags.file;
  // An empty name is also what yargs makes of `-`.
  if (!path) throw new UsageError('name the report to convert: a file, not standard input');
  const saved = await openSavedRun(path);
  const header: ReportHeader = flags.controls ? { ...saved.header, controls: CONTROLS } : saved.header;
  const target = toOutputPath(flags.output);
  const renderer = await openReportRenderer(flags.format, header, target);
  const output = target === undefined ? toStream(terminal.stdout) : await toFile(target);
  await writeReports(saved.events, [{ renderer, output }], (account, told) => agreed(path, account, told));
  return EXIT.verified;
}
