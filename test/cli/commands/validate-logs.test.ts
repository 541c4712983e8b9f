import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VERSION } from '../../../src/compose/version.js';
import { toS3Uri } from '../../../src/core/objects/object-ref.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { type LoopbackServer, type ServerOptions, startServer } from '../../support/aws/server.js';
import {
  addTrail,
  digestAt,
  type ForgedChain,
  type ForgeOptions,
  forgeChain,
  logAt,
} from '../../support/forge/forge.js';
import { stableGzip } from '../../support/forge/stable-gzip.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';
import {
  deleteObject,
  replaceObject,
  resignDigest,
  setMetadata,
  setStorageClass,
} from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const OPTIONS: ForgeOptions = {
  bucket: 'acme-trail-logs',
  accountId: '111122223333',
  region: 'us-east-1',
  trailName: 'main',
  homeRegion: 'us-east-1',
  start: Date.parse('2026-03-01T00:01:31Z'),
  hours: 3,
  logsPerHour: 1,
  recordsPerLog: 1,
};
const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
const [START, END] = ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'];
const BEGUN = `Validating log files for trail ${ARN} between ${START} and ${END}\n\n`;

let world: World;
let chain: ForgedChain;
let server: LoopbackServer | undefined;
beforeEach(() => {
  setThrowawayCredentials();
  world = emptyWorld();
  addTrail(world, OPTIONS, false);
  chain = forgeChain(world, OPTIONS);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  vi.unstubAllEnvs();
});

async function serve(options?: ServerOptions): Promise<void> {
  server = await startServer(world, options);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
}

const run = (...args: string[]): Promise<CommandResult> => runMain(['validate-logs', ...args]);

/** The command over all there is. */
const validate = (...more: string[]): Promise<CommandResult> =>
  run('--trail-arn', ARN, '--start-time', START, '--end-time', END, '--region', 'us-east-1', ...more);

/** The times of the range that was asked for, by what is said in the end. */
const requested = ({ stdout }: CommandResult): string | undefined => /^Results requested for (.*)$/m.exec(stdout)?.[1];

const stop = (message: string, stdout = BEGUN) => ({ status: 255, stdout, stderr: `\n${message}\n` });
const misuse = (message: string) => ({ status: 2, stdout: '', stderr: `trailproof: error: ${message}\n` });

describe('the options of validate-logs', () => {
  it.each([
    [[], 'the following arguments are required: --trail-arn, --start-time'],
    [['--trail-arn', ARN, '--bogus'], 'the following arguments are required: --start-time'],
    [['--start-time', START], 'the following arguments are required: --trail-arn'],
    [['--trail-arn'], 'argument --trail-arn: expected one argument'],
    [['--trail-arn', '--start-time', START], 'argument --trail-arn: expected one argument'],
    [
      ['--trail-arn', ARN, '--start-time', START, '--verbose=yes'],
      "argument --verbose: ignored explicit argument 'yes'",
    ],
  ])('%j make no sense', async (args, message) => {
    expect(await run(...args)).toEqual(misuse(message));
  });

  it.each([
    [['--bogus'], '--bogus'],
    [['--bogus', 'x', 'y'], '--bogus,x,y'],
    [['x', '--bogus=y'], 'x,--bogus=y'],
    [['-z'], '-z'],
    [['--no-verbose'], '--no-verbose'],
    [['--verbose', 'true'], 'true'],
    [['--', 'x'], '--,x'],
    [['help'], 'help'],
  ])('%j are not known', async (args, listed) => {
    expect(await validate(...args)).toEqual(stop(`Unknown options: ${listed}`, ''));
  });

  it.each([
    [['--c'], '--c could match --color, --ca-bundle, --cli-read-timeout, --cli-connect-timeout'],
    [['--no-'], '--no- could match --no-verify-ssl, --no-paginate, --no-sign-request'],
    [['--v'], '--v could match --v2-debug, --version'],
    [['--s3=x'], '--s3=x could match --s3-bucket, --s3-prefix'],
    [['--s', 'x'], '--s could match --start-time, --s3-bucket, --s3-prefix'],
  ])('%j may be any of several', async (args, said) => {
    expect(await validate(...args)).toEqual(misuse(`ambiguous option: ${said}`));
  });

  it('may be cut short, those of aws itself before those of the command', async () => {
    await serve();
    const short = ['--trail', ARN, '--start', START, '--reg=us-east-1', '--verb', '--s3-b', OPTIONS.bucket];
    expect(await run(...short, '--end', server?.url ?? '', '--end-t', END)).toEqual(await validate('--verbose'));
  });

  it.each([
    [['--output', 'json']],
    [['--output=yaml']],
    [['--out', 'text']],
    [['--query', 'x']],
    [['--color', 'off']],
    [['--debug']],
    [['--v2-debug']],
    [['--no-paginate']],
    [['--no-p']],
    [['--cli-read-timeout', '5']],
    [['--cli-connect-timeout', '0']],
    [['--no-cli-pager']],
    [['--no-cli-auto-prompt']],
    [['--cli-binary-format', 'base64']],
  ])('%j change nothing', async (args) => {
    await serve();
    const result = await validate(...args);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result).toEqual(await validate());
  });

  it.each([
    [['--no-verify-ssl'], '--no-verify-ssl'],
    [['--no-v'], '--no-verify-ssl'],
    [['--no-sign-request'], '--no-sign-request'],
    [['--ca-bundle', 'ca.pem'], '--ca-bundle'],
  ])('%j cannot be honoured', async (args, name) => {
    const { status, stdout, stderr } = await validate(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`trailproof: error: argument ${name}: `);
  });

  it.each(['--version', '--ver'])('%s asks for the version', async (option) => {
    expect(await run(option)).toEqual({ status: 0, stdout: `trailproof ${VERSION}\n`, stderr: '' });
  });

  it('count as given last, in either form', async () => {
    await serve();
    const result = await validate('--start-time=2026-03-01T02:00:00Z', '--end-time', '2026-03-01T03:00:00Z');
    expect(requested(result)).toBe('2026-03-01T02:00:00Z to 2026-03-01T03:00:00Z');
  });

  it('are none where an end or an account is empty', async () => {
    await serve();
    const result = await validate('--end-time', '', '--account-id', '');
    expect(requested(result)).toBe('2026-03-01T00:00:00Z to 2026-06-01T00:00:00Z');
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('3/3 digest files valid') });
  });

  it.each(['--help', 'help'])('are described on request: %s', async (word) => {
    const { status, stdout } = await run(word);
    expect(status).toBe(0);
    for (const name of ['--trail-arn', '--start-time', '--s3-prefix', '--verbose', '--endpoint-url'])
      expect(stdout).toContain(name);
  });
});

describe('the times of validate-logs', () => {
  it.each(['x', '', '2026-02-30', 'March 1 2026', '03/01/2026'])('%j are none', async (text) => {
    expect(await run('--trail-arn', ARN, '--start-time', text)).toEqual(
      stop(`Unable to parse date value: ${text}`, ''),
    );
    if (text === '') return;
    expect(await validate('--end-time', text)).toEqual(stop(`Unable to parse date value: ${text}`, ''));
  });

  it('begin before they end', async () => {
    const message = 'Invalid time range specified: start-time must occur before end-time';
    expect(await validate('--end-time', '2026-02-28T23:59:59Z')).toEqual(stop(message, ''));
  });

  it.each([
    ['2026-03-01T02:00:00+02:00', '2026-03-01T03:30:00+0230', '2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z'],
    ['2026-03-01T00:00:00.999Z', '2026-03-01 01:00:00.5', '2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z'],
    ['2026-03-01', '20260301T010000Z', '2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z'],
    ['-12w', 'now', '2026-03-09T00:00:00Z to 2026-06-01T00:00:00Z'],
  ])('from %s until %s are understood', async (from, to, range) => {
    await serve();
    expect(requested(await validate('--start-time', from, '--end-time', to))).toBe(range);
  });

  it('leave out a digest that ended a fraction of a second before', async () => {
    for (const hour of [1, 2]) deleteObject(world, digestAt(chain, hour).ref);
    await serve();
    const since = (start: string) => validate('--start-time', start, '--end-time', '2026-03-01T01:02:00Z');
    expect((await since('2026-03-01T01:01:31Z')).stdout).toContain('1/1 digest files valid');
    expect((await since('2026-03-01T01:01:31.5Z')).stdout).toContain('No digests found');
  });
});

describe('the trail of validate-logs', () => {
  it.each(['main', `x${ARN}`, ARN.replace('111122223333', '1111')])('cannot be %s', async (arn) => {
    expect(await validate('--trail-arn', arn)).toEqual(stop(`Invalid trail ARN provided: ${arn}`, ''));
  });

  it('must be one that DescribeTrails knows, unless the bucket is named', async () => {
    await serve();
    expect(await validate('--trail-arn', `${ARN}2`)).toEqual(stop(`A trail could not be found for ${ARN}2`, ''));
    expect(await validate('--trail-arn', `${ARN}2`, '--s3-bucket', OPTIONS.bucket)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('No digests found'),
    });
  });

  it('of an organization needs an account', async () => {
    addTrail(world, { ...OPTIONS, organizationId: 'o-exampleorgid' });
    await serve();
    const message = "Missing required parameter for organization trail: '--account-id'";
    expect(await validate()).toEqual(stop(message, ''));
    expect(await validate('--account-id', '')).toEqual(stop(message, ''));
  });
});

describe('what stops validate-logs', () => {
  const denied = { status: 403, errorCode: 'AccessDenied', message: 'Access Denied' };
  const expired = { status: 400, errorCode: 'ExpiredToken', message: 'The provided token has expired.' };

  it('is an object that may not be read', async () => {
    const { key } = logAt(chain, 2, 0).ref;
    await serve({ fault: (request) => (request.key === key ? denied : undefined) });
    const message = 'An error occurred (AccessDenied) when calling the GetObject operation: Access Denied';
    expect(await validate()).toEqual(stop(message));
  });

  it('is an archived object, be it a log or a digest', async () => {
    const message =
      "An error occurred (InvalidObjectState) when calling the GetObject operation: The operation is not valid for the object's storage class";
    await serve();
    setStorageClass(world, logAt(chain, 0, 0).ref, 'GLACIER');
    const late = await validate('--verbose');
    expect(late).toMatchObject({ status: 255, stderr: `\n${message}\n` });
    expect(late.stdout.match(/\tvalid$/gm)).toHaveLength(5);
    expect(late.stdout).not.toContain('Results');
    setStorageClass(world, digestAt(chain, 2).ref, 'DEEP_ARCHIVE');
    expect(await validate()).toEqual(stop(message));
  });

  it.each([
    ['ListObjectsV2', denied, 'An error occurred (AccessDenied) when calling the ListObjects operation: Access Denied'],
    [
      'ListPublicKeys',
      { status: 400, errorCode: 'AccessDeniedException', message: 'not authorized' },
      'An error occurred (AccessDeniedException) when calling the ListPublicKeys operation: not authorized',
    ],
    [
      'GetObject',
      expired,
      'An error occurred (ExpiredToken) when calling the GetObject operation: The provided token has expired.',
    ],
  ])('is a refused %s', async (operation, fault, message) => {
    await serve({ fault: (request) => (request.operation === operation ? fault : undefined) });
    expect(await validate()).toEqual(stop(message));
  });

  it('is a digest of more JSON values than are read', async () => {
    const { ref } = digestAt(chain, 2);
    replaceObject(world, ref, stableGzip(new TextEncoder().encode(`[${'0,'.repeat(4_000_000)}0]`)));
    await serve();
    expect(await validate()).toEqual(stop(`Refused to read more than 4000000 JSON values of ${toS3Uri(ref)}`));
  });

  it('is a bucket that does not exist, of digests or of logs', async () => {
    const message =
      'An error occurred (NoSuchBucket) when calling the GetBucketLocation operation: The specified bucket does not exist';
    await serve();
    expect(await validate('--s3-bucket', 'nobodys')).toEqual(stop(message));
    resignDigest(world, digestAt(chain, 2).ref, ({ logFiles }) =>
      Object.assign(logFiles[0] ?? {}, { s3Bucket: 'nobodys' }),
    );
    expect(await validate()).toEqual(stop(message));
  });

  it('is the want of public keys', async () => {
    world.publicKeys.splice(0);
    await serve();
    expect(await validate()).toEqual(
      stop('No public keys found between 2026-03-01T00:00:00Z and 2026-03-02T02:00:00Z'),
    );
  });

  it('is a profile that is not there', async () => {
    const message = 'The config profile (nobody) could not be found';
    expect(await validate('--profile', 'nobody')).toEqual(stop(message, ''));
    const whole = ['--trail-arn', ARN, '--start-time', START];
    expect(await run(...whole, '--profile', 'nobody')).toEqual(stop(message, ''));
    vi.stubEnv('AWS_PROFILE', 'nobody');
    expect(await run(...whole)).toEqual(stop(message, ''));
  });

  it('is an address that is none', async () => {
    const no = 'nowhere: no URL; write it like https://s3.example.com';
    expect(await validate('--endpoint-url', 'nowhere')).toEqual(stop(`--endpoint-url ${no}`, ''));
    vi.stubEnv('AWS_ENDPOINT_URL', 'nowhere');
    expect(await validate()).toEqual(stop(`AWS_ENDPOINT_URL ${no}`, ''));
  });

  it('is the want of credentials', async () => {
    await serve();
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    const stderr = 'Unable to locate credentials. You can configure credentials by running "aws configure".\n';
    expect(await validate()).toEqual({ status: 255, stdout: '', stderr });
    expect(await validate('--s3-bucket', OPTIONS.bucket)).toEqual({ status: 255, stdout: BEGUN, stderr });
  });

  it('is the want of a region, which any of three may name', async () => {
    await serve();
    const whole = ['--trail-arn', ARN, '--start-time', START, '--end-time', END];
    const stderr = 'You must specify a region. You can also configure your region by running "aws configure".\n';
    expect(await run(...whole)).toEqual({ status: 255, stdout: '', stderr });
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect(await run(...whole)).toMatchObject({ status: 0, stdout: expect.stringContaining('3/3 digest files valid') });
    vi.stubEnv('AWS_DEFAULT_REGION', 'eu-west-1');
    expect(await run(...whole)).toEqual(stop(`A trail could not be found for ${ARN}`, ''));
  });
});

describe('what validate-logs says of keys', () => {
  const LATE = { ...OPTIONS, kind: 'backfill', hours: 2, backfillDelay: 100 * 24 * HOUR, key: KEY_B } as const;
  const uri = ({ ref }: { ref: { bucket: string; key: string } }): string => `s3://${ref.bucket}/${ref.key}`;

  it('asks for those of a backfill digest by when it was generated', async () => {
    forgeChain(world, LATE);
    await serve();
    expect(await validate()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('2/2 backfill digest files valid'),
    });
  });

  it('names the time that no keys are of, and goes on', async () => {
    const backfill = forgeChain(world, LATE);
    setMetadata(world, digestAt(backfill, 1).ref, { 'backfill-generation-timestamp': '2030-01-01T00:00:00Z' });
    await serve();
    const { status, stdout, stderr } = await validate();
    const reason = 'No public keys found between 2029-12-31T23:00:00Z and 2030-01-01T01:00:00Z';
    expect(stderr).toBe(`(backfill) Digest file\t${uri(digestAt(backfill, 1))}\tINVALID: ${reason}\n\n`);
    expect(stdout).toContain('1/2 backfill digest files valid, 1/2 backfill digest files INVALID');
    expect(status).toBe(1);
  });

  it('remembers the keys of newer backfill digests, and not those of older ones', async () => {
    const backfill = forgeChain(world, LATE);
    await serve();
    setMetadata(world, digestAt(backfill, 0).ref, { 'backfill-generation-timestamp': '2030-01-01T00:00:00Z' });
    expect(await validate()).toMatchObject({ status: 0, stderr: '' });
    setMetadata(world, digestAt(backfill, 0).ref, { 'backfill-generation-timestamp': 'any time' });
    expect(await validate()).toMatchObject({ status: 0, stderr: '' });
    setMetadata(world, digestAt(backfill, 1).ref, { 'backfill-generation-timestamp': 'any time' });
    const fault = `(backfill) Digest file\t${uri(digestAt(backfill, 1))}\tINVALID: invalid format\n\n`;
    expect((await validate()).stderr.startsWith(fault)).toBe(true);
  });

  it('cannot load one of another form', async () => {
    world.publicKeys.splice(0, 1, { fingerprint: KEY_A.fingerprint, der: KEY_A.spki, region: 'us-east-1' });
    deleteObject(world, digestAt(chain, 0).ref);
    deleteObject(world, digestAt(chain, 1).ref);
    await serve();
    expect(await validate()).toEqual({
      status: 1,
      stdout: `${BEGUN}Results requested for ${START} to ${END}\nNo valid digests found in range\n\n0/1 digest files valid, 1/1 digest files INVALID\n`,
      stderr: `Digest file\t${uri(digestAt(chain, 2))}\tINVALID: Unable to load PKCS #1 key with fingerprint ${KEY_A.fingerprint}\n\n`,
    });
  });
});
