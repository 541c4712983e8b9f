import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { type Fault, type ServedRequest, startServer } from '../../support/aws/server.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { launch, launchEnvironment } from '../../support/run/launch.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { TAILS } from '../../support/tamper/corrupt-gzip.js';
import {
  appendToObject,
  deleteObject,
  modifyLog,
  rewriteDigest,
  setStorageClass,
  storePlain,
  swapObjects,
  truncateObject,
} from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 8;
const BUCKET = 'acme-trails';
/** With those of the other chains, more than are hashed before other threads are started. */
const LOGS_PER_HOUR = 32;

/** Three chains, with something of every kind wrong in the first. */
function tamperedWorld(): World {
  const world = emptyWorld();
  const shared = { bucket: BUCKET, accountId: '111122223333', trailName: 'main', homeRegion: 'us-east-1' };
  const [main] = (
    [
      ['us-east-1', LOGS_PER_HOUR],
      ['eu-west-1', 4],
      ['us-west-2', 4],
    ] as const
  ).map(([region, logsPerHour]) =>
    forgeChain(world, { ...shared, region, start: START, hours: HOURS, logsPerHour, recordsPerLog: 1 }),
  );
  if (!main) throw new Error('nothing was forged');
  modifyLog(world, logAt(main, 1, 0).ref);
  deleteObject(world, logAt(main, 1, 1).ref);
  appendToObject(world, logAt(main, 1, 2).ref, TAILS.secondMember);
  truncateObject(world, logAt(main, 1, 3).ref, 60);
  truncateObject(world, logAt(main, 2, 4).ref, 0);
  storePlain(world, logAt(main, 2, 5).ref);
  swapObjects(world, logAt(main, 2, 6).ref, logAt(main, 3, 6).ref);
  rewriteDigest(world, digestAt(main, 4).ref, (document) => document.logFiles.pop());
  deleteObject(world, digestAt(main, 6).ref);
  return world;
}

/** The same time in every process: it is part of the report. */
const NOW = START + (HOURS + 5) * HOUR;
const FIXED_TIME = ['--import', `data:text/javascript,Date.now = () => ${NOW};`];

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

interface Output {
  readonly status: number;
  readonly stderr: string;
  readonly json: string;
  readonly ndjson: string;
}

/** Runs the command for two formats at once: without threads in this process, with them as it is installed. */
async function verify(source: string, keys: string, flags: readonly string[], endpoint?: string): Promise<Output> {
  const ndjson = path.join(temporaryFolder(), 'run.ndjson');
  const outputs = ['--format', 'json', '--report', `ndjson=${ndjson}`];
  const env = launchEnvironment(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' });
  const args = ['verify', source, '--keys', keys, ...outputs, ...flags];
  const isHere = flags[flags.indexOf('--threads') + 1] === '0';
  if (isHere) for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { status, stdout, stderr } = isHere
    ? await runMain(args, NOW)
    : await launch(args, { env, nodeArgs: FIXED_TIME });
  return { status, stderr, json: stdout, ndjson: readFileSync(ndjson, 'utf8') };
}

const keysOf = async (world: World): Promise<string> => {
  const file = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, file);
  return file;
};

/** That the run was one worth comparing. */
function expectFindings({ status, stderr, json, ndjson }: Output): void {
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const report = JSON.parse(json) as { findings: { code: string }[] };
  expect(new Set(report.findings.map(({ code }) => code)).size).toBeGreaterThanOrEqual(8);
  expect(ndjson.split('\n').length).toBeGreaterThan(10);
}

describe('a report is the same to the byte', () => {
  let world: World;
  beforeAll(() => {
    world = tamperedWorld();
  });

  it('on any number of threads, from disk', async () => {
    const dir = path.join(temporaryFolder(), 'archive');
    await writeArchive(world, dir, { layout: 'flat', sidecars: true, bucket: BUCKET });
    const keys = await keysOf(world);
    const expected = await verify(dir, keys, ['--threads', '0']);
    expectFindings(expected);
    expect(await verify(dir, keys, ['--threads', '4'])).toEqual(expected);
  }, 60_000);

  it('on any number of threads and at any concurrency, from S3', async () => {
    const server = await startServer(world);
    try {
      const keys = await keysOf(world);
      const run = (...flags: string[]) => verify(`s3://${BUCKET}`, keys, flags, server.url);
      const expected = await run('--threads', '0', '--concurrency', '1');
      expectFindings(expected);
      for (const [threads, concurrency] of [
        ['0', '256'],
        ['1', '16'],
        ['2', '1'],
      ] as const)
        expect(
          await run('--threads', threads, '--concurrency', concurrency),
          `${concurrency} at once on ${threads} threads`,
        ).toEqual(expected);
    } finally {
      await server.close();
    }
  }, 120_000);

  it('whatever S3 refuses for good, and whatever passes', async () => {
    setStorageClass(world, { bucket: BUCKET, key: keysBelow(world, 'eu-west-1', '.json.gz')[20] ?? '' }, 'GLACIER');
    const PASSING: readonly Fault[] = ['slow-down', 'error-500', 'reset', 'truncate', { status: 502 }];
    const denied = new Set(keysBelow(world, 'us-west-2', '.json.gz').filter((_, index) => index % 11 === 5));
    const refuse = ({ key }: ServedRequest): Fault | undefined =>
      key !== undefined && denied.has(key) ? 'deny' : undefined;
    /** The first answer about every seventh object fails. */
    const failAtFirst = () => {
      const seen = new Set<string>();
      return (request: ServedRequest): Fault | undefined => {
        const { key } = request;
        if (key === undefined || seen.has(key)) return refuse(request);
        seen.add(key);
        const number = [...key].reduce((sum, char) => sum + char.charCodeAt(0), 0);
        return refuse(request) ?? (number % 7 === 0 ? PASSING[number % PASSING.length] : undefined);
      };
    };
    const keys = await keysOf(world);
    const run = async (fault: (request: ServedRequest) => Fault | undefined, ...flags: string[]) => {
      const server = await startServer(world, { fault });
      try {
        const output = await verify(`s3://${BUCKET}`, keys, flags, server.url);
        // Each server has a port of its own, which the report names.
        const withoutPort = (text: string) => text.replaceAll(server.url, 'http://server');
        return { ...output, json: withoutPort(output.json), ndjson: withoutPort(output.ndjson) };
      } finally {
        await server.close();
      }
    };
    const expected = await run(refuse, '--threads', '0');
    expectFindings(expected);
    expect(expected.json).toContain('"log-access-denied"');
    expect(expected.json).toContain('"log-archived"');
    expect(await run(failAtFirst(), '--threads', '0', '--concurrency', '16'), 'no threads').toEqual(expected);
    expect(await run(failAtFirst(), '--threads', '2'), 'two threads').toEqual(expected);
  }, 120_000);
});

const keysBelow = (world: World, region: string, end: string): string[] =>
  [...(world.buckets.get(BUCKET)?.keys() ?? [])].filter(
    (key) => key.includes(`/CloudTrail/${region}/`) && key.endsWith(end),
  );
