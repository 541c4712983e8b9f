import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import { forgeChain } from '../../support/forge/forge.js';
import { LAUNCHER, launchEnvironment } from '../../support/run/launch.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

const newFolder = temporaryFolders();
const startServer = loopbackServers();

it('SIGTERM and SIGINT end a run with a partial report and status 2, whatever hangs', async () => {
  const world = emptyWorld();
  const chain = forgeChain(world, {
    ...EVENTS_TRAIL,
    start: Date.parse('2026-03-01T00:01:31Z'),
    hours: 40,
    logsPerHour: 2,
  });
  const stalled = chain.digests[20]?.logs[0]?.ref.key;
  const keys = `${newFolder()}/keys.json`;
  await writeKeySnapshot(world, keys);
  // Each waits for what hangs: both at once take no longer than one.
  await Promise.all(
    (['SIGTERM', 'SIGINT'] as const).map(async (signal) => {
      let reached = () => {};
      const hanging = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const server = await startServer(world, {
        fault: ({ key }) => {
          if (key !== stalled) return undefined;
          reached();
          return 'stall';
        },
      });
      const args = ['verify', 's3://trails', '--keys', keys, '--endpoint-url', server.url, '--format', 'json'];
      const run = spawn(process.execPath, [LAUNCHER, ...args], { env: launchEnvironment() });
      const output = text(run.stdout);
      await hanging;
      run.kill(signal);
      const [status] = await once(run, 'exit');
      const report = JSON.parse(await output) as Report;
      expect(status, signal).toBe(2);
      expect(report).toMatchObject({ outcome: 'undetermined', interrupted: true });
      expect(report.findings.map(({ code }) => code)).toContain('run-interrupted');
      expect(report.chains[0]?.digests.verified).toBeGreaterThan(0);
    }),
  );
});
