import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatCheckpointKey } from '../../../src/core/checkpoint/checkpoint-key.js';
import type { Report } from '../../../src/core/report/report.js';
import { launch, launchEnvironment } from '../../support/run/launch.js';
import { type RunSetting, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { ED25519_KEY, HMAC_KEY } from '../../support/worlds/example-checkpoint.js';

const TESTDATA = fileURLToPath(new URL('../../../testdata', import.meta.url));
const NOW = Date.parse('2026-11-20T12:00:00Z');

const temporaryFolder = temporaryFolders();
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  cpSync(path.join(TESTDATA, 'archive'), path.join(folder, 'good'), { recursive: true });
  cpSync(path.join(TESTDATA, 'tampered/log-modified/archive'), path.join(folder, 'bad'), { recursive: true });
  cpSync(path.join(TESTDATA, 'keys.json'), path.join(folder, 'keys.json'));
  cpSync(path.join(TESTDATA, 'tampered/keys.json'), path.join(folder, 'bad-keys.json'));
});

const write = (text: string, name = 'trailproof.yaml'): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const run = (args: readonly string[], setting: RunSetting = {}) =>
  runMain(args, NOW, { env: {}, cwd: folder, ...setting });
const TWO = `
sources:
  - {source: good, keys: [keys.json]}
  - {source: bad, keys: [bad-keys.json]}
format: json
`;

describe('verify', () => {
  it('does what the file in its folder says, and says that there is one', async () => {
    write('source: good\nkeys: [keys.json]\nformat: json\n');
    const { status, stdout, stderr } = await run(['verify']);
    expect((JSON.parse(stdout) as Report).totals.logs.verified).toBe(36);
    expect(stderr).toMatch(/^trailproof: configured by .*trailproof\.yaml \(--no-config ignores it\)\n$/);
    expect(status).toBe(0);
    expect((await run(['verify', '--quiet', '--format', 'text'])).stderr).toBe(stderr);
  });

  it('does not when it is told not to', async () => {
    write('source: good\nkeys: [keys.json]\n');
    const { status, stderr } = await run(['verify', '--no-config']);
    expect(status).toBe(64);
    expect(stderr).toMatch(/^trailproof: name what to verify/);
  });

  it('takes the file that is named, by a flag or by a variable, and says nothing of it', async () => {
    write('source: nowhere\n');
    const file = write('source: good\nkeys: [keys.json]\nformat: json\n', 'other.json');
    const byFlag = await run(['verify', '--config', file]);
    expect(byFlag).toMatchObject({ status: 0, stderr: '' });
    expect(await run(['verify'], { env: { TRAILPROOF_CONFIG: file } })).toEqual(byFlag);
    const other = { TRAILPROOF_CONFIG: path.join(folder, 'trailproof.yaml') };
    expect(await run(['verify', '--config', file], { env: other })).toEqual(byFlag);
    expect((await run(['verify', '--config', `${file}.none`])).status).toBe(64);
  });

  it('tells several sources in one report, of which one fails', async () => {
    const { status, stdout } = await run(['verify', '--config', write(TWO)]);
    const report = JSON.parse(stdout) as Report;
    expect(report.request.sources).toEqual([path.join(folder, 'good'), path.join(folder, 'bad')]);
    expect(report.findings.map(({ code }) => code)).toEqual(['log-modified']);
    expect(report.chains.map(({ outcome }) => outcome).sort()).toEqual([
      'failed',
      ...Array(report.chains.length - 1).fill('verified'),
    ]);
    expect(status).toBe(1);
  });

  it('reads the environment', async () => {
    const env = {
      TRAILPROOF_SOURCE: path.join(folder, 'good'),
      TRAILPROOF_KEYS: `${folder}/keys.json,${folder}/bad-keys.json`,
      TRAILPROOF_REPORT: `json=${folder}/out.json,csv=${folder}/out.csv`,
      TRAILPROOF_QUIET: 'true',
    };
    expect(await run(['verify'], { env })).toEqual({ status: 0, stdout: '', stderr: '' });
    const report = JSON.parse(readFileSync(path.join(folder, 'out.json'), 'utf8')) as Report;
    expect(report.keySource).toBe(`${folder}/keys.json, ${folder}/bad-keys.json`);
    expect(readFileSync(path.join(folder, 'out.csv'), 'utf8')).toContain('111122223333');
    const typo = await run(['verify'], { env: { ...env, TRAILPROOF_EXPECTED_ACCOUNT: '111122223333' } });
    expect(typo.status).toBe(64);
    expect(typo.stderr).toContain('TRAILPROOF_EXPECTED_ACCOUNT is no setting');
  });

  it('goes on from the checkpoint that the file names, with the key of the file unless the environment holds one', async () => {
    write(formatCheckpointKey(HMAC_KEY), 'key');
    const file = write('source: good\nkeys: [keys.json]\ncheckpoint: state.json\ncheckpointKey: key\nquiet: true\n');
    const verify = (env = {}) => run(['verify', '--config', file], { env });
    expect((await verify()).status).toBe(0);
    expect((await verify()).status).toBe(0);
    const other = await verify({ TRAILPROOF_CHECKPOINT_KEY: formatCheckpointKey(ED25519_KEY) });
    expect(other.status).toBe(64);
    expect((await run(['verify', 's3://b', '--recheck', '1%', '--no-config'])).stderr).toMatch(
      /--recheck is for a checkpoint/,
    );
    expect((await run(['verify', 's3://b', '--checkpoint-key', 'k', '--no-config'])).stderr).toMatch(
      /--checkpoint-key is for a checkpoint/,
    );
  });

  it.each([
    [{ TRAILPROOF_FORMAT: 'yaml' }, /^trailproof: TRAILPROOF_FORMAT yaml: there is text, json/],
    [{ TRAILPROOF_FROM: 'then' }, /^trailproof: TRAILPROOF_FROM then: not a time/],
    [{ TRAILPROOF_ACCOUNT: '1' }, /^trailproof: TRAILPROOF_ACCOUNT 1: an account id has 12 digits/],
    [{ TRAILPROOF_THREADS: 'many' }, /^trailproof: TRAILPROOF_THREADS: write a whole number/],
    [{ TRAILPROOF_REPORT: 'html' }, /^trailproof: TRAILPROOF_REPORT html: write FORMAT=FILE/],
    [{ TRAILPROOF_QUIET: '1', TRAILPROOF_VERBOSE: '1' }, /TRAILPROOF_VERBOSE and TRAILPROOF_QUIET exclude each other/],
  ])('refuses %j by the name it was given', async (env, message) => {
    const { status, stderr } = await run(['verify', 's3://b'], { env });
    expect(status).toBe(64);
    expect(stderr).toMatch(message);
  });
});

it('keys show and config check read no variables', async () => {
  const file = write(TWO);
  const env = { TRAILPROOF_EXPECTED_ACCOUNT: '1' };
  for (const args of [
    ['keys', 'show', path.join(folder, 'keys.json')],
    ['config', 'check', file],
  ])
    expect((await run(args, { env })).status, args.join(' ')).toBe(0);
  for (const args of [
    ['verify', 'good'],
    ['watch', 'good'],
    ['config', 'print'],
  ])
    expect((await run(args, { env })).status, args.join(' ')).toBe(64);
});

it('a run of a folder with keys does not look for a profile', async () => {
  const keys = ['--keys', path.join(folder, 'keys.json')];
  const args = ['verify', path.join(folder, 'good'), ...keys, '--profile', 'none-of-that-name', '--no-config'];
  expect((await run(args)).status).toBe(0);
});

describe('config check', () => {
  it('finds nothing wrong', async () => {
    write(TWO);
    expect(await run(['config', 'check'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/trailproof\.yaml: nothing is wrong; 2 sources\n$/),
    });
    expect((await run(['config', 'check', write('from: -24h', 'b.yaml')])).stdout).toMatch(
      /no source, to be named by a flag\n$/,
    );
  });

  it('counts the source of a list of one', async () => {
    const file = write('sources:\n  - {source: good, keys: [keys.json]}\n');
    expect((await run(['config', 'check', file])).stdout).toMatch(/: nothing is wrong; 1 source\n$/);
  });

  it('names every fault by line and field, and does not look at the environment', async () => {
    const file = write('source: 1\nfrom: yesterday\nfast: true\n');
    const { status, stdout, stderr } = await run(['config', 'check', file], { env: { TRAILPROOF_X: '1' } });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr.split('\n').map((line) => line.replace(/^.*trailproof\.yaml, (line \d+: \w+): .*$/, '$1'))).toEqual([
      'line 3: fast',
      'line 1: source',
      'line 2: from',
      '',
    ]);
    expect(await run(['verify', '--config', file])).toEqual({ status, stdout, stderr });
    expect(await run(['config', 'print', '--config', file])).toEqual({ status, stdout, stderr });
  });

  it.each([[['config']], [['config', 'check']], [['config', 'check', 'none.yaml']], [['config', 'check', 'a', 'b']]])(
    '%j is refused where there is nothing to check',
    async (args) => {
      const { status, stderr } = await run(args);
      expect(status).toBe(64);
      expect(stderr).not.toContain('internal error');
    },
  );
});

describe('config print', () => {
  const env = { TRAILPROOF_ACCOUNT: '111122223333', TRAILPROOF_RATE: '9' };

  it('prints what holds, with where it comes from', async () => {
    const file = write(`${TWO}rate: 5\nto: now\nreports: [{format: csv, path: x.csv}]\n`);
    const { status, stdout, stderr } = await run(['config', 'print'], { env });
    expect(stderr).toMatch(/^trailproof: configured by /);
    expect(status).toBe(0);
    const place = (name: string) => path.relative('', path.join(folder, name));
    const printed = {
      sources: [
        { source: place('good'), accounts: ['111122223333'], keys: [place('keys.json')] },
        { source: place('bad'), accounts: ['111122223333'], keys: [place('bad-keys.json')] },
      ],
      to: 'now',
      format: 'json',
      reports: [{ format: 'csv', path: place('x.csv') }],
      rate: 9,
    };
    expect(parse(stdout)).toEqual(printed);
    expect(stdout).toContain('rate: 9 # TRAILPROOF_RATE\n');
    expect(stdout).toContain(`to: now # ${path.relative('', file)}, line 7: to\n`);
    expect(stdout).toContain('    # TRAILPROOF_ACCOUNT\n    accounts:\n');
    const json = await run(['config', 'print', '--format', 'json'], { env });
    expect(JSON.parse(json.stdout)).toEqual(printed);
  });

  it('prints what can be read again', async () => {
    const printed = await run(['config', 'print', '--config', write(TWO)]);
    const again = await run(['config', 'print', '--config', write(printed.stdout, 'again.yaml')]);
    expect(parse(again.stdout)).toEqual(parse(printed.stdout));
  });

  it('prints defaults where nothing is said, and no secrets', async () => {
    expect((await run(['config', 'print'])).stdout).toBe('format: text # default\n');
    const file = write(
      'source: s3://b\nroleArn: arn:aws:iam::111122223333:role/r\nexternalId: sesame\nendpointUrl: https://me:pass@host/x\n',
    );
    for (const format of ['yaml', 'json']) {
      const { stdout } = await run(['config', 'print', '--format', format, '--config', file]);
      expect(stdout).not.toMatch(/sesame|pass/);
      expect(stdout).toMatch(/https:\/\/\(hidden\)@host\/x/);
    }
  });
});

describe('without a configuration', () => {
  const forbid = `data:text/javascript,${encodeURIComponent(
    `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent("export const resolve = (name, context, next) => { if (/^(?:yaml|ajv)(?:\\\\/|$)/.test(name)) throw new Error('FORBIDDEN ' + name); return next(name, context); }"));`,
  )}`;
  const verify = (args: readonly string[]) =>
    launch(['verify', 'testdata/archive', '--keys', 'testdata/keys.json', '--quiet', ...args], {
      env: launchEnvironment(),
      nodeArgs: ['--import', forbid],
    });

  it('nothing is loaded that only reads one', async () => {
    expect(await verify([])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('which this test would see', async () => {
    expect((await verify(['--config', write('from: -24h')])).stderr).toContain('FORBIDDEN');
  });
});
