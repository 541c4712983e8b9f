import type { Argv } from 'yargs';
import {
  locateTrail,
  ValidateLogsError,
  type ValidateLogsRequest,
  validateLogs,
} from '../../app/aws-cli/validate-logs.js';
import { NoProfileError } from '../../compose/aws/aws-access.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { findRegion, nodeTools, openAws, openS3 } from '../../compose/source/open-source.js';
import { VERSION } from '../../compose/version.js';
import { toAwsOptions } from '../../config/aws-options.js';
import { parseTime } from '../../config/parse-time.js';
import { fromFlags } from '../../config/settings.js';
import { CredentialsError, ListingError, StoreUnreachableError } from '../../ports/object-store.js';
import { ServiceError } from '../../ports/service-error.js';
import {
  type AwsCliOutput,
  AwsCliStop,
  AwsCliTranscript,
  toServiceMessage,
} from '../../render/aws-cli/aws-cli-transcript.js';
import { ArgumentError, readAwsCliArguments } from '../aws-cli/arguments.js';
import { AWS_CLI_OPTIONS, COMMAND_OPTIONS, SHOWN_GLOBAL_OPTIONS } from '../aws-cli/options.js';
import { example } from '../flags/yargs-checks.js';
import { type Terminal, write } from '../process/terminal.js';

/** The AWS CLI's own: 1 something is invalid, 2 wrong usage, 255 any error. */
const EXIT = { usage: 2, error: 255 } as const;
const REQUIRED = ['trail-arn', 'start-time'] as const;

const SHOWN_OPTIONS = { ...COMMAND_OPTIONS, ...SHOWN_GLOBAL_OPTIONS } as const;

type Values = { readonly [Name in keyof typeof SHOWN_OPTIONS]?: string | undefined };

/** Describes the options. yargs only shows them: what is given is read as the AWS CLI reads it. */
export const validateLogsFlags = (yargs: Argv) =>
  yargs
    .options(SHOWN_OPTIONS)
    .strict(false)
    .strictOptions(false)
    .example(
      example(
        '$0 validate-logs --start-time 2026-03-01T00:00:00Z --verbose \\\n--trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/main',
        'as with aws cloudtrail validate-logs',
      ),
    )
    .epilog('Exit status as the AWS CLI gives it: 0 nothing invalid, 1 something invalid, 2 wrong usage, 255 error.');

class NoRegionError extends Error {
  override readonly message =
    'You must specify a region. You can also configure your region by running "aws configure".';
}

/** Answers as `aws cloudtrail validate-logs` does, to the byte. `args`: the command line, beginning with the command. */
export async function runValidateLogs(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { values, unknown } = readAwsCliArguments(args, AWS_CLI_OPTIONS);
    if (values.has('version')) {
      await write(terminal.stdout, `trailproof ${VERSION}\n`);
      return 0;
    }
    const missing = REQUIRED.filter((name) => !values.has(name)).map((name) => `--${name}`);
    if (missing.length > 0) throw new ArgumentError(`the following arguments are required: ${missing.join(', ')}`);
    if (unknown.length > 0) throw new ValidateLogsError(`Unknown options: ${unknown.join(',')}`);
    return await validate(Object.fromEntries(values), terminal);
  } catch (error) {
    const message = toAwsCliMessage(error);
    if (message === undefined) throw error;
    await write(terminal.stderr, message);
    return error instanceof ArgumentError ? EXIT.usage : EXIT.error;
  }
}

async function validate(values: Values, terminal: Terminal): Promise<number> {
  const { profile, 'endpoint-url': endpointUrl } = values;
  const aws = toAwsOptions(fromFlags({ profile, endpointUrl }));
  const now = terminal.now();
  const request = await toRequest(values, now, terminal);
  const { keys, trails, close } = await openAws(aws);
  const s3 = await openS3({ ...aws, region: request.region });
  try {
    const place = await locateTrail(request, trails);
    const transcript = new AwsCliTranscript({ ...request, verbose: values.verbose !== undefined });
    await writeOutput(terminal, transcript.begin());
    for await (const event of validateLogs(request, place, { ...nodeTools, ...s3, keys, now })) {
      await writeOutput(terminal, transcript.event(event));
    }
    await writeOutput(terminal, transcript.end());
    return transcript.exitStatus;
  } finally {
    await Promise.all([close(), s3.close()]);
  }
}

async function toRequest(values: Values, now: number, terminal: Terminal): Promise<ValidateLogsRequest> {
  const startTime = toInstant(values['start-time'] ?? '', now);
  // To the AWS CLI an empty end or account is none at all; an empty bucket or prefix is one.
  const endTime = values['end-time'] ? toInstant(values['end-time'], now) : now;
  if (startTime > endTime)
    throw new ValidateLogsError('Invalid time range specified: start-time must occur before end-time');
  // The AWS CLI reads AWS_DEFAULT_REGION where the SDKs read AWS_REGION.
  const region = values.region ?? terminal.env.AWS_DEFAULT_REGION ?? (await findRegion(values.profile));
  if (region === undefined) throw new NoRegionError();
  const { 's3-bucket': bucket, 's3-prefix': prefix, 'account-id': accountId } = values;
  return {
    trailArn: values['trail-arn'] ?? '',
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
  if (error instanceof ArgumentError) return `trailproof: error: ${error.message}\n`;
  if (error instanceof NoRegionError) return `${error.message}\n`;
  if (error instanceof NoProfileError) return `\nThe config profile (${error.profile}) could not be found\n`;
  if (error instanceof UsageError) return `\n${error.message}\n`;
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
