import { expect, it } from 'vitest';
import { AppliedPolicy } from '../../../src/app/policy/applied-policy.js';
import { weighRun } from '../../../src/app/policy/weigh-run.js';
import { finding } from '../../../src/core/findings/finding.js';
import { type PolicyDefinition, parsePolicy } from '../../../src/core/policy/parse-policy.js';
import type { RunEvent } from '../../../src/core/report/verify-events.js';
import { CHAIN, chainReport, EXAMPLES, exampleOf, queryResults, START } from '../../render/example-run.js';

const END: RunEvent = { type: 'end', keysUsed: [] };
const OTHER = { ...CHAIN, region: 'eu-west-1' };
const missing: RunEvent = {
  type: 'log',
  chain: CHAIN,
  ref: { bucket: 'trails', key: 'AWSLogs/log.json.gz' },
  outcome: 'failed',
  size: 0,
  findings: [exampleOf('log-missing')],
};
const chain: RunEvent = { type: 'chain', report: chainReport() };

async function weigh(events: readonly RunEvent[], definition?: PolicyDefinition): Promise<readonly RunEvent[]> {
  const parsed = definition && parsePolicy(definition);
  if (parsed && 'faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  const weighed: RunEvent[] = [];
  async function* run() {
    yield* events;
  }
  for await (const event of weighRun(run(), parsed && new AppliedPolicy(parsed.policy, START))) weighed.push(event);
  return weighed;
}

const outcomesOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'chain' ? [[event.report.outcome, event.report.accepted]] : []));

it('a missing log fails its chain, and no chain after it', async () => {
  const next: RunEvent = { type: 'chain', report: chainReport({ chain: OTHER }) };
  expect(await weigh([missing, chain, next, END])).toEqual([
    missing,
    { type: 'chain', report: chainReport({ outcome: 'failed' }) },
    next,
    END,
  ]);
});

it('a missing log that is accepted leaves what the digests prove, and is counted', async () => {
  const accept: PolicyDefinition = { rules: { 'log-missing': 'accept' } };
  expect(outcomesOf(await weigh([missing, chain, END], accept))).toEqual([['verified', 1]]);
  const unproven: RunEvent = { type: 'chain', report: chainReport({ outcome: 'undetermined' }) };
  expect(outcomesOf(await weigh([missing, unproven, END], accept))).toEqual([['undetermined', 1]]);
});

it('findings about a folder count in no chain, those about a chain in theirs', async () => {
  const folder: RunEvent = { type: 'findings', findings: [exampleOf('folder-without-digests')] };
  const gap: RunEvent = { type: 'findings', findings: [exampleOf('chain-gap')] };
  expect(outcomesOf(await weigh([folder, chain, END]))).toEqual([['verified', undefined]]);
  expect(outcomesOf(await weigh([gap, chain, END]))).toEqual([['undetermined', undefined]]);
  const ofOther = finding('chain-gap', { type: 'chain', chain: OTHER }, EXAMPLES['chain-gap']);
  expect(outcomesOf(await weigh([{ type: 'findings', findings: [ofOther] }, chain, END]))).toEqual([
    ['verified', undefined],
  ]);
});

it('query results are what their findings leave: accepted, they are verified only with a verified file', async () => {
  const rules: PolicyDefinition = { rules: { 'query-file-unlisted': 'fail', 'query-file-missing': 'accept' } };
  const outcomes = async (event: RunEvent) =>
    (await weigh([event, END], rules)).flatMap((each) => (each.type === 'query-results' ? [each.outcome] : []));
  expect(await outcomes(queryResults({ findings: [exampleOf('query-file-unlisted')] }))).toEqual(['failed']);
  const accepted = { outcome: 'failed', findings: [exampleOf('query-file-missing')] } as const;
  expect(await outcomes(queryResults(accepted))).toEqual(['verified']);
  expect(await outcomes(queryResults({ ...accepted, files: [] }))).toEqual(['undetermined']);
});

it('an exception that has expired is told before the end of the run', async () => {
  const exception = { codes: ['log-missing'], account: CHAIN.accountId, reason: 'known', until: '2020-01-01' } as const;
  const told = await weigh([missing, END], { exceptions: [exception] });
  expect(told.map((event) => ('findings' in event ? event.findings.map(({ code }) => code) : event.type))).toEqual([
    ['log-missing'],
    ['policy-exception-expired'],
    'end',
  ]);
});
