import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setThrowawayCredentials, THROWAWAY_ENVIRONMENT } from '../../support/aws/aws-environment.js';
import { type LoopbackServer, startServer } from '../../support/aws/server.js';
import { type RecordedRun, recordedScenarios } from '../../support/run/recorded-scenario.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';

const LAUNCHER = fileURLToPath(new URL('../../../bin/trailproof.js', import.meta.url));
const scenarios = recordedScenarios();

beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

it('has all scenarios and runs that were recorded', () => {
  expect(scenarios).toHaveLength(23);
  expect(scenarios.flatMap(({ runs }) => runs)).toHaveLength(50);
});

describe.each(scenarios)('validate-logs answers like the AWS CLI 1.45.55: $name', ({ world, runs }) => {
  let server: Promise<LoopbackServer> | undefined;
  const serverUrl = async (): Promise<string> => {
    server ??= startServer(world);
    return (await server).url;
  };
  afterAll(async () => (await server)?.close());

  it.each(runs.map((run) => [run.args.slice(2).join(' '), run] as const))('%s', async (_, run) => {
    vi.stubEnv('AWS_ENDPOINT_URL', await serverUrl());
    expect(masked(await runMain(['validate-logs', ...run.args]), run)).toEqual(answerOf(run));
  });
});

it.each(['clean', 'log-modified'])('answers so as a process of its own: %s', async (name) => {
  const { world, runs } = scenarios.find((scenario) => scenario.name === name) ?? {};
  const [run] = runs ?? [];
  if (!world || !run) throw new Error(`nothing was recorded of ${name}`);
  const server = await startServer(world);
  try {
    expect(await launch(['validate-logs', ...run.args], server.url)).toEqual(answerOf(run));
  } finally {
    await server.close();
  }
});

/** What was recorded without an end holds `<NOW>` for every time that ends an interval. */
function masked(result: CommandResult, { args }: RecordedRun): CommandResult {
  if (args.includes('--end-time')) return result;
  return { ...result, stdout: result.stdout.replace(/(?<=(?:and|to) )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<NOW>') };
}

const answerOf = ({ status, stdout, stderr }: RecordedRun): CommandResult => ({ status, stdout, stderr });

function launch(args: readonly string[], serverUrl: string): Promise<CommandResult> {
  const env = { PATH: process.env.PATH, ...THROWAWAY_ENVIRONMENT, AWS_ENDPOINT_URL: serverUrl };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [LAUNCHER, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? Number.NaN, stdout, stderr });
    });
  });
}
