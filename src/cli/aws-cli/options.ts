import type { AwsCliOptions } from './arguments.js';

/** The options of `aws cloudtrail validate-logs` itself. */
export const COMMAND_OPTIONS = {
  'trail-arn': { type: 'string', describe: 'the trail to validate (required)' },
  'start-time': { type: 'string', describe: 'logs delivered from then on are validated (required)' },
  'end-time': { type: 'string', describe: 'logs delivered until then are validated; default: now' },
  's3-bucket': { type: 'string', describe: 'where the digests lie; default: asked of DescribeTrails' },
  's3-prefix': { type: 'string', describe: 'what stands before AWSLogs/ in their keys' },
  'account-id': { type: 'string', describe: 'the member account, for an organization trail' },
  verbose: { type: 'boolean', describe: 'name valid files too' },
} as const;

/** Those of `aws` that bear on it. */
export const SHOWN_GLOBAL_OPTIONS = {
  region: { type: 'string', describe: 'the region whose events are validated' },
  'endpoint-url': { type: 'string', describe: 'send AWS requests to this URL' },
  profile: { type: 'string', describe: 'AWS profile' },
} as const;

/**
 * Those of `aws`, in its order. Most change nothing about what is written, there or here, and whatever they are set to
 * is taken.
 */
const GLOBAL_OPTIONS = {
  debug: { type: 'boolean' },
  'endpoint-url': { type: 'string' },
  'no-verify-ssl': {
    type: 'boolean',
    refusal: 'keys and digests are believed only of a server that has proven who it is',
  },
  'no-paginate': { type: 'boolean' },
  output: { type: 'string' },
  query: { type: 'string' },
  profile: { type: 'string' },
  region: { type: 'string' },
  color: { type: 'string' },
  'no-sign-request': { type: 'boolean', refusal: 'requests are always signed' },
  'ca-bundle': { type: 'string', refusal: 'set NODE_EXTRA_CA_CERTS to the file instead' },
  'cli-read-timeout': { type: 'string' },
  'cli-connect-timeout': { type: 'string' },
  'v2-debug': { type: 'boolean' },
  version: { type: 'boolean' },
} as const satisfies AwsCliOptions;

/** What only version 2 of the AWS CLI has, and changes nothing either. */
const LATER_OPTIONS = {
  'no-cli-pager': { type: 'boolean' },
  'no-cli-auto-prompt': { type: 'boolean' },
  'cli-binary-format': { type: 'string' },
} as const satisfies AwsCliOptions;

/** In the order in which the AWS CLI looks for an option: its own come before those of the command. */
export const AWS_CLI_OPTIONS: readonly AwsCliOptions[] = [GLOBAL_OPTIONS, COMMAND_OPTIONS, LATER_OPTIONS];
