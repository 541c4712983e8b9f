import { describe, expect, it } from 'vitest';
import { FINDING_CODES, finding } from '../../../src/core/findings/finding.js';
import type { Outcome } from '../../../src/core/findings/outcome.js';
import { toDigestKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import {
  type DetailLine,
  eventsOfReport,
  fromDetailLine,
  fromReportHead,
  summaryOf,
} from '../../../src/core/report/read-report.js';
import type { Report, ReportHeader } from '../../../src/core/report/report.js';
import { toReportHead } from '../../../src/core/report/report.js';
import { ReportTimeError } from '../../../src/core/report/reported-finding.js';
import type { VerifyEvent } from '../../../src/core/report/verify-events.js';
import { formatInstant } from '../../../src/core/time/instant.js';
import { jsonRenderer } from '../../../src/render/data/json.js';
import { ndjsonRenderer } from '../../../src/render/data/ndjson.js';
import {
  CHAIN,
  chainReport,
  exampleOf,
  HEADER,
  queryResults,
  type Run,
  render,
  runOf,
  START,
} from '../../render/example-run.js';
import { everyCode, HOSTILE_NAMES, OTHER, poisoned } from '../../render/machine-runs.js';

const detailOf = (run: Run): DetailLine[] =>
  render(ndjsonRenderer(HEADER), run)
    .split('\n')
    .slice(1, -2)
    .map((line) => JSON.parse(line));

const reportOf = (run: Run): Report => JSON.parse(render(jsonRenderer(HEADER), run));

/** Events as a detail file tells them: no gaps, each finding by itself. */
const asTold = (events: readonly VerifyEvent[]): VerifyEvent[] =>
  events.flatMap((event): VerifyEvent[] => {
    if (event.type === 'gap') return [];
    return event.type === 'findings' ? event.findings.map((item) => ({ ...event, findings: [item] })) : [event];
  });

describe('a detail file', () => {
  it('gives back the events that it was written from', () => {
    for (const run of [everyCode(), ...HOSTILE_NAMES.map((name) => everyCode(poisoned(name)))])
      expect(detailOf(run).map(fromDetailLine)).toEqual(asTold(run.events));
  });

  it('gives back its header', () => {
    const headers: ReportHeader[] = [
      HEADER,
      {
        ...HEADER,
        controls: CONTROLS,
        request: { sources: ['a', 'b'], from: START, to: START + 1000, accounts: ['1'], trails: [] },
      },
    ];
    for (const header of headers) expect(fromReportHead(toReportHead(header))).toEqual(header);
  });

  it('is refused for a day that does not exist', () => {
    const line = detailOf(runOf([{ type: 'chain', report: chainReport() }]))[0];
    expect(() =>
      fromDetailLine({ ...line, asked: { start: '2026-02-30T00:00:00Z', end: formatInstant(START) } } as DetailLine),
    ).toThrow(ReportTimeError);
  });
});

const at = { prefix: '', accountId: CHAIN.accountId, region: CHAIN.region };
const digestKey = (hour: number) =>
  toDigestKey({
    ...at,
    trailName: CHAIN.trailName,
    homeRegion: CHAIN.homeRegion,
    endTime: START + hour * 3_600_000,
    backfill: false,
  });
const logKey = (uniqueId: string) => toLogKey({ ...at, kind: 'CloudTrail', time: START - 91_000, uniqueId });

/** How many elements of lists are taken, one by one or to copy them, while something is done. */
function elementsTaken(work: () => void): number {
  const iterators: ArrayIterator<unknown> = Object.getPrototypeOf([].values());
  const { next } = iterators;
  let taken = 0;
  iterators.next = function (this: ArrayIterator<unknown>) {
    taken += 1;
    return Reflect.apply(next, this, []);
  };
  try {
    work();
  } finally {
    iterators.next = next;
  }
  return taken;
}

const about = (type: 'digest' | 'log', key: string) => ({ type, bucket: 'trails', key }) as const;

describe('the events of a report', () => {
  const run = runOf([
    {
      type: 'findings',
      findings: [
        finding('digest-unlinked', about('digest', digestKey(2)), {}),
        finding('digest-signature-missing', about('digest', digestKey(2)), {}),
        finding('digest-missing', about('digest', digestKey(1)), {}),
        finding('log-missing', about('log', logKey('a'.repeat(16))), { expected: 'aa' }),
        exampleOf('chain-gap'),
        exampleOf('public-key-unreadable'),
      ],
    },
    { type: 'chain', report: chainReport({ outcome: 'failed' }) },
    { type: 'chain', report: chainReport({ chain: OTHER }) },
    queryResults({ outcome: 'failed', findings: [exampleOf('query-file-missing')] }),
  ]);

  it('come chain by chain, with the findings that belong to each', () => {
    const told = [...eventsOfReport(reportOf(run))].map((event) => {
      if (event.type === 'chain') return `chain ${event.report.chain.accountId}`;
      return event.type === 'gap' ? 'gap' : `${event.type} ${event.findings.map(({ code }) => code).join(' ')}`;
    });
    expect(told).toEqual([
      'findings digest-unlinked digest-signature-missing',
      'findings digest-missing',
      'log log-missing',
      'findings chain-gap',
      `chain ${CHAIN.accountId}`,
      `chain ${OTHER.accountId}`,
      expect.stringMatching(/^query-results/),
      ...told.filter((line) => /query-file-missing|public-key/.test(line) && line.startsWith('findings')),
    ]);
    expect(told.join(' ')).toContain('query-file-missing');
    expect(told.at(-1)).toBe('findings public-key-unreadable');
  });

  it('leave a log apart that may be of two chains', () => {
    const two = runOf([
      ...run.events,
      { type: 'chain', report: chainReport({ chain: { ...CHAIN, trailName: 'other' } }) },
    ]);
    const apart = [...eventsOfReport(reportOf(two))].filter(
      (event) => event.type === 'findings' && event.findings.some(({ code }) => code === 'log-missing'),
    );
    expect(apart).toHaveLength(1);
  });

  it('hold nothing against a copy of a chain that came to something better', () => {
    const outcomes = ['verified', 'undetermined', 'failed'] as const;
    const found = [
      finding('digest-signature-missing', about('digest', digestKey(2)), {}),
      finding('digest-missing', about('digest', digestKey(1)), {}),
      finding('log-missing', about('log', logKey('a'.repeat(16))), { expected: 'aa' }),
      exampleOf('chain-end-late'),
    ];
    const told = (of: readonly Outcome[]) =>
      [
        ...eventsOfReport(
          reportOf(
            runOf([
              { type: 'findings', findings: found },
              ...of.map((outcome): VerifyEvent => ({ type: 'chain', report: chainReport({ outcome }) })),
            ]),
          ),
        ),
      ].flatMap((event) => {
        if (event.type === 'chain') return [event.report.outcome];
        return event.type === 'gap' ? [] : event.findings.map(({ code }) => code);
      });
    expect(told(outcomes)).toEqual([
      'chain-end-late',
      'verified',
      'digest-signature-missing',
      'undetermined',
      'digest-missing',
      'log-missing',
      'failed',
    ]);
    expect(told(['verified', 'undetermined'])).toEqual([
      'chain-end-late',
      'verified',
      'digest-signature-missing',
      'undetermined',
      'digest-missing',
      'log-missing',
    ]);
  });

  it('hold every finding of the report once', () => {
    const findings = [...eventsOfReport(reportOf(everyCode()))].flatMap((event) =>
      'findings' in event ? event.findings : [],
    );
    expect(findings.map(({ code }) => code).sort()).toEqual([...FINDING_CODES].sort());
    expect(findings).toEqual(expect.arrayContaining(FINDING_CODES.map(exampleOf)));
  });

  it.each([
    ['a digest', () => finding('digest-missing', about('digest', digestKey(1)), {})],
    ['a log', () => finding('log-missing', about('log', logKey('a'.repeat(16))), { expected: 'aa' })],
    ['a folder of query results', () => exampleOf('query-file-missing')],
  ])('take no more steps for each finding about %s than for the first', (_, make) => {
    const of = (count: number) =>
      reportOf(
        runOf([
          { type: 'findings', findings: Array.from({ length: count }, make) },
          { type: 'chain', report: chainReport() },
        ]),
      );
    const [few, many] = [of(1), of(1_001)];
    const first = elementsTaken(() => [...eventsOfReport(few)]);
    const all = elementsTaken(() => [...eventsOfReport(many)]);
    expect(all).toBeLessThanOrEqual(1_001 * first);
  });

  it('take no more steps for each chain of a region than for the first', () => {
    const of = (count: number) =>
      reportOf(
        runOf(
          Array.from({ length: count }, (_, index) => ({
            type: 'chain',
            report: chainReport({ chain: { ...CHAIN, trailName: `trail-${index}` } }),
          })),
        ),
      );
    const [few, many] = [of(1), of(1_001)];
    const first = elementsTaken(() => [...eventsOfReport(few)]);
    expect(elementsTaken(() => [...eventsOfReport(many)])).toBeLessThanOrEqual(1_001 * first);
  });

  it('come to what the report says', () => {
    expect(summaryOf(reportOf(run))).toEqual(run.summary);
  });
});
