import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MAIN_FORMATS, REPORT_FORMATS } from '../../../src/config/report-formats.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const TESTDATA = fileURLToPath(new URL('../../../testdata/', import.meta.url));
const KEYS = ['--keys', path.join(TESTDATA, 'keys.json')];
const GOOD = [path.join(TESTDATA, 'archive'), ...KEYS, '--to', '2026-03-01T06:00:00Z'];
const BAD = [
  path.join(TESTDATA, 'tampered', 'log-modified', 'archive'),
  '--keys',
  path.join(TESTDATA, 'tampered', 'keys.json'),
];
const FORMATS_TO_COMPARE = REPORT_FORMATS.filter((format) => format !== 'json');

const newFolder = temporaryFolders();
const read = (folder: string, name: string): string => readFileSync(path.join(folder, name), 'utf8');

/** The reports of one run, each in a file named like its format. */
async function reportsOf(source: readonly string[], formats: readonly string[] = REPORT_FORMATS): Promise<string> {
  const folder = newFolder();
  const reports = formats.flatMap((format) => ['--report', `${format}=${path.join(folder, format)}`]);
  const { stderr, status } = await runMain(['verify', ...source, '--controls', ...reports]);
  expect(stderr).toBe('');
  expect(status).toBeLessThan(3);
  return folder;
}

const convert = (file: string, format: string, ...more: string[]) =>
  runMain(['report', 'convert', file, '--format', format, ...more]);

describe('verify --report', () => {
  it('writes every format in one run, whole and under its name only', async () => {
    const folder = await reportsOf(BAD);
    expect(readdirSync(folder).sort()).toEqual([...REPORT_FORMATS].sort());
    for (const format of REPORT_FORMATS) expect(read(folder, format).length).toBeGreaterThan(300);
    expect(JSON.parse(read(folder, 'json')).controls).not.toEqual([]);
  });

  it('tells the same as --format does', async () => {
    const folder = await reportsOf(BAD);
    for (const format of FORMATS_TO_COMPARE) {
      const { stdout } = await runMain(['verify', ...BAD, '--controls', '--format', format]);
      expect(stdout, format).toBe(read(folder, format));
    }
  });

  it.each([
    [['--report', 'json'], 'FORMAT=FILE'],
    [['--report', 'pdf=x'], 'FORMAT=FILE'],
    [['--report', 'json='], 'FORMAT=FILE'],
  ])('refuses %j', async (flags, message) => {
    const { status, stderr } = await runMain(['verify', ...GOOD, ...flags]);
    expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining(message) });
  });

  it('refuses two reports to one file', async () => {
    const file = path.join(newFolder(), 'x');
    for (const other of [
      ['--report', `csv=${path.dirname(file)}/./x`],
      ['--output', file],
    ]) {
      const { status, stderr } = await runMain(['verify', ...GOOD, '--report', `json=${file}`, ...other]);
      expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining('only one report') });
    }
  });

  it('leaves nothing behind when one of the files cannot be written', async () => {
    const folder = newFolder();
    const reports = ['--report', `json=${folder}/a`, '--report', `csv=${folder}/missing/b`];
    const { status } = await runMain(['verify', ...GOOD, ...reports, '--output', `${folder}/c`]);
    expect(status).toBe(64);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves a report of before as it was when the run comes to nothing', async () => {
    const folder = newFolder();
    writeFileSync(path.join(folder, 'run.json'), 'before');
    mkdirSync(path.join(folder, 'empty'));
    const { status } = await runMain(['verify', `${folder}/none`, ...KEYS, '--report', `json=${folder}/run.json`]);
    expect(status).toBe(64);
    expect(read(folder, 'run.json')).toBe('before');
    expect(readdirSync(folder).sort()).toEqual(['empty', 'run.json']);
  });

  it('keeps the time of the last success in the metrics', async () => {
    const file = path.join(newFolder(), 'trailproof.prom');
    const line = () => /^trailproof_last_success_timestamp_seconds .*$/m.exec(readFileSync(file, 'utf8'))?.[0];
    await runMain(['verify', ...GOOD, '--report', `prometheus=${file}`]);
    const success = line();
    expect(success).toMatch(/ \d{10}$/);
    await runMain(['verify', ...BAD, '--report', `prometheus=${file}`], Date.parse('2026-07-01T00:00:00Z'));
    expect(line()).toBe(success);
    expect(readFileSync(file, 'utf8')).toContain('trailproof_run_outcome{outcome="failed"} 1');
  });
});

describe('report convert', () => {
  it.each([
    ['verified', GOOD],
    ['failed', BAD],
  ])('makes of a detail file what the run itself would have written, %s', async (_, source) => {
    const folder = await reportsOf(source);
    for (const format of REPORT_FORMATS) {
      const { status, stdout, stderr } = await convert(path.join(folder, 'ndjson'), format);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout, format).toBe(read(folder, format));
    }
  });

  it.each(readdirSync(path.join(TESTDATA, 'tampered')).filter((name) => name !== 'keys.json'))(
    'makes of a JSON report what the run itself would have written, or refuses and says why: %s',
    async (name) => {
      const source = [path.join(TESTDATA, 'tampered', name, 'archive'), ...BAD.slice(1)];
      const folder = await reportsOf(source);
      for (const format of MAIN_FORMATS) {
        const { status, stdout, stderr } = await convert(path.join(folder, 'json'), format);
        if (['json', 'markdown', 'emf', 'prometheus'].includes(format))
          expect({ status, stderr, stdout }, format).toEqual({ status: 0, stderr: '', stdout: read(folder, format) });
        else {
          expect({ status, stdout }, format).toEqual({ status: 64, stdout: '' });
          expect(stderr).toContain('--report ndjson=FILE');
        }
      }
    },
  );

  it.each([
    [GOOD, []],
    [GOOD, ['--verbose']],
    [GOOD, ['--quiet']],
    [BAD, []],
    [BAD, ['--verbose']],
    [BAD, ['-q']],
    [BAD, ['--controls']],
  ])('makes text of a detail file, as a run printed it, %j with %j', async (source, flags) => {
    const file = path.join(newFolder(), 'run.ndjson');
    const run = await runMain(['verify', ...source, ...flags, '--report', `ndjson=${file}`]);
    expect(await runMain(['report', 'convert', file, '--format', 'text', ...flags])).toEqual({
      status: 0,
      stderr: '',
      stdout: run.stdout,
    });
  });

  it('refuses the flags of text for another format', async () => {
    const file = path.join(await reportsOf(BAD), 'ndjson');
    expect(await runMain(['report', 'convert', file, '--format', 'csv', '-q'])).toEqual({
      status: 64,
      stdout: '',
      stderr: 'trailproof: --quiet is for --format text\n',
    });
  });

  it('reads a report whose white space was changed', async () => {
    const folder = await reportsOf(BAD);
    const file = path.join(folder, 'compact');
    writeFileSync(file, JSON.stringify(JSON.parse(read(folder, 'json'))));
    expect((await convert(file, 'json')).stdout).toBe(read(folder, 'json'));
  });

  it('writes to standard output when the output is -, and reads nothing from standard input', async () => {
    const file = path.join(newFolder(), 'run.ndjson');
    await runMain(['verify', ...GOOD, '--report', `ndjson=${file}`]);
    expect((await convert(file, 'csv', '--output', '-')).stdout).toBe((await convert(file, 'csv')).stdout);
    const told = await runMain(['verify', ...GOOD, '--format', 'json', '--output', '-']);
    expect(JSON.parse(told.stdout)).toMatchObject({ outcome: 'verified' });
    expect(await convert('-', 'csv')).toMatchObject({ status: 64, stderr: expect.stringContaining('standard input') });
    for (const args of [['-'], [...GOOD, '--report', 'json=-']])
      expect(await runMain(['verify', ...args])).toMatchObject({ status: 64 });
  });

  it('adds controls when asked', async () => {
    const file = path.join(newFolder(), 'run.json');
    await runMain(['verify', ...GOOD, '--report', `json=${file}`]);
    expect((await convert(file, 'markdown')).stdout).not.toContain('PCI DSS');
    expect((await convert(file, 'markdown', '--controls')).stdout).toContain('PCI DSS');
  });

  it.each<[string, (detail: string[], report: string) => string, string]>([
    ['something else', () => 'hello', 'not JSON'],
    ['nothing', () => '', 'not JSON'],
    ['another JSON document', () => '{"format":"other"}', 'of this release'],
    ['a report of a later version', (_, report) => report.replace('"version": 1', '"version": 2'), 'of this release'],
    ['a report with a chain taken out', (_, report) => without(report), 'contradicts itself'],
    [
      'a report made better',
      (_, report) => report.replace('"outcome": "failed"\n', '"outcome": "verified"\n'),
      'contradicts itself',
    ],
    ['a detail file without its end', (lines) => lines.slice(0, -1).join('\n'), 'cut off'],
    [
      'a detail file without a finding',
      (lines) => lines.filter((line) => !line.includes('"type":"chain"')).join('\n'),
      'contradicts itself',
    ],
    ['a detail file with more after its end', (lines) => [...lines, lines[1]].join('\n'), 'more after the end'],
    ['a detail file with two beginnings', (lines) => [lines[0], ...lines].join('\n'), 'line 2'],
    ['a detail file with a broken line', (lines) => lines.with(1, '{').join('\n'), 'line 2'],
    ['a detail file with an unknown line', (lines) => lines.with(1, '{"type":"other"}').join('\n'), 'line 2'],
    [
      'a detail file with an unknown code',
      (lines) => lines.join('\n').replace('"code":"log-modified"', '"code":"log-eaten"'),
      'line',
    ],
    [
      'a detail file with an impossible day',
      (lines) => lines.join('\n').replaceAll('T00:01:31Z', 'T24:01:31Z'),
      'is not a time',
    ],
  ])('refuses %s, and writes nothing', async (_, change, message) => {
    const { json, ndjson } = await savedRun();
    const file = path.join(newFolder(), 'in');
    writeFileSync(file, change(ndjson.split('\n').slice(0, -1), json));
    const output = newFolder();
    const { status, stdout, stderr } = await convert(file, 'markdown', '--output', path.join(output, 'out'));
    expect({ status, stdout, stderr }).toEqual({ status: 64, stdout: '', stderr: expect.stringContaining(message) });
    expect(readdirSync(output)).toEqual([]);
  });

  it.each([
    [['report', 'convert', '--format', 'csv'], 'name the report'],
    [['report', 'convert', 'none.json', '--format', 'csv'], 'none.json'],
    [['report', 'convert', 'none.json'], 'format'],
    [['report'], 'convert'],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stderr } = await runMain(args);
    expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining(message) });
  });
});

/** The report without its chains. */
const without = (report: string): string => JSON.stringify({ ...JSON.parse(report), chains: [] });

let saved: Promise<{ readonly json: string; readonly ndjson: string }> | undefined;

/** A run that failed, in the two formats that can be read back. */
function savedRun() {
  saved ??= reportsOf(BAD, ['json', 'ndjson']).then((folder) => ({
    json: read(folder, 'json'),
    ndjson: read(folder, 'ndjson'),
  }));
  return saved;
}
