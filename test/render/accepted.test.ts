import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { FindingCode } from '../../src/core/findings/finding.js';
import { type PolicyDefinition, parsePolicy } from '../../src/core/policy/parse-policy.js';
import { fromReportHead, type ReportHead } from '../../src/core/report/read-report.js';
import { toReportHead } from '../../src/core/report/report.js';
import { HOUR } from '../../src/core/time/instant.js';
import { junitRenderer } from '../../src/render/ci/junit.js';
import { markdownRenderer } from '../../src/render/ci/markdown.js';
import { sarifRenderer } from '../../src/render/ci/sarif.js';
import { csvRenderer } from '../../src/render/data/csv.js';
import { jsonRenderer } from '../../src/render/data/json.js';
import { ndjsonRenderer } from '../../src/render/data/ndjson.js';
import { htmlRenderer } from '../../src/render/html/html.js';
import { emfRenderer } from '../../src/render/metrics/emf.js';
import { prometheusRenderer } from '../../src/render/metrics/prometheus.js';
import type { Renderer } from '../../src/render/renderer.js';
import { asffRenderer } from '../../src/render/siem/asff.js';
import { ocsfRenderer } from '../../src/render/siem/ocsf.js';
import { textRenderer } from '../../src/render/text/text.js';
import { digestAt, forgeChain, logAt } from '../support/forge/forge.js';
import { faultsBy } from '../support/reports/schema-faults.js';
import { verifyWorld } from '../support/run/verify-world.js';
import { appendToObject, deleteObject, modifyLog } from '../support/tamper/tamper.js';
import { emptyWorld } from '../support/worlds/world.js';
import { exampleOf, FORGE, HEADER, render, runOf, START } from './example-run.js';

const REASON = 'lost with the old disk <b>, see "minutes"';
const ESCAPED = 'lost with the old disk &lt;b&gt;';
const RANGE = { from: START, to: START + 4 * HOUR };
const LOUD = { verbose: false, quiet: false, color: false, width: 100, ascii: false };

/**
 * A chain of four hours: a log is changed, another one longer than it was, a digest is gone with its hour, and a further log is
 * missing, which a rule makes a warning. Nothing of it counts, unless `more` tampers further.
 */
async function acceptedRun(more: 'failed' | 'nothing' = 'nothing') {
  const world = emptyWorld();
  const chain = forgeChain(world, FORGE);
  modifyLog(world, logAt(chain, 0, 0).ref);
  appendToObject(world, logAt(chain, 0, 1).ref, new Uint8Array(1));
  deleteObject(world, digestAt(chain, 1).ref);
  deleteObject(world, logAt(chain, 3, 0).ref);
  if (more === 'failed') modifyLog(world, logAt(chain, 3, 1).ref);
  const iso = (time: number) => new Date(time).toISOString().replace('.000', '');
  const hour = { from: iso(START + HOUR), to: iso(START + 2 * HOUR) };
  const known = { reason: REASON, ticket: 'SEC-12', until: '2026-12-31' };
  const definition: PolicyDefinition = {
    rules: { 'log-gzip-trailing-data': 'accept', 'log-missing': 'warn' },
    exceptions: [
      { codes: ['log-modified'], key: logAt(chain, 0, 0).ref.key, ...known },
      { codes: ['digest-missing', 'chain-interval-lost'], account: FORGE.accountId, ...hour, ...known },
    ],
  };
  const parsed = parsePolicy(definition);
  if ('faults' in parsed) throw new Error('the policy of the test is wrong');
  const run = await verifyWorld(world, { ...RANGE, policy: parsed.policy });
  const header = { ...HEADER, request: { ...HEADER.request, ...RANGE, policy: parsed.policy.summary } };
  return { run, header };
}
const ACCEPTED: readonly FindingCode[] = [
  'digest-missing',
  'chain-interval-lost',
  'log-modified',
  'log-gzip-trailing-data',
];

type ToRenderer = (header: Awaited<ReturnType<typeof acceptedRun>>['header']) => Renderer;
const said = async (toRenderer: ToRenderer, more?: 'failed'): Promise<string> => {
  const { run, header } = await acceptedRun(more);
  return render(toRenderer(header), run);
};
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('the run is verified, and its tallies say what is not', async () => {
  const { run } = await acceptedRun();
  expect(run.summary).toMatchObject({
    outcome: 'verified',
    accepted: 4,
    warnings: 1,
    totals: {
      digests: { verified: 3, failed: 1 },
      logs: { verified: 3, failed: 3, undetermined: 0 },
      chains: { verified: 1, failed: 0 },
    },
  });
  expect((await acceptedRun('failed')).run.outcome).toBe('failed');
});

describe('text', () => {
  it('says of each accepted finding why, and verified only with what is accepted', async () => {
    const text = await said((header) => textRenderer({ ...LOUD, header }));
    await expect(text).toMatchFileSnapshot('goldens/accepted.txt');
    expect(text.match(/^ *ACCEPTED /gm)).toHaveLength(3);
    expect(text.match(/Accepted until 2027-01-01T00:00:00Z \(SEC-12\): lost with the old disk/g)).toHaveLength(2);
    expect(text).toContain('VERIFIED, with 4 accepted findings (');
    expect(text.replace(/\n/g, ' ')).toContain('Failed: 1 digest and 3 logs.');
    expect(text).not.toMatch(/^ *FAILED/m);
  });

  it('is not silent about what is accepted, even when it is to be quiet', async () => {
    const text = await said((header) => textRenderer({ ...LOUD, quiet: true, header }));
    expect(text).toMatch(/^VERIFIED, with 4 accepted findings/);
    const failed = await said((header) => textRenderer({ ...LOUD, quiet: true, header }), 'failed');
    expect(failed.match(/^(?:FAILED|ACCEPTED) /gm)).toEqual(['FAILED ']);
    expect(failed.replace(/\s+/g, ' ')).toContain('Besides: 4 accepted findings');
  });
});

describe('json and ndjson', () => {
  it('give effect, reason, ticket and expiry, and the policy', async () => {
    const report = JSON.parse(await said(jsonRenderer));
    expect(report).toMatchObject({
      outcome: 'verified',
      accepted: 4,
      warnings: 1,
      chains: [{ accepted: 4, outcome: 'verified' }],
    });
    expect(report.request.policy).toMatchObject({
      rules: { 'log-gzip-trailing-data': 'accept', 'log-missing': 'warn' },
      exceptions: 2,
    });
    const effects = report.findings.map(({ code, effect }: { code: string; effect: string }) => [code, effect]);
    expect(
      effects
        .filter(([, effect]: string[]) => effect === 'accepted')
        .map(([code]: string[]) => code)
        .sort(),
    ).toEqual([...ACCEPTED].sort());
    expect(report.findings.find(({ code }: { code: string }) => code === 'log-modified').accepted).toEqual({
      reason: REASON,
      ticket: 'SEC-12',
      until: '2027-01-01T00:00:00Z',
    });
    expect(report.findings.find(({ code }: { code: string }) => code === 'log-gzip-trailing-data')).not.toHaveProperty(
      'accepted',
    );
    const lines = linesOf(await said(ndjsonRenderer));
    expect(lines.find(({ type, findings }) => type === 'log' && findings[0]?.code === 'log-modified')).toMatchObject({
      outcome: 'failed',
      findings: [{ effect: 'accepted', accepted: { ticket: 'SEC-12' } }],
    });
    expect(lines.at(-1)).toMatchObject({ type: 'summary', accepted: 4 });
  });

  it('tell of the policy what can be read back', async () => {
    const { header } = await acceptedRun();
    const head = JSON.parse(JSON.stringify(toReportHead(header))) as ReportHead;
    expect(fromReportHead(head)).toEqual(header);
  });
});

describe('html', () => {
  it('shows what is accepted as accepted, with why, and no failure', async () => {
    const html = await said(htmlRenderer);
    expect(html.match(/data-is="accepted" data-kind="finding"/g)).toHaveLength(4);
    expect(html).not.toMatch(/data-is="failed"|class="badge failed"/);
    expect(html).toContain(ESCAPED);
    expect(html).not.toContain('disk <b>');
    expect(html).toContain('id="log-modified-accepted"');
    expect(html).toMatch(/something is accepted in 2 h/);
    expect(html).toContain('--policy POLICY');
    expect(html).not.toContain('is as it should be');
    expect(html).toContain('4 accepted findings');
  });

  it('keeps what is accepted and what is not apart, under ids of their own', async () => {
    const html = await said(htmlRenderer, 'failed');
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(['log-modified', 'log-modified-accepted']));
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });
});

describe('markdown', () => {
  it('has a section of what is accepted', async () => {
    const text = await said(markdownRenderer);
    expect(text).toMatch(/### Accepted\n[\s\S]*accepted until 2027/);
    expect(text).not.toContain('### Failed');
    expect(text).not.toContain('<b>');
    expect(text).toMatch(/\| Policy \| a policy of 2 rules and 2 exceptions/);
  });
});

describe('junit', () => {
  const SCHEMA = readFileSync(new URL('schemas/junit.xsd', import.meta.url), 'utf8');

  it('skips what is accepted: it neither fails nor passes', async () => {
    const xml = await said(junitRenderer);
    expect((await validateXML({ xml: [{ fileName: 'a.xml', contents: xml }], schema: [SCHEMA] })).errors).toEqual([]);
    expect(xml).not.toMatch(/<failure|<error/);
    // The digest with a changed and a longer log, the one that is gone, and the one with a missing log.
    expect(xml.match(/<skipped /g)).toHaveLength(3);
    expect(xml).toMatch(/failures="0" errors="0" skipped="3"/);
    expect(xml).toMatch(/ACCEPTED log-modified[^\n]*\n {2}Accepted until [^\n]*SEC-12/);
    expect(await said(junitRenderer, 'failed')).toMatch(/failures="1" errors="0" skipped="2"/);
  });

  it('skips what belongs to no chain as well', () => {
    const accepted = { ...exampleOf('folder-without-digests'), effect: 'accepted' } as const;
    const xml = render(junitRenderer(HEADER), runOf([{ type: 'findings', findings: [accepted] }]));
    expect(xml).toMatch(/skipped="1"/);
    expect(xml).not.toContain('<failure');
  });
});

describe('sarif', () => {
  const faultsOf = faultsBy('sarif-2.1.0.schema.json');

  it('suppresses what is accepted and says why', async () => {
    const sarif = JSON.parse(await said(sarifRenderer, 'failed'));
    expect(faultsOf(sarif)).toEqual([]);
    const { results, tool } = sarif.runs[0];
    const open = results.filter((result: object) => !('suppressions' in result));
    expect(open).toMatchObject([{ ruleId: 'log-modified', level: 'error' }]);
    const suppressed = results.filter((result: object) => 'suppressions' in result);
    expect(suppressed.map(({ ruleId }: { ruleId: string }) => ruleId).sort()).toEqual([...ACCEPTED].sort());
    for (const { level, ruleId, ruleIndex } of suppressed)
      expect([level, tool.driver.rules[ruleIndex].id]).toEqual(['note', ruleId]);
    expect(suppressed.find(({ ruleId }: { ruleId: string }) => ruleId === 'log-modified').suppressions).toEqual([
      {
        kind: 'external',
        status: 'accepted',
        justification: `Accepted until 2027-01-01T00:00:00Z (SEC-12): ${REASON}`,
      },
    ]);
    const ruleIds = tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(ruleIds).not.toContain('log-missing');
  });

  it('has results for warnings that a policy makes failures', () => {
    const policy = { sha256: '0'.repeat(64), rules: { 'chain-gap': 'fail' }, exceptions: 0 } as const;
    const gap = { ...exampleOf('chain-gap'), effect: 'failed' } as const;
    for (const request of [
      { ...HEADER.request, policy },
      { ...HEADER.request, bySource: [{ source: 'a' }, { source: 'b', policy }] },
    ]) {
      const sarif = JSON.parse(
        render(sarifRenderer({ ...HEADER, request }), runOf([{ type: 'findings', findings: [gap] }])),
      );
      expect(faultsOf(sarif)).toEqual([]);
      const { results, tool } = sarif.runs[0];
      expect(results).toMatchObject([{ ruleId: 'chain-gap', level: 'error' }]);
      expect(tool.driver.rules[results[0].ruleIndex]).toMatchObject({
        id: 'chain-gap',
        defaultConfiguration: { level: 'error' },
      });
    }
    // Never left out, even where nothing says why it failed.
    const unexplained = JSON.parse(render(sarifRenderer(HEADER), runOf([{ type: 'findings', findings: [gap] }])));
    expect(unexplained.runs[0].results).toMatchObject([{ ruleId: 'chain-gap', level: 'error' }]);
    expect(faultsOf(unexplained)).toEqual([]);
  });
});

describe('ocsf', () => {
  it('has a suppressed compliance finding, and no detection, of what is accepted', async () => {
    const events = linesOf(await said(ocsfRenderer, 'failed'));
    const faultsOf = faultsBy('ocsf-1.6.schema.json');
    for (const event of events) expect(faultsOf(event)).toEqual([]);
    const accepted = events.filter(({ unmapped }) => unmapped.effect === 'accepted');
    expect(accepted).toHaveLength(4);
    for (const { class_uid, status, severity, compliance } of accepted)
      expect([class_uid, status, severity, compliance.status]).toEqual([
        2003,
        'Suppressed',
        'Informational',
        'Warning',
      ]);
    expect(accepted.map(({ comment }) => comment)).toContain(`Accepted until 2027-01-01T00:00:00Z (SEC-12): ${REASON}`);
    // The log that is changed and not accepted, and the missing one, which is a warning and gone all the same.
    expect(
      events
        .filter(({ class_uid }) => class_uid === 2004)
        .map(({ unmapped }) => unmapped.code)
        .sort(),
    ).toEqual(['log-missing', 'log-modified']);
  });
});

describe('asff', () => {
  it('has an informational finding of what is accepted, which never passes or fails', async () => {
    const batches = linesOf(await said(asffRenderer));
    const faultsOf = faultsBy('asff.schema.json');
    for (const batch of batches) expect(faultsOf(batch)).toEqual([]);
    const findings = batches.flatMap(({ Findings }) => Findings);
    const accepted = findings.filter(({ Title }: { Title: string }) => Title.includes('accepted: '));
    expect(accepted).toHaveLength(4);
    for (const { Severity, Compliance } of accepted)
      expect([Severity.Label, Compliance.Status]).toEqual(['INFORMATIONAL', 'WARNING']);
    expect(accepted[0].ProductFields['trailproof/accepted']).toMatch(/^until |^by a rule/);
    expect(
      findings.filter(({ Compliance }: { Compliance: { Status: string } }) => Compliance.Status === 'FAILED'),
    ).toEqual([]);
  });
});

describe('metrics', () => {
  it('count what is accepted apart', async () => {
    const text = await said(prometheusRenderer);
    expect(text).toContain('trailproof_run_findings{effect="accepted"} 4\n');
    expect(text).toContain('trailproof_run_findings{effect="failed"} 0\n');
    const lines = linesOf(await said(emfRenderer));
    expect(lines.at(-1)).toMatchObject({ Accepted: 4, Warnings: 1, Verified: 1, Failed: 0, LogsFailed: 3 });
  });
});

describe('csv', () => {
  it('has columns for why, and until when', async () => {
    const [heading = '', ...rows] = (await said(csvRenderer)).split('\r\n');
    expect(heading.endsWith(',accepted_reason,accepted_ticket,accepted_until,facts,kind')).toBe(true);
    const accepted = rows.filter((row) => row.includes(',accepted,'));
    expect(accepted).toHaveLength(4);
    expect(accepted.filter((row) => row.includes(',SEC-12,2027-01-01T00:00:00Z,'))).toHaveLength(3);
    expect(rows.filter((row) => row.includes(',failed,'))).toEqual([]);
  });
});
