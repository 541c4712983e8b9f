import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { LoopbackServer } from '../../support/aws/server.js';
import { forgeChain } from '../../support/forge/forge.js';
import { type ForgedQueryResults, forgeQueryResults } from '../../support/forge/forge-query-results.js';
import { KEY_B } from '../../support/forge/throwaway-keys.js';
import { REPORT_SCHEMA } from '../../support/reports/report-schema.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeyFile } from '../../support/worlds/write-world.js';

const BUCKET = 'acme-lake';
const SUCCESS = 'Successfully validated sign and query result files\n';
const validate = new Ajv2020({ strictTypes: false }).compile(REPORT_SCHEMA);

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

interface OnDisk {
  readonly world: World;
  readonly results: ForgedQueryResults;
  readonly folder: string;
  readonly keys: string;
}

/** Results as `aws s3 sync` copies them, with a key file beside. */
async function onDisk(tamper: (world: World, results: ForgedQueryResults) => void = () => {}): Promise<OnDisk> {
  const world = emptyWorld();
  const results = forgeQueryResults(world, { bucket: BUCKET, folder: 'export/' });
  tamper(world, results);
  const root = temporaryFolder();
  await writeArchive(world, root, { layout: 'flat', sidecars: false });
  const keys = path.join(root, 'keys.json');
  await writeKeyFile(world, keys);
  return { world, results, folder: path.join(root, 'export'), keys };
}

async function served(world: World, variable = 'AWS_ENDPOINT_URL'): Promise<LoopbackServer> {
  const server = await startServer(world);
  vi.stubEnv(variable, server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  return server;
}

const change = (name: string) => (world: World, results: ForgedQueryResults) =>
  putObject(world, BUCKET, `${results.folder}${name}`, { body: Buffer.from('forged'), metadata: {} });

describe('verify-query-results', () => {
  it('says the sentence of the AWS CLI and nothing else, offline', async () => {
    const { folder, keys } = await onDisk();
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    const args = ['verify-query-results', '--local-export-path', folder, '--keys', keys];
    expect(await runMain(args)).toEqual({ status: 0, stdout: SUCCESS, stderr: '' });
  });

  it('asks CloudTrail for the keys where no file of them is named, in the region of the sign file', async () => {
    const { world, folder } = await onDisk();
    const server = await served(world);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    expect(await runMain(['verify-query-results', '--local-export-path', folder])).toMatchObject({ status: 0 });
    expect(server.requests).toMatchObject([{ operation: 'ListPublicKeys', region: 'us-east-1' }]);
  });

  it('asks in the region that is named, if one is', async () => {
    const { world, folder } = await onDisk();
    const server = await served(world);
    const args = ['verify-query-results', '--local-export-path', folder, '--region', 'eu-west-3'];
    expect(await runMain(args)).toMatchObject({ status: 255, stdout: '' });
    expect(server.requests).toMatchObject([{ operation: 'ListPublicKeys', region: 'eu-west-3' }]);
  });

  it.each(['export', 'export/'])('reads from S3 below %j, with a slash or without', async (prefix) => {
    const { world } = await onDisk();
    await served(world);
    const args = ['verify-query-results', '--s3-bucket', BUCKET, '--s3-prefix', prefix];
    expect(await runMain(args)).toEqual({ status: 0, stdout: SUCCESS, stderr: '' });
  });

  it('reads from the root of a bucket', async () => {
    const world = emptyWorld();
    forgeQueryResults(world, { bucket: BUCKET, folder: '' });
    await served(world);
    expect(await runMain(['verify-query-results', '--s3-bucket', BUCKET])).toMatchObject({ status: 0 });
  });

  it('sends only the question for keys to --endpoint-url', async () => {
    const { world } = await onDisk();
    const s3 = await served(world, 'AWS_ENDPOINT_URL_S3');
    const cloudTrail = await served(world, 'UNUSED');
    const place = ['--s3-bucket', BUCKET, '--s3-prefix', 'export', '--endpoint-url', cloudTrail.url];
    expect(await runMain(['verify-query-results', ...place])).toMatchObject({ status: 0 });
    expect(cloudTrail.requests.map(({ operation }) => operation)).toEqual(['ListPublicKeys']);
    expect(new Set(s3.requests.map(({ operation }) => operation))).toEqual(
      new Set(['GetBucketLocation', 'GetObject', 'ListObjectsV2']),
    );
  });

  it('tells every fault, not only the first, and ends with 255', async () => {
    const { folder, keys } = await onDisk((world, results) => {
      change('result_1.csv.gz')(world, results);
      change('result_3.csv.gz')(world, results);
      world.buckets.get(BUCKET)?.delete(`${results.folder}result_2.csv.gz`);
    });
    const { status, stdout, stderr } = await runMain([
      'verify-query-results',
      '--local-export-path',
      folder,
      '--keys',
      keys,
    ]);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr.split('\n').filter((line) => /^\S/.test(line))).toEqual([
      expect.stringMatching(/^FAILED +query-file-modified .*result_1\.csv\.gz$/),
      expect.stringMatching(/^FAILED +query-file-missing .*result_2\.csv\.gz$/),
      expect.stringMatching(/^FAILED +query-file-modified .*result_3\.csv\.gz$/),
    ]);
  });

  it('tells of a planted result without failing', async () => {
    const { folder, keys } = await onDisk(change('result_4.csv.gz'));
    const result = await runMain(['verify-query-results', '--local-export-path', folder, '--keys', keys]);
    expect(result).toMatchObject({ status: 0, stdout: SUCCESS });
    expect(result.stderr).toMatch(/^WARNING +query-file-unlisted .*result_4\.csv\.gz\n/);
  });

  it.each([
    [
      'a signature',
      (text: string) => text.replace(/"hashSignature": "../, '"hashSignature": "00'),
      'query-signature-invalid',
    ],
    [
      'a key',
      (text: string) => text.replace(/"publicKeyFingerprint": "......../, '"publicKeyFingerprint": "00000000'),
      'query-key-unknown',
    ],
    ['a sign file', () => '{}', 'query-sign-file-malformed'],
  ])('ends with 255 where %s is wrong', async (_, edit, code) => {
    const { folder, keys } = await onDisk();
    const file = path.join(folder, 'result_sign.json');
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
    const result = await runMain(['verify-query-results', '--local-export-path', folder, '--keys', keys]);
    expect(result).toMatchObject({ status: 255, stdout: '' });
    expect(result.stderr).toContain(code);
  });

  it('never puts what comes from outside on a terminal as it is', async () => {
    const { folder, keys } = await onDisk();
    const file = path.join(folder, 'result_sign.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('result_1.csv.gz', '../\\u001b[2J'));
    const { stderr } = await runMain(['verify-query-results', '--local-export-path', folder, '--keys', keys]);
    expect(stderr).toContain('../\\u{1b}[2J');
    expect(stderr).not.toContain('\u001b');
  });

  it.each([
    ['no folder', ['--local-export-path', '/no/such/folder'], 'cannot open /no/such/folder'],
    ['no key file', ['--local-export-path', '/', '--keys', '/no/such/keys'], 'cannot read public keys'],
    ['no sign file', ['--local-export-path', '.', '--keys', 'testdata/keys.json'], 'query-sign-file-missing'],
  ])('ends with 255 where there is %s', async (_, args, message) => {
    const result = await runMain(['verify-query-results', ...args]);
    expect(result).toMatchObject({ status: 255, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  it('ends with 255 where there is no such bucket', async () => {
    await served(emptyWorld());
    const result = await runMain(['verify-query-results', '--s3-bucket', 'no-such-bucket']);
    expect(result).toMatchObject({ status: 255, stdout: '' });
    expect(result.stderr).toContain('NoSuchBucket');
  });

  it.each([
    [[]],
    [['--s3-prefix', 'x']],
    [['--local-export-path', '']],
    [['--s3-bucket', 'b', '--local-export-path', '.']],
    [['--s3-prefix', 'p', '--local-export-path', '.']],
    [['--local-export-path', '.', '--local-export-path', '..']],
    [['--local-export-path', '.', '--format', 'xml']],
    [['--local-export-path', '.', '--unknown', 'x']],
    [['--local-export-path', '.', 'stray']],
    [['--local-export-path']],
  ])('ends with 252 for the options %j, and asks nobody', async (args) => {
    const server = await served(emptyWorld());
    const result = await runMain(['verify-query-results', ...args]);
    expect(result).toMatchObject({ status: 252, stdout: '' });
    expect(result.stderr).toMatch(/^trailproof: \S/);
    expect(server.requests).toEqual([]);
  });

  it('reports as JSON, and says what the signature does not cover', async () => {
    const { folder, keys } = await onDisk(change('result_1.csv.gz'));
    const args = ['verify-query-results', '--local-export-path', folder, '--keys', keys, '--format', 'json'];
    const { status, stdout, stderr } = await runMain(args);
    expect({ status, stderr }).toEqual({ status: 255, stderr: '' });
    const report = JSON.parse(stdout) as Report;
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report).toMatchObject({
      format: 'trailproof-report',
      version: 1,
      outcome: 'failed',
      chains: [],
      queryResults: [
        {
          outcome: 'failed',
          trusted: true,
          region: 'us-east-1',
          completedAt: '2026-03-01T22:06:30Z',
          files: { verified: 2, failed: 1, undetermined: 0 },
          notSigned: ['file-names', 'file-name-order', 'region', 'query-complete-time', 'query-text'],
        },
      ],
      findings: [{ code: 'query-file-modified', effect: 'failed' }],
    });
  });
});

describe('verify', () => {
  const CHAIN = {
    ...MAIN_TRAIL,
    start: Date.parse('2026-03-01T00:01:31Z'),
    hours: 2,
    logsPerHour: 1,
  };

  it('takes a folder of nothing but results', async () => {
    const { folder, keys } = await onDisk();
    const { status, stdout } = await runMain(['verify', folder, '--keys', keys]);
    expect(status).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'VERIFIED: 3 result files of 1 saved query: the contents are as CloudTrail signed them. Not signed: the names of the files,',
    );
  });

  it('fails with 1 where something was changed', async () => {
    const { folder, keys } = await onDisk(change('result_1.csv.gz'));
    expect((await runMain(['verify', folder, '--keys', keys])).status).toBe(1);
  });

  it('is undetermined, with 2, where the key is not at hand', async () => {
    const { folder } = await onDisk();
    const world = emptyWorld();
    forgeQueryResults(world, { bucket: BUCKET, key: KEY_B });
    const keys = path.join(temporaryFolder(), 'keys.json');
    await writeKeyFile(world, keys);
    const result = await runMain(['verify', folder, '--keys', keys, '--format', 'json']);
    expect(result.status).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'undetermined', queryResults: [{ trusted: false }] });
  });

  it('verifies trails and the results of many queries in one report, however they were copied', async () => {
    const world = emptyWorld();
    forgeChain(world, CHAIN);
    for (const queryId of ['one', 'two']) forgeQueryResults(world, { bucket: 'acme-trails', queryId });
    forgeQueryResults(world, { bucket: BUCKET, folder: 'cases/7/' });
    for (const layout of ['flat', 'buckets'] as const) {
      const root = temporaryFolder();
      await writeArchive(world, root, { layout, sidecars: true });
      const keys = path.join(temporaryFolder(), 'keys.json');
      await writeKeyFile(world, keys);
      mkdirSync(path.join(root, 'empty'));
      const { status, stdout } = await runMain(['verify', root, '--keys', keys, '--format', 'json']);
      const report = JSON.parse(stdout) as Report;
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
      expect(status).toBe(0);
      expect(report.totals).toMatchObject({
        chains: { verified: 1 },
        queryResults: { exports: { verified: 3 }, files: { verified: 9 } },
      });
      expect(report.queryResults?.map(({ signFile }) => signFile.key.split('/').at(-2))).toEqual(
        layout === 'flat' ? ['7', 'one', 'two'] : expect.arrayContaining(['one', 'two', '7']),
      );
    }
  });

  it('finds results in a bucket', async () => {
    const world = emptyWorld();
    forgeChain(world, CHAIN);
    forgeQueryResults(world, { bucket: 'acme-trails' });
    await served(world);
    const { status, stdout } = await runMain(['verify', 's3://acme-trails', '--format', 'ndjson']);
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines.filter(({ type }) => type === 'query-results')).toMatchObject([
      { outcome: 'verified', trusted: true, files: [{ outcome: 'verified' }, {}, {}], findings: [] },
    ]);
  });
});
