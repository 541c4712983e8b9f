import type { Argv } from 'yargs';
import type { UsedKeys } from '../app/verify.js';
import type { SettingFile } from '../compose/examined-files.js';
import { openRuns } from '../compose/open-runs.js';
import { MAIN_FORMATS, type ReportRequests, toReportRequests } from '../config/report-requests.js';
import { toPolicyOption, toRunOptions } from '../config/run-options.js';
import type { Settings } from '../config/settings.js';
import type { Configuration } from '../config/settle.js';
import { CONTROLS } from '../core/controls.js';
import type { VerifyEvent } from '../core/events.js';
import { SECOND } from '../core/instant.js';
import type { ReportHeader, ReportSummary, RunAccount } from '../core/report.js';
import { awsFlags } from './aws-flags.js';
import { checkpointFlags, openKey, remember, toCheckpoint } from './checkpoint-flags.js';
import { configFlag, readConfiguration } from './config-flags.js';
import { exitStatusOf } from './exit-status.js';
import { EXPECTATION_LISTS, expectationFlags } from './expectation-flags.js';
import { openProgress } from './progress.js';
import { openReportRenderer } from './report-formats.js';
import { toFile, toStream } from './report-output.js';
import { type Terminal, wantsColor } from './terminal.js';
import { openReports, type Report, writeReports } from './write-reports.js';
import { refuseRepeated } from './yargs-checks.js';

/** The flags of a verification, whoever begins it. */
export const runFlags = (yargs: Argv) =>
  awsFlags(checkpointFlags(expectationFlags(configFlag(yargs))))
    .positional('source', {
      type: 'string',
      describe: 'a folder with a copy of a bucket or with saved query results, or s3://BUCKET[/PREFIX]',
    })
    .option('from', { type: 'string', requiresArg: true, describe: 'where to begin; default: the oldest digest found' })
    .option('to', { type: 'string', requiresArg: true, describe: 'where to end; default: the newest digest found' })
    .option('account', { type: 'string', array: true, requiresArg: true, describe: 'only this account (repeatable)' })
    .option('region', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'only events of this region (repeatable)',
    })
    .option('trail', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'only the trail of this name (repeatable)',
    })
    .option('keys', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'saved answers of list-public-keys, files or folders; default: ask AWS',
    })
    .option('audit-unreferenced', {
      type: 'boolean',
      describe: 'also report objects that no digest lists; default: yes for a folder, no for s3://',
    })
    .option('use-versions', {
      type: 'boolean',
      describe: 'look for older versions of what is missing or changed, and go on with them',
    })
    .option('attribute', {
      type: 'boolean',
      describe: 'search the logs that verified for who did it: they are read a second time',
    })
    .option('relocated', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'FROM=TO: what was delivered to this bucket or BUCKET/PREFIX lies at another (repeatable)',
    })
    .option('policy', {
      type: 'string',
      requiresArg: true,
      describe: 'what findings do to the outcome and which are accepted, a file in YAML or JSON',
    })
    .option('format', { choices: MAIN_FORMATS, describe: 'how to report; default: text' })
    .option('output', { type: 'string', requiresArg: true, describe: 'write the report to this file' })
    .option('report', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'FORMAT=FILE: also write the report in this format (repeatable)',
    })
    .option('restore-list', {
      type: 'string',
      requiresArg: true,
      describe: 'write the archived objects to this file, for S3 Batch Operations to restore',
    })
    .option('controls', { type: 'boolean', describe: 'name the controls of common standards that it is evidence for' })
    .option('verbose', { type: 'boolean', describe: 'also name every file that is verified' })
    .option('quiet', { type: 'boolean', describe: 'say nothing unless something is wrong' })
    .option('threads', {
      type: 'number',
      requiresArg: true,
      describe: 'threads beside the main one; default: one for each further core',
    })
    .option('concurrency', {
      type: 'number',
      requiresArg: true,
      describe: 'S3 requests under way at once; default: found out',
    })
    .option('rate', { type: 'number', requiresArg: true, describe: 'S3 requests a second to one bucket, at most' })
    .conflicts('verbose', 'quiet')
    .group(['trail-arn', 'from', 'to', 'account', 'region', 'trail', 'relocated'], 'What is verified:')
    .group(['keys', 'profile', 'role-arn', 'external-id', 'endpoint-url'], 'Keys and access:')
    .group(['max-age', 'expect-account', 'expect-region'], 'What must be there:')
    .group(['audit-unreferenced', 'use-versions', 'attribute', 'policy'], 'What is looked for, and what it counts:')
    .group(['checkpoint', 'checkpoint-key', 'recheck'], 'Incremental runs:')
    .group(['format', 'output', 'report', 'restore-list', 'controls', 'verbose', 'quiet'], 'Reports:')
    .group(['threads', 'concurrency', 'rate'], 'Speed:')
    .check(refuseRepeated('account', 'region', 'trail', ...EXPECTATION_LISTS, 'keys', 'report', 'relocated'));

/** The flags of `trailproof verify`. */
export const verifyFlags = (yargs: Argv) =>
  runFlags(yargs)
    .example('$0 verify ./archive --keys keys.json', 'a copy on disk, without any network')
    .example('$0 verify s3://audit-logs --from -24h --to now', 'the last day of every trail in a bucket')
    .example('$0 verify --trail-arn ARN', 'all of a trail, every account and region, and what it delivered last')
    .example(
      '$0 verify s3://audit-logs --checkpoint state.json --recheck 1%',
      'every hour: what is new, and some of the rest',
    )
    .example('$0 verify s3://audit-logs --account 111122223333 --format json', 'one account, for a machine to read')
    .example('$0 verify s3://audit-logs --report html=run.html --report sarif=run.sarif', 'several reports of one run')
    .epilog('Exit status: 0 verified, 1 failed, 2 undetermined or incomplete, 64 wrong usage, 70 internal error.');

export type VerifyFlags = Awaited<ReturnType<typeof runFlags>['argv']>;

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
  const common = {
    ...(await toPolicyOption(settled)),
    ...(signal && { signal }),
    ...(terminal.patience !== undefined && { patience: terminal.patience }),
    settingFiles: settingFilesOf(configuration),
  };
  const key = await openKey(configuration, terminal);
  const options = sources.map((source) => ({ ...toRunOptions(source, now), ...toCheckpoint(source, key), ...common }));
  const run = await openRuns(options, now);
  try {
    const header: ReportHeader = { ...run.header, ...(values.controls && { controls: CONTROLS }) };
    const reports = await openReports(() => openMainReport(main, values, header, terminal), further, header);
    const progress = await openProgress(terminal, values.quiet !== true, signal);
    const summarise = (account: RunAccount, keysUsed: UsedKeys) => account.summarise(keysUsed);
    const event = (told: VerifyEvent) => {
      progress.event(told);
      onEvent(told);
    };
    const summary = await writeReports(run.start(progress), reports, summarise, { ...progress, event });
    return { summary, status: await remember(run, exitStatusOf(summary), terminal) };
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
  { format, path }: ReportRequests['main'],
  { verbose = false, quiet = false }: Settings,
  header: ReportHeader,
  terminal: Terminal,
): Promise<Report> {
  const color = path === undefined && wantsColor(terminal);
  const renderer =
    format === 'text'
      ? (await import('../render/text.js')).textRenderer({ verbose, quiet, color, header })
      : await openReportRenderer(format, header, path);
  return { renderer, output: path === undefined ? toStream(terminal.stdout) : await toFile(path) };
}
