import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/core/report/controls.js';
import { sarifRenderer } from '../../src/render/ci/sarif.js';
import { HEADER, render } from '../render/example-run.js';
import { everyCode, verifiedRun } from '../render/machine-runs.js';
import { recordingServers } from '../support/network/recording-servers.js';
import { recipeWith } from '../support/repository/recipes.js';
import { consumerFile, NOT_INSTALLED, programOf } from '../support/run/consumers.js';
import { runShell } from '../support/run/shell.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const temporaryFolder = temporaryFolders();
const startServer = recordingServers();

describe("Microsoft's validator, with the rules of SARIF and those of GitHub", () => {
  const validator = consumerFile('@microsoft/sarif-multitool/index.js');

  /** The rules that log files break, but for recommendations. */
  function brokenRules(...logs: readonly string[]): unknown[] {
    const folder = temporaryFolder();
    // One log file with the runs of all: the validator takes long to start.
    const runs = logs.flatMap((log) => (JSON.parse(log) as { readonly runs: readonly object[] }).runs);
    writeFileSync(path.join(folder, 'run.sarif'), JSON.stringify({ ...JSON.parse(logs[0] ?? ''), runs }));
    const program: string = createRequire(import.meta.url)(validator ?? '');
    // The package makes it executable in a script that is not run when it is installed.
    chmodSync(program, 0o755);
    const { status, stdout } = spawnSync(
      program,
      ['validate', 'run.sarif', '--rule-kind', 'Sarif;Ghas', '--output', 'faults.sarif'],
      {
        cwd: folder,
        encoding: 'utf8',
        // It needs no data of languages, and asks for every page that is linked: nothing answers at that port.
        env: { HOME: folder, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', HTTPS_PROXY: 'http://127.0.0.1:9' },
      },
    );
    expect(stdout).toContain('Analysis completed');
    expect(status).toBe(0);
    const log = JSON.parse(readFileSync(path.join(folder, 'faults.sarif'), 'utf8')) as {
      readonly runs: readonly [{ readonly results: readonly { readonly ruleId: string; readonly level?: string }[] }];
    };
    return [...new Set(log.runs[0].results.map(({ ruleId, level = 'warning' }) => `${level} ${ruleId}`))];
  }

  // `informationUri`: nothing says yet where the project will be published.
  const ACCEPTED = ['warning SARIF2005'];

  it('has nothing against any finding code, the controls, nor a run that found nothing', ({ skip }) => {
    if (validator === undefined) skip(NOT_INSTALLED);
    const everything = render(sarifRenderer({ ...HEADER, controls: CONTROLS }), everyCode());
    const nothing = render(sarifRenderer(HEADER), verifiedRun());
    expect(brokenRules(everything, nothing)).toEqual(ACCEPTED);
  });
});

describe('the GitHub CLI', () => {
  it('uploads a log file that is longer than an argument may be, by the recipe', async ({ skip }) => {
    for (const name of ['gh', 'jq']) if (programOf(name) === undefined) skip(`not installed: ${name}`);
    const folder = temporaryFolder();
    // Random names, so that compression leaves more of them than the 128 KiB that one argument may have.
    const name = () => Buffer.from(crypto.getRandomValues(new Uint8Array(600))).toString('hex');
    const sarif = JSON.stringify({ runs: Array.from({ length: 300 }, name) });
    writeFileSync(path.join(folder, 'run.sarif'), sarif);
    const socket = path.join(folder, 'github.sock');
    const { requests } = await startServer(() => ({ status: 202, body: {} }), socket);
    mkdirSync(path.join(folder, 'gh'));
    writeFileSync(path.join(folder, 'gh/config.yml'), `http_unix_socket: ${socket}\n`);
    const { status, stderr } = await runShell(recipeWith('code-scanning/sarifs'), {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GH_CONFIG_DIR: path.join(folder, 'gh'),
        GH_TOKEN: 'throwaway',
        GH_REPO: 'example/logs',
        GITHUB_SHA: 'a1'.repeat(20),
        GITHUB_REF: 'refs/heads/main',
      },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /repos/example/logs/code-scanning/sarifs',
    ]);
    const body = JSON.parse(requests[0]?.body ?? '') as Readonly<Record<string, string>>;
    expect(body).toEqual({ commit_sha: 'a1'.repeat(20), ref: 'refs/heads/main', sarif: expect.any(String) });
    expect(body.sarif?.length).toBeGreaterThan(2 ** 17);
    expect(gunzipSync(Buffer.from(body.sarif ?? '', 'base64')).toString()).toBe(sarif);
  });
});
