import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { MAX_DIGEST_VALUES } from '../../../src/core/digest/parse-digest.js';
import { FAULTS_TOLD } from '../../../src/core/findings/capped-findings.js';
import { verify } from '../../../src/index.js';
import { forgeChain } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';
import { writeArchive, writeKeyFile } from '../../support/worlds/write-world.js';

const temporaryFolder = temporaryFolders();
const NOW = Date.parse('2026-03-01T04:00:00Z');
const FORMATS = ['ndjson', 'html', 'markdown', 'junit', 'sarif', 'ocsf', 'asff', 'emf', 'prometheus', 'csv'];
const nameAt = (minute: number) =>
  `AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20260301T02${minute}00Z.json.gz`;

/** A sound archive of three digests, and one planted object for each text. */
async function archiveWith(...texts: readonly (string | Buffer)[]) {
  const world = emptyWorld();
  const place = { bucket: 'trails', accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
  const times = { start: Date.parse('2026-03-01T00:01:31Z'), hours: 3, logsPerHour: 1 };
  forgeChain(world, { ...place, ...times, trailName: 'main' });
  for (const [index, text] of texts.entries())
    putObject(world, 'trails', nameAt(10 + index), { body: gzipSync(text), metadata: {} });
  const folder = temporaryFolder();
  const archive = path.join(folder, 'archive');
  const keys = path.join(folder, 'keys.json');
  await writeArchive(world, archive, { layout: 'flat', sidecars: true });
  await writeKeyFile(world, keys);
  return { folder, archive, keys };
}

const listOf = (entry: string, times: number): Buffer =>
  Buffer.concat([
    Buffer.from('{"logFiles":['),
    Buffer.alloc((entry.length + 1) * times, `${entry},`),
    Buffer.from(`${entry}]}`),
  ]);

interface Said {
  readonly outcome: string;
  readonly findings: readonly { readonly code: string; readonly args: Readonly<Record<string, unknown>> }[];
}

it('a digest of hundreds of thousands of wrong entries is told in every format', { timeout: 30_000 }, async () => {
  const { folder, archive, keys } = await archiveWith(listOf('0', 300_000));
  const reports = FORMATS.flatMap((format) => ['--report', `${format}=${path.join(folder, format)}`]);
  const run = await runMain(['verify', archive, '--keys', keys, '--format', 'json', ...reports], NOW, { env: {} });
  expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 1 });
  const { findings, outcome }: Said = JSON.parse(run.stdout);
  expect(outcome).toBe('failed');
  expect(findings.filter(({ code }) => code.startsWith('digest-field-'))).toHaveLength(FAULTS_TOLD);
  expect(findings.filter(({ code }) => code === 'digest-faults-limited')).toMatchObject([
    { args: { limit: FAULTS_TOLD } },
  ]);
  for (const format of FORMATS) expect(readFileSync(path.join(folder, format), 'utf8')).not.toBe('');

  const report = await verify({ source: archive, keys, now: new Date(NOW) });
  expect(report.findings.filter(({ code }) => code === 'digest-faults-limited')).toHaveLength(1);
});

it('a digest of more than ten million values is too large', { timeout: 30_000 }, async () => {
  const { archive, keys } = await archiveWith(listOf('0', 3 * MAX_DIGEST_VALUES));
  const run = await runMain(['verify', archive, '--keys', keys, '--format', 'json'], NOW, { env: {} });
  expect(run.status).toBe(2);
  const { findings }: Said = JSON.parse(run.stdout);
  expect(findings.filter(({ code }) => code === 'digest-too-large')).toMatchObject([
    { args: { measure: 'values', limit: MAX_DIGEST_VALUES } },
  ]);
});

it('texts of any length are told by their beginning, and the report can be converted', {
  timeout: 30_000,
}, async () => {
  const long = Buffer.concat([
    Buffer.from('{"digestSignatureAlgorithm":"'),
    Buffer.alloc(10_000_000, 'x'),
    Buffer.from('"}'),
  ]);
  const { folder, archive, keys } = await archiveWith(long, long);
  const run = await runMain(['verify', archive, '--keys', keys, '--format', 'ndjson'], NOW, { env: {} });
  expect(run.status).toBe(1);
  expect(run.stdout.length).toBeLessThan(100_000);
  expect(run.stdout).toContain(`"actual":"${'x'.repeat(1000)}…+9999000"`);
  const saved = path.join(folder, 'run.ndjson');
  writeFileSync(saved, run.stdout);
  const converted = await runMain(['report', 'convert', saved, '--format', 'csv'], NOW, { env: {} });
  expect(converted).toMatchObject({ status: 0, stderr: '' });
});

it('is shown by inspect as a digest that is none', { timeout: 30_000 }, async () => {
  const file = path.join(temporaryFolder(), 'digest.json.gz');
  const inspect = async (content: Buffer) => {
    writeFileSync(file, gzipSync(content));
    return runMain(['inspect', file], NOW, { env: {} });
  };
  const entries = listOf('0', 300_000).subarray(0, -1);
  const faulty = await inspect(Buffer.concat([entries, Buffer.from(',"digestEndTime":"x"}')]));
  expect(faulty.stdout.length + faulty.stderr.length).toBeLessThan(20_000);
  expect(faulty.stdout + faulty.stderr).toContain(`digest-faults-limited {"limit":${FAULTS_TOLD},`);
  const large = await inspect(listOf('{}', 2 * MAX_DIGEST_VALUES));
  expect(large.status).toBe(0);
});

it('a sign file of zeros is too large', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'result_sign.json'), `{"files":[${'0,'.repeat(1_000_000)}0]}`);
  const { keys } = await archiveWith();
  const run = await runMain(['verify', folder, '--keys', keys, '--format', 'json'], NOW, { env: {} });
  expect(run.status).toBe(2);
  const { findings }: Said = JSON.parse(run.stdout);
  expect(findings.map(({ code }) => code)).toEqual(['query-sign-file-too-large']);
});
