import type { Argv } from 'yargs';
import { UsageError } from '../../compose/errors/usage-error.js';
import { MAIN_FORMATS } from '../../config/report-formats.js';
import { toOutputPath } from '../../config/report-options.js';
import { CONTROLS } from '../../core/report/controls.js';
import type { ReportHeader } from '../../core/report/report.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { openMainRenderer } from '../output/open-renderer.js';
import { toFile, toStream } from '../output/report-file.js';
import { writeReports } from '../output/write-reports.js';
import { EXIT } from '../process/exit-status.js';
import type { Terminal } from '../process/terminal.js';
import { openSavedRun } from '../saved-report/read.js';

/** The formats that hold nothing which a JSON report leaves out: what was verified, and when a finding was told among it. */
const OF_A_REPORT = ['json', 'markdown', 'emf', 'prometheus'] as const;

/** The flags of `trailproof report convert`. */
export const convertFlags = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', describe: 'a report that was written with --format json or ndjson' })
    .option('format', { choices: MAIN_FORMATS, demandOption: true, describe: 'what to make of it' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'write it to this file; default: standard output',
    })
    .option('verbose', { alias: 'v', type: 'boolean', describe: 'text: also name every file that is verified' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'text: say nothing unless something is wrong' })
    .conflicts('verbose', 'quiet')
    .option('controls', { type: 'boolean', describe: 'name the controls of common standards that it is evidence for' })
    .check(refuseRepeated())
    .example(example('$0 report convert run.ndjson --format text --verbose', 'what the run printed with --verbose'))
    .example(example('$0 report convert run.ndjson --format html --output run.html', 'a page to read'))
    .example(
      example('$0 report convert run.ndjson --format junit --output run.xml', 'with every file that was checked'),
    )
    .epilog(
      `Every format is the same as the run would have written it. Of ndjson all can be made; of json, which does not name each file, ${OF_A_REPORT.join(', ')}. Exit status: 0 converted, whatever its outcome; 64 wrong usage.`,
    );

type ConvertFlags = Awaited<ReturnType<typeof convertFlags>['argv']>;

/** Makes another format of a report. Nothing is verified again. */
export async function runConvert(flags: ConvertFlags, terminal: Terminal): Promise<number> {
  const path = flags.file;
  // An empty name is also what yargs makes of `-`.
  if (!path) throw new UsageError('name the report to convert: a file, not standard input');
  const saved = await openSavedRun(path);
  const { format, verbose = false, quiet = false } = flags;
  if (format !== 'text' && (verbose || quiet))
    throw new UsageError(`--${verbose ? 'verbose' : 'quiet'} is for --format text`);
  if (!saved.isDetailed && !OF_A_REPORT.some((possible) => possible === format))
    throw new UsageError(
      `${path} is a JSON report, which does not name every digest and log: as ${format} it would not be what the run would have written.\nWrite the run as JSON lines (--report ndjson=FILE), and convert that.`,
    );
  const header: ReportHeader = flags.controls ? { ...saved.header, controls: CONTROLS } : saved.header;
  const target = toOutputPath(flags.output);
  const main = { format, ...(target !== undefined && { path: target }) };
  const renderer = await openMainRenderer(main, { verbose, quiet }, header, terminal);
  const output = target === undefined ? toStream(terminal.stdout) : await toFile(target);
  await writeReports(saved.events, [{ renderer, output }]);
  return EXIT.verified;
}
