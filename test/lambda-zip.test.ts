import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatInstant, HOUR, MINUTE } from '../src/core/time/instant.js';
import { loopbackServers } from './support/aws/loopback-servers.js';
import { addTrail, forgeChain } from './support/forge/forge.js';
import { at, readExample, readYaml } from './support/repository/examples.js';
import { consumerFile, NOT_INSTALLED, programOf } from './support/run/consumers.js';
import { runFunction } from './support/run/lambda-runtime.js';
import { unpack, writeLambdaZip } from './support/run/lambda-zip.js';
import { launchEnvironment } from './support/run/launch.js';
import { temporaryFolders } from './support/run/temporary-folder.js';
import { emptyWorld, statusKey } from './support/worlds/world.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The function judges by the clock of the machine. */
const END = Math.floor((Date.now() - 40 * MINUTE) / 1000) * 1000;
const HOURS = 12;
const HANDLER = String(at(readYaml('lambda.yaml')[0], 'Resources', 'Function', 'Properties', 'Handler'));

const zips = mkdtempSync(path.join(tmpdir(), 'trailproof-'));
const ZIP = path.join(zips, 'lambda.zip');
beforeAll(() => writeLambdaZip(ZIP));
afterAll(() => rmSync(zips, { recursive: true, force: true }));

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

async function runUnpacked(taskRoot: string, client: string) {
  const world = emptyWorld();
  const trail = { bucket: 'acme-trails', accountId: '111122223333', homeRegion: 'us-east-1', trailName: 'main' };
  const { arn } = addTrail(world, trail);
  world.trailStatus.set(statusKey(arn, 'us-east-1'), { digestDeliveredAt: END + 28 * MINUTE });
  forgeChain(world, { ...trail, region: 'us-east-1', start: END - HOURS * HOUR, hours: HOURS, logsPerHour: 3 });
  const server = await startServer(world);
  const env = launchEnvironment({
    AWS_ENDPOINT_URL: server.url,
    TRAILPROOF_TRAIL_ARN: arn,
    TRAILPROOF_FROM: formatInstant(END - HOURS * HOUR),
    TRAILPROOF_TO: 'now',
    TRAILPROOF_THREADS: '1',
  });
  return await runFunction({
    client,
    folder: temporaryFolder(),
    taskRoot,
    handler: HANDLER,
    event: { detail: {} },
    env,
  });
}

it("the zip verifies a trail in the runtime of AWS Lambda, by the template's Handler", async ({ skip }) => {
  const client = consumerFile('aws-lambda-ric/index.mjs') ?? skip(NOT_INSTALLED);
  const folder = temporaryFolder();
  unpack(ZIP, folder);
  const { response, log, ...rest } = await runUnpacked(folder, client);
  expect(rest).toEqual({});
  expect(response).toMatchObject({ outcome: 'verified', exitStatus: 0, findings: 0 });
  expect(at(response, 'totals', 'logs', 'verified')).toBe(3 * HOURS);
  expect(log).toContain('"Outcome":"verified"');
});

it('the zip reads a configuration file that lies beside it', async ({ skip }) => {
  const client = consumerFile('aws-lambda-ric/index.mjs') ?? skip(NOT_INSTALLED);
  const folder = temporaryFolder();
  unpack(ZIP, folder);
  writeFileSync(path.join(folder, 'trailproof.yaml'), 'format: json\ncontrols: true\n');
  const { response, log } = await runUnpacked(folder, client);
  expect(response).toMatchObject({ outcome: 'verified' });
  expect(log).toContain('"controls"');
});

it("the compiler's modules, without what they import, do not start: Lambda prefers .js to .mjs", async ({ skip }) => {
  const client = consumerFile('aws-lambda-ric/index.mjs') ?? skip(NOT_INSTALLED);
  const folder = temporaryFolder();
  unpack(ZIP, folder);
  mkdirSync(path.join(folder, 'dist/lambda'), { recursive: true });
  writeFileSync(path.join(folder, `${HANDLER.replace(/\.\w+$/, '')}.js`), "import '../cli/errors.js';");
  const { error } = await runUnpacked(folder, client);
  expect(error).toMatchObject({ errorMessage: expect.stringContaining('Cannot find module') });
});

it('the zip holds one file for each name that Handler stands for, and its notices', () => {
  const files = unpack(ZIP, temporaryFolder());
  const named = files.filter((file) => /^dist\/lambda\/index\b/.test(file));
  expect(named).toEqual(['dist/lambda/index.js']);
  expect(files).toEqual(expect.arrayContaining(['package.json', 'LICENSE', 'dist/lambda/hash-worker.js']));
});

it('the same build gives the same zip, in every time zone', () => {
  const again = path.join(temporaryFolder(), 'lambda.zip');
  writeLambdaZip(again, { TZ: 'Asia/Tokyo' });
  expect(readFileSync(again).equals(readFileSync(ZIP))).toBe(true);
});

it('unzip takes it whole', ({ skip }) => {
  const unzip = programOf('unzip') ?? skip('there is no unzip');
  expect(execFileSync(unzip, ['-t', ZIP], { encoding: 'utf8' })).toContain('No errors detected');
});

it('the commands of the template make it', () => {
  const scripts = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> };
  expect(scripts.scripts.lambda).toBe('node .ci/lambda-zip.js');
  const uploads = [...readExample('lambda.yaml').matchAll(/^#\s+(npm ci && npm run lambda (\S+))$/gm)];
  expect(uploads).toHaveLength(1);
  expect(readExample('lambda.yaml')).toContain(`aws s3 cp ${uploads[0]?.[2]} `);
});
