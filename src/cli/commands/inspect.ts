import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Argv } from 'yargs';
import { inspectObject } from '../../app/objects/inspect-object.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { nodeTools, openFile, openS3 } from '../../compose/source/open-source.js';
import { parseSource } from '../../compose/source/parse-source.js';
import { toAwsOptions } from '../../config/aws-options.js';
import { SETTINGS } from '../../config/setting-table.js';
import { fromFlags } from '../../config/settings.js';
import type { Unread } from '../../core/content/object-content.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { renderInspection, renderInspectionJson } from '../../render/text/inspection.js';
import { awsFlags } from '../flags/aws.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';

/** The flags of `trailproof inspect`. */
export const inspectFlags = (yargs: Argv) =>
  awsFlags(yargs)
    .positional('object', { type: 'string', describe: 'a file, or s3://BUCKET/KEY' })
    .option('request-payer', { type: 'boolean', describe: SETTINGS.requestPayer.help })
    .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'how to show it' })
    .check(refuseRepeated())
    .example(example('$0 inspect digest.json.gz', 'what a digest says, and the text that its signature covers'))
    .epilog('Nothing is verified. Exit status: 0 shown, 2 cannot be read, 64 wrong usage or no such object.');

type InspectFlags = Awaited<ReturnType<typeof inspectFlags>['argv']>;

/** Shows a digest or a log without verifying it. */
export async function runInspect(flags: InspectFlags, terminal: Terminal): Promise<number> {
  if (flags.object === undefined) throw new UsageError('name what to inspect: a file, or s3://BUCKET/KEY');
  const source = parseSource(flags.object);
  if (source.type === 's3' && (source.key === '' || source.key.endsWith('/')))
    throw new UsageError(`${flags.object} names no object: write s3://BUCKET/KEY`);
  if (source.type === 'local' && (await isFolder(source.path)))
    throw new UsageError(`${flags.object} is a folder: name a file in it`);
  const opened =
    source.type === 's3' ? await openS3(toAwsOptions(fromFlags(flags))) : await openFile(dirname(source.path));
  try {
    const ref = source.type === 's3' ? source : { bucket: '', key: basename(source.path) };
    const inspection = await inspectObject(opened.store, nodeTools.inflater, { bucket: ref.bucket, key: ref.key });
    if ('status' in inspection) return await tellUnread(flags.object, inspection, terminal);
    const render = flags.format === 'json' ? renderInspectionJson : renderInspection;
    await write(terminal.stdout, render(inspection));
    return EXIT.verified;
  } finally {
    await opened.close();
  }
}

/** What is not there, or may not be looked at, is told when it is read. */
const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

async function tellUnread(object: string, unread: Unread, terminal: Terminal): Promise<number> {
  if (unread.status === 'not-found') throw new UsageError(`cannot read ${object}: there is no such object`);
  await write(
    terminal.stderr,
    `trailproof: cannot read ${escapeTerminal(object)}: ${escapeTerminal(reasonOf(unread))}\n`,
  );
  return EXIT.undetermined;
}

function reasonOf(unread: Exclude<Unread, { status: 'not-found' }>): string {
  switch (unread.status) {
    case 'archived':
      return `it is archived (${unread.storageClass}) and must be restored first`;
    case 'too-large':
      return `it has more than ${unread.limit} bytes (${unread.measure})`;
    case 'denied':
    case 'unavailable':
      return unread.refusal.message;
  }
}
