import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { CoverageInterval } from '../../../src/core/coverage/coverage.js';
import { FINDING_CODES, finding } from '../../../src/core/findings/finding.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import type { ReportHeader } from '../../../src/core/report/report.js';
import type { ChainReport } from '../../../src/core/report/verify-events.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { textRenderer } from '../../../src/render/text/text.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { appendToObject, deleteObject, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { CHAIN, chainReport, exampleOf, FORGE, HEADER, type Run, render, runOf, START } from '../example-run.js';

const LOUD = { verbose: false, quiet: false, color: false, width: 100, ascii: false };
const golden = (name: string): string => `../goldens/${name}.txt`;
const toText = (run: Run, options: Partial<typeof LOUD> = {}, header: ReportHeader = HEADER): string =>
  render(textRenderer({ ...LOUD, ...options, header }), run);

async function verifiedRun(): Promise<Run> {
  const world = emptyWorld();
  forgeChain(world, FORGE);
  return verifyWorld(world);
}

async function gappedRun(): Promise<Run> {
  const world = emptyWorld();
  forgeChain(world, FORGE);
  forgeChain(world, { ...FORGE, start: START + 7 * HOUR });
  return verifyWorld(world);
}

/** Two chains: one with a gap, lost and undetermined hours, broken logs and a pending end, and one that is whole. */
async function troubledRun(): Promise<{ run: Run; header: ReportHeader }> {
  const world = emptyWorld();
  const older = forgeChain(world, { ...FORGE, hours: 8 });
  const newer = forgeChain(world, { ...FORGE, start: START + 11 * HOUR, hours: 8 });
  forgeChain(world, { ...FORGE, region: 'eu-west-1', hours: 20, logsPerHour: 0 });
  modifyLog(world, logAt(older, 1, 0).ref);
  modifyLog(world, logAt(older, 1, 1).ref);
  deleteObject(world, logAt(older, 2, 1).ref);
  deleteObject(world, digestAt(older, 4).ref);
  appendToObject(world, digestAt(older, 6).ref, new Uint8Array(3));
  deleteObject(world, digestAt(newer, 3).ref);
  deleteObject(world, digestAt(newer, 4).ref);
  stripMetadata(world, digestAt(newer, 7).ref);
  const range = { from: START - HOUR, to: START + 20 * HOUR };
  const now = range.to + HOUR;
  const header = { ...HEADER, checkedAt: now, request: { ...HEADER.request, ...range } };
  return { run: await verifyWorld(world, { ...range, now }), header };
}

describe('goldens', () => {
  it('a chain that is verified', async () => {
    await expect(toText(await verifiedRun())).toMatchFileSnapshot(golden('verified'));
  });

  it('a chain that is verified, with a line for every object', async () => {
    await expect(toText(await verifiedRun(), { verbose: true })).toMatchFileSnapshot(golden('verified-verbose'));
  });

  it('a chain that is verified but for a gap', async () => {
    await expect(toText(await gappedRun())).toMatchFileSnapshot(golden('gap'));
  });

  it('chains with every kind of trouble', async () => {
    const { run, header } = await troubledRun();
    await expect(toText(run, {}, header)).toMatchFileSnapshot(golden('trouble'));
    await expect(toText(run, { quiet: true }, header)).toMatchFileSnapshot(golden('trouble-quiet'));
  });

  it('every finding there is', async () => {
    const run = runOf([{ type: 'findings', findings: FINDING_CODES.map(exampleOf) }]);
    await expect(toText(run, { verbose: true })).toMatchFileSnapshot(golden('every-finding'));
  });
});

it('tells with each finding what is known of it, and what it means only where that is not said yet', () => {
  const at = (key: string) => ({ type: 'log', bucket: 'trails', key }) as const;
  const findings = [
    finding('log-recovered', at('a'), { versionId: 'one', act: 'deleted', replacedAt: START }),
    finding('log-recovered', at('b'), { versionId: 'two', act: 'deleted', replacedAt: START }),
    finding('log-gzip-trailing-data', at('c'), { expected: 'e', actual: 'f' }),
    finding('log-gzip-trailing-data', at('d'), { expected: 'e', actual: 'e' }),
  ];
  const flat = toText(runOf([{ type: 'findings', findings }])).replace(/\s+/g, ' ');
  expect(flat.split('has the hash that its digest states')).toHaveLength(2);
  expect(flat.split('There are more bytes after the end')).toHaveLength(3);
  const text = toText(runOf([{ type: 'findings', findings }]));
  expect(text.match(/^ {8}version {8}\S+$/gm)).toEqual(['        version        one', '        version        two']);
  expect(text.split('This version has the hash')).toHaveLength(2);
});

it('names the controls only when asked, and not where it says nothing', () => {
  const header = { ...HEADER, controls: CONTROLS };
  const run = runOf([{ type: 'chain', report: chainReport() }]);
  expect(toText(run, {}, header).replace(/\s+/g, ' ')).toContain('PCI DSS 4.0 10.3.4;');
  expect(toText(run)).not.toContain('PCI');
  expect(toText(run, { quiet: true }, header)).toBe('');
});

describe('names and answers from outside', () => {
  const EVIL = 'evil\u001b[2J\u202e\u2028\u009b31m\u200b';

  it('reach the terminal escaped, wherever they come from', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...FORGE, prefix: EVIL });
    modifyLog(world, logAt(chain, 1, 0).ref);
    const run = await verifyWorld(world);
    const header = {
      ...HEADER,
      request: { sources: [`s3://${EVIL}`], accounts: [EVIL], regions: [EVIL], trails: [EVIL] },
      keySource: EVIL,
    };
    const text = toText(run, { verbose: true }, header);
    expect(text).toContain('s3://trails/evil\\u{1b}[2J\\u{202e}\\u{2028}\\u{9b}31m\\u{200b}/AWSLogs/');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it('are escaped in every argument of every finding', () => {
    const poison = (value: unknown): unknown => {
      if (typeof value === 'string') return `${value}${EVIL}`;
      if (Array.isArray(value)) return value.map(poison);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poison(item)]));
    };
    const findings = FINDING_CODES.map(exampleOf).map((item) => {
      const {
        reason: _choice,
        part: _part,
        measure: _measure,
        option: _option,
        ...names
      } = item.args as Record<string, unknown>;
      const args = { ...item.args, ...(poison(names) as object) };
      const subject = item.subject.type === 'log' ? { ...item.subject, key: EVIL } : item.subject;
      return { ...item, subject, args } as typeof item;
    });
    const text = toText(runOf([{ type: 'findings', findings }]));
    expect(text).toContain(EVIL.slice(0, 4));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it('are never cut when they are names', () => {
    const key = `AWSLogs/${'x'.repeat(1000)}.json.gz`;
    const missing = finding('log-missing', { type: 'log', bucket: 'trails', key }, { expected: 'ab' });
    expect(toText(runOf([{ type: 'findings', findings: [missing] }]))).toContain(`s3://trails/${key}\n`);
  });

  it('are shown without a bucket where a copy has none', () => {
    const ref = { bucket: '', key: 'AWSLogs/a.json.gz' };
    const missing = finding('log-missing', { type: 'log', ...ref }, { expected: 'ab' });
    const moved = finding('digest-moved', { type: 'digest', ...ref }, { from: ref });
    const text = toText(runOf([{ type: 'findings', findings: [missing, moved] }]));
    expect(text).toMatch(/log-missing {2}not found\n(?: {4}.*\n)*? {4}AWSLogs\/a\.json\.gz\n/);
    expect(text).toContain('delivered as   AWSLogs/a.json.gz\n');
  });
});

describe('verbosity', () => {
  it('quiet says nothing at all of what is verified without a warning', async () => {
    expect(toText(await verifiedRun(), { quiet: true })).toBe('');
  });

  it('quiet says of a warning no more than the closing words', async () => {
    const late = runOf([
      { type: 'findings', findings: [exampleOf('chain-end-late')] },
      { type: 'chain', report: chainReport() },
    ]);
    expect(toText(late, { quiet: true })).toBe(
      'VERIFIED, with 1 warning (chain-end-late): 1 digest and 0 logs in 1 chain are as CloudTrail signed\n' +
        'them, between 2026-03-01T00:01:31Z and 2026-03-01T01:01:31Z.\n',
    );
  });

  it('quiet leaves warnings and chains out of trouble', async () => {
    const { run, header } = await troubledRun();
    const text = toText(run, { quiet: true }, header);
    expect(text).toMatch(/^FAILED {8}digest-missing {2}not found, 2 times/m);
    expect(text).not.toMatch(/^WARNING|^Trail|█/m);
  });

  it('verbose names every object of which something is said', async () => {
    const { run, header } = await troubledRun();
    const text = toText(run, { verbose: true }, header);
    const keys = run.events.flatMap((event) =>
      'findings' in event ? event.findings.flatMap(({ subject }) => ('key' in subject ? [subject.key] : [])) : [],
    );
    expect(keys.filter((key) => !text.includes(key))).toEqual([]);
    expect(text.match(/^ {2}verified {6}(?:digest|log) /gm)?.length).toBeGreaterThan(20);
  });
});

describe('explanations', () => {
  const missing = (key: string) => finding('log-missing', { type: 'log', bucket: 'b', key }, { expected: 'ab' });

  it('come once for each code, then one line for each finding, as far as twenty', () => {
    const findings = Array.from({ length: 100 }, (_, index) => missing(`log-${index}`));
    const text = toText(runOf([{ type: 'findings', findings }]));
    expect(text.match(/Next: /g)).toHaveLength(1);
    expect(text).toMatch(/^FAILED {8}log-missing {2}not found, 100 times$/m);
    expect(text.match(/^ {4}s3:\/\/b\/log-\d+$/gm)).toHaveLength(20);
    expect(text).toContain('    and 80 more: see --verbose\n');
  });

  it('come again in the next run', () => {
    const run = runOf([{ type: 'findings', findings: [missing('a')] }]);
    expect(toText(run)).toBe(toText(run));
  });
});

describe('colour', () => {
  it('adds nothing but SGR sequences', async () => {
    const { run, header } = await troubledRun();
    const coloured = toText(run, { color: true, verbose: true }, header);
    expect(stripVTControlCharacters(coloured)).toBe(toText(run, { verbose: true }, header));
    expect(coloured).toContain('\u001b[31mFAILED\u001b[39m');
    expect(coloured).toContain('\u001b[33mUNDETERMINED\u001b[39m');
    expect(coloured).toContain('\u001b[32mverified\u001b[39m');
    const warned = runOf([{ type: 'findings', findings: [exampleOf('chain-end-late')] }]);
    expect(toText(warned, { color: true })).toContain('\u001b[33mWARNING\u001b[39m');
  });
});

describe('the time of a chain', () => {
  const ofCoverage = (coverage: readonly CoverageInterval[], hours: number) =>
    toText(
      runOf([{ type: 'chain', report: chainReport({ asked: { start: START, end: START + hours * HOUR }, coverage }) }]),
    );
  const barOf = (text: string) => /Z (.{50}) 2026/.exec(text)?.[1];

  it('is drawn to scale', () => {
    const states = ['proven', 'gap', 'lost', 'undetermined', 'stale', 'pending'] as const;
    const coverage = states.map((state, index) => ({
      state,
      start: START + index * HOUR,
      end: START + (index + 1) * HOUR,
    }));
    const bar = barOf(ofCoverage(coverage, 6));
    expect(bar?.replace(/(.)\1*/gu, '$1')).toBe('█░×?!·');
    expect(bar?.match(/(.)\1*/gu)?.map(({ length }) => length)).toEqual([8, 8, 9, 9, 8, 8]);
  });

  it('shows the worst of what falls into one cell, however short', () => {
    const lost = { start: START + 500 * HOUR, end: START + 501 * HOUR };
    const bar = barOf(
      ofCoverage(
        [
          { state: 'proven', start: START, end: lost.start },
          { state: 'lost', ...lost },
          { state: 'proven', start: lost.end, end: START + 1000 * HOUR },
        ],
        1000,
      ),
    );
    expect(bar).toBe(`${'█'.repeat(25)}×${'█'.repeat(24)}`);
  });

  it('leaves open what backfill digests do not cover', () => {
    expect(barOf(ofCoverage([{ state: 'proven', start: START + HOUR, end: START + 2 * HOUR }], 2))).toBe(
      ' '.repeat(25) + '█'.repeat(25),
    );
  });

  it('lists the first dozen of unproven intervals and counts the rest', () => {
    const coverage = Array.from({ length: 30 }, (_, index) => ({
      state: index % 2 === 0 ? ('proven' as const) : ('gap' as const),
      start: START + index * HOUR,
      end: START + (index + 1) * HOUR,
    }));
    const text = ofCoverage(coverage, 30);
    expect(text.match(/^ {4}gap .* \(1 h\)$/gm)).toHaveLength(12);
    expect(text).toContain('    and 3 more intervals\n');
    expect(text).toContain('  proven 15 h, gap 15 h\n');
  });

  it('is not drawn when none was looked at', () => {
    expect(barOf(ofCoverage([], 0))).toBeUndefined();
  });
});

it('names the source of a chain, escaped, where the run has several', () => {
  const linesFor = (report: Partial<ChainReport>) =>
    toText(runOf([{ type: 'chain', report: chainReport(report) }])).split('\n');
  expect(linesFor({ source: 's3://logs\u001b-b/x' })).toContain('                in s3://logs\\u{1b}-b/x');
  expect(linesFor({}).some((line) => /^ +in /.test(line))).toBe(false);
});

describe('time that was checked again', () => {
  const again = { start: START - 48 * HOUR, end: START - 24 * HOUR };
  const text = toText(runOf([{ type: 'chain', report: chainReport({ rechecked: [again] }) }]));

  it('is told with its chain', () => {
    expect(text).toMatch(/rechecked +2026-02-27T00:01:31Z to 2026-02-28T00:01:31Z/);
  });

  it('is not taken for the time that is proven', () => {
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'between 2026-03-01T00:01:31Z and 2026-03-01T01:01:31Z and in earlier time that was checked again.',
    );
    expect(toText(runOf([{ type: 'chain', report: chainReport() }]))).not.toContain('again');
  });
});

describe('closing words', () => {
  const closingOf = (run: Run) => toText(run).split('\n\n').at(-1);

  it('call nothing verified when nothing was checked', () => {
    const run = runOf([{ type: 'findings', findings: [exampleOf('nothing-found')] }]);
    expect(closingOf(run)).toMatch(/^UNDETERMINED: nothing was checked\. Nothing is proven\./);
  });

  it('say what is pending though there is no warning', () => {
    const coverage = [
      { state: 'proven', start: START, end: START + HOUR },
      { state: 'pending', start: START + HOUR, end: START + 2 * HOUR },
    ] as const;
    const closing = closingOf(runOf([{ type: 'chain', report: chainReport({ coverage }) }]));
    expect(closing).toMatch(/^VERIFIED: 1 digest and 0 logs in 1 chain are as/);
    expect(closing).toContain('Time not proven: pending 1 h.');
  });

  it('add the time of backfill chains to nothing', () => {
    const backfill = chainReport({
      chain: { ...CHAIN, kind: 'backfill' },
      coverage: [{ state: 'lost', start: START, end: START + HOUR }],
    });
    const closing = closingOf(
      runOf([
        { type: 'chain', report: backfill },
        { type: 'chain', report: chainReport() },
      ]),
    );
    expect(closing).not.toContain('Time not proven');
  });

  it('keep to 100 columns', async () => {
    const { run, header } = await troubledRun();
    const closing = toText(run, {}, header).split('\n\n').at(-1) ?? '';
    expect(closing.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});
