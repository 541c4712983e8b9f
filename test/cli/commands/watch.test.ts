import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRun } from '../../../src/cli/commands/watch-schedule.js';
import type { Report } from '../../../src/core/report/report.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { ServedRequest, ServerOptions } from '../../support/aws/server.js';
import { type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { FakeClock } from '../../support/run/fake-clock.js';
import { LAUNCHER, launchEnvironment } from '../../support/run/launch.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { modifyLog } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 3;
const END = START + HOURS * HOUR;
const NOW = END + 40 * MINUTE;
const BUCKET = 'acme-trails';

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

describe('the next run', () => {
  const at = (text: string) => Date.parse(`2026-03-01T${text}Z`);

  it.each([
    ['1h', HOUR, '03:29:23', '04:10:00', '04:12:00', '05:00:23'],
    ['1h, begun right before the digest was due', HOUR, '03:29:23', '04:00:00', '04:00:01', '05:00:23'],
    ['1h, after a run that took longer', HOUR, '03:29:23', '04:00:23', '06:30:00', '07:00:23'],
    ['1h, of a trail whose hours are whole', HOUR, '03:00:00', '04:31:00', '04:40:00', '05:31:00'],
    ['15m', 15 * MINUTE, '03:29:23', '04:00:23', '04:01:00', '04:15:23'],
    ['6h', 6 * HOUR, '03:29:23', '02:00:00', '02:10:00', '07:00:23'],
  ])('every %s', (_, every, newest, begun, ended, next) => {
    const pace = { every, begun: at(begun), ended: at(ended), newestEnd: at(newest) };
    const run = nextRun({ ...pace, chance: 0 });
    expect(new Date(run).toISOString()).toBe(new Date(at(next)).toISOString());
    expect(nextRun({ ...pace, chance: 0.5 })).toBe(run + Math.min(5 * MINUTE, every / 20) / 2);
  });

  it('is due after the last one, by half of the time at the least and one and a half of it and chance at the most', () => {
    const instants = fc.integer({ min: 0, max: 4e12 });
    const property = fc.property(
      fc.integer({ min: MINUTE, max: 7 * DAY }),
      instants,
      fc.integer({ min: 0, max: 2 * DAY }),
      instants,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (every, begun, took, newestEnd, chance) => {
        const earliest = Math.max(begun + took, begun + every / 2);
        const next = nextRun({ every, begun, ended: begun + took, newestEnd, chance });
        expect(next).toBeGreaterThanOrEqual(earliest);
        expect(next).toBeLessThan(earliest + every + Math.min(5 * MINUTE, every / 20));
      },
    );
    fc.assert(property);
  });
});

interface Watched {
  readonly world: World;
  readonly chain: ForgedChain;
  readonly clock: FakeClock;
  readonly stop: AbortController;
  readonly report: string;
  readonly result: Promise<CommandResult>;
}

async function watch(flags: readonly string[] = [], options: Omit<ServerOptions, 'pageSize'> = {}): Promise<Watched> {
  const world = emptyWorld();
  const place = { bucket: BUCKET, accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
  const chain = forgeChain(world, { ...place, trailName: 'main', start: START, hours: HOURS, logsPerHour: 1 });
  const server = await startServer(world, options);
  const [clock, stop] = [new FakeClock(), new AbortController()];
  const report = path.join(temporaryFolder(), 'run.json');
  const args = ['watch', `s3://${BUCKET}`, '--endpoint-url', server.url, '--report', `json=${report}`, ...flags];
  const result = runMain(args, NOW, { clock, stop: stop.signal });
  return { world, chain, clock, stop, report, result };
}

const reportIn = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report;

describe('watch', () => {
  it('verifies at once, then when the next digests are due, and replaces the reports', async () => {
    const { world, chain, clock, stop, report, result } = await watch(['--quiet']);
    await clock.untilWaiting();
    expect(reportIn(report)).toMatchObject({ outcome: 'verified', checkedAt: '2026-03-01T04:09:23Z' });
    modifyLog(world, logAt(chain, 1, 0).ref);
    // Due at 05:00:23, and one and a half minutes of chance.
    clock.advance(52 * MINUTE + 30 * SECOND - 1);
    expect(clock.waiting).toBe(1);
    clock.advance(1);
    await clock.untilWaiting();
    expect(reportIn(report)).toMatchObject({ outcome: 'failed', checkedAt: '2026-03-01T05:01:53Z' });
    stop.abort();
    const { status, stdout, stderr } = await result;
    expect({ status, stderr, waiting: clock.waiting }).toEqual({ status: 1, stderr: '', waiting: 0 });
    expect(stdout.match(/^FAILED: /gm)).toHaveLength(1);
  });

  it('tells each run, and when the next one begins', async () => {
    const { clock, stop, result } = await watch(['--every', '1d']);
    // Longer than the time from one line of progress to the next.
    await clock.untilWaiting(HOUR);
    clock.advance(DAY);
    await clock.untilWaiting(HOUR);
    stop.abort();
    const { status, stdout, stderr } = await result;
    expect(status).toBe(0);
    expect(stdout.match(/^VERIFIED\b/gm)).toHaveLength(2);
    expect(stderr.trim().split('\n')).toEqual([
      'trailproof: 2026-03-01T04:09:23Z: the next run begins at 2026-03-02T01:02:53Z',
      'trailproof: 2026-03-02T04:09:23Z: the next run begins at 2026-03-03T01:02:53Z',
    ]);
  });

  it('goes on after a run that could not work, and says when that was', async () => {
    let isDenied = false;
    const fault = ({ operation }: ServedRequest) => (isDenied && operation === 'ListObjectsV2' ? 'deny' : undefined);
    const { clock, stop, report, result } = await watch(['--quiet'], { fault });
    await clock.untilWaiting();
    isDenied = true;
    clock.advance(HOUR);
    await clock.untilWaiting();
    expect(reportIn(report)).toMatchObject({ outcome: 'verified', checkedAt: '2026-03-01T04:09:23Z' });
    isDenied = false;
    clock.advance(HOUR);
    await clock.untilWaiting();
    expect(reportIn(report)).toMatchObject({ outcome: 'verified', checkedAt: '2026-03-01T06:09:23Z' });
    stop.abort();
    const { status, stderr } = await result;
    expect(status).toBe(0);
    expect(stderr).toMatch(/^trailproof: 2026-03-01T05:09:23Z: cannot list s3:\/\/acme-trails\/ .+\n.+\n$/);
  });

  it('ends with the status of the last run, also of one that could not work', async () => {
    const { clock, stop, result } = await watch(['--quiet'], { fault: () => 'deny' });
    await clock.untilWaiting();
    stop.abort();
    expect((await result).status).toBe(2);
  });

  it('ends a run that is under way, with a partial report', async () => {
    let reached = () => {};
    const fault = ({ operation }: ServedRequest) => {
      if (operation === 'GetObject') reached();
      return undefined;
    };
    const { stop, report, result } = await watch(['--quiet'], { fault });
    reached = () => stop.abort();
    expect((await result).status).toBe(2);
    expect(reportIn(report)).toMatchObject({ outcome: 'undetermined', interrupted: true });
  });

  it.each([
    [['--every', '30s'], /--every 30s: write a length of time from 1m to 7d/],
    [['--every', '8d'], /--every 8d/],
    [['--every', 'hourly'], /--every hourly/],
    [['--every', '1h', '--every', '2h'], /given more than once/],
    [['--account', '1'], /an account id has 12 digits/],
  ])('refuses %j', async (flags, message) => {
    const { status, stderr, stdout } = await runMain(['watch', `s3://${BUCKET}`, ...flags], NOW);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('takes the flags of verify', async () => {
    const flagsOf = async (command: string) => {
      const { stdout } = await runMain([command, '--help'], NOW);
      return [...new Set(stdout.match(/ --[a-z-]+/g))].filter((flag) => flag !== ' --every').sort();
    };
    expect(await flagsOf('watch')).toEqual(await flagsOf('verify'));
  });
});

it.each([
  ['SIGTERM', 'while it waits', []],
  ['SIGINT', 'while it waits', []],
  ['SIGTERM', 'while it waits after it has written a checkpoint', ['--checkpoint', 'run.checkpoint']],
] as const)('a process that watches ends at once by %s %s', async (signal, _, flags) => {
  const world = emptyWorld();
  const place = { bucket: BUCKET, accountId: '111122223333', region: 'us-east-1', homeRegion: 'us-east-1' };
  forgeChain(world, { ...place, trailName: 'main', start: START, hours: HOURS, logsPerHour: 1 });
  const folder = temporaryFolder();
  const keys = path.join(folder, 'keys.json');
  await writeArchive(world, path.join(folder, 'archive'), { layout: 'flat', sidecars: true });
  await writeKeySnapshot(world, keys);
  const args = ['watch', path.join(folder, 'archive'), '--keys', keys, '--threads', '0', ...flags];
  const watching = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd: folder,
    env: launchEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(watching.stderr)) if (line.includes('the next run begins at')) break;
  expect(existsSync(path.join(folder, 'run.checkpoint'))).toBe(flags.length > 0);
  watching.kill(signal);
  expect(await once(watching, 'exit')).toEqual([0, null]);
});
