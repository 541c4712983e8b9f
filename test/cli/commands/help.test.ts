import { expect, it } from 'vitest';
import { runMain } from '../../support/run/run-main.js';

it.each([
  ['verify', 'trailproof verify s3://audit-logs --account 111122223333 --format json'],
  ['watch', 'trailproof watch s3://audit-logs --from -26h --to now --every 1d --report json=run.json'],
  ['keys fetch', 'trailproof keys fetch --from 2026-01-01 --output keys.json'],
])('%s --help: each example is a line that can be copied', async (command, example) => {
  const { stdout } = await runMain([...command.split(' '), '--help'], 0, { env: {} });
  expect(stdout.split('\n').map((line) => line.trimEnd())).toContain(`  ${example}`);
});
