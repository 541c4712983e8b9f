import type { Argv } from 'yargs';
import { locateTrail, ValidateLogsError, type ValidateLogsRequest, validateLogs } from '../app/validate-logs.js';
import { CredentialsError, ListingError, StoreUnreachableError } from '../ports/object-store.js';
import { ServiceError } from '../ports/service-error.js';
import { type AwsCliOutput, AwsCliStop, AwsCliTranscript, toServiceMessage } from '../render/aws-cli.js';
import { findRegion, inflater, openAws, openS3 } from './compose.js';
import { type Terminal, write } from './terminal.js';
import { parseTime } from './time.js';
import { unknownOptions } from './unknown-options.js';
import { toAwsOptions } from './verify-command.js';

/** The AWS CLI's own: 1 something is invalid, 2 wrong usage, 255 any error. */
const EXIT = { usage: 2, error: 255 } as const;
const REQUIRED = ['trail-arn', 'start-time'] as const;

const OPTIONS = [
  ...REQUIRED,
  'end-time',
  's3-bucket',
  's3-prefix',
  'account-id',
  'verbose',
  'region',
  'endpoint-url',
  'profile',
] as const;

/** The options of `aws cloudtrail validate-logs`, and those of `aws` itself that bear on it. */
export const validateLogsFlags = (yargs: Argv) =>
  yargs
    .option('trail-arn', { type: 'string', requiresArg: true, describe: 'the trail to validate (required)' })
    .option('start-time', {
      type: 'string',
      requiresArg: true,
      describe: 'logs delivered from then on are validated (required)',
    })
    .option('end-time', {
      type: 'string',
      requiresArg: true,
      describe: 'logs delivered until then are validated; default: now',
    })
    .option('s3-bucket', {
      type: 'string',
      requiresArg: true,
      describe: 'where the digests lie; default: asked of DescribeTrails',
    })
    .option('s3-prefix', { type: 'string', requiresArg: true, describe: 'what stands before AWSLogs/ in their keys' })
    .option('account-id', {
      type: 'string',
      requiresArg: true,
      describe: 'the member account, for an organization trail',
    })
    .option('verbose', { type: 'boolean', default: false, describe: 'name valid files too' })
    .option('region', { type: 'string', requiresArg: true, describe: 'the region whose events are validated' })
    .option('endpoint-url', { type: 'string', requiresArg: true, describe: 'send AWS requests to this URL' })
    .option('profile', { type: 'string', requiresArg: true, describe: 'AWS profile' })
    .strict(false)
    .strictOptions(false)
    .example(
      '$0 validate-logs --trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/main --start-time 2026-03-01T00:00:00Z --verbose',
      'as with aws cloudtrail validate-logs',
    )
    .epilog('Exit status as the AWS CLI gives it: 0 nothing invalid, 1 something invalid, 2 wrong usage, 255 error.');

export type ValidateLogsFlags = Awaited<ReturnType<typeof validateLogsFlags>['argv']>;

class NoRegionError extends Error {
  override readonly message =
    'You must specify a region. You can also configure your region by running "aws configure".';
}

/** Answers as `aws cloudtrail validate-logs` does, to the byte. */
export async function runValidateLogs(flags: ValidateLogsFlags, terminal: Terminal): Promise<number> {
  const missing = REQUIRED.filter((name) => flags[name] === undefined).map((name) => `--${name}`);
  if (missing.length > 0) {
    await write(terminal.stderr, `trailproof: error: the following arguments are required: ${missing.join(', ')}\n`);
    return EXIT.usage;
  }
  try {
    const unknown = unknownOptions(flags, OPTIONS);
    if (unknown.length > 0) throw new ValidateLogsError(`Unknown options: ${unknown.join(',')}`);
    return await validate(flags, terminal);
  } catch (error) {
    const message = toAwsCliMessage(error);
    if (message === undefined) throw error;
    await write(terminal.stderr, message);
    return EXIT.error;
  }
}

async function validate(flags: ValidateLogsFlags, terminal: Terminal): Promise<number> {
  const aws = toAwsOptions(flags);
  const now = terminal.now();
  const request = await toRequest(flags, now, terminal);
  const { keys, trails, close } = await openAws(aws);
  const s3 = await openS3({ ...aws, region: request.region });
  try {
    const place = await locateTrail(request, trails);
    const transcript = new AwsCliTranscript({ ...request, verbose: flags.verbose });
    await writeOutput(terminal, transcript.begin());
    for await (const event of validateLogs(request, place, { ...s3, inflater, keys, now })) {
      await writeOutput(terminal, transcript.event(event));
    }
    await writeOutput(terminal, transcript.end());
    return transcript.exitStatus;
  } finally {
    await Promise.all([close(), s3.close()]);
  }
}

async function toRequest(flags: ValidateLogsFlags, now: number, terminal: Terminal): Promise<ValidateLogsRequest> {
  const startTime = toInstant(flags['start-time'] ?? '', now);
  // To the AWS CLI an empty end or account is none at all; an empty bucket or prefix is one.
  const endTime = flags['end-time'] ? toInstant(flags['end-time'], now) : now;
  if (startTime > endTime)
    throw new ValidateLogsError('Invalid time range specified: start-time must occur before end-time');
  // The AWS CLI reads AWS_DEFAULT_REGION where the SDKs read AWS_REGION.
  const region = flags.region ?? terminal.env.AWS_DEFAULT_REGION ?? (await findRegion(flags.profile));
  if (region === undefined) throw new NoRegionError();
  const { 's3-bucket': bucket, 's3-prefix': prefix, 'account-id': accountId } = flags;
  return {
    trailArn: flags['trail-arn'] ?? '',
    startTime,
    endTime,
    region,
    ...(bucket !== undefined && { bucket }),
    ...(prefix !== undefined && { prefix }),
    ...(accountId && { accountId }),
  };
}

function toInstant(text: string, now: number): number {
  const instant = parseTime(text, now);
  if (instant === undefined) throw new ValidateLogsError(`Unable to parse date value: ${text}`);
  return instant;
}

async function writeOutput(terminal: Terminal, { stdout = '', stderr = '' }: AwsCliOutput): Promise<void> {
  await write(terminal.stdout, stdout);
  await write(terminal.stderr, stderr);
}

/** What the AWS CLI would say of an error; undefined for what is no error of the request or the services, but a bug. */
function toAwsCliMessage(error: unknown): string | undefined {
  if (error instanceof NoRegionError) return `${error.message}\n`;
  if (error instanceof ValidateLogsError || error instanceof AwsCliStop || error instanceof StoreUnreachableError) {
    return `\n${error.message}\n`;
  }
  if (error instanceof ListingError) return `\n${toListingMessage(error)}\n`;
  const cause = error instanceof CredentialsError ? error.cause : error;
  if (error instanceof CredentialsError && error.errorCode === 'CredentialsProviderError') {
    return 'Unable to locate credentials. You can configure credentials by running "aws configure".\n';
  }
  if (cause instanceof ServiceError)
    return `\n${toServiceMessage(cause.errorCode, cause.call.operation, cause.message)}\n`;
  return undefined;
}

function toListingMessage({ reason }: ListingError): string {
  if (reason.status === 'not-found')
    return toServiceMessage('NoSuchBucket', 'GetBucketLocation', 'The specified bucket does not exist');
  return toServiceMessage(reason.refusal.errorCode, 'ListObjects', reason.refusal.message);
}
