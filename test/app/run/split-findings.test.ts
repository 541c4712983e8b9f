import { expect, it } from 'vitest';
import { collectReport, withReport } from '../../../src/app/run/collect-report.js';
import { FINDINGS_AT_ONCE, inPieces } from '../../../src/app/run/split-findings.js';
import { type Finding, finding } from '../../../src/core/findings/finding.js';
import type { RunEvent, VerifyEvent } from '../../../src/core/report/verify-events.js';

const findings = (count: number): Finding[] =>
  Array.from({ length: count }, (_, at) =>
    finding('digest-key-unrecognised', { type: 'digest', bucket: 'b', key: `${at}` }, {}),
  );

const END: RunEvent = { type: 'end', keysUsed: [] };

async function* runOf(...events: VerifyEvent[]): AsyncGenerator<RunEvent> {
  yield* [...events, END];
}

async function piecesOf(...events: VerifyEvent[]): Promise<readonly RunEvent[]> {
  const pieces: RunEvent[] = [];
  for await (const event of inPieces(runOf(...events))) pieces.push(event);
  return pieces;
}

const results = (found: readonly Finding[]): VerifyEvent => ({
  type: 'query-results',
  ref: { bucket: 'b', key: 'k' },
  outcome: 'failed',
  trusted: false,
  files: [],
  findings: found,
});

it('leaves what is small enough as it is, and the end of the run', async () => {
  const gap: VerifyEvent = {
    type: 'gap',
    chain: { accountId: 'a', region: 'r', trailName: 't', homeRegion: 'h', kind: 'standard' },
    from: 0,
    to: 1,
  };
  const events = [gap, results(findings(FINDINGS_AT_ONCE))];
  expect(await piecesOf(...events)).toEqual([...events, END]);
});

it('tells what is left of an event in others that follow it', async () => {
  const found = findings(2 * FINDINGS_AT_ONCE + 1);
  expect(await piecesOf(results(found))).toEqual([
    results(found.slice(0, FINDINGS_AT_ONCE)),
    { type: 'findings', findings: found.slice(FINDINGS_AT_ONCE, 2 * FINDINGS_AT_ONCE) },
    { type: 'findings', findings: found.slice(2 * FINDINGS_AT_ONCE) },
    END,
  ]);
});

it('ends the run when nobody listens any more', async () => {
  let isEnded = false;
  async function* endless(): AsyncGenerator<RunEvent> {
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
  const run = runOf({ type: 'findings', findings: findings(300_000) });
  expect((await collectReport(withReport(header, run))).findings).toHaveLength(300_000);
});
