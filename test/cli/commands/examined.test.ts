import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { formatCheckpointKey } from '../../../src/core/checkpoint/checkpoint-key.js';
import type { Report } from '../../../src/core/report/report.js';
import { verify } from '../../../src/index.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { launchFrom } from '../../support/run/launch.js';
import { type RunSetting, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { HMAC_KEY } from '../../support/worlds/example-checkpoint.js';

const TESTDATA = fileURLToPath(new URL('../../../testdata', import.meta.url));
const NOW = Date.parse('2026-11-20T12:00:00Z');
const BUCKET = 'example-trail-logs';
/** What an attacker would write: only a time of which nothing is wrong, in silence. */
const PLANTED = 'to: 2026-03-01T02:01:31Z\nquiet: true\n';

const temporaryFolder = temporaryFolders();
let folder: string;
let archive: string;
let keys: string;
beforeEach(() => {
  folder = temporaryFolder();
  archive = path.join(folder, 'archive');
  keys = path.join(folder, 'keys.json');
  cpSync(path.join(TESTDATA, 'archive'), archive, { recursive: true });
  cpSync(path.join(TESTDATA, 'keys.json'), keys);
});

const plant = (file: string, text = PLANTED): string => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const run = (args: readonly string[], setting: RunSetting = {}) => runMain(args, NOW, { env: {}, ...setting });
const findingsOf = ({ stdout }: { stdout: string }) =>
  (JSON.parse(stdout) as Report).findings.map(({ code, effect, args }) => ({ code, effect, args }));
const inSource = (setting: string, file: string, place = file) => ({
  code: 'setting-in-source',
  effect: 'warning',
  args: { setting, file, place },
});

describe('a configuration file that was found and lies in what is verified is refused by name: 64', () => {
  const expectRefused = async (args: readonly string[], setting: RunSetting, name = 'trailproof.yaml') => {
    const { status, stdout, stderr } = await run(args, setting);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(`${name} was found here and is not obeyed`);
    expect(stderr).toContain('--no-config');
  };

  it.each(['trailproof.yaml', 'trailproof.yml', 'trailproof.json'])('%s in the source itself', async (name) => {
    plant(path.join(archive, name), '{"quiet": true}');
    await expectRefused(['verify', archive, '--keys', keys], { cwd: archive }, name);
  });

  it('where the examiner stands in the source, as a process', async () => {
    plant(path.join(archive, 'trailproof.yaml'));
    const { status, stdout, stderr } = await launchFrom(`cd '${archive}' && "$@"`, ['verify', '.', '--keys', keys]);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(/^trailproof: trailproof\.yaml was found here and is not obeyed: it lies in \., which/);
  });

  it('in a folder below the source', async () => {
    const cwd = path.join(archive, 'deep/er');
    plant(path.join(cwd, 'trailproof.yaml'));
    await expectRefused(['verify', archive, '--keys', keys], { cwd });
  });

  it('in a source that is named by a link, by a variable, or by the file itself', async () => {
    plant(path.join(archive, 'trailproof.yaml'));
    symlinkSync(archive, path.join(folder, 'link'));
    await expectRefused(['verify', path.join(folder, 'link'), '--keys', keys], { cwd: archive });
    await expectRefused(['verify'], { cwd: archive, env: { TRAILPROOF_SOURCE: archive } });
    plant(path.join(archive, 'trailproof.yaml'), `source: ${archive}\nkeys: [${keys}]\n`);
    await expectRefused(['verify'], { cwd: archive });
  });

  it('in one of several sources', async () => {
    const other = path.join(folder, 'other');
    cpSync(archive, other, { recursive: true });
    plant(
      path.join(other, 'trailproof.yaml'),
      `sources: [{source: ${archive}}, {source: ${other}}]\nkeys: [${keys}]\n`,
    );
    await expectRefused(['verify'], { cwd: other });
  });

  it('as a link into the source, and as a link that leads out of it', async () => {
    const stand = path.join(folder, 'stand');
    mkdirSync(stand);
    const planted = plant(path.join(archive, 'trailproof.yaml'));
    symlinkSync(planted, path.join(stand, 'trailproof.yaml'));
    await expectRefused(['verify', archive, '--keys', keys], { cwd: stand });
    rmSync(planted);
    symlinkSync(plant(path.join(folder, 'own.yaml')), planted);
    await expectRefused(['verify', archive, '--keys', keys], { cwd: archive });
  });

  it('in a copy of a bucket of which another part, or something else, is verified', async () => {
    const bucket = path.join(archive, BUCKET);
    plant(path.join(bucket, 'trailproof.yaml'));
    await expectRefused(['verify', path.join(bucket, 'AWSLogs'), '--keys', keys], { cwd: bucket });
    await expectRefused(['verify', 's3://audit-logs'], { cwd: bucket });
    const below = path.join(bucket, 'AWSLogs/111122223333');
    plant(path.join(below, 'trailproof.yaml'));
    await expectRefused(['verify', 's3://audit-logs'], { cwd: below });
    const beside = path.join(bucket, 'tools');
    plant(path.join(beside, 'trailproof.yaml'));
    await expectRefused(['verify', path.join(bucket, 'AWSLogs'), '--keys', keys], { cwd: beside });
  });

  it('by watch and by config print too', async () => {
    plant(path.join(archive, 'trailproof.yaml'), `source: ${archive}\n`);
    await expectRefused(['watch', '--keys', keys], { cwd: archive });
    await expectRefused(['config', 'print'], { cwd: archive });
  });
});

describe('a configuration file that was named counts', () => {
  it('and setting-in-source says where it lay', async () => {
    const file = plant(path.join(archive, 'trailproof.yaml'), 'to: 2026-03-01T02:01:31Z\nformat: json\n');
    const args = ['verify', archive, '--keys', keys];
    const named = await run([...args, '--config', file], { cwd: archive });
    expect(named.status).toBe(0);
    expect(findingsOf(named)).toContainEqual(inSource('config', file));
    expect((await run(args, { cwd: archive, env: { TRAILPROOF_CONFIG: file } })).stdout).toBe(named.stdout);
  });

  it('and nothing is said where it lies elsewhere', async () => {
    plant(path.join(folder, 'trailproof.yaml'), `source: archive\nkeys: [keys.json]\nformat: json\n`);
    const { status, stdout } = await run(['verify'], { cwd: folder });
    expect(status).toBe(0);
    expect(stdout).not.toContain('setting-in-source');
  });

  it('and with --no-config what was planted changes not a byte of the report', async () => {
    const args = ['verify', archive, '--keys', keys, '--no-config', '--format', 'json'];
    const before = await run(args, { cwd: archive });
    plant(path.join(archive, 'trailproof.yaml'));
    plant(path.join(archive, 'package.json'), '{"yargs": {"boolean-negation": false}}');
    plant(path.join(archive, '.aws/config'), '[default]\nendpoint_url = http://127.0.0.1:9\n');
    expect(await run(args, { cwd: archive })).toEqual(before);
  });
});

describe('other files that lie in what is verified', () => {
  it('count where they are named, and setting-in-source names each', async () => {
    const policy = plant(path.join(archive, 'policy.yaml'), 'rules: {chain-gap: fail}\n');
    const key = plant(path.join(archive, 'checkpoint.key'), formatCheckpointKey(HMAC_KEY));
    const own = path.join(archive, 'keys.json');
    cpSync(keys, own);
    symlinkSync(own, path.join(folder, 'linked.json'));
    const checkpoint = ['--checkpoint', path.join(folder, 'state'), '--checkpoint-key', key];
    const found = await run([
      ...['verify', archive, '--keys', path.join(folder, 'linked.json'), '--policy', policy],
      ...[...checkpoint, '--format', 'json', '--no-config'],
    ]);
    expect(found.status).toBe(0);
    expect(findingsOf(found).filter(({ code }) => code === 'setting-in-source')).toEqual([
      inSource('policy', policy),
      inSource('checkpoint-key', key),
      inSource('keys', path.join(folder, 'linked.json'), own),
    ]);
  });

  it('are no keys where only their folder is named: 64, by name', async () => {
    const own = path.join(archive, 'keys');
    mkdirSync(own);
    cpSync(keys, path.join(own, 'a.json'));
    const outside = path.join(folder, 'keys');
    mkdirSync(outside);
    symlinkSync(path.join(own, 'a.json'), path.join(outside, 'b.json'));
    for (const [named, file] of [
      [own, path.join(own, 'a.json')],
      [outside, path.join(outside, 'b.json')],
    ] as const) {
      const { status, stdout, stderr } = await run(['verify', archive, '--keys', named, '--no-config']);
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
      expect(stderr).toContain(`the key file ${file} lies in ${archive}`);
    }
    rmSync(path.join(outside, 'b.json'));
    cpSync(keys, path.join(outside, 'b.json'));
    expect((await run(['verify', archive, '--keys', outside, '--no-config'])).status).toBe(0);
  });

  it('are told of each source of a run of several', async () => {
    const other = path.join(folder, 'other');
    cpSync(archive, other, { recursive: true });
    const own = path.join(other, 'keys.json');
    cpSync(keys, own);
    const file = plant(
      path.join(folder, 'config.yaml'),
      `sources: [{source: archive, keys: [other/keys.json]}, {source: other, keys: [keys.json]}]\nformat: json\n`,
    );
    const report = JSON.parse((await run(['verify', '--config', file])).stdout) as Report;
    expect(report.findings.filter(({ code }) => code === 'setting-in-source')).toMatchObject([
      { subject: { type: 'run', source: archive }, args: { setting: 'keys', file: own } },
    ]);
  });

  it('are told by the library too', async () => {
    const policy = plant(path.join(archive, 'policy.yaml'), 'rules: {chain-gap: fail}\n');
    const report = await verify({ source: archive, keys, policy, now: new Date(NOW) });
    expect(report.findings).toMatchObject([{ code: 'setting-in-source', args: { setting: 'policy', file: policy } }]);
    expect(report.outcome).toBe('verified');
  });

  it('are told by verify-query-results too', async () => {
    const results = path.join(folder, 'export');
    cpSync(path.join(TESTDATA, 'query-results/export'), results, { recursive: true });
    const own = path.join(results, 'keys.json');
    cpSync(path.join(TESTDATA, 'query-results/keys.json'), own);
    const args = ['verify-query-results', '--local-export-path', results, '--keys', own];
    const text = await run(args);
    expect(text).toMatchObject({ status: 0, stdout: 'Successfully validated sign and query result files\n' });
    expect(text.stderr).toContain(`setting-in-source  the key file lies in the source: ${own}`);
    expect(findingsOf(await run([...args, '--format', 'json']))).toContainEqual(inSource('keys', own));
  });
});

describe('settings of AWS that lie in what is verified', () => {
  beforeEach(() => {
    setThrowawayCredentials();
    vi.stubEnv('AWS_CONFIG_FILE', undefined);
    vi.stubEnv('HOME', archive);
    plant(path.join(archive, '.aws/config'), '[default]\nendpoint_url = http://127.0.0.1:9\nregion = us-east-1\n');
  });

  it('are refused where AWS would be asked with them and nobody named them: 64, by name', async () => {
    const { status, stdout, stderr } = await run(['verify', archive, '--no-config']);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(`the AWS settings ${path.join(archive, '.aws/config')} lie in ${archive}`);
  });

  it('are not looked at where nobody asks AWS', async () => {
    const { status, stdout } = await run(['verify', archive, '--keys', keys, '--no-config', '--format', 'json']);
    expect(status).toBe(0);
    expect(findingsOf({ stdout })).toEqual([]);
  });

  it('count where a variable names them, and setting-in-source says where they lay', async () => {
    const file = path.join(archive, '.aws/config');
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const found = await run(['verify', archive, '--no-config', '--format', 'json', '--to', '2026-03-01T01:01:31Z']);
    expect(findingsOf(found)).toContainEqual(inSource('aws', file));
    expect(readFileSync(file, 'utf8')).toContain('endpoint_url');
  });
});
