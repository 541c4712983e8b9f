import { describe, expect, it } from 'vitest';
import { FINDING_CODES, FINDING_EFFECTS, finding } from '../../../src/core/findings/finding.js';
import { identityOf, identityOfChain, identityOfResults } from '../../../src/core/findings/finding-identity.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { emfRenderer } from '../../../src/render/metrics/emf.js';
import type { Renderer } from '../../../src/render/renderer.js';
import { asffRenderer } from '../../../src/render/siem/asff.js';
import { TAMPERING } from '../../../src/render/siem/attack-technique.js';
import { ocsfRenderer } from '../../../src/render/siem/ocsf.js';
import { toWords } from '../../../src/render/wording/wording.js';
import { faultsBy } from '../../support/reports/schema-faults.js';
import { CHAIN, chainReport, exampleOf, HEADER, queryResults, type Run, render, runOf, START } from '../example-run.js';
import { everyCode, HOSTILE_NAMES, OTHER, poisoned, verifiedRun } from '../machine-runs.js';

const CONTROLLED = { ...HEADER, controls: CONTROLS };

/** The parsed lines; nothing in them may break a line or steer a terminal. */
function linesOf<Line>(renderer: Renderer, run: Run): Line[] {
  const text = render(renderer, run);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

interface Ocsf {
  readonly class_uid: number;
  readonly severity: string;
  readonly finding_info: { readonly uid: string; readonly title: string };
  readonly compliance?: {
    readonly status: string;
    readonly status_details: readonly string[];
    readonly standards: readonly string[];
    readonly requirements?: readonly string[];
  };
  readonly cloud: { readonly region?: string; readonly account?: { readonly uid: string } };
  readonly unmapped: { readonly code?: string };
}

describe('OCSF', () => {
  const faultsOf = faultsBy('ocsf-1.6.schema.json');
  const ocsfOf = (run: Run, header = HEADER) => linesOf<Ocsf>(ocsfRenderer(header), run);

  it('is valid with every finding code in it, and with hostile names', () => {
    for (const event of ocsfOf(everyCode(), CONTROLLED)) expect(faultsOf(event)).toEqual([]);
    for (const name of HOSTILE_NAMES)
      for (const event of ocsfOf(everyCode(poisoned(name)))) expect(faultsOf(event)).toEqual([]);
    expect(faultsOf({ ...ocsfOf(verifiedRun())[0], compliance: {} })).not.toEqual([]);
  });

  it('says why in a list: the single text is deprecated', () => {
    const details = ocsfOf(everyCode()).flatMap(({ compliance }) => (compliance ? [compliance.status_details] : []));
    expect(details).toContainEqual([toWords(exampleOf('log-missing')).meaning]);
    expect(details).toContainEqual(['failed']);
    expect(details).not.toContain(undefined);
  });

  it('maps outcomes: verified passes, failed fails, everything else warns', () => {
    const statuses = ocsfOf(everyCode())
      .filter(({ class_uid, unmapped }) => class_uid === 2003 && unmapped.code !== undefined)
      .map(({ unmapped, compliance }) => [unmapped.code, compliance?.status]);
    expect(statuses).toEqual(
      FINDING_CODES.map((code) => [code, FINDING_EFFECTS[code] === 'failed' ? 'Fail' : 'Warning']),
    );
    const verdicts = (['verified', 'failed', 'undetermined'] as const).flatMap((outcome) =>
      ocsfOf(runOf([{ type: 'chain', report: chainReport({ outcome }) }, queryResults({ outcome })])),
    );
    expect(verdicts.map(({ compliance }) => compliance?.status)).toEqual([
      'Pass',
      'Pass',
      'Fail',
      'Fail',
      'Warning',
      'Warning',
    ]);
  });

  it('detects tampering where it is proven, and only there', () => {
    const detections = ocsfOf(everyCode()).filter(({ class_uid }) => class_uid === 2004);
    expect(detections.map(({ unmapped }) => unmapped.code)).toEqual(FINDING_CODES.filter((code) => TAMPERING[code]));
    for (const code of FINDING_CODES.filter((item) => TAMPERING[item])) expect(FINDING_EFFECTS[code]).toBe('failed');
    expect(detections.length).toBeGreaterThan(5);
  });

  it('keeps identities, one for each event', () => {
    const events = ocsfOf(everyCode());
    const uids = events.map(({ finding_info }) => finding_info.uid);
    expect(uids).toContain(identityOf(exampleOf('log-modified')));
    expect(uids).toContain(identityOfChain(CHAIN));
    expect(uids).toContain(identityOfResults(queryResults().ref));
    expect(new Set(uids).size).toBe(uids.length - repeatedResults(events));
    const later = ocsfOf(everyCode(), { ...HEADER, checkedAt: HEADER.checkedAt + HOUR });
    expect(later.map(({ finding_info }) => finding_info.uid)).toEqual(uids);
  });

  /** The run with every code judges the same query results again and again. */
  const repeatedResults = (events: readonly Ocsf[]): number =>
    events.filter(({ finding_info }) => finding_info.uid === identityOfResults(queryResults().ref)).length - 1;

  it('says where, and names controls when asked', () => {
    const [event] = ocsfOf(runOf([{ type: 'chain', report: chainReport({ chain: OTHER }) }]), CONTROLLED);
    expect(event?.cloud).toMatchObject({ region: 'eu-west-1', account: { uid: '444455556666' } });
    expect(event?.compliance?.requirements).toContain('NIST SP 800-53 Revision 5 AU-9');
    expect(event?.compliance?.standards).toContain('PCI DSS 4.0');
    expect(ocsfOf(verifiedRun())[0]?.compliance).not.toHaveProperty('requirements');
  });
});

interface Asff {
  readonly Findings: readonly {
    readonly Id: string;
    readonly AwsAccountId: string;
    readonly ProductArn: string;
    readonly GeneratorId: string;
    readonly Description: string;
    readonly Compliance: { readonly Status: string };
    readonly Resources: readonly [{ readonly Type: string; readonly Id: string }];
  }[];
}

describe('ASFF', () => {
  const faultsOf = faultsBy('asff.schema.json');
  const asffOf = (run: Run, header = HEADER) => linesOf<Asff>(asffRenderer(header), run);
  const findingsOf = (run: Run, header = HEADER) => asffOf(run, header).flatMap(({ Findings }) => Findings);
  const missing = (key: string) => finding('log-missing', { type: 'log', bucket: 'b', key }, { expected: '' });

  it('is valid with every finding code in it, and with hostile names', () => {
    for (const batch of asffOf(everyCode(), CONTROLLED)) expect(faultsOf(batch)).toEqual([]);
    for (const name of [...HOSTILE_NAMES, '😀'.repeat(700)])
      for (const batch of asffOf(everyCode(poisoned(name)))) expect(faultsOf(batch)).toEqual([]);
    expect(faultsOf({ Findings: [] })).not.toEqual([]);
  });

  it('maps outcomes: verified passes, failed fails, everything else warns', () => {
    const statuses = findingsOf(everyCode())
      .filter(({ GeneratorId }) => !/(chain|query-results)$/.test(GeneratorId))
      .map(({ GeneratorId, Compliance }) => [GeneratorId, Compliance.Status]);
    expect(statuses).toEqual(
      FINDING_CODES.map((code) => [`trailproof/${code}`, FINDING_EFFECTS[code] === 'failed' ? 'FAILED' : 'WARNING']),
    );
    const verdicts = (['verified', 'failed', 'undetermined'] as const).flatMap((outcome) =>
      findingsOf(runOf([{ type: 'chain', report: chainReport({ outcome }) }])),
    );
    expect(verdicts.map(({ Compliance }) => Compliance.Status)).toEqual(['PASSED', 'FAILED', 'WARNING']);
  });

  it('makes batches of at most a hundred', () => {
    const findings = Array.from({ length: 250 }, (_, index) => missing(`${index}`));
    const batches = asffOf(runOf([{ type: 'findings', findings }]));
    expect(batches.map(({ Findings }) => Findings.length)).toEqual([100, 100, 50]);
    expect(new Set(batches.flatMap(({ Findings }) => Findings.map(({ Id }) => Id))).size).toBe(250);
  });

  it('makes batches of one account and region, whose default product they are findings of', () => {
    const chains = [CHAIN, OTHER, { ...OTHER, region: 'cn-north-1' }];
    const batches = asffOf(runOf(chains.map((chain) => ({ type: 'chain', report: chainReport({ chain }) }))));
    expect(batches.map(({ Findings }) => Findings.map(({ ProductArn }) => ProductArn))).toEqual([
      ['arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default'],
      ['arn:aws:securityhub:eu-west-1:444455556666:product/444455556666/default'],
      ['arn:aws-cn:securityhub:cn-north-1:444455556666:product/444455556666/default'],
    ]);
    expect(batches[1]?.Findings[0]?.AwsAccountId).toBe('444455556666');
  });

  it('tells what belongs to no account to the one last spoken of, or else to the one asked for', () => {
    const run = runOf([{ type: 'findings', findings: [exampleOf('nothing-found')] }]);
    const header = { ...HEADER, request: { ...HEADER.request, accounts: ['999988887777'], regions: ['eu-west-3'] } };
    expect(findingsOf(run, header)[0]?.ProductArn).toContain(':eu-west-3:999988887777:');
    const late = runOf([{ type: 'chain', report: chainReport({ chain: OTHER }) }, ...run.events]);
    expect(findingsOf(late, header)[1]?.AwsAccountId).toBe('444455556666');
  });

  it('names the object in its partition, or the file of a copy that does not say its bucket', () => {
    const [object] = findingsOf(runOf([{ type: 'findings', findings: [missing('k')] }]));
    expect(object?.Resources[0]).toMatchObject({ Type: 'AwsS3Object', Id: 'arn:aws:s3:::b/k' });
    const copy = finding('log-missing', { type: 'log', bucket: '', key: 'k' }, { expected: '' });
    expect(findingsOf(runOf([{ type: 'findings', findings: [copy] }]))[0]?.Resources[0]).toMatchObject({
      Type: 'Other',
      Id: 'k',
    });
  });

  it('never cuts a character in two', () => {
    const [found] = findingsOf(runOf([{ type: 'findings', findings: [missing(`x${'😀'.repeat(700)}`)] }]));
    expect(found?.Description.endsWith('…')).toBe(true);
    expect(found?.Description).not.toMatch(/\p{Cs}/u);
    expect(found?.Resources[0].Id).not.toMatch(/\p{Cs}/u);
  });
});

interface Emf {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly [
      { readonly Dimensions: readonly [readonly string[]]; readonly Metrics: readonly { readonly Name: string }[] },
    ];
  };
  readonly [name: string]: unknown;
}

describe('EMF', () => {
  const faultsOf = faultsBy('emf.schema.json');
  const emfOf = (run: Run) => linesOf<Emf>(emfRenderer(HEADER), run);

  it('is valid with every finding code in it, and names no value that it does not hold', () => {
    const runs = [everyCode(), verifiedRun(), runOf([]), ...HOSTILE_NAMES.map((name) => everyCode(poisoned(name)))];
    for (const line of runs.flatMap(emfOf)) {
      expect(faultsOf(line)).toEqual([]);
      const [{ Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
      for (const name of Dimensions[0]) expect(line[name]).toEqual(expect.any(String));
      for (const { Name } of Metrics) expect(line[Name]).toEqual(expect.any(Number));
      expect(line._aws.Timestamp).toBe(HEADER.checkedAt);
    }
    expect(faultsOf({ _aws: { Timestamp: 1 } })).not.toEqual([]);
  });

  it('has a line for each chain, and one for the run without dimensions', () => {
    const lines = emfOf(everyCode());
    expect(lines.map(({ _aws }) => _aws.CloudWatchMetrics[0].Dimensions[0].length)).toEqual([4, 4, 0]);
    expect(lines[0]).toMatchObject({
      AccountId: '111122223333',
      Verified: 0,
      Failed: 1,
      Undetermined: 0,
      DigestsFailed: 2,
      LogsUndetermined: 10,
      TimeProven: 3600,
      TimeLost: 3600,
      NewestDigestAge: (HEADER.checkedAt - START - HOUR) / 1000,
    });
    expect(lines[2]).toMatchObject({
      Failed: 1,
      ChainsVerified: 1,
      ChainsFailed: 1,
      QueryResultsVerified: expect.any(Number),
    });
  });

  it('has no age of what was never proven', () => {
    expect(emfOf(runOf([{ type: 'chain', report: chainReport({ coverage: [] }) }]))[0]).not.toHaveProperty(
      'NewestDigestAge',
    );
  });
});
