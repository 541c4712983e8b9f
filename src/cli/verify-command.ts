import type { Argv } from 'yargs';
import type { UsedKeys } from '../app/verify.js';
import type { Resources } from '../compose/open.js';
import { openRun, type RunOptions } from '../compose/open-run.js';
import { UsageError } from '../compose/usage-error.js';
import { CONTROLS } from '../core/controls.js';
import type { VerifyEvent } from '../core/events.js';
import { SECOND } from '../core/instant.js';
import { isAccountId, isRegionName } from '../core/object-key.js';
import type { ReportHeader, RunAccount } from '../core/report.js';
import type { Renderer } from '../render/renderer.js';
import { awsFlags, toAwsOptions } from './aws-flags.js';
import { checkpointFlags, remember, toCheckpoint } from './checkpoint-flags.js';
import { exitStatusOf } from './exit-status.js';
import { EXPECTATION_LISTS, expectationFlags, toExpectations } from './expectation-flags.js';
import { openProgress } from './progress.js';
import { refuseRepeated } from './repeated-flags.js';
import { openReportRenderer, parseReportRequest, REPORT_FORMATS } from './report-formats.js';
import { toFile, toStream } from './report-output.js';
import { type Terminal, wantsColor } from './terminal.js';
import { toInstant } from './time.js';
import { openReports, type Report, refuseSameFile, writeReports } from './write-reports.js';

const FORMATS = ['text', ...REPORT_FORMATS] as const;

/** The flags of a verification, whoever begins it. */
export const runFlags = (yargs: Argv) =>
  awsFlags(checkpointFlags(expectationFlags(yargs)))
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
    .option('format', { choices: FORMATS, default: 'text' as const, describe: 'how to report' })
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

/**
 * Verifies, reports, and answers with the exit status.
 * @param onEvent shown every event as it is judged
 */
export async function runVerify(
  flags: VerifyFlags,
  terminal: Terminal,
  onEvent: (event: VerifyEvent) => void = () => {},
): Promise<number> {
  // Reports keep whole seconds: what is made of a saved one must be the same.
  const now = Math.floor(terminal.now() / SECOND) * SECOND;
  const requests = (flags.report ?? []).map(parseReportRequest);
  if (flags.restoreList !== undefined) requests.push({ format: 'restore-list', path: flags.restoreList });
  refuseSameFile([...requests.map(({ path }) => path), ...(flags.output === undefined ? [] : [flags.output])]);
  const options = toRunOptions(flags, now);
  const policy = await toPolicyOption(flags);
  const signal = terminal.stopSignal?.();
  const checkpoint = await toCheckpoint(flags, terminal);
  const run = await openRun(
    { ...options, ...policy, ...(checkpoint && { checkpoint }), ...(signal && { signal }) },
    now,
  );
  try {
    const header: ReportHeader = { ...run.header, ...(flags.controls && { controls: CONTROLS }) };
    const reports = await openReports(() => openMainReport(flags, header, terminal), requests, header);
    const progress = await openProgress(terminal, flags.quiet !== true, signal);
    const summarise = (account: RunAccount, keysUsed: UsedKeys) => account.summarise(keysUsed);
    const event = (told: VerifyEvent) => {
      progress.event(told);
      onEvent(told);
    };
    const summary = await writeReports(run.start(progress), reports, summarise, { ...progress, event });
    return await remember(run, exitStatusOf(summary), terminal);
  } finally {
    await run.close();
  }
}

/** What `--format` and `--output` ask for. */
async function openMainReport(flags: VerifyFlags, header: ReportHeader, terminal: Terminal): Promise<Report> {
  const renderer =
    flags.format === 'text'
      ? await openTextRenderer(flags, header, terminal)
      : await openReportRenderer(flags.format, header, flags.output);
  return { renderer, output: flags.output === undefined ? toStream(terminal.stdout) : await toFile(flags.output) };
}

async function openTextRenderer(flags: VerifyFlags, header: ReportHeader, terminal: Terminal): Promise<Renderer> {
  const { textRenderer } = await import('../render/text.js');
  const color = flags.output === undefined && wantsColor(terminal);
  return textRenderer({ verbose: flags.verbose === true, quiet: flags.quiet === true, color, header });
}

function toResources({ threads, concurrency, rate }: VerifyFlags): Resources {
  return {
    ...(threads !== undefined && { threads: toCount('--threads', threads, 0) }),
    ...(concurrency !== undefined && { concurrency: toCount('--concurrency', concurrency, 1) }),
    ...(rate !== undefined && { rate: toCount('--rate', rate, 1) }),
  };
}

/** @throws {UsageError} */
async function toPolicyOption({ policy }: VerifyFlags): Promise<Pick<RunOptions, 'policy'>> {
  if (policy === undefined) return {};
  const { readPolicy } = await import('../compose/open-policy.js');
  return { policy: await readPolicy(policy) };
}

function toCount(flag: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${flag}: write a whole number, ${least} or more`);
}

function toRunOptions(flags: VerifyFlags, now: number): RunOptions {
  const from = flags.from === undefined ? undefined : toInstant('--from', flags.from, now);
  const to = flags.to === undefined ? undefined : toInstant('--to', flags.to, now);
  if (from !== undefined && to !== undefined && from >= to) throw new UsageError('--from must lie before --to');
  for (const account of flags.account ?? []) {
    if (!isAccountId(account)) throw new UsageError(`--account ${account}: an account id has 12 digits`);
  }
  for (const region of flags.region ?? []) {
    if (!isRegionName(region))
      throw new UsageError(`--region ${region}: no region has such a name; write it like us-east-1`);
  }
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(flags.account && { accounts: flags.account }),
    ...(flags.region && { regions: flags.region }),
    ...(flags.trail && { trails: flags.trail }),
    ...toExpectations(flags),
    source: flags.source,
    trailArn: flags.trailArn,
    keys: flags.keys,
    ...(flags.auditUnreferenced !== undefined && { auditUnreferenced: flags.auditUnreferenced }),
    ...(flags.useVersions && { useVersions: true }),
    ...(flags.attribute && { attribute: true }),
    ...(flags.relocated && { relocated: flags.relocated }),
    aws: toAwsOptions(flags),
    resources: toResources(flags),
  };
}
