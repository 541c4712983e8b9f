import { describe, expect, it } from 'vitest';
import { FINDING_CODES, FINDING_EFFECTS, finding } from '../../../src/core/findings/finding.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import type { ReportHeader } from '../../../src/core/report/report.js';
import { sarifRenderer } from '../../../src/render/ci/sarif.js';
import { faultsBy } from '../../support/reports/schema-faults.js';
import { exampleOf, HEADER, type Run, render, runOf } from '../example-run.js';
import { countEffects, everyCode, HOSTILE_NAMES, poisoned, verifiedRun } from '../machine-runs.js';

const faultsOf = faultsBy('sarif-2.1.0.schema.json');

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly Rule[] } };
      readonly automationDetails: { readonly id: string };
      readonly results: readonly Result[];
      readonly invocations: readonly [{ readonly toolExecutionNotifications?: readonly object[] }];
      readonly taxonomies?: readonly { readonly name: string; readonly version: string }[];
    },
  ];
}
interface Rule {
  readonly id: string;
  readonly name: string;
  readonly fullDescription: { readonly text: string };
  readonly help: { readonly text: string };
  readonly helpUri: string;
}
interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [{ readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

const sarifOf = (run: Run, header = HEADER): Sarif => JSON.parse(render(sarifRenderer(header), run));

const missing = (key: string) => finding('log-missing', { type: 'log', bucket: 'b', key }, { expected: '' });
const archived = (key: string) => finding('log-archived', { type: 'log', bucket: 'b', key }, { storageClass: 'X' });

describe('the log file', () => {
  it('is what the schema of OASIS accepts, with every finding code in it', () => {
    expect(faultsOf(sarifOf(everyCode(), { ...HEADER, controls: CONTROLS }))).toEqual([]);
    expect(faultsOf(sarifOf(verifiedRun()))).toEqual([]);
    expect(faultsOf(sarifOf(runOf([])))).toEqual([]);
    const { runs } = sarifOf(verifiedRun());
    expect(faultsOf({ version: '2.1.0', runs: [{ ...runs[0], results: [{}] }] })).not.toEqual([]);
  });

  it('has a result for each finding that is no warning: failures are errors, the undetermined warnings', () => {
    const { results, tool } = sarifOf(everyCode()).runs[0];
    const codes = FINDING_CODES.filter((code) => FINDING_EFFECTS[code] !== 'warning');
    expect(results.map(({ ruleId }) => ruleId).sort()).toEqual([...codes].sort());
    for (const { ruleId, ruleIndex, level } of results) {
      expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(level).toBe(FINDING_EFFECTS[ruleId as keyof typeof FINDING_EFFECTS] === 'failed' ? 'error' : 'warning');
    }
    expect(countEffects(codes)).toMatchObject({ warning: 0 });
  });

  it('explains each rule, and what it does to the outcome', () => {
    const { rules } = sarifOf(verifiedRun()).runs[0].tool.driver;
    const rule = rules.find(({ id }) => id === 'log-modified');
    expect(rule).toMatchObject({
      name: 'LogModified',
      shortDescription: { text: 'Log modified.' },
      fullDescription: { text: 'A log does not have the hash that a verified digest states.' },
      help: { text: expect.stringContaining(' It makes the outcome of the run failed. ') },
      defaultConfiguration: { level: 'error' },
    });
    const undetermined = rules.find(({ id }) => id === 'query-key-unknown');
    expect(undetermined?.help.text).toContain(' It makes the outcome of the run undetermined, ');
    expect(rule?.helpUri).toMatch(/log-file-validation/);
    expect(undetermined?.helpUri).toMatch(/query-results-validation/);
  });

  it('names what was verified and when, so that GitHub replaces the alerts of the run before', () => {
    const idOf = (request: Partial<ReportHeader['request']>) =>
      sarifOf(verifiedRun(), { ...HEADER, request: { ...HEADER.request, ...request } }).runs[0].automationDetails.id;
    expect(idOf({})).toBe('trailproof/s3/trails/2026-03-02T00:01:31Z');
    expect(
      idOf({ sources: ['/evidence/copy', 's3://other/prefix/'], accounts: ['111122223333'], regions: ['eu-west-1'] }),
    ).toBe('trailproof/evidence/copy/s3/other/prefix/111122223333/eu-west-1/2026-03-02T00:01:31Z');
    const trailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/events';
    expect(idOf({ trailArn, trails: ['other'] })).toBe(`trailproof/s3/trails/${trailArn}/other/2026-03-02T00:01:31Z`);
  });

  it('recognises a finding from run to run', () => {
    const [result] = sarifOf(runOf([{ type: 'findings', findings: [exampleOf('log-modified')] }])).runs[0].results;
    const identity = identityOf(exampleOf('log-modified'));
    expect(result?.partialFingerprints).toEqual({
      primaryLocationLineHash: `${identity.slice(0, 16)}:1`,
      'trailproofIdentity/v1': identity,
    });
  });

  it('holds no more results than GitHub takes, failures first, and says so', () => {
    const findings = [
      ...Array.from({ length: 5_100 }, (_, index) => archived(`${index}`)),
      ...Array.from({ length: 19_990 }, (_, index) => missing(`${index}`)),
    ];
    const { results, invocations } = sarifOf(runOf([{ type: 'findings', findings }])).runs[0];
    expect(results).toHaveLength(25_000);
    expect(results.filter(({ ruleId }) => ruleId === 'log-missing')).toHaveLength(19_990);
    expect(JSON.stringify(invocations[0].toolExecutionNotifications)).toContain(' 90 more');
  });

  it('says nothing of a cut where there is none', () => {
    const findings = Array.from({ length: 25_000 }, (_, index) => missing(`${index}`));
    const { results, invocations } = sarifOf(runOf([{ type: 'findings', findings }])).runs[0];
    expect(results).toHaveLength(25_000);
    expect(invocations[0]).not.toHaveProperty('toolExecutionNotifications');
  });

  it('names the controls by standard and version', () => {
    const { taxonomies } = sarifOf(verifiedRun(), { ...HEADER, controls: CONTROLS }).runs[0];
    expect(taxonomies?.map(({ name, version }) => `${name} ${version}`)).toContain('PCI DSS 4.0');
    expect(new Set(taxonomies?.map(({ name }) => name)).size).toBe(taxonomies?.length);
    expect(sarifOf(verifiedRun()).runs[0]).not.toHaveProperty('taxonomies');
  });

  it.each(HOSTILE_NAMES)('leaves %j inert: no link, no placeholder, no absolute URI, no way out of a path', (name) => {
    const log = sarifOf(everyCode(poisoned(name)));
    expect(faultsOf(log)).toEqual([]);
    for (const { message, locations } of log.runs[0].results) {
      expect(message.text).not.toMatch(/\]\(|(?<!\{)\{\d+\}|[\p{Cc}\p{Cf}\p{Cs}]/u);
      const { uri } = locations[0].physicalLocation.artifactLocation;
      expect(uri).toMatch(/^[A-Za-z0-9%._~!*'()-][A-Za-z0-9%._~!*'()/-]*$/);
      expect(uri.split('/')).not.toContain('..');
    }
  });
});
