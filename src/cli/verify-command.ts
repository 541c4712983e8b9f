import type { Argv } from 'yargs';
import { type VerifyRequest, verifyTrails } from '../app/verify.js';
import { isAccountId, isRegionName } from '../core/object-key.js';
import { type ReportHeader, type ReportSummary, RunAccount } from '../core/report.js';
import type { Renderer } from '../render/renderer.js';
import { inflater, newSha256, openAws, openKeyFiles, openSource } from './compose.js';
import { exitStatusOf } from './exit-status.js';
import { refuseRepeated } from './repeated-flags.js';
import { type ReportOutput, toFile, toStream } from './report-output.js';
import { parseSource } from './source.js';
import { type Terminal, wantsColor } from './terminal.js';
import { toInstant } from './time.js';
import { UsageError } from './usage-error.js';
import { VERSION } from './version.js';

const FORMATS = ['text', 'json', 'ndjson'] as const;

/** The flags of `trailproof verify`. */
export const verifyFlags = (yargs: Argv) =>
  yargs
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
    .option('format', { choices: FORMATS, default: 'text' as const, describe: 'how to report' })
    .option('output', { type: 'string', requiresArg: true, describe: 'write the report to this file' })
    .option('verbose', { type: 'boolean', describe: 'also name every file that is verified' })
    .option('quiet', { type: 'boolean', describe: 'say nothing unless something is wrong' })
    .option('profile', { type: 'string', requiresArg: true, describe: 'AWS profile' })
    .option('endpoint-url', { type: 'string', requiresArg: true, describe: 'send AWS requests to this URL' })
    .conflicts('verbose', 'quiet')
    .check(refuseRepeated('account', 'region', 'trail', 'keys'))
    .example('$0 verify ./archive --keys keys.json', 'a copy on disk, without any network')
    .example('$0 verify s3://audit-logs --from -24h --to now', 'the last day of every trail in a bucket')
    .example('$0 verify s3://audit-logs --account 111122223333 --format json', 'one account, for a machine to read')
    .epilog('Exit status: 0 verified, 1 failed, 2 undetermined or incomplete, 64 wrong usage, 70 internal error.');

type VerifyFlags = Awaited<ReturnType<typeof verifyFlags>['argv']>;

/** Verifies, reports, and answers with the exit status. */
export async function runVerify(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const now = terminal.now();
  const selection = toSelection(flags, now);
  const aws = toAwsOptions(flags);
  if (flags.source === undefined)
    throw new UsageError('name what to verify: a folder that holds AWSLogs or saved query results, or s3://BUCKET');
  const argument = parseSource(flags.source);
  const source = await openSource(argument, aws);
  const online = flags.keys ? undefined : await openAws(aws);
  try {
    const keys = flags.keys ? await openKeyFiles(flags.keys) : (online ?? (await openAws(aws))).keys;
    const header: ReportHeader = {
      tool: { name: 'trailproof', version: VERSION },
      checkedAt: now,
      request: { sources: [flags.source], ...selection },
      keySource: keys.description,
    };
    const output = flags.output === undefined ? toStream(terminal.stdout) : await toFile(flags.output);
    const renderer = await openRenderer(flags, header, terminal);
    const { sources, exportSources } = source;
    const request = { ...selection, sources, ...(exportSources && { exportSources }) };
    const run = verifyTrails(request, { ...source, inflater, newSha256, keys, now });
    const summary = await report(run, renderer, output);
    return exitStatusOf(summary.outcome);
  } finally {
    await Promise.all([source.close(), online?.close()]);
  }
}

/** Passes a run through a renderer to where it is to go. */
async function report(
  run: ReturnType<typeof verifyTrails>,
  renderer: Renderer,
  output: ReportOutput,
): Promise<ReportSummary> {
  const account = new RunAccount();
  try {
    await output.write(renderer.begin());
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      account.add(next.value);
      await output.write(renderer.event(next.value));
    }
    const summary = account.summarise(next.value);
    await output.write(renderer.end(summary));
    await output.finish();
    return summary;
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

async function openRenderer(flags: VerifyFlags, header: ReportHeader, terminal: Terminal): Promise<Renderer> {
  switch (flags.format) {
    case 'json':
      return (await import('../render/json.js')).jsonRenderer(header);
    case 'ndjson':
      return (await import('../render/ndjson.js')).ndjsonRenderer(header);
    default: {
      const { textRenderer } = await import('../render/text.js');
      const color = flags.output === undefined && wantsColor(terminal);
      return textRenderer({ verbose: flags.verbose === true, quiet: flags.quiet === true, color, header });
    }
  }
}

function toSelection(flags: VerifyFlags, now: number): Omit<VerifyRequest, 'sources'> {
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
  };
}

/** How AWS is to be reached, from the flags that say so. */
export const toAwsOptions = (flags: {
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
}) => ({
  ...(flags.profile !== undefined && { profile: flags.profile }),
  ...(flags.endpointUrl !== undefined && { endpointUrl: flags.endpointUrl }),
});
