import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../../src/core/findings/finding.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import { type Report, type ReportHeader, toReportedChain, toReportHead } from '../../../src/core/report/report.js';
import { toReportedFinding } from '../../../src/core/report/reported-finding.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { jsonRenderer } from '../../../src/render/data/json.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { REPORT_SCHEMA } from '../../support/reports/report-schema.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { chainReport, exampleOf, FORGE, HEADER, queryResults, type Run, render, runOf, START } from '../example-run.js';

const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(REPORT_SCHEMA);
/** What the schema has against a value. */
const faultsOf = (value: unknown) => (validate(value) ? [] : validate.errors);

const reportOf = (run: Run, header: ReportHeader = HEADER): Report => JSON.parse(render(jsonRenderer(header), run));

/** The report put together from its parts, without a renderer. */
function expectedReport({ events, summary }: Run, header: ReportHeader): Report {
  const { totals, warnings, interrupted, outcome, keysUsed } = summary;
  return {
    ...toReportHead(header),
    findings: events.flatMap((event) => ('findings' in event ? event.findings : [])).map(toReportedFinding),
    chains: events.flatMap((event) => (event.type === 'chain' ? [toReportedChain(event.report)] : [])),
    keysUsed,
    totals,
    warnings,
    ...(interrupted && { interrupted }),
    outcome,
  };
}

async function troubledRun(): Promise<Run> {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...FORGE, prefix: 'a\u001b\u2028\u0085\ud800' });
  forgeChain(world, { ...FORGE, region: 'eu-west-1' });
  modifyLog(world, logAt(chain, 1, 0).ref);
  deleteObject(world, digestAt(chain, 2).ref);
  return verifyWorld(world, { from: START, to: START + 3 * HOUR });
}

const everyFinding = runOf([
  { type: 'findings', findings: FINDING_CODES.map(exampleOf) },
  { type: 'chain', report: chainReport() },
]);

describe('the document', () => {
  it('is the report', async () => {
    const run = await troubledRun();
    const header = {
      ...HEADER,
      request: { sources: ['.'], from: START, to: START + HOUR, accounts: ['1'], trails: [] },
    };
    expect(run.events.length).toBeGreaterThan(10);
    expect(reportOf(run, header)).toEqual(expectedReport(run, header));
    expect(reportOf(everyFinding)).toEqual(expectedReport(everyFinding, HEADER));
    expect(reportOf(runOf([]))).toEqual(expectedReport(runOf([]), HEADER));
  });

  it('has the properties of a report in their order, the controls, query results and what is accepted only if there are any', async () => {
    const names = Object.keys(REPORT_SCHEMA.properties);
    const run = await troubledRun();
    const accepted = { ...exampleOf('chain-gap'), effect: 'accepted' } as const;
    const withAll = runOf([...run.events, queryResults(), { type: 'findings', findings: [accepted] }]);
    const stopped = { ...withAll, summary: { ...withAll.summary, interrupted: true } as const };
    expect(Object.keys(reportOf(stopped, { ...HEADER, controls: CONTROLS }))).toEqual(names);
    const optional = ['controls', 'queryResults', 'accepted', 'interrupted'];
    expect(Object.keys(reportOf(run))).toEqual(names.filter((name) => !optional.includes(name)));
  });

  it('has a line for each finding and each chain, and ends with a newline', async () => {
    const run = await troubledRun();
    const lines = render(jsonRenderer(HEADER), run).split('\n');
    const report = reportOf(run);
    for (const item of [...report.findings, ...report.chains]) {
      expect(lines.map((line) => line.trim().replace(/,$/, '')).filter((line) => isJsonOf(line, item))).toHaveLength(1);
    }
    expect(lines.at(-1)).toBe('');
    expect(lines.at(-2)).toBe('}');
  });

  it('is written as it comes', () => {
    const renderer = jsonRenderer(HEADER);
    renderer.begin();
    expect(renderer.event({ type: 'findings', findings: [exampleOf('nothing-found')] })).toContain('nothing-found');
  });

  it('holds nothing that a terminal would obey', async () => {
    const text = render(jsonRenderer(HEADER), await troubledRun());
    expect(text).toContain('a\\u001b\\u2028\\u0085\\ud800');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });
});

function isJsonOf(line: string, value: unknown): boolean {
  return (
    line === JSON.stringify(value) ||
    (line.startsWith('{"') && line.endsWith('}') && JSON.stringify(JSON.parse(line)) === JSON.stringify(value))
  );
}

describe('the schema', () => {
  it('accepts reports of runs', async () => {
    expect(faultsOf(reportOf(await troubledRun()))).toEqual([]);
    expect(faultsOf(reportOf(runOf([])))).toEqual([]);
    const request = { sources: ['.'], from: 0, to: 1, accounts: ['1'], regions: ['eu-west-1'], trails: ['t'] };
    expect(
      faultsOf(
        reportOf(runOf([], [{ fingerprint: 'ab', region: 'eu-west-1' }]), { ...HEADER, request, controls: CONTROLS }),
      ),
    ).toEqual([]);
  });

  it.each(FINDING_CODES)('accepts %s, and no other arguments for it', (code) => {
    const report = reportOf(runOf([{ type: 'findings', findings: [exampleOf(code)] }]));
    expect(faultsOf(report)).toEqual([]);
    const [reported] = report.findings;
    expect(faultsOf({ ...report, findings: [{ ...reported, args: { ...reported?.args, extra: 1 } }] })).not.toEqual([]);
    expect(faultsOf({ ...report, findings: [{ ...reported, code: `${code}s` }] })).not.toEqual([]);
    for (const name of Object.keys(reported?.args ?? {})) {
      expect(
        faultsOf({ ...report, findings: [{ ...reported, args: { ...reported?.args, [name]: null } }] }),
      ).not.toEqual([]);
    }
  });

  it('refuses a report in which any one property is renamed or left out', () => {
    const { interrupted: _, ...report } = reportOf(everyFinding);
    expect(faultsOf({ ...report, interrupted: false })).not.toEqual([]);
    let tried = 0;
    for (const mutant of mutants({ ...report, findings: report.findings.slice(0, 1) })) {
      tried += 1;
      expect(faultsOf(mutant), JSON.stringify(mutant)).not.toEqual([]);
    }
    expect(tried).toBeGreaterThan(80);
  });
});

/** Copies of a value, each with one property of one object in it renamed or left out. */
function* mutants(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const mutant of mutants(item)) yield value.with(index, mutant);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const { [name]: _gone, ...rest } = value as Record<string, unknown>;
      yield rest;
      yield { ...rest, [`${name}s`]: item };
      for (const mutant of mutants(item)) yield { ...value, [name]: mutant };
    }
  }
}
