import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { verify } from '../../../src/index.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import { forgeChain } from '../../support/forge/forge.js';
import { LAUNCHER, launchEnvironment } from '../../support/run/launch.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

const newFolder = temporaryFolders();
const startServer = loopbackServers();
const LATENCY = 200;
/** Objects that are in hand at once, over all threads. */
const IN_HAND = 8;

async function serve() {
  const world = emptyWorld();
  const chain = forgeChain(world, {
    ...EVENTS_TRAIL,
    start: Date.parse('2026-03-01T00:01:31Z'),
    hours: 24,
    logsPerHour: 20,
  });
  const keys = `${newFolder()}/keys.json`;
  await writeKeySnapshot(world, keys);
  const logs = new Set(chain.digests.flatMap((digest) => digest.logs.map(({ ref }) => ref.key)));
  let asked = 0;
  let onLog = () => {};
  /** When so many logs have been asked for. */
  const busy = new Promise<void>((resolve) => {
    onLog = () => {
      asked += 1;
      if (asked === 2 * IN_HAND) resolve();
    };
  });
  const server = await startServer(world, {
    latencyMs: LATENCY,
    onArrival: ({ key }) => {
      if (key !== undefined && logs.has(key)) onLog();
    },
  });
  return { server, keys, busy, askedSoFar: () => asked };
}

it.each(['0', '1'])(
  'after SIGTERM no log is begun, with %s threads: the report tells those in hand',
  async (threads) => {
    const { server, keys, busy, askedSoFar } = await serve();
    const flags = [
      '--endpoint-url',
      server.url,
      '--keys',
      keys,
      '--concurrency',
      String(IN_HAND),
      '--threads',
      threads,
    ];
    const run = spawn(process.execPath, [LAUNCHER, 'verify', 's3://trails', ...flags, '--format', 'json'], {
      env: launchEnvironment(),
    });
    const output = text(run.stdout);
    await busy;
    run.kill('SIGTERM');
    const before = askedSoFar();
    const [status] = await once(run, 'exit');
    const report = JSON.parse(await output) as Report;
    expect(status).toBe(2);
    expect(report.findings.map(({ code }) => code)).toContain('run-interrupted');
    // What was on its way to the server when the signal came, and what was begun before it was heard: not the 400 others.
    expect(askedSoFar() - before).toBeLessThanOrEqual(100);
    expect(report.chains[0]?.logs.failed).toBe(0);
  },
);

it('a library host that aborts its signal gets a partial report as well, and nothing more is begun', async () => {
  const { server, keys, busy, askedSoFar } = await serve();
  const controller = new AbortController();
  const running = verify({
    source: 's3://trails',
    keys,
    endpointUrl: server.url,
    signal: controller.signal,
  });
  await busy;
  controller.abort();
  const before = askedSoFar();
  const report = await running;
  expect(report).toMatchObject({ outcome: 'undetermined', interrupted: true });
  expect(askedSoFar() - before).toBeLessThanOrEqual(100);
});
