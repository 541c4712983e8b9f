import { expect, it } from 'vitest';
import { FINDING_CODES } from '../../../src/core/findings/finding.js';
import { toReportedChain, toReportHead } from '../../../src/core/report/report.js';
import { toReportedFinding } from '../../../src/core/report/reported-finding.js';
import { formatInstant, HOUR } from '../../../src/core/time/instant.js';
import { ndjsonRenderer } from '../../../src/render/data/ndjson.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { modifyLog, setMetadata } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { CHAIN, exampleOf, FORGE, HEADER, type Run, render, runOf, START } from '../example-run.js';

/** The parsed lines; each must be JSON and end in a newline. */
function linesOf(run: Run): Record<string, unknown>[] {
  const text = render(ndjsonRenderer(HEADER), run);
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

it('tells a run in the order of its events', async () => {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...FORGE, hours: 2, logsPerHour: 1 });
  modifyLog(world, logAt(chain, 0, 0).ref);
  setMetadata(world, digestAt(chain, 1).ref, { signature: undefined });
  const run = await verifyWorld(world, { from: START - HOUR });
  const lines = linesOf(run);
  expect(lines.map(({ type }) => type)).toEqual([
    'run',
    'digest',
    'digest',
    'log',
    'finding',
    'finding',
    'chain',
    'summary',
  ]);
  expect(lines[0]).toEqual({ type: 'run', ...toReportHead(HEADER) });
  expect(lines[1]).toMatchObject({ outcome: 'undetermined', trusted: false, end: formatInstant(START + 2 * HOUR) });
  expect(lines[1]).not.toHaveProperty('start');
  expect(lines[2]).toEqual({
    type: 'digest',
    chain: CHAIN,
    ref: digestAt(chain, 0).ref,
    start: formatInstant(START),
    starting: true,
    end: formatInstant(START + HOUR),
    outcome: 'verified',
    trusted: true,
    findings: [],
  });
  expect(lines[3]).toMatchObject({
    ref: logAt(chain, 0, 0).ref,
    outcome: 'failed',
    size: expect.any(Number),
    findings: [{ code: 'log-modified', effect: 'failed', args: { expected: logAt(chain, 0, 0).sha256 } }],
  });
  const reports = run.events.flatMap((event) => (event.type === 'chain' ? [toReportedChain(event.report)] : []));
  expect(lines[6]).toEqual({ type: 'chain', ...reports[0] });
  expect(lines[7]).toEqual({ type: 'summary', ...run.summary });
});

it('has a line for each finding that is about no digest or log of its own', () => {
  const findings = FINDING_CODES.map(exampleOf);
  const lines = linesOf(runOf([{ type: 'findings', findings }]));
  expect(lines.slice(1, -1)).toEqual(findings.map((item) => ({ type: 'finding', ...toReportedFinding(item) })));
});

it('leaves gaps to the finding that says so', () => {
  const gap = { type: 'gap', chain: CHAIN, from: START, to: START + HOUR } as const;
  expect(linesOf(runOf([gap])).map(({ type }) => type)).toEqual(['run', 'summary']);
});

it('keeps a line a line, whatever is in it', () => {
  const key = 'a\n\u2028\u0085\u001b\ud800';
  const missing = {
    type: 'log',
    chain: CHAIN,
    ref: { bucket: 'b', key },
    outcome: 'failed',
    size: 0,
    findings: [],
  } as const;
  const text = render(ndjsonRenderer(HEADER), runOf([missing]));
  expect(text.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(4);
  expect(linesOf(runOf([missing]))[1]).toMatchObject({ ref: { key } });
});
