import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { finding } from '../../src/core/findings/finding.js';
import type { VerifyEvent } from '../../src/core/report/verify-events.js';
import { asffRenderer } from '../../src/render/siem/asff.js';
import { CHAIN, chainReport, HEADER, render, runOf } from '../render/example-run.js';
import { recordingServers } from '../support/network/recording-servers.js';
import { programOf } from '../support/run/consumers.js';
import { launchEnvironment } from '../support/run/launch.js';
import type { CommandResult } from '../support/run/run-main.js';
import { type ImportedBatch, securityHub } from '../support/run/security-hub.js';
import { runShell } from '../support/run/shell.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const SCRIPT = fileURLToPath(new URL('../../.github/examples/security-hub.sh', import.meta.url));
const temporaryFolder = temporaryFolders();
const startServer = recordingServers();
const missing = ['aws', 'jq'].find((name) => programOf(name) === undefined);

/** A run with a finding about nobody's account, and then with 81 about a chain in Ireland, which are longer than an argument may be. */
const chain = { ...CHAIN, accountId: '444455556666', region: 'eu-west-1' };
const NOBODYS: VerifyEvent = { type: 'findings', findings: [finding('checkpoint-begun', { type: 'run' }, {})] };
const log = (index: number): VerifyEvent => {
  const ref = { bucket: 'trails', key: `AWSLogs/${'long/'.repeat(60)}${index}.json.gz` };
  const findings = [finding('log-missing', { type: 'log', ...ref }, { expected: 'a1'.repeat(32) })];
  return { type: 'log', chain, ref, outcome: 'failed', size: 1, findings };
};
const IRISH: readonly VerifyEvent[] = [
  ...Array.from({ length: 80 }, (_, index) => log(index)),
  { type: 'chain', report: chainReport({ chain, outcome: 'failed' }) },
];
const reportOf = (...events: readonly VerifyEvent[]): string => render(asffRenderer(HEADER), runOf(events));
const idsOf = (report: string): string[][] =>
  report
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { Findings: { Id: string }[] }).Findings.map(({ Id }) => Id));

/** Runs the script with an AWS CLI that speaks to a Security Hub on loopback. Older versions can be told of it by an option alone. */
async function importFindings(report: string, imported: ImportedBatch[], refused?: string): Promise<CommandResult> {
  const { url } = await startServer(securityHub(imported, refused));
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'run.asff.ndjson'), report);
  const wrapper = `#!/bin/sh\nexec ${programOf('aws')} --endpoint-url ${url} "$@"\n`;
  writeFileSync(path.join(folder, 'aws'), wrapper, { mode: 0o755 });
  const env = launchEnvironment({ AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'us-west-2', HOME: folder });
  env.PATH = `${folder}:${env.PATH}`;
  return runShell(`"${SCRIPT}" run.asff.ndjson importer`, { cwd: folder, env });
}

describe('the AWS CLI, by the script of the examples', () => {
  it('imports each batch into the region and account of its findings', async ({ skip }) => {
    if (missing !== undefined) skip(`not installed: ${missing}`);
    const report = reportOf(NOBODYS, ...IRISH);
    expect(Math.max(...report.split('\n').map((line) => line.length))).toBeGreaterThan(2 ** 17);
    const imported: ImportedBatch[] = [];
    expect(await importFindings(report, imported)).toEqual({ status: 0, stdout: '', stderr: '' });
    const [nobodys, irish] = idsOf(report);
    expect(irish).toHaveLength(81);
    expect(imported).toEqual([
      { accountId: '999900001111', region: 'us-west-2', ids: nobodys },
      { accountId: '444455556666', region: 'eu-west-1', ids: irish },
    ]);
  });

  it('fails where Security Hub refuses a finding, and names it', async ({ skip }) => {
    if (missing !== undefined) skip(`not installed: ${missing}`);
    const report = reportOf(NOBODYS);
    const refused = idsOf(report)[0]?.[0] ?? '';
    expect(await importFindings(report, [], refused)).toEqual({
      status: 1,
      stdout: '',
      stderr: `999900001111 us-west-2: ${refused}: InvalidAccess: not yours\n`,
    });
  });
});
