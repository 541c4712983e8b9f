import type { Argv } from 'yargs';
import { type StopSignal, untilAborted } from '../../app/async/cancellation.js';
import { summariseRun } from '../../app/run/summarise-run.js';
import type { SettingFile } from '../../compose/examined-files.js';
import { abandonmentOf } from '../../compose/run/open-run.js';
import { openRuns } from '../../compose/run/open-sources.js';
import type { Configuration } from '../../config/precedence.js';
import { type ReportRequests, toReportRequests } from '../../config/report-options.js';
import { toPolicyOption, toRunOptions } from '../../config/run-options.js';
import { type Settings, setting } from '../../config/settings.js';
import { CONTROLS } from '../../core/report/controls.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { SECOND } from '../../core/time/instant.js';
import { openKey, remember, toCheckpoint } from '../flags/checkpoint.js';
import { configFlag, readConfiguration } from '../flags/config.js';
import { settingFlags } from '../flags/setting-flags.js';
import { example } from '../flags/yargs-checks.js';
import { openMainRenderer } from '../output/open-renderer.js';
import { openProgress } from '../output/progress.js';
import { toFile, toStream } from '../output/report-file.js';
import { openReports, type Report, writeReports } from '../output/write-reports.js';
import { exitStatusOf } from '../process/exit-status.js';
import type { Terminal } from '../process/terminal.js';

/** The flags of a verification, whoever begins it. */
export const runFlags = (yargs: Argv): Argv =>
  settingFlags(configFlag(yargs).positional('source', { type: 'string', describe: setting('source').help })).conflicts(
    'verbose',
    'quiet',
  );

/** The flags of `trailproof verify`. */
export const verifyFlags = (yargs: Argv) =>
  runFlags(yargs)
    .example(example('$0 verify ./archive --keys keys.json', 'a copy on disk, without any network'))
    .example(example('$0 verify s3://audit-logs --from -24h --to now', 'the last day of every trail in a bucket'))
    .example(
      example(
        '$0 verify --trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/main',
        'all of a trail, every account and region, and what it delivered last',
      ),
    )
    .example(
      example(
        '$0 verify s3://audit-logs --checkpoint state.json --recheck 1%',
        'every hour: what is new, and some of the rest',
      ),
    )
    .example(
      example('$0 verify s3://audit-logs --account 111122223333 --format json', 'one account, for a machine to read'),
    )
    .example(
      example(
        '$0 verify s3://audit-logs --report html=run.html --report sarif=run.sarif',
        'several reports of one run',
      ),
    )
    .epilog('Exit status: 0 verified, 1 failed, 2 undetermined or incomplete, 64 wrong usage, 70 internal error.');

/** As yargs has them; settings are read from them by name. */
export type VerifyFlags = Readonly<Record<string, unknown>>;

/** Verifies, reports, and answers with the exit status. */
export async function runVerify(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const { configuration } = await readConfiguration(flags, terminal);
  return (await verifyAs(configuration, terminal)).status;
}

/** What a run came to, and the exit status for it. */
export interface RunEnding {
  readonly summary: ReportSummary;
  readonly status: number;
}

/**
 * Verifies what a configuration says, and tells it in every way that it asks for.
 * @param onEvent shown every event as it is judged
 */
export async function verifyAs(
  configuration: Configuration,
  terminal: Terminal,
  onEvent: (event: VerifyEvent) => void = () => {},
): Promise<RunEnding> {
  // Reports keep whole seconds: what is made of a saved one must be the same.
  const now = Math.floor(terminal.now() / SECOND) * SECOND;
  const { run: settled, sources } = configuration;
  const { main, further } = toReportRequests(settled);
  const { values } = settled;
  const signal = terminal.stopSignal?.();
  // Files that are read or written may be pipes with nobody at the other end.
  const abandon = signal && abandonmentOf(signal, terminal.patience);
  const common = {
    ...(await untilAborted(abandon, toPolicyOption(settled))),
    ...(signal && { signal }),
    ...(terminal.patience !== undefined && { patience: terminal.patience }),
    settingFiles: settingFilesOf(configuration),
  };
  const key = await untilAborted(abandon, openKey(configuration, terminal));
  const options = sources.map((source) => ({ ...toRunOptions(source, now), ...toCheckpoint(source, key), ...common }));
  const run = await openRuns(options, now);
  try {
    const header: ReportHeader = { ...run.header, ...(values.controls && { controls: CONTROLS }) };
    const reports = await openReports(
      () => openMainReport(main, values, header, terminal, abandon),
      further,
      header,
      abandon,
    );
    const progress = await openProgress(terminal, values.quiet !== true, signal);
    const event = (told: VerifyEvent) => {
      progress.event(told);
      onEvent(told);
    };
    const summary = await writeReports(summariseRun(run.start(progress)), reports, { ...progress, event });
    return { summary, status: await remember(run, exitStatusOf(summary), terminal, abandon) };
  } finally {
    await run.close();
  }
}

function settingFilesOf({ file, run: { values } }: Configuration): readonly SettingFile[] {
  const { policy, checkpointKey } = values;
  return [
    ...(file === undefined ? [] : [{ setting: 'config', file } as const]),
    ...(typeof policy === 'string' ? [{ setting: 'policy', file: policy } as const] : []),
    ...(checkpointKey === undefined ? [] : [{ setting: 'checkpoint-key', file: checkpointKey } as const]),
  ];
}

async function openMainReport(
  main: ReportRequests['main'],
  values: Settings,
  header: ReportHeader,
  terminal: Terminal,
  abandon: StopSignal | undefined,
): Promise<Report> {
  const { path } = main;
  const renderer = await openMainRenderer(main, values, header, terminal);
  return { renderer, output: path === undefined ? toStream(terminal.stdout, abandon) : await toFile(path, abandon) };
}
