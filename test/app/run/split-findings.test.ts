import { expect, it } from 'vitest';
import { collectReport, withReport } from '../../../src/app/run/collect-report.js';
import { FINDINGS_AT_ONCE, inPieces } from '../../../src/app/run/split-findings.js';
import { type Finding, finding } from '../../../src/core/findings/finding.js';
import type { VerifyEvent } from '../../../src/core/report/verify-events.js';

const findings = (count: number): Finding[] =>
  Array.from({ length: count }, (_, at) =>
    finding('digest-key-unrecognised', { type: 'digest', bucket: 'b', key: `${at}` }, {}),
  );

async function* runOf(...events: VerifyEvent[]): AsyncGenerator<VerifyEvent, readonly string[]> {
  yield* events;
  return ['the end'];
}

const results = (found: readonly Finding[]): VerifyEvent => ({
  type: 'query-results',
  ref: { bucket: 'b', key: 'k' },
  outcome: 'failed',
  trusted: false,
  files: [],
  findings: found,
});

it('leaves what is small enough as it is, and what the run ends in', async () => {
  const gap: VerifyEvent = {
    type: 'gap',
    chain: { accountId: 'a', region: 'r', trailName: 't', homeRegion: 'h', kind: 'standard' },
    from: 0,
    to: 1,
  };
  const events = [gap, results(findings(FINDINGS_AT_ONCE))];
  const run = inPieces(runOf(...events));
  expect([(await run.next()).value, (await run.next()).value]).toEqual(events);
  expect(await run.next()).toEqual({ done: true, value: ['the end'] });
});

it('tells what is left of an event in others that follow it', async () => {
  const found = findings(2 * FINDINGS_AT_ONCE + 1);
  const pieces: VerifyEvent[] = [];
  for await (const event of inPieces(runOf(results(found)))) pieces.push(event);
  expect(pieces).toEqual([
    results(found.slice(0, FINDINGS_AT_ONCE)),
    { type: 'findings', findings: found.slice(FINDINGS_AT_ONCE, 2 * FINDINGS_AT_ONCE) },
    { type: 'findings', findings: found.slice(2 * FINDINGS_AT_ONCE) },
  ]);
});

it('ends the run when nobody listens any more', async () => {
  let isEnded = false;
  async function* endless(): AsyncGenerator<VerifyEvent, readonly string[]> {
    try {
      while (true) yield results([]);
    } finally {
      isEnded = true;
    }
  }
  for await (const _event of inPieces(endless())) break;
  expect(isEnded).toBe(true);
});

it('is not needed to collect a report', async () => {
  const header = {
    tool: { name: 'trailproof' as const, version: '0' },
    checkedAt: 0,
    request: { sources: [] },
    keySource: 'nowhere',
  };
  async function* run(): AsyncGenerator<VerifyEvent, []> {
    yield { type: 'findings', findings: findings(300_000) };
    return [];
  }
  expect((await collectReport(withReport(header, run()))).findings).toHaveLength(300_000);
});
