import { describe, expect, it } from 'vitest';
import { FINDING_CODES, finding, type UnvouchedReason } from '../../../src/core/findings/finding.js';
import { CONTROLS, formatControl } from '../../../src/core/report/controls.js';
import type { ReportHeader } from '../../../src/core/report/report.js';
import { DAY, HOUR } from '../../../src/core/time/instant.js';
import { TIME_STATE_CLASSES, TIME_STATE_LOOKS } from '../../../src/render/html/bar.js';
import { htmlRenderer } from '../../../src/render/html/html.js';
import { TIME_STATES } from '../../../src/render/html/time-scale.js';
import { toWords } from '../../../src/render/wording/wording.js';
import { attribute, named, one, parsePage } from '../../support/reports/page-tree.js';
import { type Estate, renderEstate } from '../../support/worlds/estate.js';
import { CHAIN, chainReport, exampleOf, HEADER, type Run, render, runOf, START } from '../example-run.js';
import { everyCode, verifiedRun } from '../machine-runs.js';

const toHtml = (run: Run, header: ReportHeader = HEADER): string => render(htmlRenderer(header), run);
const pageOf = (run: Run, header?: ReportHeader) => parsePage(toHtml(run, header));
const textOf = (run: Run, header?: ReportHeader): string => one(pageOf(run, header).elements, 'main').text;

const YEAR: Estate = {
  chains: 200,
  start: Date.UTC(2025, 5, 1, 0, 1, 31),
  hours: 365 * 24,
  trouble: { gap: 4, lost: 6, undetermined: 5, modified: 8 },
};

describe('the record', () => {
  const header: ReportHeader = {
    tool: { name: 'trailproof', version: '9.8.7' },
    checkedAt: START + 30 * DAY,
    request: { sources: ["./it's here"], from: START, to: START + DAY, accounts: ['111122223333'], trails: ['events'] },
    keySource: 'keys.json',
    controls: CONTROLS,
  };
  const run = runOf(
    [{ type: 'chain', report: chainReport({ logBytes: 1_234_567 }) }],
    [{ fingerprint: 'ab'.repeat(16), region: 'us-east-1' }],
  );

  it('holds what a certifying person needs', () => {
    const text = textOf(run, header);
    for (const fact of [
      'trailproof 9.8.7',
      '2026-03-31T00:01:31Z',
      "./it's here",
      'From: 2026-03-01T00:01:31Z',
      'To: 2026-03-02T00:01:31Z',
      'Accounts: 111122223333',
      'Regions: all that are there',
      '1,234,567 bytes',
      'keys.json',
      `us-east-1: ${'ab'.repeat(16)}`,
      "trailproof verify './it'\\''s here' --from 2026-03-01T00:01:31Z --to 2026-03-02T00:01:31Z --account 111122223333 --trail events --keys KEYS",
      ...CONTROLS.map(formatControl),
      'SHA-256 of this page as a file',
    ])
      expect(text).toContain(fact);
  });

  it('says where keys came from when AWS was asked', () => {
    const text = textOf(run, { ...header, keySource: 'list-public-keys' });
    expect(text).toContain('asked of AWS during the check');
    expect(text).not.toContain('--keys');
  });

  it('gives no command where none asks the same', () => {
    const two = { ...header, request: { sources: ['a', 'b'] } };
    expect(textOf(run, two)).not.toContain('Command that asks the same');
  });

  it('says what is not covered', () => {
    const asked = textOf(run, header);
    expect(asked).toContain('Time before 2026-03-01T00:01:31Z.');
    expect(asked).toContain('Time after 2026-03-02T00:01:31Z.');
    expect(asked).toContain('other than those selected');
    const open = textOf(run);
    expect(open).toContain('Time before the oldest digest');
    expect(open).toContain('no end was asked for');
    expect(open).not.toContain('other than those selected');
  });

  it('says that objects no digest lists were not looked for, and only where they were not', () => {
    const covers = (auditUnreferenced: boolean | undefined) =>
      textOf(run, {
        ...header,
        request: { sources: ['archive'], ...(auditUnreferenced !== undefined && { auditUnreferenced }) },
      });
    for (const asked of [false, undefined])
      expect(covers(asked)).toContain('Objects that no digest lists: they were not looked for.');
    expect(covers(true)).not.toMatch(/no digest lists[^.]* not looked/);
  });
});

describe('findings', () => {
  it('are all there, with meaning, what to do, and expected and found values', () => {
    const text = textOf(everyCode());
    for (const code of FINDING_CODES) {
      const { title, meaning, next } = toWords(exampleOf(code));
      expect(text).toContain(code);
      for (const words of [title, meaning, next]) expect(text).toContain(words.replaceAll('`', ''));
    }
    expect(text).toContain(`expected${'a1'.repeat(32)}found${'b2'.repeat(32)}`);
  });

  const missing = (index: number, length = 0) =>
    finding(
      'log-missing',
      { type: 'log', bucket: 'trails', key: `log-${index}-${'x'.repeat(length)}` },
      { expected: 'ab'.repeat(32) },
    );

  it('are counted beyond what a page can show, with a word on where the rest is', () => {
    const findings = Array.from({ length: 5_000 }, (_, index) => missing(index));
    const { elements } = pageOf(runOf([{ type: 'findings', findings }]));
    const shown = elements.filter(({ attributes }) => attributes.get('data-kind') === 'finding');
    expect(shown).toHaveLength(200);
    expect(one(elements, 'main').text).toContain(
      '4,800 more findings of this code are not on this page. The NDJSON report of the same run has every one.',
    );
    expect(one(elements, 'main').text).toContain('Log missing 5,000');
  });

  it('say their meaning once where it is the same, and each where it is not', () => {
    const meaning = toWords(missing(1)).meaning;
    const same = textOf(runOf([{ type: 'findings', findings: [missing(1), missing(2)] }]));
    expect(same.split(meaning)).toHaveLength(2);
    const unvouched = (reason: UnvouchedReason) =>
      finding(
        'folder-logs-unvouched',
        { type: 'folder', bucket: 'b', key: reason },
        { reason, count: 2, example: { bucket: 'b', key: 'log' } },
      );
    const findings = [unvouched('kind-never-mentioned'), unvouched('before-oldest-digest')];
    const different = textOf(runOf([{ type: 'findings', findings }]));
    for (const item of findings) expect(different).toContain(toWords(item).meaning);
  });

  it('take no more room than a page has, however long their names are', () => {
    const findings = FINDING_CODES.filter((code) => code.startsWith('log-')).flatMap((code) =>
      Array.from({ length: 300 }, (_, index) => ({
        ...exampleOf(code),
        subject: { type: 'log' as const, bucket: 'b', key: `${index}${'\u202e'.repeat(1_000)}` },
      })),
    );
    expect(toHtml(runOf([{ type: 'findings', findings }])).length).toBeLessThan(2_500_000);
  });
});

describe('time', () => {
  const barsOf = (run: Run) => {
    const { elements } = pageOf(run);
    return elements.filter(({ name, attributes }) => name === 'svg' && attributes.get('role') === 'img');
  };
  const digest = { bucket: 'trails', key: 'digest' };
  const log = { bucket: 'trails', key: 'log' };
  const missing = finding('log-missing', { type: 'log', ...log }, { expected: 'ab' });
  const day = { start: START, end: START + DAY };
  const whole = chainReport({ outcome: 'failed', asked: day, coverage: [{ state: 'proven', ...day }] });
  const hour = { start: START + 5 * HOUR, end: START + 6 * HOUR };
  const failedLog = { type: 'log', chain: CHAIN, ref: log, outcome: 'failed', size: 0, findings: [missing] } as const;

  it('tells what was looked at again, as far as there is room', () => {
    const rechecked = Array.from({ length: 41 }, (_, day) => ({
      start: START + 2 * day * DAY,
      end: START + (2 * day + 1) * DAY,
    }));
    const page = toHtml(runOf([{ type: 'chain', report: chainReport({ rechecked: rechecked.slice(0, 2) }) }]));
    expect(page).toMatch(/looked at again, 48 h rechecked: 2026-\S+ to 2026-\S+ \(24 h\), 2026-[^<,]+\.<\/p>/);
    expect(toHtml(runOf([{ type: 'chain', report: chainReport({ rechecked }) }]))).toContain(
      'and more, which the JSON',
    );
    expect(toHtml(verifiedRun())).not.toContain('looked at again');
  });

  it('names the source of a chain where the run has several', () => {
    const placeIn = (source?: string) => {
      const page = toHtml(runOf([{ type: 'chain', report: chainReport(source === undefined ? {} : { source }) }]));
      return /read from .*<\/p>/.exec(page)?.[0].replace(/<[^>]*>/g, '');
    };
    expect(placeIn('s3://logs-b')).toBe(`${placeIn()} in s3://logs-b`);
  });

  it('shows a failed log at the time of its digest, though the time is proven', () => {
    const proof = { outcome: 'verified', trusted: true, findings: [] } as const;
    const run = runOf([
      { type: 'digest', chain: CHAIN, ref: digest, ...hour, ...proof },
      failedLog,
      failedLog,
      { type: 'chain', report: whole },
    ]);
    const [map, line] = barsOf(run);
    expect(line?.text).toBe('failed: 2026-03-01T05:01:31Z to 2026-03-01T06:01:31Z (1 h)F');
    expect(map?.text).toBe('failed: 2026-03-01T05:00:00Z to 2026-03-01T07:00:00Z (2 h)F');
    expect(line?.attributes.get('aria-label')).toBe('proven 24 h; something failed in 1 h');
    expect(textOf(run)).toContain('failed2026-03-01T05:01:31Z2026-03-01T06:01:31Z1 h');
  });

  it('goes by the name of a failed log where the digest is not told', () => {
    const key =
      'AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T0605Z_AAAABBBBCCCCDDDD.json.gz';
    const run = runOf([
      { ...failedLog, ref: { ...log, key } },
      { type: 'chain', report: whole },
    ]);
    expect(barsOf(run)[1]?.text).toContain('failed: 2026-03-01T05:05:00Z to 2026-03-01T06:05:00Z');
  });

  it('leaves broken digests to the coverage', () => {
    const broken = { outcome: 'failed', trusted: false, findings: [exampleOf('digest-missing')] } as const;
    const lost = { ...whole, coverage: [{ state: 'lost', ...day } as const] };
    const run = runOf([
      { type: 'digest', chain: CHAIN, ref: digest, end: hour.end, ...broken },
      { type: 'chain', report: lost },
    ]);
    expect(barsOf(run)[1]?.text).toBe('lost: 2026-03-01T00:01:31Z to 2026-03-02T00:01:31Z (24 h)L');
  });

  it('keeps what failed in one chain out of the next', () => {
    const other = { ...whole, chain: { ...CHAIN, region: 'eu-west-1' } };
    const proof = { outcome: 'verified', trusted: true, findings: [] } as const;
    const run = runOf([
      { type: 'digest', chain: CHAIN, ref: digest, ...hour, ...proof },
      failedLog,
      { type: 'chain', report: whole },
      { type: 'chain', report: other },
    ]);
    expect(barsOf(run).map(({ text }) => text.slice(0, 6))).toEqual(['failed', '', 'failed', '']);
  });

  it('has a row for a folder of which nothing is proven', () => {
    const bare = finding('folder-without-digests', { type: 'folder', bucket: 'trails', key: 'AWSLogs/1/' }, {});
    const run = runOf([
      { type: 'findings', findings: [bare] },
      { type: 'chain', report: chainReport() },
    ]);
    const rows = named(pageOf(run).elements, 'tr').filter(({ attributes }) => attributes.get('data-kind') === 'row');
    expect(rows.map(({ text }) => text)).toEqual([
      expect.stringContaining('us-east-1'),
      expect.stringContaining('s3://trails/AWSLogs/1/lost: '),
    ]);
  });

  it('explains the states that occur and no others', () => {
    const legendOf = (run: Run) =>
      named(pageOf(run).elements, 'ul').find(({ attributes }) => attributes.get('class') === 'legend')?.text;
    expect(legendOf(verifiedRun())).toMatch(/^\s*proven A verified digest covers it, and no file of it failed\.\s*$/);
    for (const state of ['lost', 'undetermined', 'gap', 'pending', 'proven'])
      expect(legendOf(everyCode())).toContain(state);
  });

  it('tells every state by a pattern and a mark of its own', () => {
    const style = one(pageOf(verifiedRun()).elements, 'style').text;
    const patterns = attribute(pageOf(verifiedRun()).elements, 'id').filter((id) => id.startsWith('pattern-'));
    for (const state of TIME_STATES.filter((state) => state !== 'proven')) {
      const name = TIME_STATE_CLASSES[state];
      expect(style).toContain(`.bar .${name} { fill: url(#pattern-${name});`);
      expect(patterns).toContain(`pattern-${name}`);
      expect(style.match(new RegExp(`--${name}: #`, 'g'))).toHaveLength(3);
    }
    for (const told of [Object.values(TIME_STATE_CLASSES), Object.values(TIME_STATE_LOOKS).map(({ mark }) => mark)])
      expect(new Set(told).size).toBe(TIME_STATES.length);
  });

  it('is listed as far as there is room, and counted', () => {
    const coverage = Array.from({ length: 101 }, (_, index) => ({
      state: index % 2 === 0 ? ('proven' as const) : ('gap' as const),
      start: START + index * HOUR,
      end: START + (index + 1) * HOUR,
    }));
    const text = textOf(
      runOf([{ type: 'chain', report: chainReport({ asked: { start: START, end: START + 101 * HOUR }, coverage }) }]),
      { ...HEADER, checkedAt: START + 200 * HOUR },
    );
    expect(text).toContain('50 times to look at');
    expect(text).toContain('and 10 more, which the JSON report lists.');
  });
});

describe('a year of 200 chains', () => {
  const text = renderEstate(YEAR, htmlRenderer);

  it('stays far below 5 MB', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
  });

  it('has every chain in the map and among the chains', () => {
    const kinds = attribute(parsePage(text).elements, 'data-kind');
    expect(kinds.filter((kind) => kind === 'row')).toHaveLength(200);
    expect(kinds.filter((kind) => kind === 'chain')).toHaveLength(200);
  });

  it('stays below 5 MB if every other hour is in trouble', () => {
    const worst = { ...YEAR, trouble: { gap: 1500, lost: 1500, undetermined: 1500, modified: 2500 } };
    expect(Buffer.byteLength(renderEstate(worst, htmlRenderer))).toBeLessThan(5_000_000);
  });
});
