import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toExit } from '../../../src/cli/process/exit.js';
import { ServiceError } from '../../../src/ports/service-error.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { type LoopbackServer, type ServerOptions, startServer } from '../../support/aws/server.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { launch, launchFrom } from '../../support/run/launch.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { setStorageClass } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeArchive, writeKeyFile } from '../../support/worlds/write-world.js';

const BUCKET = 'acme-trails';
const temporaryFolder = temporaryFolders();
let folder: string;
let keys: string;

beforeEach(async () => {
  setThrowawayCredentials();
  folder = temporaryFolder();
  keys = path.join(folder, 'keys.json');
  await writeKeyFile(archive().world, keys);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function archive() {
  const world = emptyWorld();
  const place = { bucket: BUCKET, region: 'us-east-1', homeRegion: 'us-east-1', accountId: '111122223333' };
  const times = { start: Date.parse('2026-03-01T00:01:31Z'), hours: 3, logsPerHour: 1 };
  return { world, chain: forgeChain(world, { ...place, ...times, trailName: 'main' }) };
}

/** What is wrong, said in few lines of text, the first of which names the cause. */
async function expectRefusal(args: readonly string[], cause: RegExp, status = 64): Promise<void> {
  const result = await runMain(args);
  expect(result.stderr).toMatch(/^trailproof: .+\n(?:.+\n){0,2}$/);
  expect(result.stderr).toMatch(cause);
  expect(result.stderr).not.toMatch(/^\s+at |node:internal|bug in trailproof/m);
  expect(result.status).toBe(status);
}

describe('wrong usage is refused in one line and ends with 64', () => {
  it.each([
    ['no command', [], /name a command/],
    ['an unknown command', ['prove'], /Unknown argument: prove/],
    ['a command with a typing error', ['verfy'], /Did you mean verify\?/],
    ['an unknown flag', ['verify', '.', '--fast'], /Unknown argument: --fast\n/],
    ['an unknown flag of two words', ['verify', '.', '--fast-run=yes'], /Unknown argument: --fast-run\n/],
    ['two unknown flags', ['verify', '.', '--fast', '-z'], /Unknown arguments: --fast, -z\n/],
    [
      'a flag that is only begun',
      ['verify', '.', '--acc', '111122223333'],
      /Unknown argument: --acc; did you mean --account\?\n/,
    ],
    [
      'a flag with a typing error',
      ['verify', '.', '--formt=json'],
      /Unknown argument: --formt; did you mean --format\?\n/,
    ],
    ['two of them', ['verify', '.', '--fomr', '-1d', '--quite'], /--fomr, --quite; did you mean --from, --quiet\?\n/],
    ['a flag that another command has', ['version', '--region', 'x'], /Unknown argument: --region\n/],
    [
      'a short flag that is given twice, in both ways',
      ['verify', '.', '-o', 'a', '--output', 'b'],
      /--output is given more/,
    ],
    ['short flags that contradict each other', ['verify', '.', '-qv'], /mutually exclusive/],
    ['a shell that is not known', ['completion', 'tcsh'], /Choices: "bash", "zsh", "fish"/],
    ['a shell that is not named', ['completion'], /name the shell: bash, zsh, fish/],
    ['no source', ['verify'], /name what to verify/],
    ['an empty source', ['verify', ''], /empty/],
    ['two sources', ['verify', 'a', 'b'], /Unknown argument: b/],
    ['a flag without its value', ['verify', '.', '--from'], /Not enough arguments following: from/],
    ['the last flag without its value', ['verify', '.', '--keys'], /Not enough arguments following: keys/],
    ['a time that is none', ['verify', '.', '--from', 'yesterday'], /--from yesterday: not a time/],
    ['a day that is none', ['verify', '.', '--to', '2026-02-30'], /--to 2026-02-30: not a time/],
    ['a time before all others', ['verify', '.', '--from', '-999999999999d'], /--from -999999999999d: not a time/],
    ['a time after all others', ['verify', '.', '--to', '9999-12-31T23:59-23'], /--to .*: not a time/],
    ['an empty time', ['verify', '.', '--from='], /--from : not a time/],
    ['an interval of no length', ['verify', '.', '--from', '2026-03-01', '--to', '2026-03-01'], /before --to/],
    ['an interval that ends first', ['verify', '.', '--from', 'now', '--to', '-1h'], /before --to/],
    ['a flag given twice', ['verify', '.', '--from', '-2h', '--from', '-1h'], /--from is given more than once/],
    ['a format given twice', ['verify', '.', '--format', 'json', '--format', 'text'], /more than once/],
    ['an unknown format', ['verify', '.', '--format', 'yaml'], /Invalid values/],
    ['flags that exclude each other', ['verify', '.', '--quiet', '--verbose'], /mutually exclusive/],
    ['an account that is none', ['verify', '.', '--account', '1234'], /12 digits/],
    [
      'one of several accounts that is none',
      ['verify', '.', '--account', '111122223333', '--account', 'x'],
      /12 digits/,
    ],
    ['a region that is none', ['verify', '.', '--region', 'Frankfurt'], /no region has such a name/],
    ['no bucket', ['verify', 's3://'], /is no S3 place/],
    ['a bucket without a name', ['verify', 's3:///AWSLogs'], /is no S3 place/],
    ['a bucket whose name none can have', ['verify', 's3://my_bucket!'], /a name that no bucket can have/],
    ['keys without a verb', ['keys'], /fetch or show/],
    ['keys with another verb', ['keys', 'burn'], /Unknown argument: burn|fetch or show/],
    ['a folder without keys to show', ['keys', 'show', 'src'], /no public key in src/],
    ['no key file to show', ['keys', 'show'], /name a file of public keys/],
    ['a region for keys that is none', ['keys', 'fetch', '--region', '../x'], /no region has such a name/],
    [
      'no report to convert at a place',
      ['report', 'convert', '/no/such', '--format', 'csv'],
      /cannot read \/no\/such: .*\n.*verify/,
    ],
    ['a folder to convert', ['report', 'convert', '.', '--format', 'csv'], /cannot read \.: EISDIR.*\n.*verify/],
    ['nothing to inspect', ['inspect'], /name what to inspect/],
    ['something to inspect that is not there', ['inspect', '/no/such/file'], /no such (?:object|file)/],
  ])('%s', async (_, args, cause) => {
    await expectRefusal(
      [...args, ...(args[0] === 'verify' && args.at(-1) !== '--keys' ? ['--keys', keys] : [])],
      cause,
    );
  });

  it('with nothing of a stack in a process of its own either', async () => {
    const result = await launch(['verify', folder, '--from', '--keys', keys]);
    expect(result).toMatchObject({ status: 64, stdout: '' });
    expect(result.stderr).toMatch(/^trailproof: .+\n(?:.+\n)?$/);
  });
});

describe('what cannot be opened', () => {
  it('is a folder that is not there', async () => {
    await expectRefusal(['verify', path.join(folder, 'nothing'), '--keys', keys], /cannot open .+nothing: ENOENT/);
  });

  it('is a file in place of a folder', async () => {
    await expectRefusal(['verify', keys, '--keys', keys], /cannot open .+keys\.json: ENOTDIR/);
  });

  it.each([
    ['not there', undefined, /ENOENT/],
    ['not JSON', '<html>', /not JSON/],
    ['no answer of list-public-keys', '{"Trails":[]}', /no PublicKeyList/],
    ['a list without keys', '{"PublicKeyList":[]}', /no public key in/],
    ['empty', '', /not JSON/],
    ['not base64', '{"PublicKeyList":[{"Value":"*","Fingerprint":"00"}]}', /not base64/],
  ])('is a key file that is %s', async (_, text, cause) => {
    const file = path.join(folder, 'other.json');
    if (text !== undefined) writeFileSync(file, text);
    await expectRefusal(['verify', folder, '--keys', file], cause);
  });

  it('is a folder of keys without any', async () => {
    mkdirSync(path.join(folder, 'none'));
    await expectRefusal(['verify', folder, '--keys', path.join(folder, 'none')], /no public key in/);
  });

  it('is a place for the report that is not there, and leaves nothing behind', async () => {
    const output = path.join(folder, 'nowhere', 'report.txt');
    await expectRefusal(
      ['verify', folder, '--keys', keys, '--output', output],
      /cannot write .+report\.txt \(ENOENT\)/,
    );
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('is a place for the report that is a folder, and leaves nothing behind', async () => {
    mkdirSync(path.join(folder, 'report'));
    await expectRefusal(['verify', folder, '--keys', keys, '--output', path.join(folder, 'report')], /it is a folder/);
    expect(readdirSync(folder).sort()).toEqual(['keys.json', 'report']);
  });

  it('says names from outside without steering the terminal', async () => {
    const { stderr } = await runMain(['verify', `${folder}/\u001b[2J\u202egnp`, '--keys', keys]);
    expect(stderr).toContain('\\u{1b}[2J\\u{202e}gnp');
    expect(stderr).not.toMatch(/[\p{Cc}\p{Cf}](?<!\n)/u);
  });
});

describe('what the system refuses', () => {
  const refused = (code: string) => Object.assign(new Error(`${code}: no, write`), { code, syscall: 'write' });

  it.each(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'EROFS', 'ENAMETOOLONG', 'ELOOP'])(
    'is wrong usage where another path would do: %s',
    (code) => {
      const { status, message } = toExit(refused(code));
      expect(status).toBe(64);
      expect(message).toMatch(/^.*no, write\n.+$/);
    },
  );

  it.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EPIPE', 'EFBIG'])(
    'says nothing of how it was used otherwise, and what to do: %s',
    (code) => {
      const { status, message } = toExit(refused(code));
      expect(status).toBe(2);
      expect(message).toMatch(/^.*no, write\n.+ run again\.$/);
    },
  );

  it('is not what has a code of another kind: that is a bug', () => {
    expect(toExit(Object.assign(new Error('no'), { code: 'ERR_INVALID_ARG_TYPE' })).status).toBe(70);
  });

  it.skipIf(process.platform === 'win32')('leaves no report where there is no room for one', async () => {
    await writeArchive(archive().world, folder, { layout: 'flat', sidecars: true });
    const report = path.join(temporaryFolder(), 'run.json');
    const args = ['verify', folder, '--keys', keys, '--format', 'json', '--output', report];
    const { status, stdout, stderr } = await launchFrom('ulimit -f 0; exec "$@"', args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^trailproof: cannot write .+run\.json: EFBIG.*\n.+\n$/);
    expect(readdirSync(path.dirname(report))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('leaves no part of a key where there is no room for it', async () => {
    const key = path.join(temporaryFolder(), 'new.key');
    const { status, stdout, stderr } = await launchFrom('ulimit -f 0; exec "$@"', [
      'checkpoint',
      'key',
      '--output',
      key,
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^trailproof: cannot write .+new\.key: EFBIG.*\n.+\n$/);
    expect(readdirSync(path.dirname(key))).toEqual([]);
  });

  it('is wrong usage where no key can lie', async () => {
    const nowhere = path.join(temporaryFolder(), 'nowhere', 'new.key');
    await expectRefusal(['checkpoint', 'key', '--output', nowhere], /cannot write .+new\.key \(ENOENT\)/, 64);
  });

  it.skipIf(process.platform === 'win32')('does not put a report over a socket', async () => {
    const socket = path.join(folder, 'run');
    const server = createServer();
    await new Promise<void>((listening) => {
      server.listen(socket, listening);
    });
    try {
      await expectRefusal(['verify', folder, '--keys', keys, '--output', socket], /cannot write .+run: ENXIO/, 2);
      expect(lstatSync(socket).isSocket()).toBe(true);
    } finally {
      server.close();
    }
  });
});

describe('what a service refuses', () => {
  const failing = (operation: string, errorCode: string, httpStatus: number | undefined) =>
    toExit(new ServiceError({ service: 'CloudTrail', operation }, { errorCode, message: 'No.' }, httpStatus));

  it.each([
    ['DescribeTrails', 'AccessDeniedException', 400, /cloudtrail:DescribeTrails/],
    ['ListAccounts', 'AccessDenied', 403, /organizations:ListAccounts/],
    ['GetCallerIdentity', 'Forbidden', 403, /[Aa]sk .*permissions/],
    ['GetTrailStatus', 'ThrottlingException', 400, /again later/],
    ['GetTrailStatus', 'InternalFailure', 500, /again later/],
    ['GetTrailStatus', 'ServiceUnavailable', 503, /again later/],
    ['GetTrailStatus', 'ECONNRESET', undefined, /again later/],
    ['GetTrailStatus', 'InvalidTrailNameException', 400, /[Cc]heck the names/],
  ])('%s, by %s, comes with what to do', (operation, errorCode, httpStatus, next) => {
    const { message, status } = failing(operation, errorCode, httpStatus);
    expect(message).toMatch(/^.+ failed \(.+\): No\.\n.+$/);
    expect(message.split('\n')[1]).toMatch(next);
    expect(status).toBe(2);
  });

  it('comes from the service as it is', async () => {
    const server = await startServer(archive().world, { fault: () => 'deny' });
    const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
    try {
      const args = ['verify', '--trail-arn', arn, '--keys', keys, '--endpoint-url', server.url];
      await expectRefusal(args, /DescribeTrails .*AccessDenied.*\n.*cloudtrail:DescribeTrails/, 2);
    } finally {
      await server.close();
    }
  });
});

describe('S3', () => {
  async function withServer<T>(
    options: ServerOptions,
    work: (url: string, server: LoopbackServer) => Promise<T>,
  ): Promise<T> {
    const { world, chain } = archive();
    setStorageClass(world, logAt(chain, 0, 0).ref, 'GLACIER');
    const server = await startServer(world, options);
    try {
      return await work(server.url, server);
    } finally {
      await server.close();
    }
  }
  const verify = (bucket: string, url: string) => ['verify', `s3://${bucket}`, '--keys', keys, '--endpoint-url', url];

  it('without such a bucket', async () => {
    await withServer({}, (url) => expectRefusal(verify('acme-trials', url), /there is no bucket acme-trials/, 2));
  });

  it('with a bucket of whose name no host can be made', async () => {
    await expectRefusal(['verify', 's3://xn--abc', '--keys', keys], /xn--abc: .+name/);
  });

  it('with a bucket that may not be listed', async () => {
    const fault = ({ operation }: { operation: string }) => (operation === 'GetObject' ? undefined : ('deny' as const));
    await withServer({ fault }, (url) => expectRefusal(verify(BUCKET, url), /AccessDenied.*\n.*s3:ListBucket/, 2));
  });

  it('with credentials that have expired', async () => {
    const message = 'The provided token has expired.';
    const fault = { status: 400, errorCode: 'ExpiredToken', message } as const;
    await withServer({ fault: () => fault }, (url) => expectRefusal(verify(BUCKET, url), /ExpiredToken.*Renew/, 2));
  });

  it('without credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await withServer({}, (url) => expectRefusal(verify(BUCKET, url), /credentials.+Name a profile/, 2));
  });

  it('without credentials for the public keys of a copy', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await writeArchive(archive().world, folder, { layout: 'flat', sidecars: true });
    await expectRefusal(['verify', folder], /credentials.+Name a profile.+\n.+--keys/, 2);
    await expectRefusal(['keys', 'fetch', '--region', 'us-east-1'], /credentials.+Name a profile.+\n$/, 2);
  });

  it('with a profile that is not there, whatever other credentials there are', async () => {
    const missing = /^trailproof: there is no AWS profile nobody: /;
    const commands = [
      verify(BUCKET, 'http://127.0.0.1:1'),
      ['keys', 'fetch'],
      ['keys', 'fetch', '--region', 'us-east-1'],
      ['inspect', `s3://${BUCKET}/key`],
    ];
    for (const command of commands) await expectRefusal([...command, '--profile', 'nobody'], missing);
    vi.stubEnv('AWS_PROFILE', 'nobody');
    for (const command of commands) await expectRefusal(command, missing);
  });

  it.each(['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'])(
    'with the profile of %s, and no word of the keys that are set besides',
    async (file) => {
      const configured = path.join(folder, file);
      const section = file === 'AWS_CONFIG_FILE' ? 'profile auditor' : 'auditor';
      writeFileSync(configured, `[${section}]\naws_access_key_id = AKIDAUDITOR\naws_secret_access_key = secret\n`);
      vi.stubEnv(file, configured);
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      const who = await withServer({}, async (url, server) => {
        const { status, stderr } = await runMain([...verify(BUCKET, url), '--profile', 'auditor']);
        expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
        return server.requests.map(({ accessKeyId }) => accessKeyId);
      });
      expect(new Set(who)).toEqual(new Set(['AKIDAUDITOR']));
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    },
  );

  it('with an address that is none', async () => {
    await expectRefusal(verify(BUCKET, 'nowhere'), /^trailproof: --endpoint-url nowhere: no URL/);
  });

  it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_CLOUDTRAIL'])(
    'with an address in %s that is none, unless another is given',
    async (variable) => {
      vi.stubEnv(variable, 'nowhere');
      const cause = new RegExp(`^trailproof: ${variable} nowhere: no URL`);
      await expectRefusal(['verify', `s3://${BUCKET}`, '--keys', keys], cause);
      await expectRefusal(['keys', 'fetch', '--region', 'us-east-1'], cause);
      await withServer({}, async (url) => expect(await runMain(verify(BUCKET, url))).toMatchObject({ stderr: '' }));
    },
  );

  it('with an address in the profile that is none, unless the environment has another', async () => {
    const configured = path.join(folder, 'config');
    writeFileSync(configured, '[profile far]\nendpoint_url = far\n[default]\nendpoint_url = nowhere\n');
    vi.stubEnv('AWS_CONFIG_FILE', configured);
    const command = ['verify', `s3://${BUCKET}`, '--keys', keys];
    await expectRefusal(command, /^trailproof: endpoint_url nowhere: no URL/);
    await expectRefusal([...command, '--profile', 'far'], /^trailproof: endpoint_url far: no URL/);
    await withServer({}, async (url) => {
      vi.stubEnv('AWS_ENDPOINT_URL', url);
      expect(await runMain(command)).toMatchObject({ stderr: '' });
    });
  });

  it('with an object that may not be read, when it is to be inspected', async () => {
    const { chain } = archive();
    const { ref } = digestAt(chain, 0);
    const fault = ({ key }: { key?: string }) => (key === ref.key ? ('deny' as const) : undefined);
    const inspect = (key: string, url: string) => ['inspect', `s3://${BUCKET}/${key}`, '--endpoint-url', url];
    await withServer({ fault }, async (url) => {
      await expectRefusal(inspect(ref.key, url), /Access Denied/, 2);
      await expectRefusal(inspect(logAt(chain, 0, 0).ref.key, url), /archived \(GLACIER\)/, 2);
      await expectRefusal(inspect('nothing', url), /no such object/, 64);
    });
  });
});
