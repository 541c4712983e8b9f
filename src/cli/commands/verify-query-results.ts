import type { Argv } from 'yargs';
import { KeyRing } from '../../app/keys/key-ring.js';
import { toQueryTools } from '../../app/query-results/verify-all-query-results.js';
import { verifyQueryResults } from '../../app/query-results/verify-query-results.js';
import { remarksOn } from '../../compose/examined-files.js';
import { nodeTools, type Opened, openAws, openFile, openKeyFiles, openS3 } from '../../compose/source/open-source.js';
import { VERSION } from '../../compose/version.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { SIGN_FILE_NAME } from '../../core/query-results/sign-file.js';
import { type ReportHeader, RunAccount } from '../../core/report/report.js';
import type { QueryResultsEvent, VerifyEvent } from '../../core/report/verify-events.js';
import type { KeySource } from '../../ports/key-source.js';
import { type ObjectStore, StoreOpenError } from '../../ports/object-store.js';
import { jsonRenderer } from '../../render/data/json.js';
import { painter, TEXT_WIDTH } from '../../render/lines/finding-lines.js';
import { escapeStrings } from '../../render/strings/escape-strings.js';
import { escapeTerminal } from '../../render/strings/escape-terminal.js';
import { Explainer } from '../../render/text/explain-once.js';
import { example, unknownOptions } from '../flags/yargs-checks.js';
import { toExit } from '../process/exit.js';
import { type Terminal, write } from '../process/terminal.js';

/** The AWS CLI's own: 252 options that are missing or contradict each other, 255 anything else that is not a success. */
const EXIT = { verified: 0, usage: 252, failed: 255 } as const;
const FORMATS = ['text', 'json'] as const;
const OPTIONS = [
  'local-export-path',
  's3-bucket',
  's3-prefix',
  'region',
  'endpoint-url',
  'profile',
  'keys',
  'format',
] as const;

/** The options of `aws cloudtrail verify-query-results`, those of `aws` itself that bear on it, and two of our own. */
export const verifyQueryResultsFlags = (yargs: Argv) =>
  yargs
    .option('local-export-path', { type: 'string', describe: 'the folder with the sign file and the results' })
    .option('s3-bucket', { type: 'string', describe: 'the bucket with them' })
    .option('s3-prefix', { type: 'string', describe: 'the folder in the bucket' })
    .option('region', { type: 'string', describe: 'where keys are asked for; default: as the sign file says' })
    .option('endpoint-url', { type: 'string', describe: 'ask for keys at this URL' })
    .option('profile', { type: 'string', describe: 'AWS profile' })
    .option('keys', {
      type: 'string',
      array: true,
      describe: 'saved answers of list-public-keys, files or folders; default: ask AWS',
    })
    .option('format', { type: 'string', default: 'text', describe: `how to report: ${FORMATS.join(' or ')}` })
    .strict(false)
    .strictOptions(false)
    .example(example('$0 verify-query-results --local-export-path ./results --keys keys.json', 'without any network'))
    .example(
      example(
        '$0 verify-query-results --s3-bucket lake --s3-prefix results/2026-03-01',
        'as with aws cloudtrail verify-query-results',
      ),
    )
    .epilog('Exit status as the AWS CLI gives it: 0 verified, 252 wrong usage, 255 not verified or any error.');

export type VerifyQueryResultsFlags = Awaited<ReturnType<typeof verifyQueryResultsFlags>['argv']>;

/** Answers as `aws cloudtrail verify-query-results` does, but looks at every file and tells all that is wrong. */
export async function runVerifyQueryResults(flags: VerifyQueryResultsFlags, terminal: Terminal): Promise<number> {
  const misuse = misuseOf(flags);
  if (misuse !== undefined) {
    await write(terminal.stderr, `trailproof: ${escapeTerminal(misuse)}\n`);
    return EXIT.usage;
  }
  try {
    return await verify(flags, terminal);
  } catch (error) {
    // What is hinted at otherwise is where trails lie.
    const message = error instanceof StoreOpenError ? error.message : toExit(error).message;
    await write(terminal.stderr, `trailproof: ${message.split('\n').map(escapeTerminal).join('\n')}\n`);
    return EXIT.failed;
  }
}

/** To the AWS CLI an empty option is none at all. */
function misuseOf(flags: VerifyQueryResultsFlags): string | undefined {
  const { 'local-export-path': path, 's3-bucket': bucket, 's3-prefix': prefix, format } = flags;
  const unknown = unknownOptions(flags, OPTIONS);
  if (unknown.length > 0) return `unknown options: ${unknown.join(', ')}`;
  const repeated = Object.entries(flags).find(([name, value]) => Array.isArray(value) && !['keys', '_'].includes(name));
  if (repeated) return `--${repeated[0]} is given more than once`;
  if (!path && !bucket) return 'name the results: --s3-bucket BUCKET or --local-export-path FOLDER';
  if (path && (bucket || prefix))
    return 'the results lie in a folder or in a bucket: --local-export-path goes with neither --s3-bucket nor --s3-prefix';
  if (!isFormat(format)) return `--format ${format}: there is ${FORMATS.join(' and ')}`;
  return undefined;
}

const isFormat = (text: string): boolean => FORMATS.some((format) => format === text);

async function verify(flags: VerifyQueryResultsFlags, terminal: Terminal): Promise<number> {
  const now = terminal.now();
  const results = await openResults(flags);
  try {
    const keys = await openKeys(flags);
    try {
      const ring = new KeyRing(keys.source, now);
      const tools = {
        ...toQueryTools(results.store, nodeTools.newSha256, ring),
        ...(flags.region && { keyRegion: flags.region }),
      };
      const event = await verifyQueryResults({ ref: results.signFile }, tools);
      const header: ReportHeader = {
        tool: { name: 'trailproof', version: VERSION },
        checkedAt: now,
        request: {
          sources: [results.source],
          ...(results.endpoint !== undefined && { endpoint: results.endpoint }),
        },
        keySource: keys.source.description,
      };
      const events = [...remarkOnKeys(flags), event];
      await (flags.format === 'json' ? tellJson(events, header, ring, terminal) : tellText(events, terminal));
      return event.outcome === 'verified' ? EXIT.verified : EXIT.failed;
    } finally {
      await keys.close();
    }
  } finally {
    await results.close();
  }
}

interface OpenedResults extends Opened {
  readonly store: ObjectStore;
  readonly signFile: ObjectRef;
  /** For the report. */
  readonly source: string;
  readonly endpoint?: string;
}

async function openResults(flags: VerifyQueryResultsFlags): Promise<OpenedResults> {
  const { 'local-export-path': path, 's3-bucket': bucket = '', 's3-prefix': prefix = '', region, profile } = flags;
  if (path) return { ...(await openFile(path)), signFile: { bucket: '', key: SIGN_FILE_NAME }, source: path };
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  // As with the AWS CLI, --endpoint-url is CloudTrail's; another S3 is named by AWS_ENDPOINT_URL_S3 or the profile.
  const s3 = await openS3({ ...(region && { region }), ...(profile && { profile }) });
  return { ...s3, signFile: { bucket, key: `${folder}${SIGN_FILE_NAME}` }, source: `s3://${bucket}/${folder}` };
}

async function openKeys(flags: VerifyQueryResultsFlags): Promise<Opened & { readonly source: KeySource }> {
  if (flags.keys)
    return {
      source: await openKeyFiles(flags.keys, flags['local-export-path'] ? [flags['local-export-path']] : []),
      close: async () => {},
    };
  const { profile, 'endpoint-url': endpointUrl } = flags;
  const aws = await openAws({ ...(profile && { profile }), ...(endpointUrl && { endpointUrl }) });
  return { source: aws.keys, close: () => aws.close() };
}

/** What is to be said of keys that were named and lie among the results. */
function remarkOnKeys({ keys = [], 'local-export-path': path }: VerifyQueryResultsFlags): readonly Told[] {
  const files = keys.map((file) => ({ setting: 'keys', file }) as const);
  const findings = remarksOn(files, path ? [path] : []);
  return findings.length > 0 ? [{ type: 'findings', findings }] : [];
}

type Told = QueryResultsEvent | Extract<VerifyEvent, { type: 'findings' }>;

/** The AWS CLI's sentence; whatever else there is to say goes to standard error. */
async function tellText(events: readonly Told[], { stdout, stderr }: Terminal): Promise<void> {
  const explainer = new Explainer(painter(false), TEXT_WIDTH);
  for (const finding of escapeStrings(events.flatMap(({ findings }) => findings)))
    await write(stderr, `${explainer.linesOf(finding).join('\n')}\n`);
  if (events.some((event) => event.type === 'query-results' && event.outcome === 'verified'))
    await write(stdout, 'Successfully validated sign and query result files\n');
}

async function tellJson(
  events: readonly Told[],
  header: ReportHeader,
  ring: KeyRing,
  { stdout }: Terminal,
): Promise<void> {
  const account = new RunAccount();
  for (const event of events) account.add(event);
  const renderer = jsonRenderer(header);
  const told = events.map((event) => renderer.event(event)).join('');
  await write(stdout, `${renderer.begin()}${told}${renderer.end(account.summarise(ring.used))}`);
}
