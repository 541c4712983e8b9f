import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FINDING_EFFECTS } from '../../../src/core/findings/finding.js';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { StoreUnreachableError } from '../../../src/ports/object-store.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { openS3OverServer } from '../../support/aws/s3-over-server.js';
import { type Fault, type ServedRequest, startServer } from '../../support/aws/server.js';
import { forgeChain } from '../../support/forge/forge.js';
import { SeededRandom } from '../../support/forge/seeded-random.js';
import { launch } from '../../support/run/launch.js';
import { randomCases } from '../../support/run/random-cases.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

// Retries wait for a random time. Here that is none at all; the code takes hold of it when it is loaded.
vi.hoisted(() => {
  Math.random = () => 0;
});

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 6;
const NOW = START + (HOURS + 1) * HOUR;
const BUCKET = 'acme-trails';
const PASSING: readonly Fault[] = ['slow-down', 'error-500', 'reset', 'truncate', { status: 502 }];
const SEEDS = Array.from({ length: randomCases(3) }, (_, index) => `seed ${index}`);

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

function archive(): World {
  const world = emptyWorld();
  const place = { bucket: BUCKET, homeRegion: 'us-east-1', start: START, hours: HOURS, logsPerHour: 2 };
  forgeChain(world, { ...place, accountId: '111122223333', region: 'us-east-1', trailName: 'main' });
  forgeChain(world, { ...place, accountId: '111122223333', region: 'eu-west-1', trailName: 'main' });
  forgeChain(world, { ...place, accountId: '444455556666', region: 'us-east-1', trailName: 'other' });
  return world;
}

let longWorld: World | undefined;
/** More logs than are asked for at once, many times over. */
function longArchive(): World {
  if (longWorld) return longWorld;
  const world = emptyWorld();
  const place = { bucket: BUCKET, homeRegion: 'us-east-1', start: START, hours: 8, recordsPerLog: 1 };
  forgeChain(world, { ...place, accountId: '111122223333', region: 'us-east-1', trailName: 'main', logsPerHour: 40 });
  longWorld = world;
  return world;
}

describe('a server that dies on the way', () => {
  it.each([1, 2, 50])('ends the run without a verdict: at request %i', async (nth) => {
    const { result, output } = await runAgainstDyingServer(longArchive(), nth);
    expect(result.stderr).toMatch(
      /^trailproof: S3 at http:\/\/127\.0\.0\.1:\d+ cannot be reached: .+\nNothing is concluded\. .+\n$/,
    );
    expect(result.status).toBe(2);
    expect(result.stdout).toBe('');
    expect(existsSync(output)).toBe(false);
  });

  it('ends it so with threads too', async () => {
    const { result, output } = await runAgainstDyingServer(longArchive(), 100, undefined, launchImpatiently);
    expect(result.stderr).toMatch(/ cannot be reached: .+\nNothing is concluded\. .+\n$/);
    expect(result.status).toBe(2);
    expect(existsSync(output)).toBe(false);
  });

  it('leaves a report on standard output without its end', async () => {
    const { result } = await runAgainstDyingServer(longArchive(), 100, []);
    expect(result.status).toBe(2);
    expect(result.stdout).not.toMatch(/^(?:VERIFIED|FAILED|UNDETERMINED)\b/m);
    const ndjson = (await runAgainstDyingServer(longArchive(), 100, ['--format', 'ndjson'])).result;
    expect(ndjson.stdout).toContain('"type":"run"');
    expect(ndjson.stdout).not.toContain('"type":"summary"');
  });

  it.each([4, 10, 40])('ends it so where all that is left had been asked for at once: at request %i', async (nth) => {
    const { result } = await runAgainstDyingServer(archive(), nth, ['--format', 'json', '--concurrency', '2']);
    expect(result.stderr).toMatch(/ cannot be reached: .+\nNothing is concluded\. .+\n$/);
    expect(result.status).toBe(2);
    expect(() => JSON.parse(result.stdout)).toThrow();
  });

  // With so little left to ask for, an outage cannot be told from faults of single objects.
  it.each([3, 72])('blames nothing when little was left: at request %i', async (nth) => {
    const { result } = await runAgainstDyingServer(archive(), nth, ['--format', 'json']);
    expect(result).toMatchObject({ status: 2, stderr: '' });
    const { outcome, findings } = JSON.parse(result.stdout) as Report;
    expect(outcome).toBe('undetermined');
    expect(findings.filter(({ effect }) => effect === 'failed')).toEqual([]);
  });

  it('makes the library throw', async () => {
    const world = longArchive();
    let asked = 0;
    const fault = (): undefined => {
      asked += 1;
      if (asked === 50) void opened.server.close();
    };
    const opened = await openS3OverServer(world, { fault });
    const run = verifyWorld(world, { store: opened.store, sources: [{ bucket: BUCKET, prefix: '' }], now: NOW });
    await expect(run).rejects.toBeInstanceOf(StoreUnreachableError);
    await opened.close();
  });
});

describe('passing faults', () => {
  it.each(SEEDS)('change nothing in the report when retries outlast them: %s', async (seed) => {
    const world = archive();
    const now = START + (HOURS + 9) * HOUR;
    const request = { sources: [{ bucket: BUCKET, prefix: '' }], now, to: now, from: START };
    const untroubled = await verifyWorld(world, request);
    const random = new SeededRandom(seed);
    // Each call fails up to three times before it succeeds: fewer than a call is tried.
    const faultsOf = new Map<string, Fault[]>();
    let faults = 0;
    const fault = ({ operation, key = '' }: ServedRequest): Fault | undefined => {
      const id = `${operation} ${key}`;
      const left = faultsOf.get(id) ?? Array.from({ length: random.below(4) }, () => random.pick(PASSING));
      faultsOf.set(id, left);
      // Looking for the bucket's region and listing it are one call.
      if (operation === 'GetBucketLocation') return undefined;
      faults += left.length > 0 ? 1 : 0;
      return left.pop();
    };
    const { store, close } = await openS3OverServer(world, { fault, pageSize: 4 });
    const troubled = await verifyWorld(world, { ...request, store });
    await close();
    expect(faults).toBeGreaterThan(50);
    expect(troubled).toEqual(untroubled);
    expect(troubled.outcome).toBe('failed');
  });

  it.each(SEEDS)('that stay leave things undetermined, and never failed: %s', async (seed) => {
    const world = archive();
    const random = new SeededRandom(`${seed}, staying`);
    const stays = new Map<string, Fault | undefined>();
    const fault = ({ operation, key = '' }: ServedRequest): Fault | undefined => {
      const id = `${operation} ${key}`;
      // Resets in a row would be taken for a dead network: another matter.
      if (!stays.has(id))
        stays.set(id, random.below(5) === 0 ? random.pick(['slow-down', 'error-500', 'deny']) : undefined);
      return operation === 'GetObject' ? stays.get(id) : undefined;
    };
    const { store, close } = await openS3OverServer(world, { fault });
    const run = await verifyWorld(world, { store, sources: [{ bucket: BUCKET, prefix: '' }], now: NOW });
    await close();
    expect(run.findings.length).toBeGreaterThan(3);
    expect(run.findings.filter(({ code }) => FINDING_EFFECTS[code] === 'failed')).toEqual([]);
    expect(run.outcome).toBe('undetermined');
  });

  it.each(PASSING.slice(0, 2))('of every listing but the first never pass for missing digests: %s', async (staying) => {
    const world = archive();
    for (const healthy of [1, 2, 4, 9, 15]) {
      let lists = 0;
      const fault = ({ operation }: ServedRequest): Fault | undefined => {
        lists += operation === 'ListObjectsV2' ? 1 : 0;
        return operation === 'ListObjectsV2' && lists > healthy ? staying : undefined;
      };
      const { store, close } = await openS3OverServer(world, { fault });
      const { findings, outcome } = await verifyWorld(world, {
        store,
        sources: [{ bucket: BUCKET, prefix: '' }],
        now: NOW,
      });
      await close();
      expect(
        findings.filter(({ code }) => FINDING_EFFECTS[code] === 'failed'),
        `${healthy}`,
      ).toEqual([]);
      expect(outcome === 'verified', `${healthy}`).toBe(findings.length === 0);
    }
  });
});

type RunCommand = (args: readonly string[]) => Promise<CommandResult>;

// Threads have scripts that only the build makes.
const runInOneThread: RunCommand = (args) => runMain([...args, '--threads', '0'], NOW);
const launchImpatiently: RunCommand = (args) =>
  launch([...args, '--threads', '1'], { nodeArgs: ['--import', 'data:text/javascript,Math.random=()=>0'] });

/** Runs `verify` with a server that dies when it is asked for the nth time. */
async function runAgainstDyingServer(
  world: World,
  nth: number,
  flags?: readonly string[],
  run: RunCommand = runInOneThread,
) {
  const folder = temporaryFolder();
  const [keys, output] = [path.join(folder, 'keys.json'), path.join(folder, 'report.txt')];
  await writeKeySnapshot(world, keys);
  let asked = 0;
  const fault = () => {
    asked += 1;
    if (asked === nth) void server.close();
    return undefined;
  };
  const server = await startServer(world, { fault });
  const args = ['verify', `s3://${BUCKET}`, '--keys', keys, '--endpoint-url', server.url];
  const result = await run([...args, ...(flags ?? ['--output', output])]);
  expect(asked).toBeGreaterThanOrEqual(nth);
  return { result, output };
}
